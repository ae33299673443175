package value

import (
	"math"
	"math/big"
	"strconv"
)

// Bool is Python's bool. It counts as 0 or 1 in arithmetic and as a key.
type Bool bool

// Int is a Python int that fits 64 bits. Results that do not become *BigInt.
type Int int64

// BigInt is a Python int beyond 64 bits; I is not to be changed. Make one with
// NewBigInt, which gives an Int where that is enough.
type BigInt struct{ I *big.Int }

// Float is Python's float.
type Float float64

// NewBigInt returns i as an Int where it fits and as a *BigInt otherwise. It
// keeps i.
func NewBigInt(i *big.Int) Value {
	if i.IsInt64() {
		return Int(i.Int64())
	}
	return &BigInt{i}
}

// Type is "bool".
func (Bool) Type() string { return "bool" }

// Truth is the value itself.
func (v Bool) Truth() bool { return bool(v) }

// AppendStr appends True or False.
func (v Bool) AppendStr(b []byte) []byte {
	if v {
		return append(b, "True"...)
	}
	return append(b, "False"...)
}

// AppendRepr appends True or False.
func (v Bool) AppendRepr(b []byte) []byte { return v.AppendStr(b) }

// HashKey is the Int that the value equals.
func (v Bool) HashKey() any { return v.int() }

func (v Bool) int() Int {
	if v {
		return 1
	}
	return 0
}

// Type is "int".
func (Int) Type() string { return "int" }

// Truth is whether v is not 0.
func (v Int) Truth() bool { return v != 0 }

// AppendStr appends the decimal digits.
func (v Int) AppendStr(b []byte) []byte { return strconv.AppendInt(b, int64(v), 10) }

// AppendRepr appends the decimal digits.
func (v Int) AppendRepr(b []byte) []byte { return strconv.AppendInt(b, int64(v), 10) }

// HashKey is v.
func (v Int) HashKey() any { return v }

// Type is "int".
func (*BigInt) Type() string { return "int" }

// Truth is whether v is not 0.
func (v *BigInt) Truth() bool { return v.I.Sign() != 0 }

// AppendStr appends the decimal digits.
func (v *BigInt) AppendStr(b []byte) []byte { return v.I.Append(b, 10) }

// AppendRepr appends the decimal digits.
func (v *BigInt) AppendRepr(b []byte) []byte { return v.I.Append(b, 10) }

// bigKey is the hash key of an int beyond 64 bits: its bytes in base 62.
type bigKey string

func hashBig(i *big.Int) any {
	if i.IsInt64() {
		return Int(i.Int64())
	}
	return bigKey(i.Text(62))
}

// HashKey is equal for equal numbers of any type.
func (v *BigInt) HashKey() any { return hashBig(v.I) }

// Type is "float".
func (Float) Type() string { return "float" }

// Truth is whether v is not 0.
func (v Float) Truth() bool { return v != 0 }

// AppendStr appends the shortest digits that read back as v.
func (v Float) AppendStr(b []byte) []byte { return appendFloat(b, float64(v)) }

// AppendRepr appends the shortest digits that read back as v.
func (v Float) AppendRepr(b []byte) []byte { return appendFloat(b, float64(v)) }

// HashKey is an Int where v is whole, as 1.0 and 1 are one key.
func (v Float) HashKey() any {
	f := float64(v)
	if f != math.Trunc(f) || math.IsInf(f, 0) {
		return v
	}
	if f >= -1<<63 && f < 1<<63 {
		return Int(int64(f))
	}
	return hashBig(floatToBig(f))
}

// floatToBig truncates a finite float.
func floatToBig(f float64) *big.Int {
	i, _ := new(big.Float).SetFloat64(f).Int(nil)
	return i
}

// truncated is floatToBig for any float; one that no integer stands for is a
// ValueError or an OverflowError.
func truncated(f float64) (*big.Int, error) {
	switch {
	case math.IsNaN(f):
		return nil, Errorf("ValueError", "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, Errorf("OverflowError", "cannot convert float infinity to integer")
	}
	return floatToBig(f), nil
}

// appendFloat appends repr(f): the exponent form below 1e-4 and from 1e16 on.
func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	from := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	for _, c := range b[from:] {
		if c == '.' {
			return b
		}
	}
	return append(b, ".0"...)
}

// asInt64 is v as a 64-bit integer, where it is a bool or an Int.
func asInt64(v Value) (int64, bool) {
	switch v := v.(type) {
	case Int:
		return int64(v), true
	case Bool:
		return int64(v.int()), true
	}
	return 0, false
}

// asBig is v as a big integer, where it is any Python int.
func asBig(v Value) (*big.Int, bool) {
	if b, ok := v.(*BigInt); ok {
		return b.I, true
	}
	if i, ok := asInt64(v); ok {
		return big.NewInt(i), true
	}
	return nil, false
}

// asFloat is float(v) for a number that is not a Decimal.
func asFloat(v Value) (f float64, ok bool, err error) {
	switch v := v.(type) {
	case Float:
		return float64(v), true, nil
	case *BigInt:
		f, _ = new(big.Float).SetInt(v.I).Float64()
		if math.IsInf(f, 0) {
			return 0, true, Errorf("OverflowError", "int too large to convert to float")
		}
		return f, true, nil
	}
	i, ok := asInt64(v)
	return float64(i), ok, nil
}

// asIndex is v as an index or a count, as Python's __index__ gives it. An int
// beyond 64 bits is clamped, which no container can tell from the true value.
func asIndex(v Value) (int, bool) {
	if i, ok := asInt64(v); ok {
		return int(i), true
	}
	if b, ok := v.(*BigInt); ok {
		if b.I.Sign() < 0 {
			return math.MinInt, true
		}
		return math.MaxInt, true
	}
	return 0, false
}

// needIndex is asIndex with Python's TypeError.
func needIndex(v Value) (int, error) {
	if i, ok := asIndex(v); ok {
		return i, nil
	}
	if u, ok := v.(*Undefined); ok {
		return 0, u.Error()
	}
	return 0, TypeErrorf("'%s' object cannot be interpreted as an integer", v.Type())
}
