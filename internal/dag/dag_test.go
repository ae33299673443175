package dag

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// drawGraph makes a random acyclic graph: edges go from smaller numbers of a
// random permutation to larger ones.
func drawGraph(t *rapid.T) (*Graph, []Edge) {
	n := rapid.IntRange(1, 40).Draw(t, "n")
	perm := rapid.Permutation(seq(n)).Draw(t, "perm")
	var edges []Edge
	for range rapid.IntRange(0, 2*n).Draw(t, "m") {
		a, b := rapid.IntRange(0, n-1).Draw(t, "a"), rapid.IntRange(0, n-1).Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		if a != b {
			edges = append(edges, Edge{perm[a], perm[b]})
		}
	}
	return New(n, edges), edges
}

func seq(n int) []int32 {
	s := make([]int32, n)
	for i := range s {
		s[i] = int32(i)
	}
	return s
}

func drawSet(t *rapid.T, n int, name string) Set {
	s := NewSet(n)
	for i, in := range rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, name) {
		if in {
			s.Add(int32(i))
		}
	}
	return s
}

// before is the plain truth to compare with: reach[i][j] says that a path leads
// from i to j.
func before(n int, edges []Edge) [][]bool {
	reach := make([][]bool, n)
	for i := range reach {
		reach[i] = make([]bool, n)
	}
	for _, e := range edges {
		reach[e.Parent][e.Child] = true
	}
	for k := range n {
		for i := range n {
			for j := range n {
				if reach[i][k] && reach[k][j] {
					reach[i][j] = true
				}
			}
		}
	}
	return reach
}

func TestAncestorsAndDescendants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, edges := drawGraph(t)
		reach := before(g.Len(), edges)
		from := drawSet(t, g.Len(), "from")
		up, down := g.Ancestors(from, Unlimited), g.Descendants(from, Unlimited)
		one := g.Descendants(from, 1)
		for j := range int32(g.Len()) {
			var wantUp, wantDown, wantOne bool
			for i := range from.All {
				wantDown = wantDown || reach[i][j]
				wantUp = wantUp || reach[j][i]
				wantOne = wantOne || slices.Contains(g.Children(i), j)
			}
			if up.Has(j) != wantUp || down.Has(j) != wantDown || one.Has(j) != wantOne {
				t.Fatalf("node %d: up %v want %v, down %v want %v, one step %v want %v",
					j, up.Has(j), wantUp, down.Has(j), wantDown, one.Has(j), wantOne)
			}
		}
	})
}

func TestOrderPutsParentsFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, edges := drawGraph(t)
		if c := g.Cycle(); c != nil {
			t.Fatalf("found the cycle %v in a graph that has none", c)
		}
		order, levels := g.Order(), g.Levels()
		if len(order) != g.Len() {
			t.Fatalf("%d of %d nodes are in the order", len(order), g.Len())
		}
		at := make([]int, g.Len())
		for i, v := range order {
			at[v] = i
		}
		for _, e := range edges {
			if at[e.Parent] >= at[e.Child] || levels[e.Parent] >= levels[e.Child] {
				t.Fatalf("%d does not stand before its child %d", e.Parent, e.Child)
			}
		}
	})
}

func TestCycleIsOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 15).Draw(t, "n")
		var edges []Edge
		for range rapid.IntRange(0, 3*n).Draw(t, "m") {
			edges = append(edges, Edge{
				int32(rapid.IntRange(0, n-1).Draw(t, "a")), int32(rapid.IntRange(0, n-1).Draw(t, "b"))})
		}
		g := New(n, edges)
		reach := before(n, edges)
		cyclic := false
		for i := range n {
			cyclic = cyclic || reach[i][i]
		}
		c := g.Cycle()
		if (c != nil) != cyclic {
			t.Fatalf("Cycle gives %v, a cycle exists: %v", c, cyclic)
		}
		for k, v := range c {
			if next := c[(k+1)%len(c)]; !slices.Contains(g.Children(v), next) {
				t.Fatalf("in cycle %v no edge leads from %d to %d", c, v, next)
			}
			if v < c[0] {
				t.Fatalf("cycle %v does not begin with its smallest node", c)
			}
		}
	})
}

// kept reduces a graph to the nodes of keep: the plain way, for comparison.
func kept(n int, edges []Edge, keep Set) [][]bool {
	direct := make([][]bool, n)
	for i := range direct {
		direct[i] = make([]bool, n)
	}
	for _, e := range edges {
		direct[e.Parent][e.Child] = true
	}
	for k := range int32(n) {
		if keep.Has(k) {
			continue
		}
		for i := range n {
			for j := range n {
				direct[i][j] = direct[i][j] || direct[i][k] && direct[k][j]
			}
		}
	}
	return direct
}

func TestDepthsAreLevelsOfTheKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, edges := drawGraph(t)
		keep := drawSet(t, g.Len(), "keep")
		var small []Edge
		for i, row := range kept(g.Len(), edges, keep) {
			for j, direct := range row {
				if direct && keep.Has(int32(i)) && keep.Has(int32(j)) {
					small = append(small, Edge{int32(i), int32(j)})
				}
			}
		}
		want, got := New(g.Len(), small).Levels(), g.Depths(keep)
		for i := range keep.All {
			if want[i] != got[i] {
				t.Fatalf("node %d: depth %d, want %d", i, got[i], want[i])
			}
		}
	})
}

// TestWalk runs a graph on a random number of workers with random failures: no
// node starts before its parents are done, each ends once, and skipped is
// exactly what lies behind a failure with no fence between.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, edges := drawGraph(t)
		n := g.Len()
		only, joints, silent := drawSet(t, n, "only"), drawSet(t, n, "joints"), drawSet(t, n, "silent")
		joints.And(only)
		silent.And(only)
		steps := only.Clone()
		steps.AndNot(joints)
		steps.AndNot(silent)
		fails, fences := drawSet(t, n, "fails"), drawSet(t, n, "fences")
		w := g.Walk(WalkOptions{Only: only, Joints: joints, Silent: silent, Urgent: drawSet(t, n, "urgent"), Fences: fences, Rank: rapid.Permutation(seq(n)).Draw(t, "rank")})
		paths := kept(n, within(edges, only), steps)
		workers := rapid.IntRange(1, 4).Draw(t, "workers")
		done, failed, skipped := NewSet(n), NewSet(n), NewSet(n)
		var running []int32
		for !w.Over() {
			for len(running) < workers {
				step, ok := w.Next()
				if !ok {
					break
				}
				for p := range steps.All {
					if paths[p][step.Node] && !done.Has(p) {
						t.Fatalf("%d starts before its parent %d is done", step.Node, p)
					}
				}
				if step.Because >= 0 {
					if !failed.Has(step.Because) {
						t.Fatalf("%d is skipped for %d, which did not fail", step.Node, step.Because)
					}
					skipped.Add(step.Node)
					if step.After < 0 || !failed.Has(step.After) && !skipped.Has(step.After) && !silent.Has(step.After) {
						t.Fatalf("%d is skipped after %d, which neither failed nor was skipped", step.Node, step.After)
					}
				} else if step.After >= 0 {
					t.Fatalf("%d is not skipped, but after %d", step.Node, step.After)
				}
				running = append(running, step.Node)
			}
			if len(running) == 0 {
				t.Fatalf("nothing runs and nothing is ready, but %d are left", w.Left())
			}
			at := rapid.IntRange(0, len(running)-1).Draw(t, "ends")
			i := running[at]
			running = slices.Delete(running, at, at+1)
			if done.Has(i) {
				t.Fatalf("%d ended twice", i)
			}
			done.Add(i)
			bad := fails.Has(i) || skipped.Has(i)
			if fails.Has(i) && !skipped.Has(i) {
				failed.Add(i)
			}
			w.Done(i, !bad)
		}
		if !done.Equal(steps) {
			t.Fatalf("done %d of %d", done.Len(), steps.Len())
		}
		broken := NewSet(n) // what lies behind a failure, joints too
		for _, i := range g.Order() {
			want := false
			for _, p := range g.Parents(i) {
				want = want || only.Has(p) && (failed.Has(p) || broken.Has(p))
			}
			if want = want && !fences.Has(i) && only.Has(i); want {
				broken.Add(i)
			}
			if steps.Has(i) && want != skipped.Has(i) {
				t.Fatalf("%d: skipped %v, want %v", i, skipped.Has(i), want)
			}
		}
	})
}

func within(edges []Edge, s Set) []Edge {
	var in []Edge
	for _, e := range edges {
		if s.Has(e.Parent) && s.Has(e.Child) {
			in = append(in, e)
		}
	}
	return in
}

// TestWalkIsFirstComeFirstServed: rank decides among those that became ready
// together, and a silent node has its turn like any other.
func TestWalkIsFirstComeFirstServed(t *testing.T) {
	// 0 -> 4 -> 6, 1 -> 5; 2 and 3 stand alone.
	g := New(7, []Edge{{0, 4}, {4, 6}, {1, 5}})
	order := func(opt WalkOptions) (got []int32) {
		w := g.Walk(opt)
		for {
			s, ok := w.Next()
			if !ok {
				return got
			}
			got = append(got, s.Node)
			w.Done(s.Node, true)
		}
	}
	four, six := NewSet(7), NewSet(7)
	four.Add(4)
	six.Add(6)
	for _, tt := range []struct {
		name string
		opt  WalkOptions
		want []int32
	}{
		{"plain", WalkOptions{}, []int32{0, 1, 2, 3, 4, 5, 6}},
		{"ranked", WalkOptions{Rank: []int32{3, 2, 1, 0, 4, 5, 6}}, []int32{3, 2, 1, 0, 5, 4, 6}},
		{"joint", WalkOptions{Joints: four}, []int32{0, 1, 2, 3, 6, 5}},
		{"silent", WalkOptions{Silent: four}, []int32{0, 1, 2, 3, 5, 6}},
		{"urgent", WalkOptions{Urgent: six}, []int32{0, 1, 2, 3, 4, 6, 5}},
	} {
		if got := order(tt.opt); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 200).Draw(t, "n")
		a, b := drawSet(t, n, "a"), drawSet(t, n, "b")
		or, and, not := a.Clone(), a.Clone(), a.Clone()
		or.Or(b)
		and.And(b)
		not.AndNot(b)
		count := 0
		for i := range int32(n) {
			if or.Has(i) != (a.Has(i) || b.Has(i)) || and.Has(i) != (a.Has(i) && b.Has(i)) || not.Has(i) != (a.Has(i) && !b.Has(i)) {
				t.Fatalf("a wrong answer for %d", i)
			}
			if a.Has(i) {
				count++
			}
		}
		if a.Len() != count || a.Empty() != (count == 0) || FullSet(n).Len() != n {
			t.Fatalf("Len %d, want %d; Empty %v; FullSet has %d of %d", a.Len(), count, a.Empty(), FullSet(n).Len(), n)
		}
	})
}

// benchGraph is a graph of n nodes in which each of the later ones has three
// parents among the hundred before it.
func benchGraph(n int) *Graph {
	var edges []Edge
	for i := 100; i < n; i++ {
		for k := range 3 {
			edges = append(edges, Edge{int32(i - 1 - (i*7+k*31)%100), int32(i)})
		}
	}
	return New(n, edges)
}

func BenchmarkWalk30k(b *testing.B) {
	g := benchGraph(30_000)
	b.ReportAllocs()
	for b.Loop() {
		w := g.Walk(WalkOptions{})
		for !w.Over() {
			s, _ := w.Next()
			w.Done(s.Node, true)
		}
	}
}

func BenchmarkDepths30k(b *testing.B) {
	g := benchGraph(30_000)
	keep := NewSet(g.Len())
	for i := int32(0); i < int32(g.Len()); i += 3 {
		keep.Add(i)
	}
	b.ReportAllocs()
	for b.Loop() {
		g.Depths(keep)
	}
}

func BenchmarkDescendants30k(b *testing.B) {
	g := benchGraph(30_000)
	from := NewSet(g.Len())
	from.Add(0)
	b.ReportAllocs()
	for b.Loop() {
		g.Descendants(from, Unlimited)
	}
}
