package value

import "strings"

// Iterate is iter(v).
func Iterate(v Value) (Iter, error) {
	if it, ok := v.(Iterable); ok {
		return it.Iterate(), nil
	}
	return nil, TypeErrorf("'%s' object is not iterable", v.Type())
}

// ToSlice is list(v) as a Go slice, which the caller owns.
func ToSlice(v Value) ([]Value, error) {
	switch v := v.(type) {
	case *List:
		return append([]Value(nil), v.Elems...), nil
	case *Tuple:
		return append([]Value(nil), v.Elems...), nil
	case *DictView:
		return v.slice(), nil
	case *Set:
		return v.Elems(), nil
	}
	it, err := Iterate(v)
	if err != nil {
		return nil, err
	}
	return drain(it, nil)
}

// drain appends what is left of it to out.
func drain(it Iter, out []Value) ([]Value, error) {
	for {
		v, ok, err := it.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return out, nil
		}
		if len(out) >= maxElements {
			return nil, Errorf("MemoryError", "a sequence of more than %d elements is refused", maxElements)
		}
		out = append(out, v)
	}
}

// Len is len(v).
func Len(v Value) (int, error) {
	if s, ok := v.(Sized); ok {
		return s.Len(), nil
	}
	return 0, TypeErrorf("object of type '%s' has no len()", v.Type())
}

// Contains is `x in container`.
func Contains(container, x Value) (bool, error) {
	switch c := container.(type) {
	case Str:
		return textContains(string(c), x)
	case Markup:
		return textContains(string(c), x)
	case Bytes:
		return bytesContains(c, x)
	case *List:
		return memberOf(c.Elems, x), nil
	case *Tuple:
		return memberOf(c.Elems, x), nil
	case *Dict:
		i, err := c.find(x)
		return i >= 0, err
	case Container:
		return c.Contains(x)
	case Iterable:
		return containsIn(c.Iterate(), x)
	}
	return false, TypeErrorf("argument of type '%s' is not iterable", container.Type())
}

func textContains(s string, x Value) (bool, error) {
	t, ok := AsString(x)
	if !ok {
		return false, TypeErrorf("'in <string>' requires string as left operand, not %s", x.Type())
	}
	return strings.Contains(s, t), nil
}

func bytesContains(s Bytes, x Value) (bool, error) {
	if t, ok := x.(Bytes); ok {
		return strings.Contains(string(s), string(t)), nil
	}
	if i, ok := asIndex(x); ok {
		if i < 0 || i > 255 {
			return false, Errorf("ValueError", "byte must be in range(0, 256)")
		}
		return strings.IndexByte(string(s), byte(i)) >= 0, nil
	}
	return false, TypeErrorf("a bytes-like object is required, not '%s'", x.Type())
}

func memberOf(vs []Value, x Value) bool { return indexOf(vs, x) >= 0 }

func indexOf(vs []Value, x Value) int {
	for i, v := range vs {
		if identical(v, x) || Equal(v, x) {
			return i
		}
	}
	return -1
}

func containsIn(it Iter, x Value) (bool, error) {
	for {
		v, ok, err := it.Next()
		if err != nil || !ok {
			return false, err
		}
		if identical(v, x) || Equal(v, x) {
			return true, nil
		}
	}
}
