package value

// NoneType is the type of None.
type NoneType struct{}

// None is Python's None. A Value that is nil is a fault of dex, not None.
var None Value = NoneType{}

// Type is "NoneType".
func (NoneType) Type() string { return "NoneType" }

// Truth is false.
func (NoneType) Truth() bool { return false }

// AppendStr appends None.
func (NoneType) AppendStr(b []byte) []byte { return append(b, "None"...) }

// AppendRepr appends None.
func (NoneType) AppendRepr(b []byte) []byte { return append(b, "None"...) }

// HashKey is NoneType{}.
func (NoneType) HashKey() any { return NoneType{} }
