package value

type viewKind uint8

const (
	keysView viewKind = iota
	valuesView
	itemsView
)

// pick is what a view of this kind shows of an entry.
func (k viewKind) pick(e dictEntry) Value {
	switch k {
	case keysView:
		return e.key
	case valuesView:
		return e.value
	}
	return NewTuple(e.key, e.value)
}

// DictView is what a dict's keys, values and items give: it shows the dict as
// it is when looked at.
type DictView struct {
	dict *Dict
	kind viewKind
}

// Type is "dict_keys", "dict_values" or "dict_items".
func (v *DictView) Type() string {
	return [...]string{"dict_keys", "dict_values", "dict_items"}[v.kind]
}

// Truth is whether the dict is not empty.
func (v *DictView) Truth() bool { return v.dict.Len() > 0 }

// AppendStr appends dict_keys([...]).
func (v *DictView) AppendStr(b []byte) []byte { return v.AppendReprIn(b, nil) }

// AppendRepr appends dict_keys([...]).
func (v *DictView) AppendRepr(b []byte) []byte { return v.AppendReprIn(b, nil) }

// AppendReprIn appends dict_keys([...]), or ... inside itself.
func (v *DictView) AppendReprIn(b []byte, in *Nesting) []byte {
	if in = in.enter(v); in == nil {
		return append(b, "..."...)
	}
	b = append(append(b, v.Type()...), "(["...)
	return append(in.appendMembers(b, v.slice()), "])"...)
}

func (v *DictView) slice() []Value {
	out := make([]Value, 0, v.dict.Len())
	for _, e := range v.dict.entries {
		if e.key != nil {
			out = append(out, v.kind.pick(e))
		}
	}
	return out
}

// Len is the dict's length.
func (v *DictView) Len() int { return v.dict.Len() }

// Iterate yields keys, values or pairs.
func (v *DictView) Iterate() Iter { return v.dict.iter(v.kind) }

// Contains looks keys and items up by key, and values one by one.
func (v *DictView) Contains(x Value) (bool, error) {
	switch v.kind {
	case keysView:
		i, err := v.dict.find(x)
		return i >= 0, err
	case itemsView:
		t, ok := x.(*Tuple)
		if !ok || len(t.Elems) != 2 {
			return false, nil
		}
		i, err := v.dict.find(t.Elems[0])
		if err != nil || i < 0 {
			return false, err
		}
		return Equal(v.dict.entries[i].value, t.Elems[1]), nil
	}
	return containsIn(v.Iterate(), x)
}

// Equal compares keys and items as sets; values are equal to themselves alone.
func (v *DictView) Equal(other Value) bool {
	if v.kind == valuesView {
		return Value(v) == other
	}
	a, err := v.set()
	if err != nil {
		return false
	}
	b, ok := asSetLike(other)
	return ok && a.d.Len() == b.d.Len() && a.subsetOf(b)
}

// set is the view as a set; an unhashable value among the items is an error.
func (v *DictView) set() (*Set, error) { return setOf(v.slice()) }
