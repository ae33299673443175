package deps

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dex/internal/diag"
	"dex/internal/project"
)

// found is a package on this machine.
type found struct {
	source string // as packages.yml has it
	dir    string // absolute
	name   string // of the project in it
}

// resolve lists the packages asked for and those they ask for in turn, each
// once, breadth first. dbt: a nested package's path counts from the root
// project's folder too.
func (in *installer) resolve(wanted []project.Dependency) []found {
	var out []found
	seen := map[string]bool{}
	for pending := wanted; len(pending) > 0; {
		var next []project.Dependency
		for _, d := range pending {
			if seen[d.Name()] {
				continue
			}
			seen[d.Name()] = true
			p, ok := in.find(d)
			if !ok {
				continue
			}
			out = append(out, p)
			nested, faults := project.ReadDependencies(p.dir, in.o.Renderer)
			in.addFaults(faults, d)
			next = append(next, nested.Packages...)
		}
		pending = next
	}
	in.checkNames(out)
	return out
}

// locked lists the packages of package-lock.yml.
func (in *installer) locked(list []project.Dependency) []found {
	var out []found
	for _, d := range list {
		if p, ok := in.find(d); ok {
			out = append(out, p)
		}
	}
	in.checkNames(out)
	return out
}

// sourceNames are what people call the sources that are not built.
var sourceNames = map[string]string{
	"git": "Git", "package": "the package hub", "tarball": "a tarball", "private": "a private repository",
}

// find reads the package that an entry names; false after a fault.
func (in *installer) find(d project.Dependency) (found, bool) {
	if d.Source != "local" {
		in.faults.Add(diag.Diagnostic{
			Class: diag.Dependency, Code: "source-not-built", Pos: d.Pos, Source: shownLine(d),
			Summary: fmt.Sprintf("Installing from %s is not built yet", sourceNames[d.Source]),
			Hint:    "Fetch the package into a folder and name that folder: `local: path/to/package`.",
		})
		return found{}, false
	}
	dir := in.path(d.Name())
	raw, faults := project.ReadRaw(dir)
	in.addFaults(faults, d)
	if raw == nil {
		return found{}, false
	}
	if raw.Name() == "" {
		in.fault(d, "Package defined in dbt_project.yml must have a name!")
		return found{}, false
	}
	if !isFolderName(raw.Name()) {
		in.fault(d, fmt.Sprintf("Invalid package name '%s': resolves outside of the packages-install-path ('%s')", raw.Name(), in.o.Root.InstallPath))
		return found{}, false
	}
	return found{source: d.Name(), dir: dir, name: raw.Name()}, true
}

func isFolderName(name string) bool {
	return name != "." && name != ".." && !strings.ContainsAny(name, `/\:`)
}

// path makes a local: entry absolute. dbt: ~ is the user's home folder.
func (in *installer) path(local string) string {
	if rest, ok := strings.CutPrefix(local, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			local = home + rest
		}
	}
	if filepath.IsAbs(local) {
		return filepath.Clean(local)
	}
	return filepath.Join(in.o.Root.Dir, filepath.FromSlash(local))
}

// shownLine is an entry's line for the caret, unless it may hold a password.
func shownLine(d project.Dependency) string {
	if strings.Contains(d.Line, "@") {
		return ""
	}
	return d.Line
}

// checkNames reports packages whose projects have the same name.
func (in *installer) checkNames(list []found) {
	seen := map[string]bool{}
	for _, p := range list {
		switch {
		case p.name == in.o.Root.Name:
			in.faults.Add(diag.Diagnostic{Class: diag.Dependency, Code: "duplicate-package", Summary: fmt.Sprintf(
				"Found a dependency with the same name as the root project %q. Package names must be unique in a project. Please rename one of these packages.", p.name)})
		case seen[p.name]:
			in.faults.Add(diag.Diagnostic{Class: diag.Dependency, Code: "duplicate-package", Summary: fmt.Sprintf(
				"Found duplicate project %q. This occurs when a dependency has the same project name as some other dependency.", p.name)})
		}
		seen[p.name] = true
	}
}

func (in *installer) fault(d project.Dependency, summary string) {
	in.faults.Add(diag.Diagnostic{Class: diag.Dependency, Code: "package-invalid", Summary: summary, Pos: d.Pos, Source: shownLine(d)})
}

// addFaults takes over the faults of a package's own files, under the entry that
// brought it in: their places alone do not tell which package is meant.
func (in *installer) addFaults(faults diag.List, d project.Dependency) {
	for _, f := range faults {
		if f.Pos.Line == 0 {
			f.Pos, f.Source = d.Pos, shownLine(d)
		} else {
			f.Pos.File = strings.TrimSuffix(d.Name(), "/") + "/" + f.Pos.File
		}
		in.faults.Add(f)
	}
}
