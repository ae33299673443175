package jinja

import (
	"math/rand/v2"
	"strings"

	"dex/internal/jinja/value"
)

var filtersSequence = map[string]FilterFunc{
	"batch":   filter("do_batch", filterBatch, "value", "linecount", "fill_with?"),
	"count":   builtin("len", filterLength),
	"first":   filterEnv("sync_do_first", filterFirst, "seq"),
	"join":    filterEnv("sync_do_join", filterJoin, "value", "d?", "attribute?"),
	"last":    filterEnv("do_last", filterLast, "seq"),
	"length":  builtin("len", filterLength),
	"list":    filter("sync_do_list", filterList, "value"),
	"random":  filterEnv("do_random", filterRandom, "seq"),
	"reverse": filter("do_reverse", filterReverse, "value"),
	"slice":   filter("sync_do_slice", filterSlice, "value", "slices", "fill_with?"),
	"sum":     filterEnv("sync_do_sum", filterSum, "iterable", "attribute?", "start?"),
	"unique":  filterEnv("sync_do_unique", filterUnique, "value", "case_sensitive?", "attribute?"),
}

func filterLength(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := value.Len(a[0])
	return value.Int(n), err
}

func filterList(_ *value.Thread, a []value.Value) (value.Value, error) {
	elems, err := value.ToSlice(a[0])
	if err != nil {
		return nil, err
	}
	// ToSlice may hand out the elements of a list itself.
	return value.NewList(append([]value.Value(nil), elems...)...), nil
}

func emptySequence(which string) value.Value {
	return &value.Undefined{Hint: "No " + which + " item, sequence was empty."}
}

func filterFirst(_ *value.Thread, a []value.Value) (value.Value, error) {
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	v, ok, err := it.Next()
	if err != nil || ok {
		return v, err
	}
	return emptySequence("first"), nil
}

func filterLast(_ *value.Thread, a []value.Value) (value.Value, error) {
	elems, err := reversible(a[0])
	if err != nil {
		return nil, err
	}
	if len(elems) == 0 {
		return emptySequence("last"), nil
	}
	last := elems[len(elems)-1]
	if _, ok := a[0].(value.Markup); ok {
		// reversed() takes its items by index, and such of Markup are Markup.
		return value.Markup(value.ToStr(last)), nil
	}
	return last, nil
}

// reversible gives the elements of what Python's reversed() accepts: sequences,
// dicts and their views, but neither sets nor generators.
func reversible(v value.Value) ([]value.Value, error) {
	switch v.Type() {
	case "set", "frozenset", "generator":
	case "dict_keys", "dict_values", "dict_items":
		return value.ToSlice(v)
	default:
		_, sized := v.(value.Sized)
		_, indexed := v.(value.Indexer)
		if sized && indexed || isSequence(v) {
			return value.ToSlice(v)
		}
	}
	return nil, value.TypeErrorf("'%s' object is not reversible", v.Type())
}

func filterReverse(_ *value.Thread, a []value.Value) (value.Value, error) {
	if s, ok := value.AsString(a[0]); ok {
		runes := []rune(s)
		for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
			runes[i], runes[j] = runes[j], runes[i]
		}
		if _, safe := a[0].(value.Markup); safe {
			return value.Markup(runes), nil
		}
		return value.Str(runes), nil
	}
	elems, err := reversible(a[0])
	if err == nil {
		return backwards(a[0], elems), nil
	}
	if elems, err = value.ToSlice(a[0]); err != nil {
		if errorKind(err) == "TypeError" {
			return nil, filterArgumentErrorf("argument must be iterable")
		}
		return nil, err
	}
	out := make([]value.Value, len(elems))
	for i, v := range elems {
		out[len(elems)-1-i] = v
	}
	return value.NewList(out...), nil
}

func backwards(v value.Value, elems []value.Value) value.Value {
	name := "reversed"
	switch v.Type() {
	case "list":
		name = "list_reverseiterator"
	case "dict", "dict_keys":
		name = "dict_reversekeyiterator"
	case "range":
		name = "range_iterator"
	}
	i := len(elems)
	return value.NewIterator(name, value.IterFunc(func() (value.Value, bool, error) {
		if i == 0 {
			return nil, false, nil
		}
		i--
		return elems[i], true, nil
	}))
}

func filterRandom(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, err := value.Len(a[0])
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return emptySequence("random"), nil
	}
	return value.GetItem(a[0], value.Int(rand.IntN(n)))
}

// filterJoin joins plain strings: dbt's environment does not escape.
func filterJoin(t *value.Thread, a []value.Value) (value.Value, error) {
	sep := value.ToStr(orDefault(a[1], value.Str("")))
	path := parseAttr(a[2])
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for n := 0; ; n++ {
		v, ok, err := it.Next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return value.Str(b.String()), nil
		}
		if v, err = path.get(t, v, nil); err != nil {
			return nil, err
		}
		if n > 0 {
			b.WriteString(sep)
		}
		b.WriteString(value.ToStr(v))
		if err := value.CheckText(b.Len()); err != nil {
			return nil, err
		}
	}
}

func filterBatch(_ *value.Thread, a []value.Value) (value.Value, error) {
	size, fill := a[1], a[2]
	var pending value.Value
	return generateFrom(a[0], nil, func(it value.Iter) (value.Value, bool, error) {
		var row []value.Value
		if pending != nil {
			row, pending = append(row, pending), nil
		}
		for {
			v, ok, err := it.Next()
			if err != nil {
				return nil, false, err
			}
			if !ok {
				break
			}
			if value.Equal(value.Int(len(row)), size) {
				pending = v
				return value.NewList(row...), true, nil
			}
			row = append(row, v)
		}
		if len(row) == 0 {
			return nil, false, nil
		}
		return padded(row, size, fill)
	}), nil
}

// padded fills the last batch up to its size.
func padded(row []value.Value, size, fill value.Value) (value.Value, bool, error) {
	if !absent(fill) {
		short, err := value.Compare(value.OpLt, value.Int(len(row)), size)
		if err != nil {
			return nil, false, err
		}
		if short {
			n, ok := size.(value.Int)
			if !ok {
				return nil, false, value.TypeErrorf("can't multiply sequence by non-int of type '%s'", size.Type())
			}
			if err := value.CheckElems(int(n)); err != nil {
				return nil, false, err
			}
			for len(row) < int(n) {
				row = append(row, fill)
			}
		}
	}
	return value.NewList(row...), true, nil
}

// filterSlice parts a sequence into so many lists, of which the first ones may
// be longer by one.
func filterSlice(_ *value.Thread, a []value.Value) (value.Value, error) {
	src, slices, fill := a[0], a[1], a[2]
	var elems []value.Value
	i, count, start := -1, 0, 0
	return generator(func() (value.Value, bool, error) {
		if i < 0 {
			var err error
			if elems, count, err = sliceArguments(src, slices); err != nil {
				return nil, false, err
			}
			i = 0
		}
		if i >= count {
			return nil, false, nil
		}
		size, longer := len(elems)/count, i < len(elems)%count
		if longer {
			size++
		}
		part := append([]value.Value(nil), elems[start:start+size]...)
		if !absent(fill) && !longer {
			part = append(part, fill)
		}
		i, start = i+1, start+size
		return value.NewList(part...), true, nil
	}), nil
}

func sliceArguments(src, slices value.Value) (elems []value.Value, count int, err error) {
	if elems, err = value.ToSlice(src); err != nil {
		return nil, 0, err
	}
	// Python divides by the number of slices before anything else.
	if _, err = value.FloorDiv(value.Int(len(elems)), slices); err != nil {
		return nil, 0, err
	}
	switch n := slices.(type) {
	case value.Int:
		return elems, int(n), nil
	case value.Bool:
		return elems, int(boolInt(n)), nil
	}
	return nil, 0, value.TypeErrorf("'%s' object cannot be interpreted as an integer", slices.Type())
}

func filterSum(t *value.Thread, a []value.Value) (value.Value, error) {
	path := parseAttr(a[1])
	sum := orDefault(a[2], value.Int(0))
	it, err := value.Iterate(a[0])
	if err != nil {
		return nil, err
	}
	switch sum.(type) {
	case value.Str, value.Markup:
		return nil, value.TypeErrorf("sum() can't sum strings [use ''.join(seq) instead]")
	case value.Bytes:
		return nil, value.TypeErrorf("sum() can't sum bytes [use b''.join(seq) instead]")
	}
	for {
		v, ok, err := it.Next()
		if err != nil || !ok {
			return sum, err
		}
		if v, err = path.get(t, v, nil); err != nil {
			return nil, err
		}
		if sum, err = value.Add(sum, v); err != nil {
			return nil, err
		}
	}
}

func filterUnique(t *value.Thread, a []value.Value) (value.Value, error) {
	key := attrKey(t, parseAttr(a[2]), truth(a[1]), nil)
	seen := map[any]struct{}{}
	return generateFrom(a[0], nil, func(it value.Iter) (value.Value, bool, error) {
		for {
			v, ok, err := it.Next()
			if err != nil || !ok {
				return nil, false, err
			}
			k, err := key(v)
			if err != nil {
				return nil, false, err
			}
			h, err := value.HashKey(k)
			if err != nil {
				return nil, false, err
			}
			if _, dup := seen[h]; !dup {
				seen[h] = struct{}{}
				return v, true, nil
			}
		}
	}), nil
}
