package manifest

import (
	"slices"
	"strings"

	"dex/internal/dag"
	"dex/internal/diag"
)

// Graph says what depends on what: sources, nodes, exposures, unit tests and
// the semantic kinds, numbered in the order of their IDs. Frozen.
type Graph struct {
	*dag.Graph
	Nodes []*Node // by number
	index map[ID]int32
}

// Number gives the number of a node; false for what is not in the graph.
func (g *Graph) Number(id ID) (int32, bool) {
	i, ok := g.index[id]
	return i, ok
}

// Set makes the set of some nodes; IDs that are not in the graph are left out.
func (g *Graph) Set(ids ...ID) dag.Set {
	s := dag.NewSet(g.Len())
	for _, id := range ids {
		if i, ok := g.index[id]; ok {
			s.Add(i)
		}
	}
	return s
}

// IDs lists the nodes of a set, ascending.
func (g *Graph) IDs(s dag.Set) []ID {
	ids := make([]ID, 0, s.Len())
	for i := range s.All {
		ids = append(ids, g.Nodes[i].ID)
	}
	return ids
}

// Graph returns what Freeze made. It panics before.
func (m *Manifest) Graph() *Graph {
	if m.graph == nil {
		panic("manifest: Graph before Freeze")
	}
	return m.graph
}

// ParentsOf lists what id depends on directly, ascending.
func (m *Manifest) ParentsOf(id ID) []ID { return m.neighbours(id, (*dag.Graph).Parents) }

// ChildrenOf lists what depends on id directly, ascending.
func (m *Manifest) ChildrenOf(id ID) []ID { return m.neighbours(id, (*dag.Graph).Children) }

func (m *Manifest) neighbours(id ID, of func(*dag.Graph, int32) []int32) []ID {
	g := m.Graph()
	i, ok := g.index[id]
	if !ok {
		return nil
	}
	list := of(g.Graph, i)
	ids := make([]ID, len(list))
	for k, j := range list {
		ids[k] = g.Nodes[j].ID
	}
	return ids
}

// Freeze makes the graph from the parents of all nodes and ends the time in
// which the manifest may be changed. It reports a cycle and parents that do not
// exist. A manifest with such faults is good for showing, not for running.
func (m *Manifest) Freeze() diag.List {
	all := []map[ID]*Node{m.Nodes, m.Sources, m.Exposures, m.UnitTests, m.Others}
	n := 0
	for _, t := range all {
		n += len(t)
	}
	nodes := make([]*Node, 0, n)
	for _, t := range all {
		for _, node := range t {
			nodes = append(nodes, node)
		}
	}
	slices.SortFunc(nodes, func(a, b *Node) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return m.FreezeSorted(nodes)
}

// FreezeSorted is Freeze for a caller that has the nodes of all tables in the
// order of their IDs; the manifest keeps the list.
func (m *Manifest) FreezeSorted(nodes []*Node) diag.List {
	var faults diag.List
	m.Index()
	n := len(nodes)
	g := &Graph{Nodes: nodes}
	g.index = make(map[ID]int32, n)
	for i, node := range g.Nodes {
		g.index[node.ID] = int32(i)
	}
	edges := make([]dag.Edge, 0, 2*n)
	for i, node := range g.Nodes {
		for _, p := range node.Parents {
			at, ok := g.index[p]
			if !ok {
				faults.Add(missingParent(node, p))
				continue
			}
			edges = append(edges, dag.Edge{Parent: at, Child: int32(i)})
		}
	}
	g.Graph = dag.New(n, edges)
	m.graph = g
	if cycle := g.Cycle(); cycle != nil {
		faults.Add(g.cycleFault(cycle))
	}
	return faults
}

func missingParent(n *Node, parent ID) diag.Diagnostic {
	return diag.Diagnostic{
		Class: diag.Compilation, Code: "parent-missing", Node: string(n.ID), Pos: n.Pos, Where: n.Where(),
		Summary: "'" + string(n.ID) + "' depends on '" + string(parent) + "' which is not in the graph!",
	}
}

// cycleFault tells a cycle in dbt's words, each node with the arrow to the one
// that depends on it. dbt: the arrow back to the first is left to the reader.
func (g *Graph) cycleFault(cycle []int32) diag.Diagnostic {
	names := make([]string, len(cycle))
	for k, i := range cycle {
		names[k] = string(g.Nodes[i].ID)
	}
	first := g.Nodes[cycle[0]]
	hint := "The last of them is referred to by the first: take one of these references out, or split a model in two."
	if len(cycle) == 1 {
		hint = "It refers to itself. Use {{ this }} for the table that a model stands in."
	}
	return diag.Diagnostic{
		Class: diag.Compilation, Code: "cycle", Node: string(first.ID),
		Summary: "Found a cycle: " + strings.Join(names, " --> "), Hint: hint,
	}
}

// Where names a node with its file, as the headings of diagnostics do: "model
// orders (models/orders.sql)".
func (n *Node) Where() string {
	if n.Kind == KindScript {
		return "operation " + n.Name + " (" + n.OriginalFilePath + ")"
	}
	return string(n.Kind) + " " + n.Name + " (" + n.OriginalFilePath + ")"
}
