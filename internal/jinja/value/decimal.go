package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is Python's decimal.Decimal under its default context: 28 digits,
// ties to even. It is immutable: coef * 10^exp, negative when neg is set.
type Decimal struct {
	coef *big.Int // not negative; nil in a NaN or an infinity
	exp  int
	neg  bool
	form decimalForm
}

type decimalForm uint8

const (
	finite decimalForm = iota
	infinite
	notANumber
)

const (
	decimalDigits = 28
	maxDecimalExp = 999999
)

// NewDecimal returns coef * 10^-scale. It keeps coef's value, not coef.
func NewDecimal(coef *big.Int, scale int) *Decimal {
	return &Decimal{coef: new(big.Int).Abs(coef), exp: -scale, neg: coef.Sign() < 0}
}

// Digits gives d as coef * 10^-scale; scale is negative where zeros follow the digits.
// It is false for a NaN and an infinity.
func (d *Decimal) Digits() (coef *big.Int, scale int, ok bool) {
	if d.form != finite {
		return nil, 0, false
	}
	coef = new(big.Int).Set(d.coef)
	if d.neg {
		coef.Neg(coef)
	}
	return coef, -d.exp, true
}

// ParseDecimal reads what Python's Decimal(s) reads, with exponents up to twice
// those of the default context.
func ParseDecimal(s string) (*Decimal, error) {
	d := &Decimal{}
	t := strings.ReplaceAll(strings.TrimSpace(s), "_", "")
	if t != "" && (t[0] == '-' || t[0] == '+') {
		d.neg = t[0] == '-'
		t = t[1:]
	}
	switch strings.ToLower(t) {
	case "inf", "infinity":
		d.form = infinite
		return d, nil
	case "nan":
		d.form = notANumber
		return d, nil
	}
	digits, exp := t, 0
	if i := strings.IndexAny(t, "eE"); i >= 0 {
		n, err := strconv.Atoi(t[i+1:])
		if err != nil {
			return nil, decimalSyntax()
		}
		digits, exp = t[:i], n
	}
	whole, frac, _ := strings.Cut(digits, ".")
	digits = whole + frac
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, decimalSyntax()
	}
	d.coef, _ = new(big.Int).SetString(digits, 10)
	d.exp = exp - len(frac)
	if d.exp > 2*maxDecimalExp || d.exp < -2*maxDecimalExp {
		return nil, Errorf("InvalidOperation", "the exponent of %s is out of range", Repr(Str(s)))
	}
	return d, nil
}

func decimalSyntax() error {
	return Errorf("InvalidOperation", "[<class 'decimal.ConversionSyntax'>]")
}

// toDecimal converts a number exactly.
func toDecimal(v Value) *Decimal {
	switch x := v.(type) {
	case *Decimal:
		return x
	case Float:
		return decimalFromFloat(float64(x))
	}
	i, _ := asBig(v)
	return NewDecimal(i, 0)
}

func decimalFromFloat(f float64) *Decimal {
	switch {
	case math.IsNaN(f):
		return &Decimal{form: notANumber}
	case math.IsInf(f, 0):
		return &Decimal{form: infinite, neg: f < 0}
	}
	frac, exp := math.Frexp(math.Abs(f))
	coef := big.NewInt(int64(frac * (1 << 53)))
	exp -= 53
	for exp < 0 && coef.Sign() != 0 && coef.Bit(0) == 0 {
		coef.Rsh(coef, 1)
		exp++
	}
	if coef.Sign() == 0 {
		return &Decimal{coef: coef, neg: math.Signbit(f)}
	}
	if exp >= 0 {
		return &Decimal{coef: coef.Lsh(coef, uint(exp)), neg: f < 0}
	}
	// m / 2^k is m * 5^k / 10^k.
	five := new(big.Int).Exp(big.NewInt(5), big.NewInt(int64(-exp)), nil)
	return &Decimal{coef: coef.Mul(coef, five), exp: exp, neg: f < 0}
}

func (d *Decimal) isNaN() bool  { return d.form == notANumber }
func (d *Decimal) isZero() bool { return d.form == finite && d.coef.Sign() == 0 }

// digits is the number of decimal digits of the coefficient.
func (d *Decimal) digits() int { return len(d.coef.Text(10)) }

// adjusted is the exponent of the first digit.
func (d *Decimal) adjusted() int { return d.exp + d.digits() - 1 }

func (d *Decimal) sign() int {
	switch {
	case d.isZero():
		return 0
	case d.neg:
		return -1
	}
	return 1
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// cmp orders two decimals that are not NaN.
func (d *Decimal) cmp(o *Decimal) int {
	if s, t := d.sign(), o.sign(); s != t || s == 0 {
		if s < t {
			return -1
		}
		return min(s-t, 1)
	}
	n := d.cmpAbs(o)
	if d.neg {
		return -n
	}
	return n
}

func (d *Decimal) cmpAbs(o *Decimal) int {
	switch {
	case d.form == infinite && o.form == infinite:
		return 0
	case d.form == infinite:
		return 1
	case o.form == infinite:
		return -1
	}
	if a, b := d.adjusted(), o.adjusted(); a != b {
		if a < b {
			return -1
		}
		return 1
	}
	x, y, _ := aligned(d, o)
	return x.Cmp(y)
}

// aligned gives both coefficients over the smaller exponent.
func aligned(a, b *Decimal) (x, y *big.Int, exp int) {
	x, y, exp = a.coef, b.coef, min(a.exp, b.exp)
	if a.exp > exp {
		x = new(big.Int).Mul(x, pow10(a.exp-exp))
	}
	if b.exp > exp {
		y = new(big.Int).Mul(y, pow10(b.exp-exp))
	}
	return x, y, exp
}

// Type is "decimal.Decimal".
func (*Decimal) Type() string { return "decimal.Decimal" }

// Truth is whether d is not 0.
func (d *Decimal) Truth() bool { return !d.isZero() }

// AppendStr appends the digits, in exponent form where Python chooses it.
func (d *Decimal) AppendStr(b []byte) []byte {
	if d.neg {
		b = append(b, '-')
	}
	switch d.form {
	case infinite:
		return append(b, "Infinity"...)
	case notANumber:
		return append(b, "NaN"...)
	}
	digits := d.coef.Text(10)
	point := len(digits) + d.exp // where the point stands in digits
	if d.exp > 0 || point <= -6 {
		b = append(b, digits[0])
		if len(digits) > 1 {
			b = append(append(b, '.'), digits[1:]...)
		}
		b = append(b, 'E')
		if point-1 >= 0 {
			b = append(b, '+')
		}
		return strconv.AppendInt(b, int64(point-1), 10)
	}
	return appendPlaced(b, digits, point)
}

// appendPlaced writes digits with the point after the first point of them.
func appendPlaced(b []byte, digits string, point int) []byte {
	switch {
	case point <= 0:
		b = append(b, "0."...)
		for range -point {
			b = append(b, '0')
		}
		return append(b, digits...)
	case point >= len(digits):
		b = append(b, digits...)
		for range point - len(digits) {
			b = append(b, '0')
		}
		return b
	}
	b = append(append(b, digits[:point]...), '.')
	return append(b, digits[point:]...)
}

// AppendRepr appends Decimal('...').
func (d *Decimal) AppendRepr(b []byte) []byte {
	b = d.AppendStr(append(b, "Decimal('"...))
	return append(b, "')"...)
}

type decimalKey string

// HashKey is that of the int or float that d equals, where there is one.
func (d *Decimal) HashKey() any {
	if d.form != finite {
		f, _ := d.Float()
		return Float(f)
	}
	if i, ok := d.whole(); ok {
		return hashBig(i)
	}
	f, _ := d.Float()
	if exact := decimalFromFloat(f); exact.form == finite && exact.cmp(d) == 0 {
		return Float(f)
	}
	t := d.trimmed()
	return decimalKey(ToStr(t))
}

// whole is d as an integer, where it is one of a size that can be held.
func (d *Decimal) whole() (*big.Int, bool) {
	t := d.trimmed()
	if t.exp < 0 || t.exp > maxIntBits/3 {
		return nil, false
	}
	i := new(big.Int).Mul(t.coef, pow10(t.exp))
	if t.neg {
		i.Neg(i)
	}
	return i, true
}

// trimmed is d without trailing zeros.
func (d *Decimal) trimmed() *Decimal {
	if d.coef.Sign() == 0 {
		return &Decimal{coef: d.coef}
	}
	s := d.coef.Text(10)
	t := strings.TrimRight(s, "0")
	if len(t) == len(s) {
		return d
	}
	c, _ := new(big.Int).SetString(t, 10)
	return &Decimal{coef: c, exp: d.exp + len(s) - len(t), neg: d.neg}
}

// Float is float(d).
func (d *Decimal) Float() (float64, error) {
	switch d.form {
	case notANumber:
		return math.NaN(), nil
	case infinite:
		if d.neg {
			return math.Inf(-1), nil
		}
		return math.Inf(1), nil
	}
	// A range error still gives the infinity or zero that Python gives.
	f, _ := strconv.ParseFloat(ToStr(d), 64)
	return f, nil
}

// Int is int(d): towards zero.
func (d *Decimal) Int() (Value, error) {
	switch d.form {
	case notANumber:
		return nil, Errorf("ValueError", "cannot convert NaN to integer")
	case infinite:
		return nil, Errorf("OverflowError", "cannot convert Infinity to integer")
	}
	if d.exp > maxIntBits/3 {
		return nil, errTooManyBits()
	}
	i := d.coef
	switch {
	case d.exp > 0:
		i = new(big.Int).Mul(i, pow10(d.exp))
	case d.exp < 0 && -d.exp > d.digits():
		return Int(0), nil
	case d.exp < 0:
		i = new(big.Int).Quo(i, pow10(-d.exp))
	}
	if d.neg {
		i = new(big.Int).Neg(i)
	}
	return NewBigInt(i), nil
}
