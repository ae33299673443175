package value

// GetItem is v[key].
func GetItem(v, key Value) (Value, error) {
	switch c := v.(type) {
	case *Dict:
		return dictItem(c, key)
	case *List:
		i, err := index(key, len(c.Elems), "list")
		if err != nil {
			return nil, err
		}
		return c.Elems[i], nil
	case *Tuple:
		i, err := index(key, len(c.Elems), "tuple")
		if err != nil {
			return nil, err
		}
		return c.Elems[i], nil
	case Str:
		s, err := textItem(string(c), key)
		return Str(s), err
	case Markup:
		s, err := textItem(string(c), key)
		return Markup(s), err
	case Bytes:
		i, err := index(key, len(c), "byte")
		if err != nil {
			return nil, err
		}
		return Int(c[i]), nil
	case *Range:
		i, err := index(key, c.Len(), "range")
		if err != nil {
			return nil, err
		}
		return Int(c.At(i)), nil
	case Indexer:
		return c.Item(key)
	case *Undefined:
		return nil, c.Error()
	}
	return nil, TypeErrorf("'%s' object is not subscriptable", v.Type())
}

func dictItem(d *Dict, key Value) (Value, error) {
	i, err := d.find(key)
	if err != nil {
		return nil, err
	}
	if i < 0 {
		return nil, Errorf("KeyError", "%s", Repr(key))
	}
	return d.entries[i].value, nil
}

func textItem(s string, key Value) (string, error) {
	n := len(s)
	ascii := isASCII(s)
	if !ascii {
		n = runeLen(s)
	}
	i, err := index(key, n, "string")
	if err != nil {
		return "", err
	}
	if ascii {
		return s[i : i+1], nil
	}
	return runeAt(s, i), nil
}

// index turns a key into a position in a sequence of n members; negative keys
// count from the end.
func index(key Value, n int, what string) (int, error) {
	i, ok := asIndex(key)
	if !ok {
		return 0, indexTypeError(key, what)
	}
	if i < 0 && i >= -n {
		i += n
	}
	if i >= 0 && i < n {
		return i, nil
	}
	if _, big := key.(*BigInt); big && what != "range" {
		return 0, Errorf("IndexError", "cannot fit 'int' into an index-sized integer")
	}
	switch what {
	case "byte":
		return 0, Errorf("IndexError", "index out of range")
	case "range":
		return 0, Errorf("IndexError", "range object index out of range")
	}
	return 0, Errorf("IndexError", "%s index out of range", what)
}

func indexTypeError(key Value, what string) error {
	if what == "string" {
		return TypeErrorf("string indices must be integers, not '%s'", key.Type())
	}
	return TypeErrorf("%s indices must be integers or slices, not %s", what, key.Type())
}

// SetItem is v[key] = x, as a template's `do` and a host's code may want it.
func SetItem(v, key, x Value) error {
	switch c := v.(type) {
	case *Dict:
		return c.Set(key, x)
	case *List:
		if err := c.mutable(); err != nil {
			return err
		}
		i, ok := asIndex(key)
		if !ok {
			return indexTypeError(key, "list")
		}
		if i < 0 {
			i += len(c.Elems)
		}
		if i < 0 || i >= len(c.Elems) {
			return Errorf("IndexError", "list assignment index out of range")
		}
		c.Elems[i] = x
		return nil
	}
	return TypeErrorf("'%s' object does not support item assignment", v.Type())
}

// GetSlice is v[lo:hi:step]; None or nil leaves a part out.
func GetSlice(v, lo, hi, step Value) (Value, error) {
	n, ok := sliceable(v)
	if !ok {
		switch c := v.(type) {
		case *Undefined:
			return nil, c.Error()
		case *Dict:
			return nil, TypeErrorf("unhashable type: 'slice'")
		}
		return nil, TypeErrorf("'%s' object is not subscriptable", v.Type())
	}
	sp, err := newSpan(lo, hi, step, n)
	if err != nil {
		return nil, err
	}
	switch c := v.(type) {
	case *List:
		return NewList(sp.of(c.Elems)...), nil
	case *Tuple:
		return NewTuple(sp.of(c.Elems)...), nil
	case Str:
		return Str(sp.ofText(string(c))), nil
	case Markup:
		return Markup(sp.ofText(string(c))), nil
	case Bytes:
		return Bytes(sp.ofBytes(string(c))), nil
	}
	r := v.(*Range)
	return &Range{Start: r.At(sp.start), Stop: r.Start + sp.stop*r.Step, Step: r.Step * sp.step}, nil
}

func sliceable(v Value) (n int, ok bool) {
	switch c := v.(type) {
	case *List:
		return len(c.Elems), true
	case *Tuple:
		return len(c.Elems), true
	case Str:
		return runeLen(string(c)), true
	case Markup:
		return runeLen(string(c)), true
	case Bytes:
		return len(c), true
	case *Range:
		return c.Len(), true
	}
	return 0, false
}

// span is a slice's positions: n of them, from start on.
type span struct{ start, stop, step, n int }

func newSpan(lo, hi, step Value, n int) (span, error) {
	s := span{step: 1}
	if given(step) {
		i, ok := asIndex(step)
		if !ok {
			return s, errSliceIndex()
		}
		if i == 0 {
			return s, Errorf("ValueError", "slice step cannot be zero")
		}
		// Steps beyond any length do not differ, but for what a range shows.
		s.step = min(max(i, -1<<40), 1<<40)
	}
	low, high := 0, n
	s.start, s.stop = 0, n
	if s.step < 0 {
		low, high = -1, n-1
		s.start, s.stop = n-1, -1
	}
	for _, p := range []struct {
		v  Value
		at *int
	}{{lo, &s.start}, {hi, &s.stop}} {
		if !given(p.v) {
			continue
		}
		i, ok := asIndex(p.v)
		if !ok {
			return s, errSliceIndex()
		}
		if i < 0 {
			i += n
		}
		*p.at = min(max(i, low), high)
	}
	s.n = (&Range{s.start, s.stop, s.step}).Len()
	return s, nil
}

func given(v Value) bool {
	if v == nil {
		return false
	}
	_, none := v.(NoneType)
	return !none
}

func errSliceIndex() error {
	return TypeErrorf("slice indices must be integers or None or have an __index__ method")
}

func (s span) of(vs []Value) []Value {
	out := make([]Value, s.n)
	for i := range out {
		out[i] = vs[s.start+i*s.step]
	}
	return out
}

func (s span) ofBytes(t string) string {
	if s.step == 1 {
		return t[s.start : s.start+s.n]
	}
	out := make([]byte, s.n)
	for i := range out {
		out[i] = t[s.start+i*s.step]
	}
	return string(out)
}

func (s span) ofText(t string) string {
	if isASCII(t) {
		return s.ofBytes(t)
	}
	if s.step == 1 {
		return sliceRunes(t, s.start, s.start+s.n)
	}
	runes := []rune(t)
	out := make([]rune, s.n)
	for i := range out {
		out[i] = runes[s.start+i*s.step]
	}
	return string(out)
}
