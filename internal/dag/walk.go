package dag

import (
	"cmp"
	"slices"
)

// Step is one node that a Walk hands out.
type Step struct {
	Node int32
	// Because is the failed node that lies before Node: Node must not run, only
	// be reported as skipped. It is -1 for a node that may run.
	Because int32
	// After is the parent of Node, past joints, that failed or was skipped last;
	// -1 for a node that may run.
	After int32
}

// Walk goes through a graph as its nodes get done. It starts no goroutines and
// knows no clock: an executor asks Next for what may start, and says Done when
// it ended. Every node is handed out once, after all its parents are done;
// those behind a failed node as well, to be reported in their turn.
//
// Nodes are handed out in the order in which they became ready; those that
// became so together, by rank.
//
// A Walk belongs to one goroutine.
type Walk struct {
	g       *Graph
	opt     WalkOptions
	open    []int32 // parents that are not done; -1 for a node that is not part of the walk
	because []int32
	after   []int32
	ready   []int32 // in the order of handing out; those before head are gone
	head    int
	fresh   []int32 // have become ready together, not yet in order
	urgent  []int32 // ready ones that go before all others
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
	// Silent are joints that wait for their turn all the same.
	Silent Set
	// Urgent nodes are handed out as soon as they are ready, before all others.
	Urgent Set
	// Fences run even where what lies before them failed, and shield what lies
	// behind them.
	Fences Set
	// Rank orders nodes that became ready together, lowest first; nil is the
	// order of numbers.
	Rank []int32
}

// Walk begins a walk over g.
func (g *Graph) Walk(opt WalkOptions) *Walk {
	n := g.Len()
	w := &Walk{g: g, opt: opt, open: make([]int32, n), because: make([]int32, n), after: make([]int32, n), ready: make([]int32, 0, n)}
	only := opt.Only
	if only == nil {
		only = FullSet(n)
	}
	for i := range int32(n) {
		w.because[i], w.after[i] = -1, -1
		w.open[i] = -1
	}
	for i := range only.All {
		w.open[i] = 0
		for _, p := range g.Parents(i) {
			if only.Has(p) {
				w.open[i]++
			}
		}
		if !has(opt.Joints, i) && !has(opt.Silent, i) {
			w.left++
		}
	}
	for i := range only.All {
		if w.open[i] == 0 {
			w.becomesReady(i)
		}
	}
	w.settle()
	return w
}

func has(s Set, i int32) bool { return s != nil && s.Has(i) }

// Next takes the first ready node. The second result is false where nothing is
// ready: then either something is running still, or the walk is over.
func (w *Walk) Next() (Step, bool) {
	for len(w.urgent) > 0 || w.head < len(w.ready) {
		i := w.first()
		if has(w.opt.Silent, i) {
			if w.because[i] >= 0 {
				w.follow(i, i)
			}
			w.release(i)
			w.settle()
			continue
		}
		w.running++
		w.left--
		return Step{Node: i, Because: w.because[i], After: w.after[i]}, true
	}
	return Step{}, false
}

// first takes the node whose turn it is.
func (w *Walk) first() int32 {
	if last := len(w.urgent) - 1; last >= 0 {
		i := w.urgent[last]
		w.urgent = w.urgent[:last]
		return i
	}
	w.head++
	return w.ready[w.head-1]
}

// Done reports that a node handed out has ended. With ok false, all that lies
// behind it will be handed out with it as the reason to skip, up to the next
// fence.
func (w *Walk) Done(i int32, ok bool) {
	w.running--
	if !ok {
		w.block(i)
		w.follow(i, i)
	}
	w.release(i)
	w.settle()
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
	if has(w.opt.Urgent, i) {
		w.urgent = append(w.urgent, i)
		return
	}
	w.fresh = append(w.fresh, i)
}

// settle passes the joints that are ready, and queues what became ready with
// them.
func (w *Walk) settle() {
	for len(w.joints) > 0 {
		i := w.joints[len(w.joints)-1]
		w.joints = w.joints[:len(w.joints)-1]
		w.release(i)
	}
	if len(w.fresh) > 1 {
		slices.SortFunc(w.fresh, func(a, b int32) int { return cmp.Compare(w.rank(a), w.rank(b)) })
	}
	w.ready = append(w.ready, w.fresh...)
	w.fresh = w.fresh[:0]
}

func (w *Walk) rank(i int32) int32 {
	if w.opt.Rank == nil {
		return i
	}
	return w.opt.Rank[i]
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

// follow notes a failed node with the blocked nodes right behind it, and with
// those behind a joint.
func (w *Walk) follow(cause, i int32) {
	for _, c := range w.g.Children(i) {
		if w.open[c] < 0 || w.because[c] < 0 || w.after[c] == cause {
			continue
		}
		w.after[c] = cause
		if has(w.opt.Joints, c) || has(w.opt.Silent, c) {
			w.follow(cause, c)
		}
	}
}

// Running is the number of nodes handed out and not done.
func (w *Walk) Running() int { return w.running }

// Left is the number of nodes not handed out yet.
func (w *Walk) Left() int { return w.left }

// Over reports whether every node has been handed out and is done.
func (w *Walk) Over() bool { return w.left == 0 && w.running == 0 }
