package state

import (
	"fmt"
	"strings"

	"dex/internal/dag"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
)

// Comparison answers the selection methods state, result and source_status for
// one project: it is a selector.History. It is not safe for concurrent use.
type Comparison struct {
	Previous *Previous
	// Warn tells the user of a change that breaks something; an error makes it a
	// fault. Each change is told once.
	Warn func(event.Data) error
	// MaxSeedMiB is the size above which a seed's checksum is its path: warnings
	// name it.
	MaxSeedMiB int
	// Rendered compares the databases and schemas of sources as they are, not as
	// they are written: dbt's flag state_modified_compare_more_unrendered_values,
	// off.
	Rendered bool

	m        *manifest.Manifest
	affected map[manifest.ID]bool // macros that differ or call one that does
	told     map[string]bool
}

// Fault is a criterion that cannot be answered: its evidence is missing, or its
// word is none of dbt's.
type Fault struct {
	Msg string
	// Hint says what to do; it may be empty.
	Hint string
	// Internal marks those that dbt takes for faults of its own.
	Internal bool
	// Class is the heading of a fault of the project; "" where it is none.
	Class diag.Class
}

func (e *Fault) Error() string { return e.Msg }

// Select implements selector.History. The error is a *Fault, a *BreakingChange or
// what Warn gave.
func (c *Comparison) Select(m *manifest.Manifest, method string, _ []string, want string) (dag.Set, error) {
	if c.m != m {
		c.m, c.affected = m, nil
	}
	switch method {
	case "state":
		return c.selectState(want)
	case "result":
		return c.selectResult(want)
	}
	return c.selectSourceStatus(want)
}

// missing tells where evidence should have been.
func (c *Comparison) missing(file string) string {
	if c.Previous == nil {
		return "Name the folder with the artifacts of an earlier invocation: --state PATH"
	}
	return "There is no " + file + " in " + c.Previous.Path + ", the folder of --state."
}

// check compares a node with what it was; was is nil for one that is new.
type check func(c *Comparison, was, now *manifest.Node) (bool, error)

// checks are the values of the method state, in dbt's order.
var checks = []struct {
	name  string
	check check
	// removed is set for those that look at models which are gone as well: to
	// warn of broken contracts.
	removed bool
}{
	{name: "new", check: func(_ *Comparison, was, _ *manifest.Node) (bool, error) { return was == nil, nil }},
	{name: "old", check: func(_ *Comparison, was, _ *manifest.Node) (bool, error) { return was != nil, nil }},
	{name: "modified", check: (*Comparison).modified, removed: true},
	{name: "unmodified", check: func(c *Comparison, was, now *manifest.Node) (bool, error) {
		modified, err := c.modified(was, now)
		return !modified, err
	}, removed: true},
	{name: "modified.body", check: differs(parsed, (*Comparison).sameBody)},
	{name: "modified.configs", check: differs(configured, (*Comparison).sameConfig)},
	{name: "modified.persisted_descriptions", check: differs(parsed, (*Comparison).samePersistedDescription)},
	{name: "modified.relation", check: differs(relational, (*Comparison).sameRelation)},
	{name: "modified.macros", check: func(c *Comparison, _, now *manifest.Node) (bool, error) { return c.macrosModified(now) }},
	{name: "modified.contract", check: differs(parsed, (*Comparison).sameContract), removed: true},
}

// differs makes the check of one part of nodes: those of kinds that do not have
// it never differ, new ones always do.
func differs(has func(*manifest.Node) bool, same check) check {
	return func(c *Comparison, was, now *manifest.Node) (bool, error) {
		if !has(now) {
			return false, nil
		}
		if was == nil {
			return true, nil
		}
		s, err := same(c, was, now)
		return !s, err
	}
}

// selectState is the method state. dbt: StateSelectorMethod.
func (c *Comparison) selectState(want string) (dag.Set, error) {
	if c.Previous == nil || c.Previous.Manifest == nil {
		return nil, &Fault{Msg: "Got a state selector method, but no comparison manifest", Hint: c.missing("manifest.json")}
	}
	var names []string
	for _, k := range checks {
		if k.name != want {
			names = append(names, k.name)
			continue
		}
		return c.compareAll(k.check, k.removed)
	}
	return nil, &Fault{Msg: fmt.Sprintf("Got an invalid selector %q, expected one of \"['%s']\"", want, strings.Join(names, "', '"))}
}

func (c *Comparison) compareAll(differ check, removed bool) (dag.Set, error) {
	g := c.m.Graph()
	found := dag.NewSet(g.Len())
	for i, n := range g.Nodes {
		if n.Kind != manifest.KindExposure && !n.Config.Enabled() {
			continue
		}
		was := c.Previous.Manifest.Node(n.ID)
		if was != nil && was.Kind != n.Kind {
			was = nil // a manifest that somebody wrote by hand
		}
		hit, err := differ(c, was, n)
		if err != nil {
			return nil, err
		}
		if hit {
			found.Add(int32(i))
		}
	}
	if removed {
		return found, c.removedContracts()
	}
	return found, nil
}

// selectResult takes the nodes that ended with a status. dbt:
// ResultSelectorMethod.
func (c *Comparison) selectResult(want string) (dag.Set, error) {
	if c.Previous == nil || c.Previous.Results == nil {
		return nil, &Fault{Msg: "No comparison run_results", Hint: c.missing("run_results.json"), Internal: true}
	}
	var ids []manifest.ID
	for _, r := range c.Previous.Results.Results {
		if string(r.Status) == want {
			ids = append(ids, manifest.ID(r.Node))
		}
	}
	return c.m.Graph().Set(ids...), nil
}

// selectSourceStatus takes the sources that have been loaded since. dbt:
// SourceStatusSelectorMethod, which knows the word fresher alone.
func (c *Comparison) selectSourceStatus(want string) (dag.Set, error) {
	switch p := c.Previous; {
	case p == nil || p.Sources == nil:
		return nil, &Fault{Msg: "No previous state comparison freshness results in sources.json", Hint: c.missing("sources.json"), Internal: true}
	case p.Current == nil:
		return nil, &Fault{
			Msg:  "No current state comparison freshness results in sources.json",
			Hint: "Ask the sources first: dex source freshness", Internal: true,
		}
	}
	var ids []manifest.ID
	for id, now := range c.Previous.Current {
		if was, ok := c.Previous.Sources[id]; want == "fresher" && (!ok || now.After(was)) {
			ids = append(ids, id)
		}
	}
	return c.m.Graph().Set(ids...), nil
}
