package value

import "slices"

func init() {
	listMethods = table("list", listRows, []method{
		{name: "sort", params: []string{"key", "reverse"}, fn: listSort},
	})
	tupleMethods = table("tuple", tupleRows)
	rangeMethods = table("range", rangeRows)
}

// changing wraps a method that changes its list: a frozen one refuses.
func changing(f func(l *List, a []Value) (Value, error)) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		l := self.(*List)
		if err := l.mutable(); err != nil {
			return nil, err
		}
		return f(l, a)
	}
}

var listRows = []method{
	{name: "append", min: 1, max: 1, fn: changing(func(l *List, a []Value) (Value, error) {
		l.Elems = append(l.Elems, a[0])
		return None, nil
	})},
	{name: "extend", min: 1, max: 1, fn: changing(listExtend)},
	{name: "insert", min: 2, max: 2, fn: changing(listInsert)},
	{name: "pop", max: 1, fn: changing(listPop)},
	{name: "remove", min: 1, max: 1, fn: changing(func(l *List, a []Value) (Value, error) {
		i := indexOf(l.Elems, a[0])
		if i < 0 {
			return nil, Errorf("ValueError", "list.remove(x): x not in list")
		}
		l.Elems = slices.Delete(l.Elems, i, i+1)
		return None, nil
	})},
	{name: "clear", fn: changing(func(l *List, _ []Value) (Value, error) {
		l.Elems = nil
		return None, nil
	})},
	{name: "reverse", fn: changing(func(l *List, _ []Value) (Value, error) {
		slices.Reverse(l.Elems)
		return None, nil
	})},
	{name: "copy", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return NewList(slices.Clone(self.(*List).Elems)...), nil
	}},
	{name: "count", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		return countOf(self.(*List).Elems, a[0]), nil
	}},
	{name: "index", min: 1, max: 3, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		return indexMethod(self.(*List).Elems, a, Repr(a[0])+" is not in list")
	}},
}

var tupleRows = []method{
	{name: "count", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		return countOf(self.(*Tuple).Elems, a[0]), nil
	}},
	{name: "index", min: 1, max: 3, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		return indexMethod(self.(*Tuple).Elems, a, "tuple.index(x): x not in tuple")
	}},
}

var rangeRows = []method{
	{name: "count", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		ok, err := self.(*Range).Contains(a[0])
		return Int(b2i(ok)), err
	}},
	{name: "index", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		r := self.(*Range)
		ok, err := r.Contains(a[0])
		if err != nil {
			return nil, err
		}
		if ok {
			return Int((int(mustHash(a[0]).(Int)) - r.Start) / r.Step), nil
		}
		if _, isInt := asBig(a[0]); isInt {
			return nil, Errorf("ValueError", "%s is not in range", Repr(a[0]))
		}
		return nil, Errorf("ValueError", "sequence.index(x): x not in sequence")
	}},
	rangeProperty("start", func(r *Range) int { return r.Start }),
	rangeProperty("stop", func(r *Range) int { return r.Stop }),
	rangeProperty("step", func(r *Range) int { return r.Step }),
}

func rangeProperty(name string, f func(*Range) int) method {
	return method{name: name, property: true, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return Int(f(self.(*Range))), nil
	}}
}

func countOf(vs []Value, x Value) Value {
	n := 0
	for _, v := range vs {
		if Equal(v, x) {
			n++
		}
	}
	return Int(n)
}

func indexMethod(vs []Value, a []Value, missing string) (Value, error) {
	lo, hi := 0, len(vs)
	for i, p := range []*int{&lo, &hi} {
		if i+1 >= len(a) {
			continue
		}
		at, ok := asIndex(a[i+1])
		if !ok {
			return nil, TypeErrorf("slice indices must be integers or have an __index__ method")
		}
		if at < 0 {
			at = max(at+len(vs), 0)
		}
		*p = min(at, len(vs))
	}
	if lo < hi {
		if i := indexOf(vs[lo:hi], a[0]); i >= 0 {
			return Int(lo + i), nil
		}
	}
	return nil, Errorf("ValueError", "%s", missing)
}

func listExtend(l *List, a []Value) (Value, error) {
	vs, err := ToSlice(a[0])
	if err != nil {
		return nil, err
	}
	if len(l.Elems)+len(vs) > maxElements {
		return nil, Errorf("MemoryError", "a sequence of more than %d elements is refused", maxElements)
	}
	l.Elems = append(l.Elems, vs...)
	return None, nil
}

func listInsert(l *List, a []Value) (Value, error) {
	i, err := needIndex(a[0])
	if err != nil {
		return nil, err
	}
	if i < 0 {
		i = max(i+len(l.Elems), 0)
	}
	l.Elems = slices.Insert(l.Elems, min(i, len(l.Elems)), a[1])
	return None, nil
}

func listPop(l *List, a []Value) (Value, error) {
	i := -1
	if len(a) == 1 {
		n, err := needIndex(a[0])
		if err != nil {
			return nil, err
		}
		i = n
	}
	if len(l.Elems) == 0 {
		return nil, Errorf("IndexError", "pop from empty list")
	}
	if i < 0 {
		i += len(l.Elems)
	}
	if i < 0 || i >= len(l.Elems) {
		return nil, Errorf("IndexError", "pop index out of range")
	}
	v := l.Elems[i]
	l.Elems = slices.Delete(l.Elems, i, i+1)
	return v, nil
}

func listSort(t *Thread, self Value, a []Value) (Value, error) {
	l := self.(*List)
	if err := l.mutable(); err != nil {
		return nil, err
	}
	key := a[0]
	if !given(key) {
		key = nil
	}
	reverse := a[1] != nil && a[1].Truth()
	return None, Sort(t, l.Elems, key, reverse)
}
