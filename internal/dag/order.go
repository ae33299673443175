package dag

// Levels gives each node the length of the longest path that leads to it: 0 for
// a node without parents. Nodes on a cycle, or behind one, get -1.
//
// dbt: its queue starts ready nodes by this number, then by unique_id.
func (g *Graph) Levels() []int32 {
	n := g.Len()
	levels := make([]int32, n)
	open := make([]int32, n)
	wave := make([]int32, 0, n)
	for i := range int32(n) {
		open[i] = int32(len(g.Parents(i)))
		levels[i] = -1
		if open[i] == 0 {
			levels[i] = 0
			wave = append(wave, i)
		}
	}
	// wave holds the nodes in the order in which they lose their last parent.
	// That order ascends in level, so the last parent to go is the deepest one.
	for at := 0; at < len(wave); at++ {
		for _, c := range g.Children(wave[at]) {
			open[c]--
			if open[c] == 0 {
				levels[c] = levels[wave[at]] + 1
				wave = append(wave, c)
			}
		}
	}
	return levels
}

// Depths gives each node the largest number of nodes of keep that one path to it
// passes: for those of keep, their level in the graph that is left when paths
// over all others become edges. The graph must have no cycle.
func (g *Graph) Depths(keep Set) []int32 {
	depths := make([]int32, g.Len())
	for _, i := range g.Order() {
		for _, p := range g.Parents(i) {
			d := depths[p]
			if keep.Has(p) {
				d++
			}
			depths[i] = max(depths[i], d)
		}
	}
	return depths
}

// Order lists all nodes so that parents stand before their children, by level
// and then by number. A graph with a cycle gives the nodes outside of it.
func (g *Graph) Order() []int32 {
	levels := g.Levels()
	var count []int32 // of nodes per level, then where the level begins
	for _, l := range levels {
		for int(l) >= len(count) {
			count = append(count, 0)
		}
		if l >= 0 {
			count[l]++
		}
	}
	sum := int32(0)
	for l, c := range count {
		count[l] = sum
		sum += c
	}
	order := make([]int32, sum)
	for i, l := range levels {
		if l >= 0 {
			order[count[l]] = int32(i)
			count[l]++
		}
	}
	return order
}

// Cycle returns the nodes of one cycle, each the parent of the next and the
// last the parent of the first; nil where there is none. It begins with the
// smallest node of the cycle, so that the same graph always tells the same tale.
func (g *Graph) Cycle() []int32 {
	levels := g.Levels()
	at := int32(-1)
	for i, l := range levels {
		if l < 0 {
			at = int32(i)
			break
		}
	}
	if at < 0 {
		return nil
	}
	// Each node without a level has a parent without one: going from parent to
	// parent comes back to a node seen before, and what lies between is a cycle.
	seen := map[int32]int{}
	var path []int32
	for {
		if from, again := seen[at]; again {
			return fromSmallest(path[from:])
		}
		seen[at] = len(path)
		path = append(path, at)
		for _, p := range g.Parents(at) {
			if levels[p] < 0 {
				at = p
				break
			}
		}
	}
}

// fromSmallest turns a cycle that was walked from child to parent into one from
// parent to child that begins with its smallest node.
func fromSmallest(up []int32) []int32 {
	low := 0
	for i, v := range up {
		if v < up[low] {
			low = i
		}
	}
	cycle := make([]int32, 0, len(up))
	for i := range up {
		cycle = append(cycle, up[(low-i+len(up))%len(up)])
	}
	return cycle
}
