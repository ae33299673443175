package value

import "fmt"

// Iterator is a Python iterator or generator: it can be walked through once.
type Iterator struct {
	kind string
	it   Iter
}

// NewIterator returns a generator over it. kind is its type's name as it
// prints: "generator", "map", "filter", ...
func NewIterator(kind string, it Iter) *Iterator { return &Iterator{kind, it} }

// Type is the kind.
func (i *Iterator) Type() string { return i.kind }

// Truth is true, also at its end.
func (i *Iterator) Truth() bool { return true }

// AppendStr appends <generator object at 0x...>.
func (i *Iterator) AppendStr(b []byte) []byte { return i.AppendRepr(b) }

// AppendRepr appends <generator object at 0x...>.
func (i *Iterator) AppendRepr(b []byte) []byte {
	return fmt.Appendf(b, "<%s object at %p>", i.kind, i)
}

// Iterate returns what is left of the iterator.
func (i *Iterator) Iterate() Iter { return i.it }

// Next takes one step.
func (i *Iterator) Next() (Value, bool, error) { return i.it.Next() }

// IterFunc is a function as an Iter.
type IterFunc func() (Value, bool, error)

// Next calls the function.
func (f IterFunc) Next() (Value, bool, error) { return f() }
