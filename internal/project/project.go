// Package project reads a dbt project from disk: dbt_project.yml with its
// configuration trees, variables and hooks, the packages it depends on, and
// every file below its resource paths, read and hashed in parallel.
//
// It knows files, YAML and dbt's rules for keys and paths. It does not know
// SQL, nodes or databases; Jinja comes in through the Renderer a caller passes.
// Begin with Load below; the keys of dbt_project.yml are in schema.go, what is
// rendered in render.go, the configuration trees in config.go, file discovery
// in discover.go.
package project

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// ProjectFile is the name of the file that makes a folder a project.
const ProjectFile = "dbt_project.yml"

// Project is a project with all packages it uses. It does not change once Load
// returns and may be shared between goroutines; the values in it are frozen.
type Project struct {
	// Root is the package the user works in.
	Root *Package
	// Packages has Root first, then the built-in ones, then those installed, by
	// folder name.
	Packages []*Package
	// Dependencies is what packages.yml or dependencies.yml asks for.
	Dependencies Dependencies
	// Selectors is the rendered selectors.yml, value.None where there is none.
	Selectors value.Value
	// SelectorsDoc has the places of Selectors; nil where there is no such file.
	SelectorsDoc *yamldoc.Doc
	// Dex is dex.yml.
	Dex Dex

	byName map[string]*Package
}

// Package finds a package by its name.
func (p *Project) Package(name string) (*Package, bool) {
	pkg, ok := p.byName[name]
	return pkg, ok
}

// Options says what to load and how.
type Options struct {
	// Raw is the root project as ReadRaw gave it.
	Raw *Raw
	// Renderer renders the root's dbt_project.yml and selectors.yml: env_var, var
	// and target. Nil leaves Jinja as it stands.
	Renderer Renderer
	// PackageRenderer renders dbt_project.yml of other packages. dbt gives it the
	// target, but none of the command line's variables.
	PackageRenderer Renderer
	// SecretRenderer renders packages.yml, where secrets may be used, and OwnRenderer
	// dex.yml, where they may and which sees the target.
	SecretRenderer, OwnRenderer Renderer
	// Learn is told the secrets of dex.yml before any fault of it is shown; may be nil.
	Learn func(secrets []string)
	// Builtin are dex's own packages, such as dbt and dbt_duckdb.
	Builtin []fs.FS
	// Version is the dbt version that require-dbt-version is held against; empty
	// checks nothing.
	Version string
	// TargetPath takes the place of the root's target-path where it is not empty.
	TargetPath string
	// JinjaExtensions admits files such as x.sql.j2: dbt's flag
	// allow_jinja_file_extensions.
	JinjaExtensions bool
	// AnalysisTree reads analyses' configuration from the tree analyses: and not
	// from models: dbt's flag require_corrected_analysis_fqns.
	AnalysisTree bool
	// MaxSeedBytes is the size above which a seed's checksum is its path; 0 takes
	// dbt's 1 MiB, a negative number is no limit.
	MaxSeedBytes int64
	// SkipInstalled leaves out what lies in the packages folder, and what is asked
	// for: for the commands that fill or empty it.
	SkipInstalled bool
	// SkipFiles leaves out the discovery of files.
	SkipFiles bool
	// CatalogsV2 reads catalogs.yml in its second form: dbt's flag use_catalogs_v2.
	CatalogsV2 bool
	// Adapter is the adapter's type, for messages.
	Adapter string
	// Known tells a file's checksum from an earlier invocation when size and time
	// are unchanged, so that the file is read only when someone asks for its
	// contents. May be nil; is called from several goroutines.
	Known func(f *File) (Checksum, bool)
}

// Load reads the root project and its packages. Faults of the project are in
// the list; where it has errors the Project is nil. The error is a fault of the
// surroundings, such as a folder that may not be read.
func Load(ctx context.Context, o Options) (*Project, diag.List, error) {
	l := &loader{o: o, p: &Project{byName: map[string]*Package{}, Selectors: value.None}}
	l.dexPresent()
	root := l.root()
	if root == nil {
		return nil, l.faults, nil
	}
	l.add(root)
	for _, fsys := range o.Builtin {
		l.builtin(fsys)
	}
	if !o.SkipInstalled {
		l.dependencies()
		if err := l.installed(); err != nil {
			return nil, l.faults, err
		}
	}
	l.selectors()
	if !o.SkipFiles || o.SecretRenderer != nil {
		l.dexYML() // who neither runs nor tells anything does without
	}
	if !o.SkipFiles {
		l.catalogs()
		if err := l.discover(ctx); err != nil {
			return nil, l.faults, err
		}
	}
	l.faults.Sort()
	if l.faults.HasErrors() {
		return nil, l.faults, nil
	}
	return l.p, l.faults, nil
}

// loader gathers a project and its faults.
type loader struct {
	o      Options
	p      *Project
	faults diag.List
}

func (l *loader) root() *Package {
	b := newBuilder(l.o.Raw.Doc, l.o.Renderer, l.o)
	b.dir, b.isRoot, b.dex = l.o.Raw.Dir, true, l.p.Dex.Present
	pkg := b.build()
	l.faults = append(l.faults, b.faults...)
	return pkg
}

// add puts a package into the project; names must be unique.
func (l *loader) add(pkg *Package) {
	if _, taken := l.p.byName[pkg.Name]; taken {
		l.faults.Add(pkg.Doc.Fault(pkg.Doc.Pos("name"), diag.Compilation, "duplicate-package",
			fmt.Sprintf("dbt found more than one package with the name %q included in this project. Package names must be unique in a project. Please rename one of these packages.", pkg.Name)))
		return
	}
	if l.p.Root == nil {
		l.p.Root = pkg
	}
	l.p.byName[pkg.Name] = pkg
	l.p.Packages = append(l.p.Packages, pkg)
}

// builtin reads one of dex's own packages. A fault in it is a fault of dex.
func (l *loader) builtin(fsys fs.FS) {
	src, err := fs.ReadFile(fsys, ProjectFile)
	if err != nil {
		panic(fmt.Sprintf("read built-in package: %v", err))
	}
	doc, faults := yamldoc.Decode("builtin/"+ProjectFile, src)
	b := newBuilder(doc, nil, l.o)
	b.fsys = fsys
	pkg := b.build()
	if faults = append(faults, b.faults...); faults.HasErrors() {
		panic(fmt.Sprintf("read built-in package: %v", faults.Err()))
	}
	l.add(pkg)
}

// installed reads the packages that lie in the packages folder and holds their
// number against what is asked for.
func (l *loader) installed() error {
	root := l.p.Root
	dir := root.abs(root.InstallPath)
	names, err := packageFolders(dir)
	if err != nil {
		return err
	}
	if f, ok := l.uninstalled(names); ok {
		l.faults.Add(f)
		return nil
	}
	for _, name := range names {
		raw, faults := readRaw(filepath.Join(dir, name), joinSlash(root.InstallPath, name)+"/")
		l.faults = append(l.faults, faults...)
		if faults.HasErrors() {
			continue
		}
		b := newBuilder(raw.Doc, l.o.PackageRenderer, l.o)
		b.dir, b.dex = raw.Dir, l.p.Dex.Present
		pkg := b.build()
		l.faults = append(l.faults, b.faults...)
		if pkg != nil {
			l.add(pkg)
		}
	}
	return nil
}

// packageFolders lists the folders that count as installed packages.
func packageFolders(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list installed packages: %w", err)
	}
	var names []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "__") {
			continue
		}
		info, err := os.Stat(filepath.Join(dir, e.Name())) // a package may be a symbolic link
		if err == nil && info.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

// selectors reads selectors.yml, which package selector makes sense of.
func (l *loader) selectors() {
	doc := l.extraFile("selectors.yml")
	if doc == nil {
		return
	}
	v, faults := doc.Render(doc.Value, nil, yamldoc.Rendering{With: l.o.Renderer})
	l.faults = append(l.faults, faults...)
	value.Freeze(v)
	l.p.Selectors, l.p.SelectorsDoc = v, doc
}

// extraFile reads a YAML file beside dbt_project.yml; nil where there is none.
func (l *loader) extraFile(name string) *yamldoc.Doc {
	doc, faults := readBeside(l.p.Root.Dir, name)
	l.faults = append(l.faults, faults...)
	return doc
}

// readBeside reads a YAML file of a project's folder; nil where there is none.
func readBeside(dir, name string) (*yamldoc.Doc, diag.List) {
	src, err := os.ReadFile(filepath.Join(dir, name))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, diag.List{{Class: diag.Runtime, Code: "file-unreadable", Summary: err.Error(), Pos: diag.Pos{File: name}}}
	}
	doc, faults := yamldoc.Decode(name, src)
	return doc, faults
}
