package semantic

import (
	"slices"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Severity says how bad an issue is.
type Severity uint8

// The severities.
const (
	Broken     Severity = iota // the project is refused
	Deprecated                 // it will be
	Doubtful                   // a warning
)

// Issue is what a rule finds.
type Issue struct {
	Severity Severity
	Message  string         // dbt's words
	Node     *manifest.Node // where it was found; nil where that is no single node
}

// SpineFault says that a project with semantic models lacks a time spine by days or
// less; "" where all is well.
func (d *Document) SpineFault() string {
	if len(d.Models) == 0 || d.Legacy != nil {
		return ""
	}
	for _, s := range d.spines() {
		if grainSize(s.grain) <= grainSize("day") {
			return ""
		}
	}
	return "The semantic layer requires a time spine model with granularity DAY or smaller in the project, but none was found. " +
		"Guidance on creating this model can be found on our docs site (https://docs.getdbt.com/docs/build/metricflow-time-spine)."
}

// grainSize orders granularities, the smallest first.
func grainSize(name string) int { return slices.Index(granularities, name) }

// checker gathers issues while the rules go over a document.
type checker struct {
	doc    *Document
	issues []Issue
	custom []string // names of custom granularities
}

func (c *checker) add(s Severity, n *manifest.Node, message string) {
	c.issues = append(c.issues, Issue{s, message, n})
}

func (c *checker) broken(n *manifest.Node, message string)   { c.add(Broken, n, message) }
func (c *checker) doubtful(n *manifest.Node, message string) { c.add(Doubtful, n, message) }

// rules are those that dbt asks MetricFlow to hold a project against, in its order.
var rules = []func(*checker){}

// Validate holds a document against the rules. nested asks for the present form of
// a cumulative metric's window.
func Validate(d *Document, nested bool) []Issue {
	c := &checker{doc: d, custom: d.customGrains()}
	for _, rule := range rules {
		rule(c)
	}
	return c.issues
}

// pyList is a list of texts as Python shows it.
func pyList(texts []string) string {
	l := value.NewList()
	for _, t := range texts {
		l.Elems = append(l.Elems, value.Str(t))
	}
	return value.Repr(l)
}
