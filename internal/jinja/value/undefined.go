package value

// Undefined is what a name, attribute or item that is not there gives. It
// prints nothing, is false, empty and equal to any other Undefined; everything
// else done with it is an UndefinedError, which Error returns. What Thread.Chain
// lets through is decided by the Thread's methods Attr, Item and Call, for they
// alone know the thread.
type Undefined struct {
	// Name is the name that was looked up.
	Name string
	// Hint is the error's text; empty means "'Name' is undefined".
	Hint string

	kind string // the error's kind, where it is not UndefinedError
}

// NewUndefined returns the value of an unknown name.
func NewUndefined(name string) *Undefined { return &Undefined{Name: name} }

// undefinedAttr is the value of an attribute or item that of does not have.
func undefinedAttr(of Value, key Value) *Undefined {
	owner := of.Type() + " object"
	if _, ok := of.(NoneType); ok {
		owner = "None"
	}
	if s, ok := AsString(key); ok {
		return &Undefined{Name: s, Hint: "'" + owner + "' has no attribute " + Repr(Str(s))}
	}
	return &Undefined{Name: ToStr(key), Hint: owner + " has no element " + Repr(key)}
}

// Error is the exception that use of the value raises.
func (u *Undefined) Error() *Error {
	kind := u.kind
	if kind == "" {
		kind = "UndefinedError"
	}
	if u.Hint != "" {
		return &Error{Kind: kind, Msg: u.Hint}
	}
	return &Error{Kind: kind, Msg: Repr(Str(u.Name)) + " is undefined"}
}

// Type is "Undefined".
func (*Undefined) Type() string { return "Undefined" }

// Truth is false.
func (*Undefined) Truth() bool { return false }

// AppendStr appends nothing.
func (*Undefined) AppendStr(b []byte) []byte { return b }

// AppendRepr appends Undefined.
func (*Undefined) AppendRepr(b []byte) []byte { return append(b, "Undefined"...) }

// Equal holds for any other Undefined.
func (*Undefined) Equal(other Value) bool {
	_, ok := other.(*Undefined)
	return ok
}

type undefinedKey struct{}

// HashKey is the same for every Undefined.
func (*Undefined) HashKey() any { return undefinedKey{} }

// Len is 0.
func (*Undefined) Len() int { return 0 }

// Iterate yields nothing.
func (*Undefined) Iterate() Iter { return &sliceIter{} }
