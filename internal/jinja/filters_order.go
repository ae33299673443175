package jinja

import (
	"slices"

	"dex/internal/jinja/value"
)

var filtersOrder = map[string]FilterFunc{
	"dictsort": filter("do_dictsort", filterDictsort, "value", "case_sensitive?", "by?", "reverse?"),
	"groupby":  filterEnv("sync_do_groupby", filterGroupby, "value", "attribute", "default?", "case_sensitive?"),
	"max":      filterEnv("do_max", extreme(value.OpGt), "value", "case_sensitive?", "attribute?"),
	"min":      filterEnv("do_min", extreme(value.OpLt), "value", "case_sensitive?", "attribute?"),
	"sort":     filterEnv("do_sort", filterSort, "value", "reverse?", "case_sensitive?", "attribute?"),
}

// keyed is a value with what it is ordered by.
type keyed struct{ key, v value.Value }

func withKeys(vs []value.Value, key keyFunc) ([]keyed, error) {
	out := make([]keyed, len(vs))
	for i, v := range vs {
		k, err := key(v)
		if err != nil {
			return nil, err
		}
		out[i] = keyed{k, v}
	}
	return out, nil
}

// sortKeyed is Python's stable list.sort(key=..., reverse=...). Only < is asked
// for, and so what cannot be ordered is a TypeError once two such meet.
func sortKeyed(items []keyed, reverse bool) error {
	if reverse {
		// Reversed before and behind, equal items keep their order.
		slices.Reverse(items)
		defer slices.Reverse(items)
	}
	var failed error
	less := func(a, b keyed) bool {
		if failed != nil {
			return false
		}
		lt, err := value.Compare(value.OpLt, a.key, b.key)
		failed = err
		return lt
	}
	if len(items) < shortSort {
		insertionSort(items, less)
		return failed
	}
	slices.SortStableFunc(items, func(a, b keyed) int {
		switch {
		case less(a, b):
			return -1
		case less(b, a):
			return 1
		}
		return 0
	})
	return failed
}

// shortSort is the length below which Python sorts by binary insertion.
const shortSort = 64

// insertionSort compares the pairs that Python compares, in its order, so that
// a TypeError names the same two types: the run at the front is found first,
// then each following item is placed by binary search.
func insertionSort(items []keyed, less func(a, b keyed) bool) {
	for i := frontRun(items, less); i < len(items); i++ {
		pivot := items[i]
		lo, hi := 0, i
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			if less(pivot, items[mid]) {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		copy(items[lo+1:i+1], items[lo:i])
		items[lo] = pivot
	}
}

// frontRun is the length of the ascending run that items begins with; one that
// descends strictly is turned around.
func frontRun(items []keyed, less func(a, b keyed) bool) int {
	n := 1
	if len(items) < 2 {
		return len(items)
	}
	down := less(items[1], items[0])
	for n++; n < len(items) && less(items[n], items[n-1]) == down; n++ {
	}
	if down {
		slices.Reverse(items[:n])
	}
	return n
}

func valuesOf(items []keyed) []value.Value {
	out := make([]value.Value, len(items))
	for i, it := range items {
		out[i] = it.v
	}
	return out
}

func filterSort(t *value.Thread, a []value.Value) (value.Value, error) {
	elems, err := value.ToSlice(a[0])
	if err != nil {
		return nil, err
	}
	paths := parseAttrs(a[3])
	keys := make([]keyFunc, len(paths))
	for i, path := range paths {
		keys[i] = attrKey(t, path, truth(a[2]), nil)
	}
	// The key is a list, also of one: lists that begin alike are compared by ==
	// first, and so two Nones are no TypeError.
	items, err := withKeys(elems, func(item value.Value) (value.Value, error) {
		parts := make([]value.Value, len(keys))
		for i, key := range keys {
			var err error
			if parts[i], err = key(item); err != nil {
				return nil, err
			}
		}
		return value.NewList(parts...), nil
	})
	if err != nil {
		return nil, err
	}
	if err := sortKeyed(items, truth(a[1])); err != nil {
		return nil, err
	}
	return value.NewList(valuesOf(items)...), nil
}

func filterDictsort(t *value.Thread, a []value.Value) (value.Value, error) {
	by, _ := value.AsString(orDefault(a[2], value.Str("key")))
	pos, ok := map[string]value.Int{"key": 0, "value": 1}[by]
	if !ok {
		return nil, filterArgumentErrorf(`You can only sort by either "key" or "value"`)
	}
	view, err := method(t, a[0], "items")
	if err != nil {
		return nil, err
	}
	pairs, err := value.ToSlice(view)
	if err != nil {
		return nil, err
	}
	items, err := withKeys(pairs, attrKey(t, attrPath{pos}, truth(a[1]), nil))
	if err != nil {
		return nil, err
	}
	if err := sortKeyed(items, truth(a[3])); err != nil {
		return nil, err
	}
	return value.NewList(valuesOf(items)...), nil
}

// extreme is min and max: the first item that none is beyond.
func extreme(beyond value.Op) body {
	return func(t *value.Thread, a []value.Value) (value.Value, error) {
		key := attrKey(t, parseAttr(a[2]), truth(a[1]), nil)
		it, err := value.Iterate(a[0])
		if err != nil {
			return nil, err
		}
		var best keyed
		for {
			v, ok, err := it.Next()
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			k, err := key(v)
			if err != nil {
				return nil, err
			}
			better := best.v == nil
			if !better {
				if better, err = value.Compare(beyond, k, best.key); err != nil {
					return nil, err
				}
			}
			if better {
				best = keyed{k, v}
			}
		}
		if best.v == nil {
			return &value.Undefined{Hint: "No aggregated item, sequence was empty."}, nil
		}
		return best.v, nil
	}
}

// group is a tuple (grouper, list) whose members also have these names. It
// prints as a plain tuple.
type group struct{ *value.Tuple }

// Attr gives grouper and list.
func (g group) Attr(name string) (value.Value, bool) {
	switch name {
	case "grouper":
		return g.Elems[0], true
	case "list":
		return g.Elems[1], true
	}
	return nil, false
}

// Iterate yields the two members.
func (g group) Iterate() value.Iter {
	i := 0
	return value.IterFunc(func() (value.Value, bool, error) {
		if i == len(g.Elems) {
			return nil, false, nil
		}
		i++
		return g.Elems[i-1], true, nil
	})
}

// Item is the member at an index.
func (g group) Item(key value.Value) (value.Value, error) { return value.GetItem(g.Tuple, key) }

// Len is 2.
func (g group) Len() int { return len(g.Elems) }

// Equal compares as a tuple does.
func (g group) Equal(other value.Value) bool {
	if o, ok := other.(group); ok {
		other = o.Tuple
	}
	return value.Equal(g.Tuple, other)
}

func filterGroupby(t *value.Thread, a []value.Value) (value.Value, error) {
	path, def, caseSensitive := parseAttr(a[1]), a[2], truth(a[3])
	elems, err := value.ToSlice(a[0])
	if err != nil {
		return nil, err
	}
	items, err := withKeys(elems, attrKey(t, path, caseSensitive, def))
	if err != nil {
		return nil, err
	}
	if err := sortKeyed(items, false); err != nil {
		return nil, err
	}
	var groups []value.Value
	for len(items) > 0 {
		n := 1
		for n < len(items) && value.Equal(items[0].key, items[n].key) {
			n++
		}
		// The name of a group is the first item's, in its own case.
		name, err := path.get(t, items[0].v, def)
		if err != nil {
			return nil, err
		}
		groups = append(groups, group{value.NewTuple(name, value.NewList(valuesOf(items[:n])...))})
		items = items[n:]
	}
	return value.NewList(groups...), nil
}
