package operation

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/yamldoc"
)

// Set holds the operations of a project and its packages, those that are disabled
// too. It does not change once it is made.
type Set struct {
	project string
	all     []*Operation // by unique_id
}

// NewSet makes the set of a project's operations. Two of one name in one package
// are a fault that names both files.
func NewSet(project string, ops []*Operation) (*Set, diag.List) {
	var faults diag.List
	s := &Set{project: project, all: slices.Clone(ops)}
	slices.SortStableFunc(s.all, func(a, b *Operation) int {
		if c := strings.Compare(string(a.ID), string(b.ID)); c != 0 {
			return c
		}
		return strings.Compare(a.Path, b.Path)
	})
	for i := 1; i < len(s.all); i++ {
		if a, b := s.all[i-1], s.all[i]; a.ID == b.ID {
			faults.Add(diag.Diagnostic{
				Class: diag.Compilation, Code: "operation-twice", Node: string(b.ID), Pos: diag.Pos{File: b.Pos.File, Line: 1, Col: 1},
				Summary: fmt.Sprintf("Two operations of package %s are named '%s':\n- %s\n- %s", b.Package, b.Name, a.Path, b.Path),
				Hint:    "An operation is named by its file, whatever its folder: rename one of them.",
			})
		}
	}
	return s, faults
}

// All lists the operations by unique_id, disabled ones too. Nobody may change it.
func (s *Set) All() []*Operation {
	if s == nil {
		return nil
	}
	return s.all
}

// Enabled lists those that are not disabled.
func (s *Set) Enabled() []*Operation {
	var out []*Operation
	for _, op := range s.All() {
		if !op.Disabled {
			out = append(out, op)
		}
	}
	return out
}

// Get finds an operation by its unique_id; nil where there is none.
func (s *Set) Get(id manifest.ID) *Operation {
	for _, op := range s.All() {
		if op.ID == id {
			return op
		}
	}
	return nil
}

// Called is how people call an operation: by its name, or by package.name where
// the name alone means another one.
func (s *Set) Called(op *Operation) string {
	if found, err := s.Find(op.Name, s.project); err == nil && found == op {
		return op.Name
	}
	return op.Package + "." + op.Name
}

// Names lists how enabled operations are called, in order.
func (s *Set) Names() []string {
	var out []string
	for _, op := range s.Enabled() {
		out = append(out, s.Called(op))
	}
	slices.Sort(out)
	return out
}

// Find finds an operation as people call it: NAME, PACKAGE.NAME or its unique_id.
// A name alone is looked for in package from first, then in the user's project, then
// in all packages, where it has to be the only one. The error says what to call
// instead.
func (s *Set) Find(name, from string) (*Operation, error) {
	var found []*Operation
	for _, op := range s.All() {
		if op.Name == name || op.Package+"."+op.Name == name || string(op.ID) == name {
			found = append(found, op)
		}
	}
	for _, pkg := range [...]string{from, s.project} {
		if i := slices.IndexFunc(found, func(op *Operation) bool { return op.Package == pkg }); i >= 0 {
			found = found[i : i+1]
			break
		}
	}
	switch {
	case len(found) == 0:
		return nil, s.missing(name)
	case len(found) > 1:
		var ids []string
		for _, op := range found {
			ids = append(ids, op.Package+"."+op.Name)
		}
		return nil, &LookupError{Name: name, Msg: fmt.Sprintf("several packages have an operation '%s'", name), Hint: "Name one of: " + strings.Join(ids, ", ") + "."}
	case found[0].Disabled:
		return nil, &LookupError{Name: name, Disabled: found[0], Msg: fmt.Sprintf("operation '%s' (%s) is disabled", name, found[0].Path), Hint: "Its configuration says enabled: false."}
	}
	return found[0], nil
}

func (s *Set) missing(name string) error {
	e := &LookupError{Name: name, Msg: fmt.Sprintf("there is no operation '%s'", name), Hint: "`dex operation list` lists them."}
	if len(s.Enabled()) == 0 {
		e.Hint = "The project has none: begin one with `dex operation new GROUP/" + name + " --sql`."
	}
	if near := yamldoc.Nearest(name, s.Names()); near != "" {
		e.Hint = "Did you mean '" + near + "'? " + e.Hint
	}
	return e
}

// LookupError says why a name means no operation.
type LookupError struct {
	Name, Msg, Hint string
	Disabled        *Operation // the disabled one of that name
}

func (e *LookupError) Error() string { return e.Msg + ". " + e.Hint }

// Diagnostic is the error as a fault at a place, which may be none.
func (e *LookupError) Diagnostic(at diag.Pos, line string) diag.Diagnostic {
	return diag.Diagnostic{Class: diag.Runtime, Code: "operation-not-found", Summary: e.Msg, Hint: e.Hint, Pos: at, Source: line}
}
