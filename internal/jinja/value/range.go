package value

import "strconv"

// Range is Python's range.
type Range struct{ Start, Stop, Step int }

// NewRange returns range(start, stop, step).
func NewRange(start, stop, step int) (*Range, error) {
	if step == 0 {
		return nil, Errorf("ValueError", "range() arg 3 must not be zero")
	}
	return &Range{start, stop, step}, nil
}

// Type is "range".
func (*Range) Type() string { return "range" }

// Truth is whether the range is not empty.
func (r *Range) Truth() bool { return r.Len() > 0 }

// AppendStr appends range(a, b).
func (r *Range) AppendStr(b []byte) []byte { return r.AppendRepr(b) }

// AppendRepr appends range(a, b), with the step where it is not 1.
func (r *Range) AppendRepr(b []byte) []byte {
	b = strconv.AppendInt(append(b, "range("...), int64(r.Start), 10)
	b = strconv.AppendInt(append(b, ", "...), int64(r.Stop), 10)
	if r.Step != 1 {
		b = strconv.AppendInt(append(b, ", "...), int64(r.Step), 10)
	}
	return append(b, ')')
}

// Len is the number of values.
func (r *Range) Len() int {
	switch {
	case r.Step > 0 && r.Start < r.Stop:
		return int((uint64(r.Stop)-uint64(r.Start)-1)/uint64(r.Step)) + 1
	case r.Step < 0 && r.Start > r.Stop:
		return int((uint64(r.Start)-uint64(r.Stop)-1)/-uint64(r.Step)) + 1
	}
	return 0
}

// At is the i-th value.
func (r *Range) At(i int) int { return r.Start + i*r.Step }

// Iterate yields the values.
func (r *Range) Iterate() Iter { return &rangeIter{r: *r, n: r.Len()} }

type rangeIter struct {
	r    Range
	i, n int
}

func (it *rangeIter) Next() (Value, bool, error) {
	if it.i >= it.n {
		return nil, false, nil
	}
	it.i++
	return Int(it.r.At(it.i - 1)), true, nil
}

// Contains is `x in r`, without walking through it.
func (r *Range) Contains(x Value) (bool, error) {
	key, err := HashKey(x)
	if err != nil {
		return false, nil
	}
	i, ok := key.(Int)
	if !ok || r.Len() == 0 {
		return false, nil
	}
	lo, hi := r.Start, r.At(r.Len()-1)
	if lo > hi {
		lo, hi = hi, lo
	}
	n := int(i)
	return n >= lo && n <= hi && (n-r.Start)%r.Step == 0, nil
}

type rangeKey struct{ n, start, step int }

// HashKey is the same for ranges with the same values.
func (r *Range) HashKey() any {
	switch n := r.Len(); n {
	case 0:
		return rangeKey{}
	case 1:
		return rangeKey{n: 1, start: r.Start}
	default:
		return rangeKey{n, r.Start, r.Step}
	}
}

// Equal holds for ranges with the same values.
func (r *Range) Equal(other Value) bool {
	o, ok := other.(*Range)
	return ok && r.HashKey() == o.HashKey()
}
