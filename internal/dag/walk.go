package dag

import "slices"

// Step is one node that a Walk hands out.
type Step struct {
	Node int32
	// Because is the failed node that lies before Node: Node must not run, only
	// be reported as skipped. It is -1 for a node that may run.
	Because int32
}

// Walk goes through a graph as its nodes get done. It starts no goroutines and
// knows no clock: an executor asks Next for what may start, and says Done when
// it ended. Every node is handed out once, after all its parents are done;
// those behind a failed node as well, to be reported in their turn.
//
// A Walk belongs to one goroutine.
type Walk struct {
	g       *Graph
	rank    []int32 // which of several ready nodes goes first
	byRank  []int32
	opt     WalkOptions
	open    []int32 // parents that are not done; -1 for a node that is not part of the walk
	because []int32
	ready   []int32 // a heap of ranks
	joints  []int32 // joints that have become ready
	running int
	left    int // nodes not yet handed out
}

// WalkOptions say what a Walk covers and in which order. Sets may be nil.
type WalkOptions struct {
	// Only are the nodes of the walk; nil is all.
	Only Set
	// Joints are nodes of Only that there is nothing to do for: they carry
	// order and failure from what lies before them to what lies behind, and are
	// never handed out.
	Joints Set
	// Fences run even where what lies before them failed, and shield what lies
	// behind them.
	Fences Set
	// Rank orders nodes that are ready together, lowest first: a permutation of
	// 0..n-1. nil is the order of numbers.
	Rank []int32
}

// Walk begins a walk over g.
func (g *Graph) Walk(opt WalkOptions) *Walk {
	n := g.Len()
	w := &Walk{g: g, rank: opt.Rank, opt: opt, byRank: make([]int32, n),
		open: make([]int32, n), because: make([]int32, n)}
	if w.rank == nil {
		w.rank = make([]int32, n)
		for i := range w.rank {
			w.rank[i] = int32(i)
		}
	}
	for i, r := range w.rank {
		w.byRank[r] = int32(i)
	}
	only := opt.Only
	if only == nil {
		only = FullSet(n)
	}
	for i := range int32(n) {
		w.because[i] = -1
		w.open[i] = -1
	}
	for i := range only.All {
		w.open[i] = 0
		for _, p := range g.Parents(i) {
			if only.Has(p) {
				w.open[i]++
			}
		}
		if !has(opt.Joints, i) {
			w.left++
		}
	}
	for i := range only.All {
		if w.open[i] == 0 {
			w.becomesReady(i)
		}
	}
	w.passJoints()
	return w
}

func has(s Set, i int32) bool { return s != nil && s.Has(i) }

// Next takes the first ready node. The second result is false where nothing is
// ready: then either something is running still, or the walk is over.
func (w *Walk) Next() (Step, bool) {
	if len(w.ready) == 0 {
		return Step{}, false
	}
	i := w.byRank[w.pop()]
	w.running++
	w.left--
	return Step{Node: i, Because: w.because[i]}, true
}

// Done reports that a node handed out has ended. With ok false, all that lies
// behind it will be handed out with it as the reason to skip, up to the next
// fence.
func (w *Walk) Done(i int32, ok bool) {
	w.running--
	if !ok {
		w.block(i)
	}
	w.release(i)
	w.passJoints()
}

// release takes a finished node off the parents that its children wait for.
func (w *Walk) release(i int32) {
	for _, c := range w.g.Children(i) {
		if w.open[c] <= 0 {
			continue
		}
		w.open[c]--
		if w.open[c] == 0 {
			w.becomesReady(c)
		}
	}
}

func (w *Walk) becomesReady(i int32) {
	if has(w.opt.Joints, i) {
		w.joints = append(w.joints, i)
		return
	}
	w.push(w.rank[i])
}

func (w *Walk) passJoints() {
	for len(w.joints) > 0 {
		i := w.joints[len(w.joints)-1]
		w.joints = w.joints[:len(w.joints)-1]
		w.release(i)
	}
}

// block marks what lies behind a failed node. What is marked already keeps its
// first reason, and so does all behind it.
func (w *Walk) block(cause int32) {
	stack := []int32{cause}
	for len(stack) > 0 {
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		for _, c := range w.g.Children(i) {
			if w.open[c] < 0 || w.because[c] >= 0 || has(w.opt.Fences, c) {
				continue
			}
			w.because[c] = cause
			stack = append(stack, c)
		}
	}
}

// Running is the number of nodes handed out and not done.
func (w *Walk) Running() int { return w.running }

// Left is the number of nodes not handed out yet.
func (w *Walk) Left() int { return w.left }

// Over reports whether every node has been handed out and is done.
func (w *Walk) Over() bool { return w.left == 0 && w.running == 0 }

func (w *Walk) push(r int32) {
	w.ready = append(w.ready, r)
	for i := len(w.ready) - 1; i > 0; {
		up := (i - 1) / 2
		if w.ready[up] <= w.ready[i] {
			break
		}
		w.ready[up], w.ready[i] = w.ready[i], w.ready[up]
		i = up
	}
}

func (w *Walk) pop() int32 {
	top := w.ready[0]
	last := len(w.ready) - 1
	w.ready[0] = w.ready[last]
	w.ready = slices.Delete(w.ready, last, last+1)
	for i := 0; ; {
		low := i
		for _, c := range []int{2*i + 1, 2*i + 2} {
			if c < last && w.ready[c] < w.ready[low] {
				low = c
			}
		}
		if low == i {
			return top
		}
		w.ready[low], w.ready[i] = w.ready[i], w.ready[low]
		i = low
	}
}
