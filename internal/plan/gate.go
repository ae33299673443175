package plan

import (
	"slices"

	"dex/internal/dag"
	"dex/internal/manifest"
)

// TestEdges are the edges by which tests hold back nodes in a build, beside those
// of the graph: never nil. They are the fewest that give dbt's order, which has
// those to all nodes further down as well.
func TestEdges(g *manifest.Graph) []dag.Edge { return append([]dag.Edge{}, gates(g)...) }

// gates are the edges that make a build hold back what comes after a failed
// test: from each data test to the nodes that come after all that it tests.
// Nodes behind those wait through them.
//
// dbt: a test of one node holds back that node's children. A test of several
// nodes holds back only what comes after all of them, so that no node waits for
// anything that it did not wait for before, but tests.
func gates(g *manifest.Graph) []dag.Edge {
	var edges []dag.Edge
	var many []int32 // tests of several nodes
	tested := dag.NewSet(g.Len())
	for i, n := range g.Nodes {
		if n.Kind != manifest.KindTest {
			continue
		}
		test := int32(i)
		switch parents := g.Parents(test); len(parents) {
		case 0:
		case 1:
			for _, c := range g.Children(parents[0]) {
				if held(g.Nodes[c]) {
					edges = append(edges, dag.Edge{Parent: test, Child: c})
				}
			}
		default:
			many = append(many, test)
			for _, p := range parents {
				tested.Add(p)
			}
		}
	}
	if len(many) == 0 {
		return edges
	}
	return append(edges, manyGates(g, many, tested)...)
}

// held reports whether a node waits for tests: what stands in the manifest's
// `nodes` and is no test.
func held(n *manifest.Node) bool {
	switch n.Kind {
	case manifest.KindTest, manifest.KindUnitTest, manifest.KindSource, manifest.KindExposure, manifest.KindMetric,
		manifest.KindSemanticModel, manifest.KindSavedQuery, manifest.KindFunction:
		return false
	}
	return true
}

// manyGates finds, for each test of several nodes, the first nodes that come
// after all of them: it goes down from the deepest one, and stops on each way
// where the others have come in.
func manyGates(g *manifest.Graph, tests []int32, tested dag.Set) []dag.Edge {
	order := g.Order()
	rank := make([]int32, g.Len())
	for at, i := range order {
		rank[i] = int32(at)
	}
	above := testedAbove(g, order, tested)
	seen := make([]int32, g.Len()) // by the test that came by last, plus one
	var edges []dag.Edge
	var stack []int32
	for at, test := range tests {
		parents := g.Parents(test)
		deepest := slices.MaxFunc(parents, func(a, b int32) int { return int(rank[a] - rank[b]) })
		need := above.of(parents)
		mark := int32(at) + 1
		stack = append(stack[:0], deepest)
		for len(stack) > 0 {
			i := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			for _, c := range g.Children(i) {
				if seen[c] == mark || !held(g.Nodes[c]) {
					continue
				}
				seen[c] = mark
				if above.has(c, need) {
					edges = append(edges, dag.Edge{Parent: test, Child: c})
				} else {
					stack = append(stack, c)
				}
			}
		}
	}
	return edges
}

// testedSets holds, for every node, which of the nodes that tests share come
// before it.
type testedSets struct {
	bit []int32 // of a tested node; -1 for others
	set []dag.Set
}

func testedAbove(g *manifest.Graph, order []int32, tested dag.Set) *testedSets {
	t := &testedSets{bit: make([]int32, g.Len()), set: make([]dag.Set, g.Len())}
	for i := range t.bit {
		t.bit[i] = -1
	}
	count := int32(0)
	for i := range tested.All {
		t.bit[i] = count
		count++
	}
	for _, i := range order {
		if !held(g.Nodes[i]) {
			continue
		}
		own := dag.NewSet(int(count))
		for _, p := range g.Parents(i) {
			if t.set[p] != nil {
				own.Or(t.set[p])
			}
			if b := t.bit[p]; b >= 0 {
				own.Add(b)
			}
		}
		t.set[i] = own
	}
	return t
}

// of gives the bits of some tested nodes.
func (t *testedSets) of(nodes []int32) []int32 {
	bits := make([]int32, len(nodes))
	for k, i := range nodes {
		bits[k] = t.bit[i]
	}
	return bits
}

func (t *testedSets) has(i int32, bits []int32) bool {
	for _, b := range bits {
		if !t.set[i].Has(b) {
			return false
		}
	}
	return true
}
