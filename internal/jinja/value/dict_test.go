package value

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestDictModel holds a Dict against a slice of pairs that is searched from the
// start, under random operations with keys of several types.
func TestDictModel(t *testing.T) {
	key := rapid.Custom(func(t *rapid.T) Value {
		n := rapid.IntRange(0, 40).Draw(t, "n")
		switch rapid.IntRange(0, 4).Draw(t, "type") {
		case 0:
			return Int(n)
		case 1:
			return Float(n)
		case 2:
			return NewTuple(Int(n), Str("x"))
		case 3:
			return Markup(fmt.Sprint("k", n))
		}
		return Str(fmt.Sprint("k", n))
	})
	rapid.Check(t, func(t *rapid.T) {
		d := NewDict(rapid.SampledFrom([]int{0, 4, 20}).Draw(t, "capacity"))
		var model []dictEntry
		find := func(k Value) int {
			return slices.IndexFunc(model, func(e dictEntry) bool { return Equal(e.key, k) })
		}
		steps := rapid.IntRange(1, 200).Draw(t, "steps")
		for i := range steps {
			k := key.Draw(t, "key")
			at := find(k)
			switch rapid.IntRange(0, 5).Draw(t, "op") {
			case 0, 1, 2:
				if err := d.Set(k, Int(i)); err != nil {
					t.Fatal(err)
				}
				if at >= 0 {
					model[at].value = Int(i)
				} else {
					model = append(model, dictEntry{k, Int(i)})
				}
			case 3:
				if d.Delete(k) != (at >= 0) {
					t.Fatalf("Delete(%s) differs", Repr(k))
				}
				if at >= 0 {
					model = slices.Delete(model, at, at+1)
				}
			case 4:
				d = d.Clone()
			case 5:
				if v, ok := d.Get(k); ok != (at >= 0) || ok && v != model[at].value {
					t.Fatalf("Get(%s) gives %v, %v", Repr(k), v, ok)
				}
			}
			if d.Len() != len(model) {
				t.Fatalf("Len is %d, not %d", d.Len(), len(model))
			}
		}
		for i, e := range model {
			if k, v := d.At(i); k != e.key && !Equal(k, e.key) || v != e.value {
				t.Fatalf("entry %d is %s: %s, not %s: %s", i, Repr(k), Repr(v), Repr(e.key), Repr(e.value))
			}
			if s, ok := AsString(e.key); ok {
				if v, ok := d.GetStr(s); !ok || v != e.value {
					t.Fatalf("GetStr(%s) gives %v, %v", s, v, ok)
				}
			}
		}
	})
}

func TestDictChangedWhileIterated(t *testing.T) {
	d := NewDict(0)
	d.SetStr("a", Int(1))
	d.SetStr("b", Int(2))
	it := d.Iterate()
	if _, ok, err := it.Next(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	d.SetStr("a", Int(9)) // a new value is no change of size
	if _, ok, err := it.Next(); !ok || err != nil {
		t.Fatal(ok, err)
	}
	d.SetStr("c", Int(3))
	_, _, err := it.Next()
	check(t, answer(None, err), "!RuntimeError: dictionary changed size during iteration", "a grown dict")
}

func TestGetStrDoesNotAllocate(t *testing.T) {
	for _, n := range []int{4, 1000} {
		d := numbered(n)
		key := fmt.Sprint("model.project.name_", n/2)
		if got := testing.AllocsPerRun(100, func() { d.GetStr(key) }); got != 0 {
			t.Errorf("GetStr in %d entries allocates %v times", n, got)
		}
	}
}

func numbered(n int) *Dict {
	d := NewDict(0)
	for i := range n {
		d.SetStr(fmt.Sprint("model.project.name_", i), Int(i))
	}
	return d
}

func TestFrozen(t *testing.T) {
	inner := NewList(Int(1))
	d := NewDict(0)
	d.SetStr("l", inner)
	s, err := setOf([]Value{Int(1)})
	if err != nil {
		t.Fatal(err)
	}
	d.SetStr("s", s)
	Freeze(d)
	one := []Value{Int(1)}
	pairs := NewDict(0)
	pairs.SetStr("k", Int(1))
	calls := []struct {
		v    Value
		name string
		args []Value
	}{
		{inner, "append", one}, {inner, "extend", []Value{inner}}, {inner, "insert", []Value{Int(0), Int(0)}},
		{inner, "pop", nil}, {inner, "remove", one}, {inner, "clear", nil}, {inner, "sort", nil}, {inner, "reverse", nil},
		{d, "update", []Value{pairs}}, {d, "pop", []Value{Str("l")}}, {d, "popitem", nil}, {d, "clear", nil},
		{d, "setdefault", []Value{Str("l"), None}},
		{s, "add", one}, {s, "remove", one}, {s, "discard", one}, {s, "pop", nil}, {s, "clear", nil}, {s, "update", []Value{inner}},
		{s, "intersection_update", []Value{inner}},
	}
	before := Repr(d)
	for _, c := range calls {
		_, err := CallMethod(testThread(), c.v, c.name, c.args, nil)
		if e, ok := err.(*Error); !ok || e.Kind != "TypeError" {
			t.Errorf("%s.%s on a frozen value gives %v", c.v.Type(), c.name, err)
		}
	}
	if SetItem(d, Str("x"), None) == nil || SetItem(inner, Int(0), None) == nil || inner.Append(None) == nil || d.Set(Str("x"), None) == nil {
		t.Error("a frozen value was changed")
	}
	if after := Repr(d); after != before {
		t.Errorf("frozen %s became %s", before, after)
	}
	c := Copy(d).(*Dict)
	c.SetStr("x", None)
	l, _ := c.GetStr("l")
	if err := l.(*List).Append(Int(2)); err != nil || len(inner.Elems) != 1 {
		t.Errorf("a copy is frozen or shared: %v, %s", err, Repr(d))
	}
}
