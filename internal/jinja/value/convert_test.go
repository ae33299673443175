package value

import (
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// looped is l = [1, {'l': l}].
func looped() *List {
	l := NewList(Int(1))
	d := NewDict(0)
	d.SetStr("l", l)
	l.Elems = append(l.Elems, d)
	return l
}

func TestCycles(t *testing.T) {
	l := looped()
	check(t, Repr(l), "[1, {'l': [...]}]", "repr of a cycle")
	c := Copy(l).(*List)
	check(t, Repr(c), "[1, {'l': [...]}]", "repr of its copy")
	inner, _ := c.Elems[1].(*Dict).GetStr("l")
	if inner != Value(c) {
		t.Error("the copy's cycle leads elsewhere")
	}
	_, err := AppendJSON(nil, l, JSONOptions{})
	check(t, answer(None, err), "!ValueError: Circular reference detected", "JSON of a cycle")
	if Equal(l, c) {
		t.Error("two cycles are equal")
	}
	_, err = Compare(OpLt, l, c)
	if err == nil {
		t.Error("two cycles are ordered")
	}
	Freeze(l)
	if got := ToGo(l); got == nil {
		t.Error("ToGo of a cycle is nil")
	}
}

func TestDeepNesting(t *testing.T) {
	var v Value = NewList()
	for range 100_000 {
		v = NewList(v)
	}
	if n := len(Repr(v)); n < 2*maxNesting {
		t.Errorf("the repr has %d bytes", n)
	}
	Freeze(Copy(v)) // neither of the two may run out of stack
	if _, err := Compare(OpLt, v, Copy(v)); err == nil {
		t.Error("values nested without end are ordered")
	}
}

func TestFromGoAndBack(t *testing.T) {
	type named map[string][]int
	big := new(big.Int).Lsh(big.NewInt(1), 70)
	in := map[string]any{
		"n": nil, "b": true, "i": int64(5), "big": big, "f": 1.5, "s": "x", "y": []byte("z"),
		"l": []any{int64(1), "a"}, "m": map[string]any{"k": []any{}},
	}
	v := FromGo(in)
	check(t, Repr(v), "{'b': True, 'big': 1180591620717411303424, 'f': 1.5, 'i': 5, 'l': [1, 'a'], 'm': {'k': []}, 'n': None, 's': 'x', 'y': b'z'}", "FromGo")
	if d := cmp.Diff(in, ToGo(v), cmp.Comparer(func(a, b interface{ String() string }) bool { return a.String() == b.String() })); d != "" {
		t.Error(d)
	}
	check(t, Repr(FromGo(named{"a": {1, 2}})), "{'a': [1, 2]}", "a named map")
	check(t, Repr(FromGo([]any{json.Number("10"), json.Number("1.0"), uint64(1 << 63), float32(0.5), []string{"q"}})), "[10, 1.0, 9223372036854775808, 0.5, ['q']]", "numbers")
}

func TestIterator(t *testing.T) {
	it := NewIterator("generator", SliceIter([]Value{Int(1), Int(2), Int(3)}))
	if v, ok, err := it.Next(); v != Value(Int(1)) || !ok || err != nil {
		t.Fatal(v, ok, err)
	}
	for _, want := range []string{"[2, 3]", "[]"} {
		rest, err := ToSlice(it)
		check(t, answer(NewList(rest...), err), want, "what is left")
	}
}
