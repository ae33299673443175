package value

// List is Python's list. Go code may change Elems as long as the list is not
// frozen.
type List struct {
	Elems  []Value
	frozen bool
}

// NewList returns a list of elems, which it keeps.
func NewList(elems ...Value) *List { return &List{Elems: elems} }

// Type is "list".
func (*List) Type() string { return "list" }

// Truth is whether the list is not empty.
func (l *List) Truth() bool { return len(l.Elems) > 0 }

// AppendStr appends [a, b].
func (l *List) AppendStr(b []byte) []byte { return l.AppendReprIn(b, nil) }

// AppendRepr appends [a, b].
func (l *List) AppendRepr(b []byte) []byte { return l.AppendReprIn(b, nil) }

// AppendReprIn appends [a, b], or [...] inside itself.
func (l *List) AppendReprIn(b []byte, in *Nesting) []byte {
	if in = in.enter(l); in == nil {
		return append(b, "[...]"...)
	}
	return append(in.appendMembers(append(b, '['), l.Elems), ']')
}

// Len is the number of elements.
func (l *List) Len() int { return len(l.Elems) }

// Iterate yields the elements, those appended during the iteration included.
func (l *List) Iterate() Iter { return &listIter{l: l} }

// Append adds v at the end.
func (l *List) Append(v Value) error {
	if err := l.mutable(); err != nil {
		return err
	}
	l.Elems = append(l.Elems, v)
	return nil
}

func (l *List) mutable() error {
	if l.frozen {
		return frozenError(l)
	}
	return nil
}

// frozenError is the answer to a change of a shared value.
func frozenError(v Value) error {
	return TypeErrorf("this %s belongs to the project and cannot be changed; change a copy of it", v.Type())
}

type listIter struct {
	l *List
	i int
}

func (it *listIter) Next() (Value, bool, error) {
	if it.i >= len(it.l.Elems) {
		return nil, false, nil
	}
	it.i++
	return it.l.Elems[it.i-1], true, nil
}

// Tuple is Python's tuple. Elems is not to be changed.
type Tuple struct{ Elems []Value }

// NewTuple returns a tuple of elems, which it keeps.
func NewTuple(elems ...Value) *Tuple { return &Tuple{elems} }

// Type is "tuple".
func (*Tuple) Type() string { return "tuple" }

// Truth is whether the tuple is not empty.
func (t *Tuple) Truth() bool { return len(t.Elems) > 0 }

// AppendStr appends (a, b).
func (t *Tuple) AppendStr(b []byte) []byte { return t.AppendReprIn(b, nil) }

// AppendRepr appends (a, b).
func (t *Tuple) AppendRepr(b []byte) []byte { return t.AppendReprIn(b, nil) }

// AppendReprIn appends (a, b), and (a,) for a single element.
func (t *Tuple) AppendReprIn(b []byte, in *Nesting) []byte {
	if in = in.enter(t); in == nil {
		return append(b, "(...)"...)
	}
	b = in.appendMembers(append(b, '('), t.Elems)
	if len(t.Elems) == 1 {
		b = append(b, ',')
	}
	return append(b, ')')
}

// Len is the number of elements.
func (t *Tuple) Len() int { return len(t.Elems) }

// Iterate yields the elements.
func (t *Tuple) Iterate() Iter { return &sliceIter{t.Elems} }

type sliceIter struct{ rest []Value }

func (it *sliceIter) Next() (Value, bool, error) {
	if len(it.rest) == 0 {
		return nil, false, nil
	}
	v := it.rest[0]
	it.rest = it.rest[1:]
	return v, true, nil
}

// SliceIter returns an Iter over vs.
func SliceIter(vs []Value) Iter { return &sliceIter{vs} }
