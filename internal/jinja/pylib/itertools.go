package pylib

import (
	"dex/internal/jinja/value"
)

// itertoolsModule has the functions that dbt hands out.
func itertoolsModule() *value.Dict {
	d := value.NewDict(14)
	for _, f := range []*value.Func{
		function("count", itCount, "start?", "step?"),
		function("cycle", itCycle, "iterable"),
		function("repeat", itRepeat, "object", "times?"),
		function("accumulate", itAccumulate, "iterable", "func?", "initial?"),
		function("chain", itChain, "*iterables"),
		function("compress", itCompress, "data", "selectors"),
		function("islice", itSlice, "iterable", "*args"),
		function("starmap", itStarmap, "function", "iterable"),
		function("tee", itTee, "iterable", "n?"),
		function("zip_longest", itZipLongest, "*iterables", "fillvalue?"),
		function("product", itProduct, "*iterables", "repeat?"),
		function("permutations", itPermutations, "iterable", "r?"),
		function("combinations", itCombinations(false), "iterable", "r"),
		function("combinations_with_replacement", itCombinations(true), "iterable", "r"),
	} {
		d.SetStr(f.Name, f)
	}
	return d
}

func iterator(name string, next func() (value.Value, bool, error)) (value.Value, error) {
	return value.NewIterator("itertools."+name, value.IterFunc(next)), nil
}

func itCount(_ *value.Thread, a []value.Value) (value.Value, error) {
	next, step := a[0], a[1]
	if next == nil {
		next = value.Int(0)
	}
	if step == nil {
		step = value.Int(1)
	}
	for _, v := range []value.Value{next, step} {
		switch v.(type) {
		case value.Int, value.Bool, value.Float, *value.BigInt, *value.Decimal:
		default:
			return nil, value.TypeErrorf("a number is required")
		}
	}
	return iterator("count", func() (value.Value, bool, error) {
		v := next
		var err error
		next, err = value.Add(next, step)
		return v, err == nil, err
	})
}

func itCycle(_ *value.Thread, a []value.Value) (value.Value, error) {
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	var seen []value.Value
	i := 0
	return iterator("cycle", func() (value.Value, bool, error) {
		if it != nil {
			v, ok, err := it.Next()
			if err != nil || ok {
				seen = append(seen, v)
				return v, ok, err
			}
			it = nil
		}
		if len(seen) == 0 {
			return nil, false, nil
		}
		i++
		return seen[(i-1)%len(seen)], true, nil
	})
}

func itRepeat(_ *value.Thread, a []value.Value) (value.Value, error) {
	object, left := a[0], -1
	if a[1] != nil {
		n, err := needInt(a[1])
		if err != nil {
			return nil, err
		}
		left = max(n, 0)
	}
	return iterator("repeat", func() (value.Value, bool, error) {
		if left == 0 {
			return nil, false, nil
		}
		if left > 0 {
			left--
		}
		return object, true, nil
	})
}

func itAccumulate(t *value.Thread, a []value.Value) (value.Value, error) {
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	fn, total := a[1], a[2]
	if total == value.None {
		total = nil
	}
	started := total == nil
	return iterator("accumulate", func() (value.Value, bool, error) {
		if !started {
			started = true
			return total, true, nil
		}
		v, ok, err := it.Next()
		if err != nil || !ok {
			return nil, false, err
		}
		switch {
		case total == nil:
			total = v
		case absent(fn):
			total, err = value.Add(total, v)
		default:
			total, err = value.Call(t, fn, []value.Value{total, v}, nil)
		}
		return total, err == nil, err
	})
}

func itChain(_ *value.Thread, a []value.Value) (value.Value, error) {
	sources := a[0].(*value.Tuple).Elems
	var it value.Iter
	return iterator("chain", func() (value.Value, bool, error) {
		for {
			if it != nil {
				if v, ok, err := it.Next(); err != nil || ok {
					return v, ok, err
				}
			}
			if len(sources) == 0 {
				it = nil
				return nil, false, nil
			}
			var err error
			if it, err = value.Iterate(sources[0]); err != nil {
				return nil, false, err
			}
			sources = sources[1:]
		}
	})
}

func itCompress(_ *value.Thread, a []value.Value) (value.Value, error) {
	data, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	selectors, err := value.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	return iterator("compress", func() (value.Value, bool, error) {
		for {
			v, ok, err := data.Next()
			if err != nil || !ok {
				return nil, false, err
			}
			s, ok, err := selectors.Next()
			if err != nil || !ok {
				return nil, false, err
			}
			if s.Truth() {
				return v, true, nil
			}
		}
	})
}

// sliceBounds reads (stop), (start, stop) or (start, stop, step); stop -1 is
// none.
func sliceBounds(args []value.Value) (start, stop, step int, err error) {
	stop, step = -1, 1
	bad := func(which string) error {
		return valueErrorf("%s for islice() must be None or an integer: 0 <= x <= sys.maxsize.", which)
	}
	read := func(v value.Value, into *int, which string) error {
		if v == value.None {
			return nil
		}
		n, err := needInt(v)
		if err != nil || n < 0 {
			return bad(which)
		}
		*into = n
		return nil
	}
	if len(args) == 1 {
		return start, stop, step, read(args[0], &stop, "Stop argument")
	}
	if err = read(args[0], &start, "Indices"); err != nil {
		return
	}
	if err = read(args[1], &stop, "Stop argument"); err != nil {
		return
	}
	if len(args) == 3 {
		if err = read(args[2], &step, "Step"); err != nil || step < 1 {
			err = valueErrorf("Step for islice() must be a positive integer or None.")
		}
	}
	return
}

func itSlice(_ *value.Thread, a []value.Value) (value.Value, error) {
	args := a[1].(*value.Tuple).Elems
	if len(args) == 0 {
		return nil, value.TypeErrorf("islice expected at least 2 arguments, got 1")
	}
	if len(args) > 3 {
		return nil, value.TypeErrorf("islice expected at most 4 arguments, got %d", len(args)+1)
	}
	start, stop, step, err := sliceBounds(args)
	if err != nil {
		return nil, err
	}
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	at, want := 0, start
	return iterator("islice", func() (value.Value, bool, error) {
		if stop >= 0 && want >= stop {
			return nil, false, nil
		}
		for {
			v, ok, err := it.Next()
			if err != nil || !ok {
				return nil, false, err
			}
			at++
			if at-1 == want {
				want += step
				return v, true, nil
			}
		}
	})
}

func itStarmap(t *value.Thread, a []value.Value) (value.Value, error) {
	fn := a[0]
	it, err := value.Iterate(a[1])
	if err != nil {
		return nil, err
	}
	return iterator("starmap", func() (value.Value, bool, error) {
		v, ok, err := it.Next()
		if err != nil || !ok {
			return nil, false, err
		}
		args, err := value.ToSlice(v)
		if err != nil {
			return nil, false, err
		}
		v, err = value.Call(t, fn, args, nil)
		return v, err == nil, err
	})
}

// itTee shares what one iterator gives among several.
func itTee(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := needInts(a[1:], 2)
	if err != nil {
		return nil, err
	}
	if n[0] < 0 {
		return nil, valueErrorf("n must be >= 0")
	}
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	var seen []value.Value
	out := value.NewTuple()
	for range n[0] {
		at := 0
		branch, _ := iterator("_tee", func() (value.Value, bool, error) {
			if at == len(seen) {
				v, ok, err := it.Next()
				if err != nil || !ok {
					return nil, false, err
				}
				seen = append(seen, v)
			}
			at++
			return seen[at-1], true, nil
		})
		out.Elems = append(out.Elems, branch)
	}
	return out, nil
}

func itZipLongest(_ *value.Thread, a []value.Value) (value.Value, error) {
	fill := orNone(a[1])
	var its []value.Iter
	for _, src := range a[0].(*value.Tuple).Elems {
		it, err := value.Iterate(src)
		if err != nil {
			return nil, err
		}
		its = append(its, it)
	}
	return iterator("zip_longest", func() (value.Value, bool, error) {
		row := value.NewTuple()
		active := false
		for i, it := range its {
			v := fill
			if it != nil {
				next, ok, err := it.Next()
				if err != nil {
					return nil, false, err
				}
				if ok {
					v, active = next, true
				} else {
					its[i] = nil
				}
			}
			row.Elems = append(row.Elems, v)
		}
		return row, active, nil
	})
}
