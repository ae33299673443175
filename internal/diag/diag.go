// Package diag is the one currency for faults in a user's project: what is
// wrong, where (file, line, column), why, and what to do about it. Phases
// gather diagnostics in a List; only views print them.
package diag

import (
	"sort"
	"strconv"
	"strings"
)

// Severity says whether a fault stops the invocation.
type Severity uint8

// The severities, most serious first.
const (
	Error Severity = iota
	Warning
)

// Pos is a place in a project file. Line and Col count from 1; 0 is unknown.
type Pos struct {
	File      string // below the root project's folder, with forward slashes
	Line, Col int
}

// String gives "file:line:col", leaving out what is unknown.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	s := p.File + ":" + strconv.Itoa(p.Line)
	if p.Col > 0 {
		s += ":" + strconv.Itoa(p.Col)
	}
	return s
}

// Class is dbt's word for the kind of fault, as in "Compilation Error in model
// x". It chooses the heading that other tools look for.
type Class string

// dbt's classes of fault.
const (
	Compilation Class = "Compilation"
	Parsing     Class = "Parsing"
	Runtime     Class = "Runtime"
	Database    Class = "Database"
	Validation  Class = "Validation"
	Internal    Class = "Internal"
	Dependency  Class = "Dependency"
	Env         Class = "Env Var"
	FailFast    Class = "FailFast"
)

// Diagnostic is one fault, written for the person who owns the project.
type Diagnostic struct {
	Severity Severity
	Class    Class
	Code     string // stable and searchable, such as "ref-not-found"
	Event    string // dbt's name of the event, of a warning; "" where dbt does not warn
	Summary  string // what is wrong, in dbt's words where dbt has words for it; may have several lines
	Hint     string // what to do about it; may be empty
	Pos      Pos
	Source   string // the text of the line at Pos, for the caret; may be empty
	Where    string // dbt's "model orders (models/orders.sql)"; may be empty
	Node     string // unique_id of the node at fault; may be empty
	Stack    []Frame
}

// Frame is one macro call on the way to a fault, innermost first.
type Frame struct {
	Name string // "macro audit (macros/audit.sql)"
	Pos  Pos
}

// Error gives the diagnostic in dbt's layout: heading, then the message
// indented by two, then place and hint.
func (d Diagnostic) Error() string {
	var b strings.Builder
	if d.Class != "" {
		b.WriteString(string(d.Class) + " Error")
		if d.Where != "" {
			b.WriteString(" in " + d.Where)
		}
		b.WriteByte('\n')
	}
	b.WriteString(indent(d.Body(), "  "))
	return b.String()
}

// Body is the message with place, caret, macro stack and hint, without heading.
func (d Diagnostic) Body() string {
	var b strings.Builder
	b.WriteString(d.Summary)
	if d.Pos.Line > 0 {
		b.WriteString("\n  --> " + d.Pos.String())
		if d.Source != "" {
			n := strconv.Itoa(d.Pos.Line)
			b.WriteString("\n  " + n + " | " + d.Source)
			if d.Pos.Col > 0 {
				b.WriteString("\n  " + strings.Repeat(" ", len(n)) + " | " + caretPad(d.Source, d.Pos.Col) + "^")
			}
		}
	}
	for _, f := range d.Stack {
		b.WriteString("\n> in " + f.Name)
		if f.Pos.Line > 0 {
			b.WriteString(" at line " + strconv.Itoa(f.Pos.Line))
		}
	}
	if d.Hint != "" {
		b.WriteString("\n" + d.Hint)
	}
	return b.String()
}

// caretPad is the blank text in front of a caret under column col of line,
// keeping tabs so that the caret stays under its character.
func caretPad(line string, col int) string {
	var b strings.Builder
	n := 1
	for _, r := range line {
		if n >= col {
			break
		}
		if r == '\t' {
			b.WriteByte('\t')
		} else {
			b.WriteByte(' ')
		}
		n++
	}
	for ; n < col; n++ {
		b.WriteByte(' ')
	}
	return b.String()
}

func indent(s, by string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l != "" {
			lines[i] = by + l
		}
	}
	return strings.Join(lines, "\n")
}

// List collects diagnostics over a phase, so that a user sees every fault of it
// at once and not the first alone.
type List []Diagnostic

// Add appends d.
func (l *List) Add(d Diagnostic) { *l = append(*l, d) }

// HasErrors reports whether any diagnostic of l is an Error.
func (l List) HasErrors() bool {
	for _, d := range l {
		if d.Severity == Error {
			return true
		}
	}
	return false
}

// Sort orders l by file, line and column, so that output does not depend on
// which worker found what first.
func (l List) Sort() {
	sort.SliceStable(l, func(i, j int) bool {
		a, b := l[i].Pos, l[j].Pos
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Col < b.Col
	})
}

// Err returns nil where l holds no Error; otherwise a *ListError with l.
func (l List) Err() error {
	if !l.HasErrors() {
		return nil
	}
	return &ListError{l}
}

// ListError carries a List across an error return.
type ListError struct{ List List }

func (e *ListError) Error() string {
	var parts []string
	for _, d := range e.List {
		if d.Severity == Error {
			parts = append(parts, d.Error())
		}
	}
	return strings.Join(parts, "\n")
}
