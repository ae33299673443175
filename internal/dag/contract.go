package dag

// Contract is the graph of the nodes of keep alone: where a path led from one
// to another over nodes that are left out, an edge now does. It has the same
// numbers; nodes that are left out have no edges. The graph must have no cycle.
func (g *Graph) Contract(keep Set) *Graph {
	// near[i], of a node that is left out, lists the kept nodes from which one
	// gets to it without passing another kept node.
	near := make([][]int32, g.Len())
	var edges []Edge
	seen := make([]int32, g.Len()) // by the node being worked on, plus one
	for _, i := range g.Order() {
		mark := i + 1
		var list []int32
		for _, p := range g.Parents(i) {
			if keep.Has(p) {
				if seen[p] != mark {
					seen[p] = mark
					list = append(list, p)
				}
				continue
			}
			for _, q := range near[p] {
				if seen[q] != mark {
					seen[q] = mark
					list = append(list, q)
				}
			}
		}
		if !keep.Has(i) {
			near[i] = list
			continue
		}
		for _, p := range list {
			edges = append(edges, Edge{p, i})
		}
	}
	return New(g.Len(), edges)
}
