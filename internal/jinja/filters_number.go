package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

var filtersNumber = map[string]FilterFunc{
	"abs":            builtin("abs", filterAbs),
	"filesizeformat": filter("do_filesizeformat", filterFilesize, "value", "binary?"),
	"float":          filter("do_float", filterFloat, "value", "default?"),
	"int":            filter("do_int", filterInt, "value", "default?", "base?"),
	"round":          filter("do_round", filterRound, "value", "precision?", "method?"),
}

// absoluter is a host's value with an abs() of its own (a time span).
type absoluter interface{ Abs() value.Value }

func filterAbs(_ *value.Thread, a []value.Value) (value.Value, error) {
	switch v := a[0].(type) {
	case value.Float:
		return value.Float(math.Abs(float64(v))), nil
	case value.Bool, value.Int, *value.BigInt, *value.Decimal:
		negative, err := value.Compare(value.OpLt, v, value.Int(0))
		if err != nil {
			return nil, err
		}
		if negative {
			return value.Neg(v)
		}
		return value.Pos(v)
	case absoluter:
		return v.Abs(), nil
	}
	return nil, value.TypeErrorf("bad operand type for abs(): '%s'", a[0].Type())
}

// filterInt is int(value), then int(float(value)), then the default. Only a
// TypeError or a ValueError leads on: an infinite float is an OverflowError.
func filterInt(_ *value.Thread, a []value.Value) (value.Value, error) {
	def := orDefault(a[1], value.Int(0))
	n, err := toInt(a[0], orDefault(a[2], value.Int(10)))
	if err == nil {
		return n, nil
	}
	if !isConversionError(err) {
		return nil, err
	}
	f, err := toFloat(a[0])
	if err == nil {
		n, err = intOfFloat(f)
	}
	switch {
	case err == nil:
		return n, nil
	case isConversionError(err), errorKind(err) == "OverflowError":
		return def, nil
	}
	return nil, err
}

func filterFloat(_ *value.Thread, a []value.Value) (value.Value, error) {
	f, err := toFloat(a[0])
	switch {
	case err == nil:
		return value.Float(f), nil
	case isConversionError(err):
		return orDefault(a[1], value.Float(0)), nil
	}
	return nil, err
}

func errorKind(err error) string {
	if e, ok := err.(*value.Error); ok {
		return e.Kind
	}
	return ""
}

func isConversionError(err error) bool {
	kind := errorKind(err)
	return kind == "TypeError" || kind == "ValueError"
}

func filterFilesize(_ *value.Thread, a []value.Value) (value.Value, error) {
	size, err := toFloat(a[0])
	if err != nil {
		return nil, err
	}
	base, infix, first := int64(1000), "", "k"
	if truth(a[1]) {
		base, infix, first = 1024, "i", "K"
	}
	if size == 1 {
		return value.Str("1 Byte"), nil
	}
	if size < float64(base) {
		n, err := intOfFloat(size)
		if err != nil {
			return nil, err
		}
		return value.Str(value.ToStr(n) + " Bytes"), nil
	}
	// The units are integers: 1000**8 is not the float 1e24.
	unit, prefix := big.NewInt(base), ""
	for _, p := range []string{first, "M", "G", "T", "P", "E", "Z", "Y"} {
		unit.Mul(unit, big.NewInt(base))
		prefix = p
		if !math.IsNaN(size) && big.NewFloat(size).Cmp(new(big.Float).SetInt(unit)) < 0 {
			break
		}
	}
	perUnit, _ := new(big.Float).SetInt(unit).Float64()
	return value.Str(fixed(float64(base)*size/perUnit) + " " + prefix + infix + "B"), nil
}

// fixed is f with one decimal, as Python's format spec .1f has it.
func fixed(f float64) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	}
	return strconv.FormatFloat(f, 'f', 1, 64)
}

func filterRound(_ *value.Thread, a []value.Value) (value.Value, error) {
	precision := orDefault(a[1], value.Int(0))
	how, _ := value.AsString(orDefault(a[2], value.Str("common")))
	switch how {
	case "common":
		return round(a[0], precision)
	case "ceil":
		return roundBy(math.Ceil, a[0], precision)
	case "floor":
		return roundBy(math.Floor, a[0], precision)
	}
	return nil, filterArgumentErrorf("method must be common, ceil or floor")
}

// roundBy is func(value * 10**precision) / 10**precision with Python's
// math.ceil and math.floor, which give an int.
func roundBy(fn func(float64) float64, v, precision value.Value) (value.Value, error) {
	scale, err := value.Pow(value.Int(10), precision)
	if err != nil {
		return nil, err
	}
	scaled, err := value.Mul(v, scale)
	if err != nil {
		return nil, err
	}
	switch scaled.(type) {
	case value.Int, *value.BigInt, value.Bool:
	default:
		f, err := realFloat(scaled)
		if errorKind(err) == "TypeError" {
			err = value.TypeErrorf("must be real number, not %s", scaled.Type())
		}
		if err != nil {
			return nil, err
		}
		if scaled, err = intOfFloat(fn(f)); err != nil {
			return nil, err
		}
	}
	return value.Div(scaled, scale)
}

// round is Python's round(v, n): half to even, an int for None.
func round(v, n value.Value) (value.Value, error) {
	if b, ok := v.(value.Bool); ok {
		v = boolInt(b)
	}
	if n == value.None {
		if f, ok := v.(value.Float); ok {
			return intOfFloat(math.RoundToEven(float64(f)))
		}
		if d, ok := v.(*value.Decimal); ok {
			r, err := roundDecimal(d, 0)
			if err != nil {
				return nil, err
			}
			return toInt(r, nil)
		}
	}
	if !isNumber(v) {
		return nil, value.TypeErrorf("type %s doesn't define __round__ method", v.Type())
	}
	digits, err := roundDigits(v, n)
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case value.Int, *value.BigInt:
		return roundInt(v, digits)
	case value.Float:
		return roundFloat(float64(v), digits)
	case *value.Decimal:
		return roundDecimal(v, digits)
	}
	return nil, value.TypeErrorf("type %s doesn't define __round__ method", v.Type())
}

// roundDigits is the second argument of round; far beyond any number's digits
// it makes no difference how far.
func roundDigits(v, n value.Value) (int, error) {
	switch n := n.(type) {
	case value.Int:
		return int(max(min(n, 1<<20), -1<<20)), nil
	case value.Bool:
		return int(boolInt(n)), nil
	case value.NoneType:
		return 0, nil
	}
	if _, ok := v.(*value.Decimal); ok {
		return 0, value.TypeErrorf("optional arg must be an integer")
	}
	return 0, value.TypeErrorf("'%s' object cannot be interpreted as an integer", n.Type())
}

func boolInt(b value.Bool) value.Int {
	if b {
		return 1
	}
	return 0
}

func bigOf(v value.Value) *big.Int {
	switch v := v.(type) {
	case value.Int:
		return big.NewInt(int64(v))
	case *value.BigInt:
		return v.I
	}
	return new(big.Int)
}

func roundInt(v value.Value, digits int) (value.Value, error) {
	if digits >= 0 {
		return v, nil
	}
	unit := pow10(-digits)
	return value.NewBigInt(new(big.Int).Mul(roundRat(new(big.Rat).SetFrac(bigOf(v), unit)), unit)), nil
}

// The number of digits beyond which every float is itself, and before which
// every float is zero.
const (
	maxFloatDigits = 323
	minFloatDigits = -308
)

func roundFloat(f float64, digits int) (value.Value, error) {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0), digits > maxFloatDigits:
		return value.Float(f), nil
	case digits < minFloatDigits:
		return value.Float(0 * f), nil
	case digits < 0:
		unit := pow10(-digits)
		exact := new(big.Rat).SetFloat64(f)
		n := roundRat(exact.Quo(exact, new(big.Rat).SetInt(unit)))
		out, _ := new(big.Float).SetInt(n.Mul(n, unit)).Float64()
		return value.Float(math.Copysign(out, f)), nil
	}
	out, err := strconv.ParseFloat(strconv.FormatFloat(f, 'f', digits, 64), 64)
	if err != nil {
		return nil, value.Errorf("OverflowError", "rounded value too large to represent")
	}
	return value.Float(out), nil
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// roundRat is the nearest integer, half to even.
func roundRat(r *big.Rat) *big.Int {
	q, rem := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	switch rem.Lsh(rem, 1).Cmp(r.Denom()) {
	case 1:
		q.Add(q, big.NewInt(1))
	case 0:
		if q.Bit(0) == 1 {
			q.Add(q, big.NewInt(1))
		}
	}
	return q
}

// decimalPrecision is the number of digits of Python's default context.
const decimalPrecision = 28

// roundDecimal is Decimal.quantize to so many places, half to even.
func roundDecimal(d *value.Decimal, digits int) (value.Value, error) {
	s := value.ToStr(d)
	exact, ok := new(big.Rat).SetString(s)
	if !ok {
		return d, nil // NaN; an infinity cannot come from a template
	}
	scaled := new(big.Rat).SetInt(pow10(max(digits, -digits)))
	if digits < 0 {
		scaled.Inv(scaled)
	}
	coef := roundRat(scaled.Mul(scaled, exact)).String()
	if len(strings.TrimPrefix(coef, "-")) > decimalPrecision {
		return nil, value.Errorf("InvalidOperation", "[<class 'decimal.InvalidOperation'>]")
	}
	if coef == "0" && strings.HasPrefix(s, "-") {
		coef = "-0"
	}
	return value.ParseDecimal(coef + "E" + strconv.Itoa(-digits))
}
