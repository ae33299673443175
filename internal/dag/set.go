package dag

import (
	"math/bits"
	"slices"
)

// Set is a set of nodes, one bit each. All sets of one graph have the same
// length, and the operations below take sets of the same length.
type Set []uint64

// NewSet makes an empty set for n nodes.
func NewSet(n int) Set { return make(Set, (n+63)/64) }

// FullSet makes the set of all n nodes.
func FullSet(n int) Set {
	s := NewSet(n)
	for i := range s {
		s[i] = ^uint64(0)
	}
	if r := n % 64; r != 0 {
		s[len(s)-1] = 1<<r - 1
	}
	return s
}

// Has reports whether i is in s.
func (s Set) Has(i int32) bool { return s[i>>6]&(1<<(uint(i)&63)) != 0 }

// Add puts i into s.
func (s Set) Add(i int32) { s[i>>6] |= 1 << (uint(i) & 63) }

// Remove takes i out of s.
func (s Set) Remove(i int32) { s[i>>6] &^= 1 << (uint(i) & 63) }

// Or puts all of t into s.
func (s Set) Or(t Set) {
	for i, w := range t {
		s[i] |= w
	}
}

// And leaves in s what is in t as well.
func (s Set) And(t Set) {
	for i, w := range t {
		s[i] &= w
	}
}

// AndNot takes all of t out of s.
func (s Set) AndNot(t Set) {
	for i, w := range t {
		s[i] &^= w
	}
}

// Clone returns a set that can be changed without changing s.
func (s Set) Clone() Set { return slices.Clone(s) }

// Equal reports whether s and t hold the same nodes.
func (s Set) Equal(t Set) bool { return slices.Equal(s, t) }

// Len counts the nodes of s.
func (s Set) Len() int {
	n := 0
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// Empty reports whether s holds nothing.
func (s Set) Empty() bool {
	for _, w := range s {
		if w != 0 {
			return false
		}
	}
	return true
}

// All calls yield for each node of s, ascending, until it returns false. It is
// an iterator: for i := range s.All.
func (s Set) All(yield func(int32) bool) {
	for at, w := range s {
		for ; w != 0; w &= w - 1 {
			if !yield(int32(at<<6 + bits.TrailingZeros64(w))) {
				return
			}
		}
	}
}

// Unlimited is the depth at which Ancestors and Descendants go all the way.
const Unlimited = -1

// Ancestors is the set of all that lies at most depth steps before a node of
// from. A node of from is in it only where it comes before another one.
func (g *Graph) Ancestors(from Set, depth int) Set { return g.reach(&g.parents, from, depth) }

// Descendants is the set of all that lies at most depth steps behind a node of
// from. A node of from is in it only where it comes behind another one.
func (g *Graph) Descendants(from Set, depth int) Set { return g.reach(&g.children, from, depth) }

func (g *Graph) reach(a *adjacency, from Set, depth int) Set {
	found := NewSet(g.Len())
	layer := make([]int32, 0, 64)
	for i := range from.All {
		layer = append(layer, i)
	}
	var next []int32
	for step := 0; len(layer) > 0 && (depth < 0 || step < depth); step++ {
		next = next[:0]
		for _, i := range layer {
			for _, j := range a.of(i) {
				if !found.Has(j) {
					found.Add(j)
					next = append(next, j)
				}
			}
		}
		layer, next = next, layer
	}
	return found
}
