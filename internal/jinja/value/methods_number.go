package value

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

func init() {
	intMethods = table("int", intRows)
	floatMethods = table("float", floatRows)
	decimalMethods = table("decimal.Decimal", decimalRows)
}

func property(name string, f func(self Value) Value) method {
	return method{name: name, property: true, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return f(self), nil
	}}
}

func plainInt(v Value) Value {
	if b, ok := v.(Bool); ok {
		return b.int()
	}
	return v
}

var intRows = []method{
	property("real", plainInt),
	property("numerator", plainInt),
	property("imag", func(Value) Value { return Int(0) }),
	property("denominator", func(Value) Value { return Int(1) }),
	{name: "conjugate", fn: func(_ *Thread, self Value, _ []Value) (Value, error) { return plainInt(self), nil }},
	{name: "bit_length", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		i, _ := asBig(self)
		return Int(i.BitLen()), nil
	}},
	{name: "bit_count", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		i, _ := asBig(self)
		n := 0
		for _, w := range i.Bits() {
			n += bits.OnesCount(uint(w))
		}
		return Int(n), nil
	}},
	{name: "as_integer_ratio", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return NewTuple(plainInt(self), Int(1)), nil
	}},
	{name: "to_bytes", max: 2, params: []string{"length", "byteorder", "signed"}, fn: intToBytes},
}

func intToBytes(_ *Thread, self Value, a []Value) (Value, error) {
	length, order := 1, "big"
	var err error
	if a[0] != nil {
		if length, err = needIndex(a[0]); err != nil {
			return nil, err
		}
	}
	if a[1] != nil {
		if order, err = needText(a[1], "to_bytes() argument 'byteorder' must be str, not %s"); err != nil {
			return nil, err
		}
	}
	signed := a[2] != nil && a[2].Truth()
	i, _ := asBig(self)
	switch {
	case order != "big" && order != "little":
		return nil, Errorf("ValueError", "byteorder must be either 'little' or 'big'")
	case length < 0:
		return nil, Errorf("ValueError", "length argument must be non-negative")
	case i.Sign() < 0 && !signed:
		return nil, Errorf("OverflowError", "can't convert negative int to unsigned")
	case length > maxSequence:
		return nil, Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
	}
	room := 8 * length
	if signed {
		room--
	}
	two := i
	if i.Sign() < 0 { // two's complement
		two = new(big.Int).Add(i, new(big.Int).Lsh(big.NewInt(1), uint(8*length)))
		i = new(big.Int).Not(i)
	}
	if i.BitLen() > room {
		return nil, Errorf("OverflowError", "int too big to convert")
	}
	out := two.FillBytes(make([]byte, length))
	if order == "little" {
		for x, y := 0, len(out)-1; x < y; x, y = x+1, y-1 {
			out[x], out[y] = out[y], out[x]
		}
	}
	return Bytes(out), nil
}

var floatRows = []method{
	property("real", func(v Value) Value { return v }),
	property("imag", func(Value) Value { return Float(0) }),
	{name: "conjugate", fn: func(_ *Thread, self Value, _ []Value) (Value, error) { return self, nil }},
	{name: "is_integer", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		f := float64(self.(Float))
		return Bool(f == math.Trunc(f) && !math.IsInf(f, 0)), nil
	}},
	{name: "hex", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return Str(floatHex(float64(self.(Float)))), nil
	}},
	{name: "as_integer_ratio", fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		f := float64(self.(Float))
		switch {
		case math.IsNaN(f):
			return nil, Errorf("ValueError", "cannot convert NaN to integer ratio")
		case math.IsInf(f, 0):
			return nil, Errorf("OverflowError", "cannot convert Infinity to integer ratio")
		}
		return ratioTuple(new(big.Rat).SetFloat64(f)), nil
	}},
}

func ratioTuple(r *big.Rat) Value { return NewTuple(NewBigInt(r.Num()), NewBigInt(r.Denom())) }

// floatHex is float.hex: all 13 hexadecimal digits of the fraction.
func floatHex(f float64) string {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return string(appendFloat(nil, f))
	}
	sign := ""
	if math.Signbit(f) {
		sign = "-"
	}
	raw := math.Float64bits(f)
	frac, exp := raw&(1<<52-1), int(raw>>52&0x7ff)
	if exp == 0 && frac == 0 {
		return sign + "0x0.0p+0"
	}
	lead, e := "1", exp-1023
	if exp == 0 {
		lead, e = "0", -1022
	}
	digits := strconv.FormatUint(frac, 16)
	digits = strings.Repeat("0", 13-len(digits)) + digits
	plus := ""
	if e >= 0 {
		plus = "+"
	}
	return sign + "0x" + lead + "." + digits + "p" + plus + strconv.Itoa(e)
}
