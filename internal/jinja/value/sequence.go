package value

import (
	"slices"
	"strings"
)

// sequenceOperator is + and * of text, lists and tuples. A nil Value without an
// error means that op is none of theirs.
func sequenceOperator(op Op, a, b Value) (Value, error) {
	switch op {
	case OpAdd:
		return concatenate(a, b)
	case OpMul:
		if _, ok := b.(Markup); ok || !isSequence(a) {
			a, b = b, a
		}
		if isSequence(a) {
			return repeat(a, b)
		}
	}
	return nil, nil
}

func isSequence(v Value) bool {
	switch v.(type) {
	case Str, Markup, Bytes, *List, *Tuple:
		return true
	}
	return false
}

func concatenate(a, b Value) (Value, error) {
	if err := checkJoined(a, b); err != nil {
		return nil, err
	}
	if _, ok := b.(Markup); ok {
		if _, ok := a.(Str); ok {
			return Escape(a) + b.(Markup), nil
		}
	}
	switch x := a.(type) {
	case Str:
		if y, ok := b.(Str); ok {
			return x + y, nil
		}
	case Markup:
		switch b.(type) {
		case Str, Markup, HTML:
			return x + Escape(b), nil
		}
		return nil, nil
	case Bytes:
		if y, ok := b.(Bytes); ok {
			return x + y, nil
		}
		return nil, TypeErrorf("can't concat %s to bytes", b.Type())
	case *List:
		if y, ok := b.(*List); ok {
			return NewList(slices.Concat(x.Elems, y.Elems)...), nil
		}
		return nil, TypeErrorf(`can only concatenate list (not "%s") to list`, b.Type())
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return NewTuple(slices.Concat(x.Elems, y.Elems)...), nil
		}
		return nil, TypeErrorf(`can only concatenate tuple (not "%s") to tuple`, b.Type())
	default:
		return nil, nil
	}
	return nil, TypeErrorf(`can only concatenate str (not "%s") to str`, b.Type())
}

// repeat is seq * count.
func repeat(seq, count Value) (Value, error) {
	n, ok := asIndex(count)
	if _, markup := seq.(Markup); markup && !ok {
		return nil, TypeErrorf("'%s' object cannot be interpreted as an integer", count.Type())
	}
	if !ok {
		return nil, TypeErrorf("can't multiply sequence by non-int of type '%s'", count.Type())
	}
	n = max(n, 0)
	switch s := seq.(type) {
	case Str:
		t, err := repeatText(string(s), n)
		return Str(t), err
	case Markup:
		t, err := repeatText(string(s), n)
		return Markup(t), err
	case Bytes:
		t, err := repeatText(string(s), n)
		return Bytes(t), err
	case *List:
		elems, err := repeatElems(s.Elems, n)
		return NewList(elems...), err
	}
	elems, err := repeatElems(seq.(*Tuple).Elems, n)
	return NewTuple(elems...), err
}

// checkJoined refuses a sequence that would be too long: a loop that doubles a
// value is to end in an error, not in the machine's memory.
func checkJoined(a, b Value) error {
	n, text := length(a)
	more, _ := length(b)
	if text {
		return CheckText(n + more)
	}
	return CheckElems(n + more)
}

// CheckText is the error of a text of so many bytes where that is too many.
func CheckText(n int) error {
	if n < 0 || n > maxSequence {
		return Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
	}
	return nil
}

// CheckElems is the error of a sequence of so many elements where that is too
// many.
func CheckElems(n int) error {
	if n < 0 || n > maxElements {
		return Errorf("MemoryError", "a sequence of more than %d elements is refused", maxElements)
	}
	return nil
}

// length is how long a sequence is, in bytes where it is text.
func length(v Value) (n int, text bool) {
	switch x := v.(type) {
	case Str:
		return len(x), true
	case Markup:
		return len(x), true
	case Bytes:
		return len(x), true
	case *List:
		return len(x.Elems), false
	case *Tuple:
		return len(x.Elems), false
	}
	return 0, false
}

func repeatText(s string, n int) (string, error) {
	if len(s) == 0 || n == 0 {
		return "", nil
	}
	if n > maxSequence/len(s) {
		return "", Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
	}
	return strings.Repeat(s, n), nil
}

func repeatElems(vs []Value, n int) ([]Value, error) {
	if len(vs) == 0 || n == 0 {
		return nil, nil
	}
	if n > maxElements/len(vs) {
		return nil, Errorf("MemoryError", "a sequence of more than %d elements is refused", maxElements)
	}
	return slices.Repeat(vs, n), nil
}

// setOperator is | & - ^ of sets and dict views, and | of dicts.
func setOperator(op Op, a, b Value) (Value, error) {
	if op == OpOr {
		x, isDict := a.(*Dict)
		if y, ok := b.(*Dict); ok && isDict {
			out := x.Clone()
			return out, out.merge(y)
		}
	}
	if op != OpOr && op != OpAnd && op != OpXor && op != OpSub {
		return nil, nil
	}
	x, ok := asSetLike(a)
	if !ok {
		return nil, nil
	}
	y, ok := asSetLike(b)
	if !ok {
		return nil, nil
	}
	out := x.combine(op, y)
	out.fix = x.fix
	return out, nil
}

// merge assigns every entry of o.
func (d *Dict) merge(o *Dict) error {
	var err error
	o.Each(func(k, v Value) bool {
		err = d.Set(k, v)
		return err == nil
	})
	return err
}

// combine is a new set of the members that op chooses.
func (s *Set) combine(op Op, o *Set) *Set {
	out := &Set{}
	for _, v := range s.Elems() {
		if op == OpOr || o.Has(v) == (op == OpAnd) {
			out.d.insertNew(v)
		}
	}
	if op == OpOr || op == OpXor {
		for _, v := range o.Elems() {
			if !s.Has(v) {
				out.d.insertNew(v)
			}
		}
	}
	return out
}

// insertNew adds a key that was hashed in another set and is not in d.
func (d *Dict) insertNew(key Value) { d.insert(key, None) }
