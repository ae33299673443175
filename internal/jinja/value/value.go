// Package value is the data model of templates: values that behave as Python's
// do. YAML documents, node configurations, query results and everything a
// template computes are made of them, so nothing is converted on its way
// through dex.
//
// It knows Python (CPython 3.11 is the reference), Markup and Undefined as
// Jinja adds them, and not dbt. Begin with Value below; numbers are in
// number.go and decimal.go, text in str.go, containers in list.go, dict.go and
// set.go, operators in arith.go and compare.go, attributes and items in attr.go
// and item.go, calls in call.go, the built-in types' methods in methods_*.go.
package value

// Value is any value a template can hold. The implementations of this package
// are None, Undefined, Bool, Int, *BigInt, Float, Decimal, Str, Markup, Bytes,
// *List, *Tuple, *Dict, *Set, *Iterator and *Func; a host adds its own. What a
// value can do beyond Value is asked for by the optional interfaces below.
//
// Scalars and tuples are immutable. Lists, dicts and sets are mutable and not
// safe for concurrent use: what several renders share must be frozen (Freeze)
// or copied (Copy).
type Value interface {
	// Type is the Python type's name, as error messages show it: "str", "NoneType".
	Type() string
	// Truth is bool(v).
	Truth() bool
	// AppendStr appends str(v), which is what {{ v }} prints.
	AppendStr(b []byte) []byte
	// AppendRepr appends repr(v), which is how v shows inside a list.
	AppendRepr(b []byte) []byte
}

// Getter is a value with attributes of its own: v.name. The second result is
// false where there is no such attribute.
type Getter interface {
	Value
	Attr(name string) (Value, bool)
}

// Setter is a value whose attributes a template may assign ({% set v.name = x %}).
// In dbt that is a namespace alone.
type Setter interface {
	Value
	SetAttr(name string, v Value) error
}

// Indexer is a value with v[key]. A missing key is an *Error of kind KeyError
// or IndexError.
type Indexer interface {
	Value
	Item(key Value) (Value, error)
}

// Callable is a value that can be called. args belongs to the caller: a callee
// that keeps it copies it. Keyword arguments keep their order.
type Callable interface {
	Value
	Call(t *Thread, args []Value, kw []Arg) (Value, error)
}

// Iterable is a value that can be looped over.
type Iterable interface {
	Value
	Iterate() Iter
}

// Sized is a value with a length.
type Sized interface {
	Value
	Len() int
}

// Container is a value that answers `x in v`.
type Container interface {
	Value
	Contains(x Value) (bool, error)
}

// Equaler is a value with an equality of its own.
type Equaler interface {
	Value
	Equal(other Value) bool
}

// Hashable is a value that can be a dict key and a set member. HashKey returns
// a comparable Go value, equal for equal values.
type Hashable interface {
	Value
	HashKey() any
}

// Operand is a value with arithmetic of its own. BinaryOp answers `v op other`,
// or `other op v` when right is set; a nil Value without an error is Python's
// NotImplemented.
type Operand interface {
	Value
	BinaryOp(op Op, other Value, right bool) (Value, error)
}

// Negator is a value with an answer to -v.
type Negator interface {
	Value
	Negate() (Value, error)
}

// Orderer is a value with an order of its own: Order answers `v op other` for
// <, <=, > and >=. The second result is false where the two cannot be ordered.
type Orderer interface {
	Value
	Order(op Op, other Value) (result, ok bool, err error)
}

// Formatter is a value with an answer to format(v, spec), as dates have one.
type Formatter interface {
	Value
	Format(spec string) (string, error)
}

// Nested is a container that may hold itself. It prints its members with
// in.AppendRepr, so that a cycle ends as [...] does in Python.
type Nested interface {
	Value
	AppendReprIn(b []byte, in *Nesting) []byte
}

// Iter steps through an iterable. Next returns false at the end; an error ends
// the iteration as well.
type Iter interface {
	Next() (Value, bool, error)
}

// Arg is a keyword argument.
type Arg struct {
	Name  string
	Value Value
}
