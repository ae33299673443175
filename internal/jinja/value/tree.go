package value

// maxTree bounds the values of what is kept of a template: a configuration that
// goes into artifacts.
const maxTree = 1 << 20

// CheckTree refuses a value that cannot be written out as a tree: one that
// holds itself, that nests too deeply, or that stands for too many values since
// its parts hold the same value again and again.
func CheckTree(v Value) error {
	left := maxTree
	return checkTree(v, 0, &left)
}

func checkTree(v Value, depth int, left *int) error {
	if *left--; *left < 0 {
		return Errorf("MemoryError", "a value of more than %d values is refused", maxTree)
	}
	if depth > maxNesting {
		return Errorf("RecursionError", "a value that holds itself, or nests more than %d deep, is refused", maxNesting)
	}
	switch x := v.(type) {
	case *List:
		return checkTrees(x.Elems, depth, left)
	case *Tuple:
		return checkTrees(x.Elems, depth, left)
	case *Dict:
		for _, e := range x.entries {
			if e.key == nil {
				continue
			}
			if err := checkTree(e.value, depth+1, left); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkTrees(vs []Value, depth int, left *int) error {
	for _, v := range vs {
		if err := checkTree(v, depth+1, left); err != nil {
			return err
		}
	}
	return nil
}
