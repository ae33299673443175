package value

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"slices"
	"strings"
)

// FromGo converts a Go value: nil, booleans, numbers, strings, []byte, slices,
// maps with text keys (in the keys' order) and pointers to those. A Value stays
// what it is. Any other type is a fault of dex and panics.
func FromGo(x any) Value {
	switch x := x.(type) {
	case nil:
		return None
	case Value:
		return x
	case bool:
		return Bool(x)
	case string:
		return Str(x)
	case int:
		return Int(x)
	case int64:
		return Int(x)
	case float64:
		return Float(x)
	case []byte:
		return Bytes(x)
	case *big.Int:
		return NewBigInt(new(big.Int).Set(x))
	case json.Number:
		return numberFromText(x.String())
	case []string:
		return fromSlice(x, func(s string) Value { return Str(s) })
	case []any:
		return fromSlice(x, FromGo)
	}
	return fromReflect(reflect.ValueOf(x))
}

func fromSlice[T any](xs []T, conv func(T) Value) *List {
	out := make([]Value, len(xs))
	for i, x := range xs {
		out[i] = conv(x)
	}
	return NewList(out...)
}

// numberFromText is a JSON number: an int without a point and an exponent.
func numberFromText(s string) Value {
	if !strings.ContainsAny(s, ".eE") {
		if i, ok := new(big.Int).SetString(s, 10); ok {
			return NewBigInt(i)
		}
	}
	return Float(parseFloat(s))
}

func fromReflect(r reflect.Value) Value {
	switch r.Kind() {
	case reflect.Bool:
		return Bool(r.Bool())
	case reflect.String:
		return Str(r.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return Int(r.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return fromUint(r.Uint())
	case reflect.Float32, reflect.Float64:
		return Float(r.Float())
	case reflect.Slice, reflect.Array:
		out := make([]Value, r.Len())
		for i := range out {
			out[i] = FromGo(r.Index(i).Interface())
		}
		return NewList(out...)
	case reflect.Map:
		if r.Type().Key().Kind() == reflect.String {
			return fromMap(r)
		}
	case reflect.Pointer, reflect.Interface:
		if r.IsNil() {
			return None
		}
		return FromGo(r.Elem().Interface())
	}
	panic(fmt.Sprintf("value: FromGo of %s", r.Type()))
}

func fromUint(u uint64) Value {
	if u > math.MaxInt64 {
		return NewBigInt(new(big.Int).SetUint64(u))
	}
	return Int(u)
}

func fromMap(r reflect.Value) Value {
	keys := r.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	d := NewDict(len(keys))
	for _, k := range keys {
		d.SetStr(k.String(), FromGo(r.MapIndex(k).Interface()))
	}
	return d
}

// ToGo converts to plain Go: nil, bool, int64, *big.Int, float64, string,
// []byte, []any and map[string]any (keys by str). What Go has no counterpart
// for, such as a Decimal, stays the Value it is; a container inside itself
// becomes nil there.
func ToGo(v Value) any { return toGo(v, nil) }

func toGo(v Value, in *Nesting) any {
	switch x := v.(type) {
	case nil, NoneType, *Undefined:
		return nil
	case Bool:
		return bool(x)
	case Int:
		return int64(x)
	case *BigInt:
		return new(big.Int).Set(x.I)
	case Float:
		return float64(x)
	case Str:
		return string(x)
	case Markup:
		return string(x)
	case Bytes:
		return []byte(x)
	case *Dict:
		if in = in.enter(x); in == nil {
			return nil
		}
		out := make(map[string]any, x.Len())
		x.Each(func(k, v Value) bool { out[ToStr(k)] = toGo(v, in); return true })
		return out
	case *List:
		return toGoSlice(x, x.Elems, in)
	case *Tuple:
		return toGoSlice(x, x.Elems, in)
	case *Set:
		return toGoSlice(x, x.Elems(), in)
	}
	return v
}

func toGoSlice(of Value, vs []Value, in *Nesting) any {
	if in = in.enter(of); in == nil {
		return nil
	}
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = toGo(v, in)
	}
	return out
}

// Copier is a mutable value of a host that Copy copies.
type Copier interface {
	Value
	Copy() Value
}

// Copy is a deep copy that may be changed, whether or not v is frozen. Scalars
// are shared, and so are the values of hosts that are not Copiers.
func Copy(v Value) Value { return (&copier{}).copy(v) }

// copier keeps what was copied already: a value that stands in two places, or
// inside itself, stays one.
type copier struct{ done map[Value]Value }

func (c *copier) copy(v Value) Value {
	switch x := v.(type) {
	case *List, *Dict, *Set, *Tuple:
		if out, ok := c.done[v]; ok {
			return out
		}
		return c.container(v)
	case Copier:
		return x.Copy()
	}
	return v
}

func (c *copier) remember(v, out Value) {
	if c.done == nil {
		c.done = map[Value]Value{}
	}
	c.done[v] = out
}

func (c *copier) container(v Value) Value {
	switch x := v.(type) {
	case *List:
		out := &List{Elems: make([]Value, 0, len(x.Elems))}
		c.remember(v, out)
		for _, e := range x.Elems {
			out.Elems = append(out.Elems, c.copy(e))
		}
		return out
	case *Dict:
		out := x.Clone()
		c.remember(v, out)
		for i := range out.entries {
			out.entries[i].value = c.copy(out.entries[i].value)
		}
		return out
	case *Set:
		out := &Set{d: *x.d.Clone(), fix: x.fix}
		c.remember(v, out)
		return out
	}
	x := v.(*Tuple)
	out := &Tuple{Elems: make([]Value, len(x.Elems))}
	c.remember(v, out)
	for i, e := range x.Elems {
		out.Elems[i] = c.copy(e)
	}
	return out
}

// Freezer is a mutable value of a host that Freeze freezes.
type Freezer interface {
	Value
	Freeze()
}

// Freeze makes v and all that it holds read-only: a template that changes it
// gets a TypeError, and goroutines may share it. It returns v.
func Freeze(v Value) Value {
	switch x := v.(type) {
	case *List:
		if !x.frozen {
			x.frozen = true
			freezeAll(x.Elems)
		}
	case *Tuple:
		freezeAll(x.Elems)
	case *Dict:
		if !x.frozen {
			x.freeze()
			x.Each(func(_, v Value) bool { Freeze(v); return true })
		}
	case *Set:
		x.d.freeze()
	case Freezer:
		x.Freeze()
	}
	return v
}

func (d *Dict) freeze() {
	if d.holes > 0 {
		d.compact()
	}
	d.frozen = true
}

func freezeAll(vs []Value) {
	for _, v := range vs {
		Freeze(v)
	}
}
