// Package selector is dbt's node selection: "tag:nightly+ path:models/staging",
// selectors.yml, and what tests come along. It parses a selection into a Spec
// and finds the nodes of a manifest that it means.
//
// It knows the graph, not files: which paths exist is asked of its Options. It
// knows nothing of execution. Begin with Spec (spec.go); parse.go and yaml.go
// make one, select.go evaluates it, methods.go is the table of methods.
package selector

import (
	"fmt"

	"dex/internal/jinja/value"
)

// Spec is a parsed selection: a Criteria, or a Group of Specs.
type Spec interface{ spec() }

// Criteria is one "method:value" with its graph operators.
type Criteria struct {
	Raw       string
	Method    string
	Arguments []string    // what stands behind dots: {"materialized"} of config.materialized
	Value     value.Value // a text on the command line; of any type in selectors.yml

	ChildrensParents bool // @
	Parents          bool // +x
	ParentsDepth     int  // of n+x; Unlimited without a number
	Children         bool // x+
	ChildrenDepth    int

	Indirect Indirect
}

// Group combines selections.
type Group struct {
	Op       Op
	Parts    []Spec
	Raw      string // as the user wrote it, for the warning
	Expected bool   // warn if it matches nothing
	Indirect Indirect
}

func (*Criteria) spec() {}
func (*Group) spec()    {}

// Op is how a Group combines its parts.
type Op uint8

// The ways to combine.
const (
	Union Op = iota
	Intersection
	Difference // the first part without all others
)

// Unlimited is the depth of an operator without a number.
const Unlimited = -1

// Indirect is which tests a selection takes along whose models it selects.
type Indirect string

// The modes of --indirect-selection.
const (
	Eager     Indirect = "eager"     // one parent is selected
	Cautious  Indirect = "cautious"  // all parents are selected
	Buildable Indirect = "buildable" // all parents are selected, or parents of what is
	Empty     Indirect = "empty"     // none
)

// ParseIndirect reads a mode; "" is Eager.
func ParseIndirect(s string) (Indirect, error) {
	switch i := Indirect(s); i {
	case "":
		return Eager, nil
	case Eager, Cautious, Buildable, Empty:
		return i, nil
	}
	return "", fmt.Errorf("'%s' is not a valid IndirectSelection: it is one of eager, cautious, buildable, empty", s)
}

// Error is a selection that cannot be: a method that does not exist, a method's
// value that makes no sense, a selector that is not defined.
type Error struct{ Msg string }

func (e *Error) Error() string { return e.Msg }

func errorf(format string, args ...any) *Error { return &Error{fmt.Sprintf(format, args...)} }

// Warning is something to tell the user that stops nothing.
type Warning struct {
	Criterion string
}

// String is the warning in dbt's words.
func (w Warning) String() string {
	return "The selection criterion '" + w.Criterion + "' does not match any enabled nodes"
}
