package value

import "math/big"

func decimalTest(name string, f func(*Decimal) bool) method {
	return method{name: name, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return Bool(f(self.(*Decimal))), nil
	}}
}

func decimalMap(name string, f func(*Decimal) Value) method {
	return method{name: name, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		return f(self.(*Decimal)), nil
	}}
}

var decimalRows = []method{
	property("real", func(v Value) Value { return v }),
	property("imag", func(Value) Value { return NewDecimal(new(big.Int), 0) }),
	decimalMap("conjugate", func(d *Decimal) Value { return d }),
	decimalTest("is_nan", (*Decimal).isNaN),
	decimalTest("is_zero", (*Decimal).isZero),
	decimalTest("is_finite", func(d *Decimal) bool { return d.form == finite }),
	decimalTest("is_infinite", func(d *Decimal) bool { return d.form == infinite }),
	decimalTest("is_signed", func(d *Decimal) bool { return d.neg }),
	decimalMap("copy_abs", func(d *Decimal) Value {
		return &Decimal{coef: d.coef, exp: d.exp, form: d.form}
	}),
	decimalMap("copy_negate", func(d *Decimal) Value {
		return &Decimal{coef: d.coef, exp: d.exp, form: d.form, neg: !d.neg}
	}),
	decimalMap("adjusted", func(d *Decimal) Value {
		if d.form != finite {
			return Int(0)
		}
		return Int(d.adjusted())
	}),
	decimalMap("normalize", func(d *Decimal) Value {
		d = d.round()
		if d.form != finite {
			return d
		}
		t := *d.trimmed()
		t.neg = d.neg
		return &t
	}),
	decimalMap("as_tuple", decimalTuple),
	decimalMap("to_integral_value", integral),
	decimalMap("to_integral", integral),
	{name: "as_integer_ratio", fn: decimalRatio},
	{name: "quantize", max: 2, min: 1, params: []string{"exp", "rounding"}, fn: decimalQuantize},
}

// integral is d without a fraction, ties to even.
func integral(d *Decimal) Value {
	if d.form != finite || d.exp >= 0 {
		return d
	}
	return d.rescale(0)
}

func decimalRatio(_ *Thread, self Value, _ []Value) (Value, error) {
	d := self.(*Decimal)
	switch {
	case d.isNaN():
		return nil, Errorf("ValueError", "cannot convert NaN to integer ratio")
	case d.form == infinite:
		return nil, Errorf("OverflowError", "cannot convert Infinity to integer ratio")
	case d.exp > maxIntBits/3 || d.exp < -maxIntBits/3:
		return nil, errTooManyBits()
	}
	num := signed(d.coef, d.neg)
	if d.exp >= 0 {
		return NewTuple(NewBigInt(new(big.Int).Mul(num, pow10(d.exp))), Int(1)), nil
	}
	return ratioTuple(new(big.Rat).SetFrac(num, pow10(-d.exp))), nil
}

func decimalTuple(d *Decimal) Value {
	sign := Int(b2i(d.neg))
	switch d.form {
	case infinite:
		return NewTuple(sign, NewTuple(Int(0)), Str("F"))
	case notANumber:
		return NewTuple(sign, NewTuple(), Str("n"))
	}
	digits := NewTuple()
	for _, c := range d.coef.Text(10) {
		digits.Elems = append(digits.Elems, Int(c-'0'))
	}
	return NewTuple(sign, digits, Int(d.exp))
}

// decimalQuantize gives d the exponent of another decimal. Of the rounding
// modes the default alone is there.
func decimalQuantize(_ *Thread, self Value, a []Value) (Value, error) {
	d := self.(*Decimal)
	if _, float := a[0].(Float); float || numberKind(a[0]) == notNumber {
		return nil, TypeErrorf("conversion from %s to Decimal is not supported", a[0].Type())
	}
	if given(a[1]) && ToStr(a[1]) != "ROUND_HALF_EVEN" {
		return nil, Errorf("NotImplementedError", "quantize rounds by ROUND_HALF_EVEN alone, not by %s", ToStr(a[1]))
	}
	o := toDecimal(a[0])
	if n := special(d, o); n != nil {
		return n, nil
	}
	if d.form != finite || o.form != finite {
		if d.form == o.form {
			return d, nil
		}
		return nil, invalidDecimal("InvalidOperation")
	}
	if !d.isZero() && d.adjusted()-o.exp+1 > decimalDigits {
		return nil, invalidDecimal("InvalidOperation")
	}
	out := d.rescale(o.exp)
	if out.digits() > decimalDigits {
		return nil, invalidDecimal("InvalidOperation")
	}
	return out, nil
}
