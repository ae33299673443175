package deps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dex/internal/diag"
	"dex/internal/project"
)

// resolve lists the packages asked for and those they ask for in turn, each once,
// breadth first. What several ask for of one package must fit together. dbt: a
// nested local package's path counts from the root project's folder too.
func (in *installer) resolve(ctx context.Context, wanted []project.Dependency) ([]pinned, error) {
	var final listing
	pending := in.request(wanted)
	done := map[string]bool{} // pins whose own packages were taken in
	for len(pending) > 0 {
		var next []project.Dependency
		for _, r := range pending {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			i, err := final.add(r)
			if err != nil {
				in.failed(r.from, err)
				continue
			}
			p, m, ok := in.fetch(ctx, final.all[i])
			if !ok || done[p.key()] {
				continue
			}
			done[p.key()] = true
			next = append(next, m.packages...)
		}
		pending = in.request(next)
	}
	if in.faults.HasErrors() {
		return nil, nil
	}
	return in.pinAll(ctx, final.all), nil
}

// locked lists the packages of package-lock.yml.
func (in *installer) locked(ctx context.Context, list []project.Dependency) ([]pinned, error) {
	return in.pinAll(ctx, in.request(list)), nil
}

// request reads entries; those that name the same package become one.
func (in *installer) request(list []project.Dependency) []*request {
	var l listing
	for _, d := range list {
		r, err := in.newRequest(d)
		if err == nil {
			_, err = l.add(r)
		}
		if err != nil {
			in.failed(d, err)
		}
	}
	return l.all
}

// pinAll pins requests that nothing more will be added to.
func (in *installer) pinAll(ctx context.Context, list []*request) []pinned {
	var out []pinned
	var names []string
	for _, r := range list {
		if p, m, ok := in.fetch(ctx, r); ok {
			out, names = append(out, p), append(names, m.name)
		}
	}
	in.checkNames(out, names)
	return out
}

// fetch pins a request and reads what its package says; false after a fault.
func (in *installer) fetch(ctx context.Context, r *request) (pinned, metadata, bool) {
	p, err := in.pin(ctx, r)
	if err != nil {
		in.failed(r.from, err)
		return nil, metadata{}, false
	}
	m, err := p.metadata(ctx)
	if err != nil {
		in.failed(r.from, err)
		return nil, metadata{}, false
	}
	return p, m, true
}

// pin settles which package a request comes to. One that was pinned before is
// handed out again.
func (in *installer) pin(ctx context.Context, r *request) (pinned, error) {
	var p pinned
	var err error
	switch r.source {
	case "local":
		p = &localPackage{in: in, r: r}
	case "git", "private":
		p, err = in.pinGit(r)
	case "tarball":
		p, err = in.pinTarball(r)
	case "package":
		p, err = in.hub.pin(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	if known, ok := in.pins[p.key()]; ok {
		return known, nil
	}
	in.pins[p.key()] = p
	return p, nil
}

// checkNames reports packages whose projects have the same name.
func (in *installer) checkNames(list []pinned, names []string) {
	seen := map[string]bool{}
	for i, name := range names {
		switch {
		case name == in.o.Root.Name:
			in.fault(list[i].asked(), "duplicate-package", fmt.Sprintf(
				"Found a dependency with the same name as the root project %q. Package names must be unique in a project. Please rename one of these packages.", name))
		case seen[name]:
			in.fault(list[i].asked(), "duplicate-package", fmt.Sprintf(
				"Found duplicate project %q. This occurs when a dependency has the same project name as some other dependency.", name))
		}
		seen[name] = true
	}
}

// failed reports why an entry could not be resolved or installed.
func (in *installer) failed(d project.Dependency, err error) {
	var list *diag.ListError
	if errors.As(err, &list) {
		in.addFaults(list.List, d)
		return
	}
	in.fault(d, "package-invalid", in.o.Clean(err.Error()))
	f := &in.faults[len(in.faults)-1]
	var hinted *hintedError
	var git *gitError
	switch {
	case errors.As(err, &git):
		f.Class, f.Hint = diag.Internal, git.hint
	case errors.As(err, &hinted):
		f.Hint = hinted.hint
	}
}

// gitError is what git said of a repository. dbt: GitCloningError and
// GitCheckoutError, which it takes for faults of its own.
type gitError struct{ msg, hint string }

func (e *gitError) Error() string { return e.msg }

// hintedError is an error with a word on what to do.
type hintedError struct{ msg, hint string }

func (e *hintedError) Error() string { return e.msg }

func (in *installer) fault(d project.Dependency, code, summary string) {
	in.faults.Add(diag.Diagnostic{Class: diag.Runtime, Code: code, Summary: summary, Pos: d.Pos, Source: shownLine(d)})
}

// addFaults takes over the faults of a package's own files, under the entry that
// brought it in: their places alone do not tell which package is meant.
func (in *installer) addFaults(faults diag.List, d project.Dependency) {
	for _, f := range faults {
		if f.Pos.Line == 0 {
			f.Pos, f.Source = d.Pos, shownLine(d)
		} else {
			f.Pos.File = strings.TrimSuffix(in.o.Clean(d.Name()), "/") + "/" + f.Pos.File
		}
		in.faults.Add(f)
	}
}

// shownLine is an entry's line for the caret, unless it may hold a password.
func shownLine(d project.Dependency) string {
	if strings.Contains(d.Line, "@") {
		return ""
	}
	return d.Line
}
