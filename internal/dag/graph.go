// Package dag is a directed acyclic graph over the numbers 0..n-1, with what a
// build needs of one: a readable cycle, levels, sets of nodes reached from
// others, and a walk that says what may start next and what must be skipped.
//
// It knows nothing of dbt: callers keep the table from number to node. Graphs
// are immutable and safe for concurrent reading; a Walk belongs to one
// goroutine. Begin with Graph (graph.go), then Walk (walk.go).
package dag

import "slices"

// Edge says that Child comes after Parent.
type Edge struct{ Parent, Child int32 }

// Graph is a frozen directed graph. Nothing keeps it from having cycles: Cycle
// finds one, and Levels tells which nodes lie on or behind one.
type Graph struct {
	parents, children adjacency
}

// adjacency holds all neighbour lists in one slice: those of i are
// to[start[i]:start[i+1]], ascending.
type adjacency struct {
	start []int32
	to    []int32
}

func (a *adjacency) of(i int32) []int32 { return a.to[a.start[i]:a.start[i+1]:a.start[i+1]] }

// New makes the graph of n nodes with the given edges; an edge given twice
// counts once. It panics where an edge names a node outside 0..n-1.
func New(n int, edges []Edge) *Graph {
	g := &Graph{}
	g.children = build(n, edges, func(e Edge) (int32, int32) { return e.Parent, e.Child })
	g.parents = build(n, edges, func(e Edge) (int32, int32) { return e.Child, e.Parent })
	return g
}

// build sorts edges into lists by counting, then drops repetitions.
func build(n int, edges []Edge, ends func(Edge) (from, to int32)) adjacency {
	start := make([]int32, n+1)
	for _, e := range edges {
		from, _ := ends(e)
		start[from+1]++
	}
	for i := range n {
		start[i+1] += start[i]
	}
	to := make([]int32, len(edges))
	next := slices.Clone(start[:n])
	for _, e := range edges {
		from, t := ends(e)
		if t < 0 || int(t) >= n {
			panic("dag: an edge names a node that is not in the graph")
		}
		to[next[from]] = t
		next[from]++
	}
	return compact(start, to)
}

// compact sorts each list and closes the gaps that repetitions leave.
func compact(start, to []int32) adjacency {
	w := int32(0)
	for i := range len(start) - 1 {
		list := to[start[i]:start[i+1]]
		slices.Sort(list)
		list = slices.Compact(list)
		start[i] = w
		w += int32(copy(to[w:], list))
	}
	start[len(start)-1] = w
	return adjacency{start: start, to: to[:w]}
}

// Len is the number of nodes.
func (g *Graph) Len() int { return len(g.parents.start) - 1 }

// Parents lists what i comes directly after, ascending. The caller must not
// change it.
func (g *Graph) Parents(i int32) []int32 { return g.parents.of(i) }

// Children lists what comes directly after i, ascending. The caller must not
// change it.
func (g *Graph) Children(i int32) []int32 { return g.children.of(i) }

// Edges is the number of edges.
func (g *Graph) Edges() int { return len(g.children.to) }
