package selector

import (
	"slices"
	"strings"

	"dex/internal/dag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Options are what a selection depends on beyond the manifest.
type Options struct {
	// Kinds are the resource types that the command works on; see Kinds. nil is
	// all.
	Kinds map[manifest.Kind]bool
	// EmptyNodes lets through nodes without any code: they are listed, not run.
	EmptyNodes bool
	// Selectors is selectors.yml, for the method selector.
	Selectors *Selectors
	// Glob finds the paths below the root project's folder that match a pattern,
	// slash-separated; nil goes by the paths that the manifest knows.
	Glob func(pattern string) []string
	// History answers the methods state, result and source_status; nil refuses
	// them.
	History History
}

// History knows what an earlier invocation left behind.
type History interface {
	// Select returns the nodes of m that a criterion means, of the method state,
	// result or source_status with what stands behind its dots.
	Select(m *manifest.Manifest, method string, arguments []string, want string) (dag.Set, error)
}

// Selector selects nodes of one manifest. It is not safe for concurrent use.
type Selector struct {
	m       *manifest.Manifest
	g       *manifest.Graph
	opt     Options
	walk    *dag.Graph // the graph of members
	members dag.Set
	tests   dag.Set
	sources dag.Set

	warnings []Warning
	within   []string // selectors being resolved, outermost first
}

// New prepares selections on a frozen manifest.
func New(m *manifest.Manifest, opt Options) *Selector {
	g := m.Graph()
	s := &Selector{m: m, g: g, opt: opt, walk: g.Graph,
		members: dag.NewSet(g.Len()), tests: dag.NewSet(g.Len()), sources: dag.NewSet(g.Len())}
	for i, n := range g.Nodes {
		if n.Kind != manifest.KindExposure && !n.Config.Enabled() {
			continue
		}
		s.members.Add(int32(i))
		switch n.Kind {
		case manifest.KindTest, manifest.KindUnitTest:
			s.tests.Add(int32(i))
		case manifest.KindSource:
			s.sources.Add(int32(i))
		}
	}
	if s.members.Len() < g.Len() {
		s.walk = subgraph(g.Graph, s.members)
	}
	return s
}

// subgraph leaves only edges between nodes of keep.
func subgraph(g *dag.Graph, keep dag.Set) *dag.Graph {
	var edges []dag.Edge
	for i := range keep.All {
		for _, c := range g.Children(i) {
			if keep.Has(c) {
				edges = append(edges, dag.Edge{Parent: i, Child: c})
			}
		}
	}
	return dag.New(g.Len(), edges)
}

// Select finds the nodes of m that spec means: New and Select in one, for a
// caller with one selection.
func Select(m *manifest.Manifest, spec Spec, opt Options) (dag.Set, []Warning, error) {
	return New(m, opt).Select(spec)
}

// Select finds the nodes that spec means. The set is by the numbers of the
// manifest's graph.
func (s *Selector) Select(spec Spec) (dag.Set, []Warning, error) {
	s.warnings, s.within = nil, nil
	set, err := s.selected(spec)
	return set, s.warnings, err
}

// selected is what a spec means, without what the command does not work on.
func (s *Selector) selected(spec Spec) (dag.Set, error) {
	direct, _, err := s.evaluate(spec)
	if err != nil {
		return nil, err
	}
	for i := range direct.All {
		n := s.g.Nodes[i]
		if s.opt.Kinds != nil && !s.opt.Kinds[n.Kind] || !s.opt.EmptyNodes && isEmpty(n) {
			direct.Remove(i)
		}
	}
	return direct, nil
}

// isEmpty reports whether a node has no code to run. Seeds never have.
func isEmpty(n *manifest.Node) bool {
	return parsed(n) && n.Kind != manifest.KindSeed && strings.TrimSpace(n.Raw) == ""
}

// evaluate returns what spec selects, and the tests that would come along if
// their other parents did. The sets are the caller's own.
func (s *Selector) evaluate(spec Spec) (direct, indirect dag.Set, err error) {
	switch spec := spec.(type) {
	case *Criteria:
		return s.evaluateCriteria(spec)
	case *Group:
		return s.evaluateGroup(spec)
	}
	panic("selector: a Spec that is neither Criteria nor Group")
}

func (s *Selector) evaluateGroup(g *Group) (direct, indirect dag.Set, err error) {
	for i, p := range g.Parts {
		d, ind, err := s.evaluate(p)
		if err != nil {
			return nil, nil, err
		}
		ind.Or(d)
		if i == 0 {
			direct, indirect = d, ind
			continue
		}
		combine(g.Op, direct, d)
		combine(g.Op, indirect, ind)
	}
	if direct == nil {
		direct, indirect = dag.NewSet(s.g.Len()), dag.NewSet(s.g.Len())
	}
	s.incorporate(direct, indirect, g.Indirect)
	if g.Expected && direct.Empty() {
		s.warnings = append(s.warnings, Warning{g.Raw})
	}
	return direct, indirect, nil
}

func combine(op Op, into, with dag.Set) {
	switch op {
	case Union:
		into.Or(with)
	case Intersection:
		into.And(with)
	case Difference:
		into.AndNot(with)
	}
}

// incorporate adds the tests that were waiting for parents which have now come
// together.
func (s *Selector) incorporate(direct, indirect dag.Set, mode Indirect) {
	if mode != Cautious && mode != Buildable || direct.Equal(indirect) {
		return
	}
	have := direct.Clone()
	if mode == Buildable {
		have.Or(s.walk.Ancestors(direct, dag.Unlimited))
	}
	for i := range indirect.All {
		// dbt: unit tests are not looked at here; other nodes that only some parts
		// hold are, and come along as tests do.
		if parsed(s.g.Nodes[i]) && s.parentsIn(i, have) {
			direct.Add(i)
			if mode == Cautious {
				have.Add(i)
			}
		}
	}
}

func (s *Selector) parentsIn(i int32, set dag.Set) bool {
	for _, p := range s.g.Parents(i) {
		if !set.Has(p) {
			return false
		}
	}
	return true
}

func (s *Selector) evaluateCriteria(c *Criteria) (direct, indirect dag.Set, err error) {
	found, err := s.search(c)
	if err != nil {
		return nil, nil, err
	}
	selected := found.Clone()
	if c.ChildrensParents {
		family := s.walk.Descendants(found, dag.Unlimited)
		family.Or(found)
		selected.Or(s.walk.Ancestors(family, dag.Unlimited))
		selected.Or(family)
	}
	if c.Parents {
		selected.Or(s.walk.Ancestors(found, c.ParentsDepth))
	}
	if c.Children {
		selected.Or(s.walk.Descendants(found, c.ChildrenDepth))
	}
	// A selector's tests have come along where it was evaluated; those that it
	// excludes must not come back.
	if c.Indirect == Empty || c.Method == "selector" {
		return selected, dag.NewSet(s.g.Len()), nil
	}
	direct, indirect = s.withTests(selected, c.Indirect)
	return direct, indirect, nil
}

// withTests adds the tests of what is selected; those that lack a parent are
// returned apart.
func (s *Selector) withTests(selected dag.Set, mode Indirect) (direct, indirect dag.Set) {
	direct, indirect = selected.Clone(), dag.NewSet(s.g.Len())
	have := selected
	if mode == Buildable {
		have = selected.Clone()
		have.Or(s.walk.Ancestors(selected, dag.Unlimited))
		have.Or(s.sources)
	}
	for i := range selected.All {
		for _, c := range s.walk.Children(i) {
			switch {
			case !s.tests.Has(c):
			case mode == Eager, s.parentsIn(c, have):
				direct.Add(c)
			default:
				indirect.Add(c)
			}
		}
	}
	return direct, indirect
}

// search finds what a criterion's method and value mean.
func (s *Selector) search(c *Criteria) (dag.Set, error) {
	if slices.Contains(outside, c.Method) {
		return s.searchHistory(c)
	}
	q := &query{s: s, c: c, found: dag.NewSet(s.g.Len())}
	if err := methods[c.Method](q); err != nil {
		return nil, err
	}
	return q.found, nil
}

func (s *Selector) searchHistory(c *Criteria) (dag.Set, error) {
	if s.opt.History == nil {
		return nil, errorf("%s compares with an earlier invocation, and there is none at hand", c.Raw)
	}
	found, err := s.opt.History.Select(s.m, c.Method, c.Arguments, value.ToStr(c.Value))
	if err != nil {
		return nil, err
	}
	found = found.Clone()
	found.And(s.members)
	return found, nil
}
