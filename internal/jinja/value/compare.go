package value

import (
	"cmp"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// Equal is a == b. Numbers of any type are equal by value, text of Str and
// Markup likewise; containers compare their members.
func Equal(a, b Value) bool { return equal(a, b, 0) }

func equal(a, b Value, depth int) bool {
	switch x := a.(type) {
	case Str:
		s, ok := AsString(b)
		return ok && s == string(x)
	case Markup:
		s, ok := AsString(b)
		return ok && s == string(x)
	case Int, Bool, Float, *BigInt, *Decimal:
		if order, ordered, ok := compareNumbers(a, b); ok {
			return ordered && order == 0
		}
	case NoneType, Bytes:
		if a == b {
			return true
		}
	case *List:
		if y, ok := b.(*List); ok {
			return x == y || equalSlices(x.Elems, y.Elems, depth)
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return x == y || equalSlices(x.Elems, y.Elems, depth)
		}
	case *Dict:
		if y, ok := b.(*Dict); ok {
			return x == y || equalDicts(x, y, depth)
		}
	case Equaler:
		return x.Equal(b)
	}
	if y, ok := b.(Equaler); ok {
		return y.Equal(a)
	}
	return identical(a, b)
}

// identical is `a is b` for values without an equality of their own.
func identical(a, b Value) bool {
	switch a.(type) {
	case Str, Markup, Bytes, Int, Bool, Float, NoneType:
		return a == b
	}
	t := reflect.TypeOf(a)
	return t == reflect.TypeOf(b) && t.Comparable() && a == b
}

// equalSlices compares members. Nesting beyond maxNesting is a cycle in all
// likelihood and counts as unequal, where Python ends with a RecursionError.
func equalSlices(a, b []Value, depth int) bool {
	if len(a) != len(b) || depth > maxNesting {
		return false
	}
	for i := range a {
		if !equal(a[i], b[i], depth+1) {
			return false
		}
	}
	return true
}

func equalDicts(a, b *Dict, depth int) bool {
	if a.Len() != b.Len() || depth > maxNesting {
		return false
	}
	for _, e := range a.entries {
		if e.key == nil {
			continue
		}
		v, ok := b.Get(e.key)
		if !ok || !equal(e.value, v, depth+1) {
			return false
		}
	}
	return true
}

// compareNumbers orders two numbers. ordered is false when one is a NaN, ok is
// false when one is not a number.
func compareNumbers(a, b Value) (order int, ordered, ok bool) {
	ka, kb := numberKind(a), numberKind(b)
	if ka == notNumber || kb == notNumber {
		return 0, false, false
	}
	switch max(ka, kb) {
	case smallInt:
		x, _ := asInt64(a)
		y, _ := asInt64(b)
		return cmp.Compare(x, y), true, true
	case bigInt:
		x, _ := asBig(a)
		y, _ := asBig(b)
		return x.Cmp(y), true, true
	case floatKind:
		order, ordered = compareFloats(a, b)
		return order, ordered, true
	}
	x, y := toDecimal(a), toDecimal(b)
	if x.isNaN() || y.isNaN() {
		return 0, false, true
	}
	return x.cmp(y), true, true
}

// compareFloats compares a float with a float or an int, exactly.
func compareFloats(a, b Value) (order int, ordered bool) {
	x, xIsFloat := a.(Float)
	y, yIsFloat := b.(Float)
	switch {
	case xIsFloat && yIsFloat:
		if x != x || y != y {
			return 0, false
		}
		return cmp.Compare(x, y), true
	case yIsFloat:
		order, ordered = compareFloats(b, a)
		return -order, ordered
	}
	f := float64(x)
	if i, ok := asInt64(b); ok && i > -1<<53 && i < 1<<53 {
		if f != f {
			return 0, false
		}
		return cmp.Compare(f, float64(i)), true
	}
	switch {
	case f != f:
		return 0, false
	case math.IsInf(f, 0):
		return int(math.Copysign(1, f)), true
	}
	i, _ := asBig(b)
	return new(big.Float).SetFloat64(f).Cmp(new(big.Float).SetPrec(uint(max(64, i.BitLen()))).SetInt(i)), true
}

// Compare is `a op b` for the six comparisons. What has no order is a
// TypeError, what is undefined an UndefinedError.
func Compare(op Op, a, b Value) (bool, error) {
	switch op {
	case OpEq:
		return Equal(a, b), nil
	case OpNe:
		return !Equal(a, b), nil
	}
	return order(op, a, b, 0)
}

func order(op Op, a, b Value, depth int) (bool, error) {
	if n, ordered, ok := compareNumbers(a, b); ok {
		if !ordered && max(numberKind(a), numberKind(b)) == decimalKind {
			return false, invalidDecimal("InvalidOperation")
		}
		return ordered && op.holds(n), nil
	}
	switch x := a.(type) {
	case Str, Markup:
		if t, ok := AsString(b); ok {
			s, _ := AsString(a)
			return op.holds(strings.Compare(s, t)), nil
		}
	case Bytes:
		if y, ok := b.(Bytes); ok {
			return op.holds(cmp.Compare(x, y)), nil
		}
	case *List:
		if y, ok := b.(*List); ok {
			return orderSlices(op, x.Elems, y.Elems, depth)
		}
	case *Tuple:
		if y, ok := b.(*Tuple); ok {
			return orderSlices(op, x.Elems, y.Elems, depth)
		}
	}
	return orderOther(op, a, b)
}

// orderOther compares sets and the values of hosts.
func orderOther(op Op, a, b Value) (bool, error) {
	if x, ok := asSetLike(a); ok {
		if y, ok := asSetLike(b); ok {
			return orderSets(op, x, y), nil
		}
	}
	if x, ok := a.(Orderer); ok {
		if result, ok, err := x.Order(op, b); ok || err != nil {
			return result, err
		}
	}
	if y, ok := b.(Orderer); ok {
		if result, ok, err := y.Order(op.swapped(), a); ok || err != nil {
			return result, err
		}
	}
	if err := undefinedError(a, b); err != nil {
		return false, err
	}
	return false, TypeErrorf("'%s' not supported between instances of '%s' and '%s'", op, a.Type(), b.Type())
}

// undefinedError is the error of the first value that is undefined.
func undefinedError(vs ...Value) error {
	for _, v := range vs {
		if u, ok := v.(*Undefined); ok {
			return u.Error()
		}
	}
	return nil
}

// orderSlices orders by the first members that differ, then by length.
func orderSlices(op Op, a, b []Value, depth int) (bool, error) {
	if depth > maxNesting {
		return false, Errorf("RecursionError", "maximum recursion depth exceeded in comparison")
	}
	for i := 0; i < len(a) && i < len(b); i++ {
		if !Equal(a[i], b[i]) {
			return order(op, a[i], b[i], depth+1)
		}
	}
	return op.holds(cmp.Compare(len(a), len(b))), nil
}

// orderSets orders sets by inclusion.
func orderSets(op Op, a, b *Set) bool {
	switch op {
	case OpLt:
		return a.Len() < b.Len() && a.subsetOf(b)
	case OpLe:
		return a.subsetOf(b)
	case OpGt:
		return b.Len() < a.Len() && b.subsetOf(a)
	}
	return b.subsetOf(a)
}

// tupleKey is the hash key of a tuple: its first member's key and the rest's.
type tupleKey struct{ first, rest any }

// HashKey is a comparable Go value that is equal for equal values: 1, 1.0 and
// True have the same. Lists, dicts and sets are a TypeError.
func HashKey(v Value) (any, error) {
	switch x := v.(type) {
	case Str, Int:
		return v, nil // as it is: boxing it anew would allocate
	case *Tuple:
		return hashSlice(x.Elems)
	case *List, *Dict:
		return nil, TypeErrorf("unhashable type: '%s'", v.Type())
	case *Set:
		return hashSet(x)
	case *DictView:
		if x.kind != valuesView {
			return nil, TypeErrorf("unhashable type: '%s'", v.Type())
		}
		return x, nil
	case Hashable:
		return x.HashKey(), nil
	}
	if reflect.TypeOf(v).Kind() == reflect.Pointer {
		return v, nil // by identity, as any Python object
	}
	return nil, TypeErrorf("unhashable type: '%s'", v.Type())
}

func hashSlice(vs []Value) (any, error) {
	key := tupleKey{}
	for i := len(vs) - 1; i >= 0; i-- {
		k, err := HashKey(vs[i])
		if err != nil {
			return nil, err
		}
		key = tupleKey{k, key}
	}
	return key, nil
}

// frozenKey is the hash key of a frozenset: its members' keys in one order.
type frozenKey struct{ members any }

func hashSet(s *Set) (any, error) {
	if !s.fix {
		return nil, TypeErrorf("unhashable type: 'set'")
	}
	members := s.Elems()
	slices.SortStableFunc(members, func(a, b Value) int {
		return cmp.Compare(hashOf(mustHash(a)), hashOf(mustHash(b)))
	})
	k, err := hashSlice(members)
	return frozenKey{k}, err
}
