package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"dex/internal/diag"
)

// defaultMaxSeedBytes is dbt's MAXIMUM_SEED_SIZE_MIB.
const defaultMaxSeedBytes = 1 << 20

// search says where files of a kind lie and how their names end.
type search struct {
	kind       Kind
	paths      []string
	extensions []string
}

// searches lists what to look for in a package, in dbt's order.
func (p *Package) searches(jinja bool) []search {
	sql, md := withJinja(".sql", jinja), withJinja(".md", jinja)
	return []search{
		{Macro, p.Paths.Macros, sql},
		{Model, p.Paths.Models, append([]string{".py"}, sql...)},
		{Snapshot, p.Paths.Snapshots, sql},
		{Analysis, p.Paths.Analyses, sql},
		{SingularTest, p.Paths.Tests, sql},
		{GenericTest, below(p.Paths.Tests, "generic"), sql},
		{Seed, p.Paths.Seeds, []string{".csv"}},
		{Doc, p.Paths.Docs, md},
		{Properties, p.Paths.Sources(), []string{".yml", ".yaml"}},
		{Fixture, below(p.Paths.Tests, "fixtures"), append([]string{".csv"}, sql...)},
		{Function, p.Paths.Functions, append([]string{".py", ".js"}, sql...)},
		{OSI, p.apart(p.Paths.OSI), []string{".json"}},
	}
}

// apart drops from paths what is the same folder under another name: "osi" and "OSI"
// where the file system does not tell them apart.
func (p *Package) apart(paths []string) []string {
	var out []string
	var known []fs.FileInfo
	for _, dir := range paths {
		info, err := os.Stat(p.abs(dir))
		if err == nil && slices.ContainsFunc(known, func(k fs.FileInfo) bool { return os.SameFile(k, info) }) {
			continue
		}
		if err == nil {
			known = append(known, info)
		}
		out = append(out, dir)
	}
	return out
}

func withJinja(ext string, jinja bool) []string {
	if !jinja {
		return []string{ext}
	}
	return []string{ext, ext + ".j2", ext + ".jinja2", ext + ".jinja"}
}

func below(paths []string, name string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = joinSlash(p, name)
	}
	return out
}

// discover lists all files of all packages and reads them in parallel.
func (l *loader) discover(ctx context.Context) error {
	var all []*File
	for _, pkg := range l.p.Packages {
		if err := l.list(pkg); err != nil {
			return err
		}
		for k := range pkg.files {
			all = append(all, pkg.files[k]...)
		}
	}
	return l.readAll(ctx, all)
}

// list finds a package's files.
func (l *loader) list(pkg *Package) error {
	ignore, err := readIgnore(pkg)
	if err != nil {
		return err
	}
	walked := map[string][]found{}
	for _, s := range pkg.searches(l.o.JinjaExtensions) {
		seen := map[string]bool{}
		for _, ext := range s.extensions {
			for _, dir := range s.paths {
				entries, ok := walked[dir]
				if !ok {
					if entries, err = pkg.walk(dir, ignore); err != nil {
						return err
					}
					walked[dir] = entries
				}
				for _, e := range entries {
					if matches(e.rel, ext) && admitted(s.kind, e.rel) && !seen[joinSlash(dir, e.rel)] {
						seen[joinSlash(dir, e.rel)] = true
						pkg.files[s.kind] = append(pkg.files[s.kind], pkg.file(s.kind, dir, e))
					}
				}
			}
		}
	}
	return nil
}

// matches reports whether a file's name ends in ext, in any case, and does not
// begin as editors' and hidden files do.
func matches(rel, ext string) bool {
	name := path.Base(rel)
	return len(name) > len(ext) && !strings.ContainsRune(".#~", rune(name[0])) && strings.EqualFold(name[len(name)-len(ext):], ext)
}

// admitted keeps generic tests and fixtures, which lie below the test paths, out
// of the singular tests.
func admitted(k Kind, rel string) bool {
	first, _, nested := strings.Cut(rel, "/")
	return k != SingularTest || !nested || first != "generic" && first != "fixtures"
}

func (p *Package) file(k Kind, dir string, e found) *File {
	f := &File{Package: p, Kind: k, SearchPath: dir, Rel: e.rel, Path: joinSlash(dir, e.rel), Size: e.size, ModTime: e.modTime}
	f.Abs = f.Path
	if p.fsys == nil {
		f.Abs = filepath.Join(p.abs(dir), filepath.FromSlash(e.rel))
	}
	return f
}

func (p *Package) abs(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(p.Dir, filepath.FromSlash(dir))
}

// readAll reads what is needed for checksums, several files at a time. Files
// that are not text are faults of the project.
func (l *loader) readAll(ctx context.Context, files []*File) error {
	faults := make([]error, len(files))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(len(files), 2*runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				faults[i] = l.hash(files[i])
			}
		})
	}
	wg.Wait()
	if err := ctx.Err(); err != nil {
		return err
	}
	for i, err := range faults {
		if err == nil {
			continue
		}
		var path *fs.PathError
		if errors.As(err, &path) {
			return fmt.Errorf("read project files: %w", err)
		}
		l.faults.Add(diag.Diagnostic{
			Class: diag.Parsing, Code: "not-utf8", Summary: err.Error(), Pos: diag.Pos{File: files[i].Path},
			Hint: "Save the file as UTF-8.",
		})
	}
	return nil
}

func (l *loader) hash(f *File) error {
	if l.o.Known != nil {
		if c, ok := l.o.Known(f); ok {
			f.Checksum = c
			return nil
		}
	}
	if f.Kind == Seed {
		return l.hashSeed(f)
	}
	text, err := f.Contents()
	f.Checksum = sum(text)
	return err
}

func (l *loader) hashSeed(f *File) error {
	limit := l.o.MaxSeedBytes
	if limit == 0 {
		limit = defaultMaxSeedBytes
	}
	if limit > 0 && f.Size > limit {
		f.Checksum = Checksum{Name: "path", Hex: f.Path}
		return nil
	}
	src, err := f.bytes()
	if err != nil {
		return err
	}
	f.Checksum, err = seedSum(f.Path, src)
	return err
}

// tree is the file system below a search path of the package.
func (p *Package) tree(dir string) (fs.FS, error) {
	if p.fsys != nil {
		return fs.Sub(p.fsys, path.Clean(dir))
	}
	return os.DirFS(p.abs(dir)), nil
}
