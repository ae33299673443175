package value

import "slices"

// Sort is sorted(vs, key=key, reverse=reverse) in place: stable, by <. key may
// be nil. What cannot be compared is a TypeError.
func Sort(t *Thread, vs []Value, key Value, reverse bool) error {
	keys := vs
	if key != nil {
		keys = make([]Value, len(vs))
		for i, v := range vs {
			k, err := Call(t, key, []Value{v}, nil)
			if err != nil {
				return err
			}
			keys[i] = k
		}
	}
	pairs := make([][2]Value, len(vs))
	for i := range vs {
		pairs[i] = [2]Value{keys[i], vs[i]}
	}
	// Python reverses around the sort, so that equal elements keep their order.
	if reverse {
		slices.Reverse(pairs)
	}
	var failed error
	slices.SortStableFunc(pairs, func(a, b [2]Value) int {
		if failed != nil {
			return 0
		}
		n, err := compareForSort(a[0], b[0])
		failed = err
		return n
	})
	if failed != nil {
		return failed
	}
	if reverse {
		slices.Reverse(pairs)
	}
	for i := range pairs {
		vs[i] = pairs[i][1]
	}
	return nil
}

// compareForSort orders two values by < alone.
func compareForSort(a, b Value) (int, error) {
	less, err := Compare(OpLt, a, b)
	if err != nil {
		return 0, err
	}
	if less {
		return -1, nil
	}
	greater, err := Compare(OpLt, b, a)
	if err != nil {
		return 0, err
	}
	if greater {
		return 1, nil
	}
	return 0, nil
}
