// Package deps installs the packages that a project asks for in packages.yml or
// dependencies.yml: it resolves them with what they ask for in turn, writes
// package-lock.yml, and puts each into the packages folder. Packages that lie on
// this machine (local:) are built; the other sources are refused with a word on
// what to do.
//
// It knows packages files and folders, not what a package holds. Begin with
// Install; resolution is in resolve.go, the lock file in lock.go.
package deps

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/diag"
	"dex/internal/project"
)

// Options says what to install.
type Options struct {
	// Root is the project to install for; loaded with project.Options.SkipInstalled.
	Root *project.Package
	// Renderer renders packages.yml, where secrets may be used.
	Renderer project.Renderer
	// Upgrade resolves anew though package-lock.yml fits packages.yml.
	Upgrade bool
	// LockOnly writes package-lock.yml and installs nothing.
	LockOnly bool
}

// Result is what was done.
type Result struct {
	// LockFile is where package-lock.yml was written; empty where it was kept.
	LockFile string
	// Installed are the packages now in the packages folder, in order.
	Installed []Installed
	// Notices are lines for the user, in dbt's words.
	Notices []string
}

// Installed is one package.
type Installed struct {
	Name   string // the project's name, which is the folder's
	Source string // as packages.yml has it
	Copied bool   // copied, since this system refused a symbolic link
}

// Install does what `deps` does. Faults of the project are in the list, and then
// nothing was changed; the error is a fault of the surroundings.
func Install(ctx context.Context, o Options) (*Result, diag.List, error) {
	in := &installer{o: o, out: &Result{}, link: os.Symlink}
	err := in.install(ctx)
	if in.faults.HasErrors() {
		return nil, in.faults, err
	}
	return in.out, in.faults, err
}

type installer struct {
	o      Options
	out    *Result
	faults diag.List
	link   func(target, name string) error // os.Symlink, but in a test
}

func (in *installer) install(ctx context.Context) error {
	wanted, faults := project.ReadDependencies(in.o.Root.Dir, in.o.Renderer)
	in.faults = append(in.faults, faults...)
	if in.faults.HasErrors() {
		return nil
	}
	packages := in.choose(wanted)
	folder := in.folder()
	if in.faults.HasErrors() {
		return nil
	}
	if in.out.LockFile != "" {
		if err := writeLock(in.out.LockFile, packages, wanted.Packages); err != nil {
			return err
		}
		in.notice("Updating lock file in file path: %s", in.out.LockFile)
	}
	if in.o.LockOnly {
		return nil
	}
	if err := empty(folder); err != nil {
		return err
	}
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := in.put(p, folder); err != nil {
			return err
		}
	}
	return nil
}

// choose lists the packages to install: what package-lock.yml has where it fits
// packages.yml, else what packages.yml resolves to. dbt: where packages.yml asks
// for nothing, package-lock.yml stays and counts.
func (in *installer) choose(wanted project.Dependencies) []found {
	if len(wanted.Packages) == 0 {
		in.notice("Warning: No packages were found in packages.yml")
		return in.locked(wanted.Locked)
	}
	if !in.o.Upgrade && len(wanted.Locked) > 0 && wanted.LockHash == hash(wanted.Packages) {
		return in.locked(wanted.Locked)
	}
	in.out.LockFile = filepath.Join(in.o.Root.Dir, lockFile)
	return in.resolve(wanted.Packages)
}

func (in *installer) notice(format string, args ...any) {
	in.out.Notices = append(in.out.Notices, fmt.Sprintf(format, args...))
}

// folder is where packages go. It is emptied, so that it has to be a folder of
// its own.
func (in *installer) folder() string {
	root := in.o.Root
	dir := root.InstallPath
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(root.Dir, filepath.FromSlash(dir))
	}
	rel, err := filepath.Rel(dir, root.Dir)
	if err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		in.faults.Add(root.Doc.Fault(root.Doc.ValuePos(root.Raw, "packages-install-path"), diag.Runtime, "install-path",
			fmt.Sprintf("packages-install-path '%s' holds the project itself, and installing packages would empty it", root.InstallPath)))
	}
	return dir
}

func empty(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return fmt.Errorf("empty the packages folder: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the packages folder: %w", err)
	}
	return nil
}

// put makes one package appear in the packages folder: a symbolic link, or a
// copy where the system refuses links.
func (in *installer) put(p found, folder string) error {
	in.notice("Installing %s", p.source)
	dest := filepath.Join(folder, p.name)
	copied := false
	if err := in.link(p.dir, dest); err != nil {
		copied = true
		if err := copyTree(p.dir, dest, folder); err != nil {
			return fmt.Errorf("install package %s: %w", p.name, err)
		}
	}
	in.notice("Installed from <local @ %s>", p.source)
	in.out.Installed = append(in.out.Installed, Installed{Name: p.name, Source: p.source, Copied: copied})
	return nil
}

// copyTree copies a folder, but for what lies in except: a package may lie above
// the project that installs it. Links are followed.
func copyTree(from, to, except string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if path == except {
			return filepath.SkipDir
		}
		info, err := os.Stat(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil // a link to nowhere
		case err != nil:
			return err
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case info.IsDir():
			return copyTree(resolved(path), filepath.Join(to, rel), except)
		case !info.Mode().IsRegular():
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), src, info.Mode().Perm())
	})
}

// resolved is where a link leads; the link itself where that cannot be told.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
