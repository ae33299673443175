package pylib

import "dex/internal/jinja/value"

// chosen makes a tuple of the members of a pool at some indices.
func chosen(pool []value.Value, indices []int) value.Value {
	t := value.NewTuple(make([]value.Value, len(indices))...)
	for i, at := range indices {
		t.Elems[i] = pool[at]
	}
	return t
}

// selections is an iterator over the states of indices: advance moves to the
// next one, until it returns false.
func selections(name string, pool []value.Value, indices []int, empty bool, advance func() bool) (value.Value, error) {
	first := true
	done := empty
	return iterator(name, func() (value.Value, bool, error) {
		if !first && !done {
			done = !advance()
		}
		first = false
		if done {
			return nil, false, nil
		}
		return chosen(pool, indices), true, nil
	})
}

func pool(v value.Value) ([]value.Value, error) {
	elems, err := value.ToSlice(v)
	return append([]value.Value(nil), elems...), err
}

// maxProduct bounds the number of pools of a product.
const maxProduct = 1 << 16

func itProduct(_ *value.Thread, a []value.Value) (value.Value, error) {
	repeat, err := needInts(a[1:], 1)
	if err != nil {
		return nil, err
	}
	pools, err := productPools(a[0].(*value.Tuple).Elems, repeat[0])
	if err != nil {
		return nil, err
	}
	// The pools stand one behind the other; an index counts from its own one.
	var all []value.Value
	first := make([]int, len(pools))
	indices := make([]int, len(pools))
	empty := false
	for i, p := range pools {
		first[i], indices[i] = len(all), len(all)
		all = append(all, p...)
		empty = empty || len(p) == 0
	}
	return selections("product", all, indices, empty, func() bool {
		for i := len(indices) - 1; i >= 0; i-- {
			indices[i]++
			if indices[i] < first[i]+len(pools[i]) {
				return true
			}
			indices[i] = first[i]
		}
		return false
	})
}

// productPools is the pool of each position.
func productPools(sources []value.Value, repeat int) ([][]value.Value, error) {
	if repeat < 0 {
		return nil, valueErrorf("repeat argument cannot be negative")
	}
	if len(sources) > 0 && repeat > maxProduct/len(sources) {
		return nil, value.Errorf("OverflowError", "repeat argument too large")
	}
	var once, pools [][]value.Value
	for _, src := range sources {
		elems, err := pool(src)
		if err != nil {
			return nil, err
		}
		once = append(once, elems)
	}
	for range repeat {
		pools = append(pools, once...)
	}
	return pools, nil
}

// size is the r of combinations: how many members to choose.
func size(v value.Value) (int, error) {
	r, err := needInt(v)
	if err == nil && r < 0 {
		err = valueErrorf("r must be non-negative")
	}
	return r, err
}

func itCombinations(repeated bool) func(*value.Thread, []value.Value) (value.Value, error) {
	return func(_ *value.Thread, a []value.Value) (value.Value, error) {
		elems, err := pool(a[0])
		if err != nil {
			return nil, err
		}
		r, err := size(a[1])
		if err != nil {
			return nil, err
		}
		name, empty, step := "combinations", r > len(elems), 1
		if repeated {
			name, empty, step = "combinations_with_replacement", r > 0 && len(elems) == 0, 0
		}
		if empty {
			r = 0
		}
		indices := make([]int, r)
		for i := range indices {
			indices[i] = i * step
		}
		return selections(name, elems, indices, empty, func() bool {
			for i := r - 1; i >= 0; i-- {
				// The last value that leaves room for those behind.
				if indices[i] >= len(elems)-1-(r-1-i)*step {
					continue
				}
				indices[i]++
				for j := i + 1; j < r; j++ {
					indices[j] = indices[j-1] + step
				}
				return true
			}
			return false
		})
	}
}

func itPermutations(_ *value.Thread, a []value.Value) (value.Value, error) {
	elems, err := pool(a[0])
	if err != nil {
		return nil, err
	}
	r := len(elems)
	if !absent(a[1]) {
		if r, err = size(a[1]); err != nil {
			return nil, err
		}
	}
	empty := r > len(elems)
	if empty {
		r = 0
	}
	indices := make([]int, r)
	used := make([]bool, len(elems))
	for i := range indices {
		indices[i], used[i] = i, true
	}
	return selections("permutations", elems, indices, empty, func() bool {
		for i := r - 1; i >= 0; i-- {
			used[indices[i]] = false
			if next := unused(used, indices[i]+1); next < len(used) {
				indices[i], used[next] = next, true
				for j := i + 1; j < r; j++ {
					indices[j] = unused(used, 0)
					used[indices[j]] = true
				}
				return true
			}
		}
		return false
	})
}

// unused is the first index from a place on that no position has.
func unused(used []bool, from int) int {
	for from < len(used) && used[from] {
		from++
	}
	return from
}
