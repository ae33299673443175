// Package lint reports what the practice of hooks and operations advises against:
// a pre-hook that deletes, a statement that fails the second time, business logic in
// a hook. Each rule has a code, and a page of that name in docs/lint.
//
// It reads what was parsed, and sends nothing to a database. Begin with Check; the
// rules are in hook.go and operation.go, what they see of a template in text.go.
package lint

import (
	"cmp"
	"slices"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/sqltext"
)

// Severity says how much a finding weighs.
type Severity string

// The severities. A note does not make the command fail.
const (
	Off   Severity = "off"
	Note  Severity = "note"
	Warn  Severity = "warning"
	Fault Severity = "error"
)

// Hook is one effective hook, with the node that has it.
type Hook struct {
	manifest.Hook
	Node  *manifest.Node
	Event string // "pre-hook", "post-hook", "on-run-start", "on-run-end"
	Index int
	Pos   diag.Pos
	Line  string // the text of the line at Pos
}

// Input is what is looked at.
type Input struct {
	Hooks      []Hook
	Operations []*operation.Operation
	// Calls are nodes whose config() may be given the result of a macro.
	Calls []*manifest.Node
	// Macro finds the macro that a template of pkg means by name; nil where there is
	// none. Macros of dex's own packages count as not found.
	Macro func(pkg, name string) *manifest.Macro
	// Targets are the names of the profile's targets.
	Targets []string
	// Transactions reports whether the target has transactions; Autocommit whether a
	// hook outside of the transaction leaves the rest of its node without one.
	Transactions, Autocommit bool
	// FirstRunFails reports whether a pre-hook that reads a relation which is not there
	// yet fails: there is no dex.yml, or it says so.
	FirstRunFails bool
	Dialect       sqltext.Dialect
	Settings      Settings
}

// Settings are the section lint of dex.yml.
type Settings struct {
	// Rules gives a rule another severity.
	Rules map[string]Severity
	// Statements is how many statements a hook may have; 0 is 3.
	Statements int
	// Baseline is the file of accepted findings, relative to the project.
	Baseline string
}

// DefaultStatements is how many statements a hook may have.
const DefaultStatements = 3

// Finding is one thing that a rule found.
type Finding struct {
	Rule     string
	Severity Severity
	Message  string
	Hint     string
	Pos      diag.Pos
	Line     string   // the text of the line at Pos
	Nodes    []string // unique_ids, sorted: one hook of a folder is one finding
	Event    string   // of a hook
	Text     string   // what was looked at; it makes the fingerprint
}

// Rule is one rule.
type Rule struct {
	Code, Name string
	Severity   Severity
	// Summary is one sentence: what the rule reports, and why.
	Summary string

	hook      func(c *check, h *seen) string
	operation func(c *check, o *operation.Operation) string
	call      func(c *check, n *manifest.Node) []Finding
	hint      string
}

// Rules lists all rules in the order of their codes.
func Rules() []Rule {
	out := append(slices.Clone(hookRules), operationRules...)
	slices.SortFunc(out, func(a, b Rule) int { return cmp.Compare(a.Code, b.Code) })
	return out
}

// check is one run of the rules.
type check struct {
	Input
	found []Finding
	index map[string]int // of findings, by rule, place and text
}

// Check runs the rules over in. Findings are in the order of their places; a hook
// that many nodes have from one place is one finding.
func Check(in Input) []Finding {
	if in.Settings.Statements == 0 {
		in.Settings.Statements = DefaultStatements
	}
	c := &check{Input: in, index: map[string]int{}}
	texts := map[textKey]*text{}
	for i := range in.Hooks {
		c.hook(&in.Hooks[i], texts)
	}
	for _, o := range in.Operations {
		c.operation(o)
	}
	for _, n := range in.Calls {
		c.calls(n)
	}
	for i := range c.found {
		slices.Sort(c.found[i].Nodes)
		c.found[i].Nodes = slices.Compact(c.found[i].Nodes)
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Pos.File, b.Pos.File), cmp.Compare(a.Pos.Line, b.Pos.Line), cmp.Compare(a.Pos.Col, b.Pos.Col), cmp.Compare(a.Rule, b.Rule))
	})
	return c.found
}

// severity is that of a rule after the project's settings.
func (c *check) severity(r *Rule) Severity {
	if s, ok := c.Settings.Rules[r.Code]; ok {
		return s
	}
	return r.Severity
}

// textKey finds a template that was looked at before: hooks of a folder are one
// text.
type textKey struct{ pkg, src string }

// seen is a hook with what can be told of its text.
type seen struct {
	*Hook
	*text
}

func (c *check) hook(h *Hook, texts map[textKey]*text) {
	key := textKey{h.Node.Package, source(h)}
	t, ok := texts[key]
	if !ok {
		t = c.read(key.pkg, key.src)
		texts[key] = t
	}
	s := &seen{h, t}
	for i := range hookRules {
		r := &hookRules[i]
		severity := c.severity(r)
		if r.hook == nil || severity == Off || t.ignores(r.Code) {
			continue
		}
		if msg := r.hook(c, s); msg != "" {
			c.add(Finding{
				Rule: r.Code, Severity: severity, Message: msg, Hint: r.hint, Pos: h.Pos, Line: h.Line,
				Nodes: []string{string(h.Node.ID)}, Event: h.Event, Text: key.src,
			})
		}
	}
}

// source is the template that stands for a hook: its SQL, or a call of its macro.
func source(h *Hook) string {
	if h.Macro != "" {
		return "{{ " + h.Macro + "() }}"
	}
	return h.SQL
}

func (c *check) operation(o *operation.Operation) {
	for i := range operationRules {
		r := &operationRules[i]
		severity := c.severity(r)
		if severity == Off {
			continue
		}
		if msg := r.operation(c, o); msg != "" {
			c.add(Finding{
				Rule: r.Code, Severity: severity, Message: msg, Hint: r.hint, Pos: o.Pos, Nodes: []string{string(o.ID)}, Text: o.Raw,
			})
		}
	}
}

func (c *check) calls(n *manifest.Node) {
	for i := range hookRules {
		r := &hookRules[i]
		if severity := c.severity(r); r.call != nil && severity != Off {
			for _, f := range r.call(c, n) {
				f.Rule, f.Severity, f.Hint = r.Code, severity, r.hint
				c.add(f)
			}
		}
	}
}

// add keeps a finding, joined with another of the same rule, place and text.
func (c *check) add(f Finding) {
	key := f.Rule + "\x00" + f.Pos.String() + "\x00" + f.Text
	if f.Pos.Line == 0 {
		key += "\x00" + f.Nodes[0]
	}
	if at, ok := c.index[key]; ok {
		c.found[at].Nodes = append(c.found[at].Nodes, f.Nodes...)
		return
	}
	c.index[key] = len(c.found)
	c.found = append(c.found, f)
}

// Fails reports whether findings make the command fail: one of them is more than
// a note.
func Fails(found []Finding) bool {
	return slices.ContainsFunc(found, func(f Finding) bool { return f.Severity != Note })
}
