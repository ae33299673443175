// Package deps installs the packages that a project asks for in packages.yml or
// dependencies.yml: it resolves them with what they ask for in turn, writes
// package-lock.yml, and puts each into the packages folder: from folders on this
// machine, Git repositories, archives and the package hub.
//
// It knows packages files, folders and archives, not what a package holds. Begin
// with Install. request.go has what files ask for, resolve.go what that comes to,
// pinned.go what every source can do, a file for each source how; fetch.go speaks
// HTTP, archive.go unpacks, place.go puts the packages in place, lock.go and
// add.go write the files.
package deps

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"dex/internal/diag"
	"dex/internal/event"
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
	// Add is a package to write into packages.yml first; nil is none.
	Add *Addition
	// Version is the version of dbt that packages of the hub must take; empty
	// takes any.
	Version string
	// Env looks up environment variables; nil knows none.
	Env func(string) (string, bool)
	// Clean takes secrets out of a text; nil leaves it as it is.
	Clean func(string) string
	// Emit is told what happens; nil drops it.
	Emit func(event.Level, event.Data)
	// Warn is told of warnings; an error from it ends the installation.
	Warn func(event.Data) error
	// Pause is how long a failed request rests before it is sent again; 0 is dbt's
	// second, a negative one none.
	Pause time.Duration
	// Client sends requests; nil is one that heeds the proxies of the environment.
	Client *http.Client
}

// Addition is a package that --add-package names.
type Addition struct {
	Name    string
	Version string // "" where none is given
	Source  string // "hub", "git" or "local"
}

// Result is what was done.
type Result struct {
	// LockFile is where package-lock.yml was written; empty where it was kept.
	LockFile string
	// Installed are the packages now in the packages folder, in order.
	Installed []Installed
}

// Installed is one package.
type Installed struct {
	Name   string // the folder's
	Source string // as dbt names it: a path, an address, a name on the hub
	Copied bool   // a local one, copied since this system refused a symbolic link
}

// Install does what `deps` does. Faults of the project are in the list, and then
// what was installed before is as it was; the error is a fault of the
// surroundings, and then that is so too. dbt: package-lock.yml is written once
// all is resolved, before anything is installed.
func Install(ctx context.Context, o Options) (*Result, diag.List, error) {
	in := newInstaller(o)
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
	get    *fetcher
	hub    *hub
	// downloads is the folder that sources fetch to.
	downloads string
	pins      map[string]pinned // by what they were asked as: each is fetched once
}

func newInstaller(o Options) *installer {
	if o.Emit == nil {
		o.Emit = func(event.Level, event.Data) {}
	}
	if o.Warn == nil {
		o.Warn = func(d event.Data) error { o.Emit(event.Warn, d); return nil }
	}
	if o.Env == nil {
		o.Env = func(string) (string, bool) { return "", false }
	}
	if o.Clean == nil {
		o.Clean = func(s string) string { return s }
	}
	in := &installer{o: o, out: &Result{}, link: os.Symlink, pins: map[string]pinned{}}
	in.get = newFetcher(o)
	in.hub = &hub{in: in, base: hubURL(o.Env), known: map[string]*hubPackage{}}
	return in
}

func (in *installer) emit(d event.Data)  { in.o.Emit(event.Info, d) }
func (in *installer) debug(d event.Data) { in.o.Emit(event.Debug, d) }

func (in *installer) install(ctx context.Context) error {
	if in.o.Add != nil {
		if err := in.add(*in.o.Add); err != nil || in.faults.HasErrors() {
			return err
		}
	}
	wanted, faults := project.ReadDependencies(in.o.Root.Dir, in.o.Renderer)
	in.faults = append(in.faults, faults...)
	folder := in.folder()
	if in.faults.HasErrors() {
		return nil
	}
	place, err := in.openPlace(folder)
	if err != nil {
		return err
	}
	defer place.close()
	packages, err := in.choose(ctx, wanted)
	if err != nil || in.faults.HasErrors() {
		return err
	}
	if in.out.LockFile != "" {
		if err := in.lock(ctx, packages, wanted.Packages); err != nil || in.faults.HasErrors() {
			return err
		}
	}
	if in.o.LockOnly {
		return nil
	}
	return in.put(ctx, packages, place)
}

// choose lists the packages to install: what package-lock.yml has where it fits
// packages.yml, else what packages.yml resolves to. dbt: where packages.yml asks
// for nothing, package-lock.yml stays and counts.
func (in *installer) choose(ctx context.Context, wanted project.Dependencies) ([]pinned, error) {
	fits := len(wanted.Locked) > 0 && wanted.LockHash == hash(wanted.Packages)
	switch {
	case !in.o.Upgrade && fits, len(wanted.Packages) == 0 && len(wanted.Locked) > 0:
		if !fits || in.o.Upgrade {
			in.emit(event.DepsNoPackagesFound{})
		}
		if in.o.LockOnly {
			return nil, nil
		}
		return in.locked(ctx, wanted.Locked)
	case len(wanted.Packages) == 0:
		in.emit(event.DepsNoPackagesFound{})
		if !in.o.LockOnly {
			in.emit(event.DepsNoPackagesFound{}) // dbt says so of packages.yml and of the lock file
		}
		return nil, nil
	}
	in.out.LockFile = filepath.Join(in.o.Root.Dir, lockFile)
	return in.resolve(ctx, wanted.Packages)
}

// put installs the packages beside the packages folder, and then takes the
// folder's place: after a failure it is as it was.
func (in *installer) put(ctx context.Context, packages []pinned, at *place) error {
	var behind []string
	for _, p := range packages {
		if err := ctx.Err(); err != nil {
			return err
		}
		in.emit(event.DepsStartPackageInstall{PackageName: in.o.Clean(p.label())})
		m, err := p.metadata(ctx)
		if err != nil {
			in.failed(p.asked(), err)
			return nil
		}
		copied, err := p.install(ctx, filepath.Join(at.staged, m.name))
		if err != nil {
			in.failed(p.asked(), err)
			return nil
		}
		in.out.Installed = append(in.out.Installed, Installed{Name: m.name, Source: p.label(), Copied: copied})
		in.emit(event.DepsInstallInfo{VersionName: in.o.Clean(p.shown())})
		if newest, ok := p.(interface{ newest() (string, bool) }); ok {
			if v, is := newest.newest(); is {
				in.emit(event.DepsUpToDate{})
			} else {
				behind = append(behind, p.label())
				in.emit(event.DepsUpdateAvailable{VersionLatest: v})
			}
		}
		if sub := p.asked().Text("subdirectory"); sub != "" {
			in.emit(event.DepsListSubdirectory{Subdirectory: sub})
		}
	}
	if err := at.commit(); err != nil {
		return err
	}
	if len(behind) > 0 {
		in.emit(event.Formatting{})
		in.emit(event.DepsNotifyUpdatesAvailable{Packages: behind})
	}
	return nil
}
