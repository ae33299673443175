package value

import (
	"math/big"
)

// round is d to the context's 28 digits, ties to even.
func (d *Decimal) round() *Decimal {
	if d.form != finite {
		return d
	}
	return d.roundTo(decimalDigits).clampExp()
}

// roundTo is a finite d with at most so many digits.
func (d *Decimal) roundTo(digits int) *Decimal {
	n := d.digits()
	if n <= digits {
		return d
	}
	out := d.rescale(d.exp + n - digits)
	if out.digits() > digits { // 99..9 became 100..0
		out = out.rescale(out.exp + 1)
	}
	return out
}

// clampExp makes what is beyond the context's exponents infinite or zero.
func (d *Decimal) clampExp() *Decimal {
	switch {
	case d.coef.Sign() == 0 && d.exp > maxDecimalExp:
		return &Decimal{coef: d.coef, exp: maxDecimalExp, neg: d.neg}
	case d.coef.Sign() != 0 && d.adjusted() > maxDecimalExp:
		return &Decimal{form: infinite, neg: d.neg}
	case d.exp < -maxDecimalExp-decimalDigits+1:
		return d.rescale(-maxDecimalExp - decimalDigits + 1)
	}
	return d
}

// rescale is d with the exponent exp, ties to even.
func (d *Decimal) rescale(exp int) *Decimal {
	if d.coef.Sign() == 0 {
		return &Decimal{coef: d.coef, exp: exp, neg: d.neg}
	}
	if exp <= d.exp {
		return &Decimal{coef: new(big.Int).Mul(d.coef, pow10(d.exp-exp)), exp: exp, neg: d.neg}
	}
	drop := exp - d.exp
	if drop > d.digits()+1 {
		return &Decimal{coef: new(big.Int), exp: exp, neg: d.neg}
	}
	return &Decimal{coef: divRound(d.coef, pow10(drop)), exp: exp, neg: d.neg}
}

// divRound is a / b to the nearest integer, ties to even; neither is negative.
func divRound(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	r.Lsh(r, 1)
	if c := r.Cmp(b); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q
}

func (d *Decimal) negate() *Decimal {
	if d.form == notANumber {
		return d
	}
	return (&Decimal{coef: d.coef, exp: d.exp, form: d.form, neg: !d.neg && !d.isZero()}).round()
}

func invalidDecimal(class string) error {
	return Errorf("InvalidOperation", "[<class 'decimal.%s'>]", class)
}

// special handles operands that are not finite: it returns the NaN that one of
// them is.
func special(a, b *Decimal) *Decimal {
	if a.isNaN() {
		return a
	}
	if b.isNaN() {
		return b
	}
	return nil
}

func finished(d *Decimal) (Value, error) {
	if d = d.round(); d.form == infinite {
		return nil, Errorf("Overflow", "[<class 'decimal.Overflow'>]")
	}
	return d, nil
}

func addDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	switch {
	case a.form == infinite && b.form == infinite && a.neg != b.neg:
		return nil, invalidDecimal("InvalidOperation")
	case a.form == infinite:
		return a, nil
	case b.form == infinite:
		return b, nil
	}
	a, b = closer(a, b), closer(b, a)
	x, y, exp := aligned(a, b)
	x, y = signed(x, a.neg), signed(y, b.neg)
	sum := new(big.Int).Add(x, y)
	neg := sum.Sign() < 0 || sum.Sign() == 0 && a.neg && b.neg
	return finished(&Decimal{coef: sum.Abs(sum), exp: exp, neg: neg})
}

func signed(i *big.Int, neg bool) *big.Int {
	if neg {
		return new(big.Int).Neg(i)
	}
	return i
}

// closer replaces a number so much smaller than the other that it can only
// decide a rounding by one that aligns without a million digits.
func closer(d, o *Decimal) *Decimal {
	if d.isZero() {
		if d.exp > o.exp {
			return d
		}
		return &Decimal{coef: d.coef, exp: max(d.exp, o.exp-decimalDigits-o.digits()), neg: d.neg}
	}
	if o.isZero() {
		return d
	}
	floor := min(o.exp, o.adjusted()-decimalDigits-2) - 2
	if d.adjusted() < floor {
		return &Decimal{coef: big.NewInt(1), exp: floor, neg: d.neg}
	}
	return d
}

func subDecimal(a, b *Decimal) (Value, error) {
	if b.isNaN() || a.isNaN() {
		return special(a, b), nil
	}
	return addDecimal(a, &Decimal{coef: b.coef, exp: b.exp, form: b.form, neg: !b.neg})
}

func mulDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	if a.form == infinite || b.form == infinite {
		if a.isZero() || b.isZero() {
			return nil, invalidDecimal("InvalidOperation")
		}
		return &Decimal{form: infinite, neg: a.neg != b.neg}, nil
	}
	return finished(&Decimal{coef: new(big.Int).Mul(a.coef, b.coef), exp: a.exp + b.exp, neg: a.neg != b.neg})
}

func divDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	neg := a.neg != b.neg
	switch {
	case a.form == infinite && b.form == infinite:
		return nil, invalidDecimal("InvalidOperation")
	case a.form == infinite:
		return &Decimal{form: infinite, neg: neg}, nil
	case b.form == infinite:
		return &Decimal{coef: new(big.Int), exp: -maxDecimalExp - decimalDigits + 1, neg: neg}, nil
	case b.isZero() && a.isZero():
		return nil, invalidDecimal("DivisionUndefined")
	case b.isZero():
		return nil, Errorf("DivisionByZero", "[<class 'decimal.DivisionByZero'>]")
	case a.isZero():
		return (&Decimal{coef: a.coef, exp: a.exp - b.exp, neg: neg}).clampExp(), nil
	}
	return finished(quotient(a, b, neg))
}

// quotient is a / b with at least one digit more than the context keeps, or
// exactly, over the exponent closest to a.exp - b.exp.
func quotient(a, b *Decimal, neg bool) *Decimal {
	ideal := a.exp - b.exp
	shift := max(b.digits()-a.digits()+decimalDigits+1, 0)
	q, r := new(big.Int).QuoRem(new(big.Int).Mul(a.coef, pow10(shift)), b.coef, new(big.Int))
	exp := ideal - shift
	if r.Sign() != 0 {
		// A last digit that is neither 0 nor 5 stands for what is cut off.
		if last := new(big.Int).Rem(q, big.NewInt(5)); last.Sign() == 0 {
			q.Add(q, big.NewInt(1))
		}
		return &Decimal{coef: q, exp: exp, neg: neg}
	}
	ten, rem := big.NewInt(10), new(big.Int)
	for exp < ideal {
		cut, _ := new(big.Int).QuoRem(q, ten, rem)
		if rem.Sign() != 0 {
			break
		}
		q = cut
		exp++
	}
	return &Decimal{coef: q, exp: exp, neg: neg}
}

// decimalDivMod is the quotient cut towards zero, and the remainder, which has
// a's sign. Decimal differs from int and float in that.
func decimalDivMod(a, b *Decimal) (q *big.Int, r *Decimal, err error) {
	if a.adjusted()-b.adjusted() > decimalDigits {
		return nil, nil, invalidDecimal("DivisionImpossible")
	}
	if a.adjusted() < b.adjusted()-1 {
		exp := min(a.exp, b.exp)
		if a.exp-exp > 2*maxDecimalExp {
			exp = a.exp
		}
		return new(big.Int), a.rescale(exp), nil
	}
	x, y, exp := aligned(a, b)
	q, rem := new(big.Int).QuoRem(x, y, new(big.Int))
	if len(q.Text(10)) > decimalDigits {
		return nil, nil, invalidDecimal("DivisionImpossible")
	}
	return q, &Decimal{coef: rem, exp: exp, neg: a.neg}, nil
}

func floorDivDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	neg := a.neg != b.neg
	switch {
	case a.form == infinite && b.form == infinite:
		return nil, invalidDecimal("InvalidOperation")
	case a.form == infinite:
		return &Decimal{form: infinite, neg: neg}, nil
	case b.form == infinite:
		return &Decimal{coef: new(big.Int), neg: neg}, nil
	case b.isZero() && a.isZero():
		return nil, invalidDecimal("DivisionUndefined")
	case b.isZero():
		return nil, Errorf("DivisionByZero", "[<class 'decimal.DivisionByZero'>]")
	case a.isZero():
		return &Decimal{coef: new(big.Int), neg: neg}, nil
	}
	q, _, err := decimalDivMod(a, b)
	if err != nil {
		return nil, err
	}
	return &Decimal{coef: q, neg: neg}, nil
}

func modDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	switch {
	case a.form == infinite:
		return nil, invalidDecimal("InvalidOperation")
	case b.form == infinite:
		return a.round(), nil
	case b.isZero() && a.isZero():
		return nil, invalidDecimal("DivisionUndefined")
	case b.isZero():
		return nil, invalidDecimal("InvalidOperation")
	case a.isZero():
		return &Decimal{coef: a.coef, exp: min(a.exp, b.exp), neg: a.neg}, nil
	}
	_, r, err := decimalDivMod(a, b)
	if err != nil {
		return nil, err
	}
	return finished(r)
}

// powDecimal is a ** b: exactly rounded for whole b, to the last digit or two
// of 28 otherwise, as in Python.
func powDecimal(a, b *Decimal) (Value, error) {
	if n := special(a, b); n != nil {
		return n, nil
	}
	if a.form != finite || b.form != finite {
		return nil, Errorf("NotImplementedError", "powers of infinite decimals are not supported")
	}
	n, ok := b.whole()
	switch {
	case a.isZero() && !(ok && n.Sign() == 0):
		odd := ok && n.Bit(0) == 1
		return powOfZero(b.neg, a.neg && odd), nil
	case ok && a.isZero():
		return nil, invalidDecimal("InvalidOperation")
	case ok && n.BitLen() <= 20:
		return a.powWhole(int(n.Int64()))
	case a.neg:
		return nil, invalidDecimal("InvalidOperation")
	}
	return powReal(a, b)
}

func powOfZero(inverse, neg bool) Value {
	if inverse {
		return &Decimal{form: infinite, neg: neg}
	}
	return &Decimal{coef: new(big.Int), neg: neg}
}

func (d *Decimal) powWhole(k int) (Value, error) {
	neg := d.neg && k%2 != 0
	p := d.powInt(max(k, -k))
	p.neg = neg
	if k < 0 {
		return finished(quotient(&Decimal{coef: big.NewInt(1)}, p, neg))
	}
	return finished(p)
}

// powReal raises a positive decimal to a fraction, by logarithms; the result
// always has all 28 digits. The powers of ten are kept apart: binary floats with
// exponents of their size take seconds to write out.
func powReal(a, b *Decimal) (Value, error) {
	const prec = 256
	one := &Decimal{coef: big.NewInt(1)}
	switch {
	case a.cmp(one) == 0 || b.adjusted() < -2*decimalDigits:
		return one.significant(decimalDigits), nil
	case b.adjusted() > 12 && (a.cmp(one) > 0) != b.neg:
		return finished(&Decimal{coef: one.coef, exp: 2 * maxDecimalExp})
	case b.adjusted() > 12:
		return finished(&Decimal{coef: one.coef, exp: -2 * maxDecimalExp})
	}
	digits := &Decimal{coef: a.coef, exp: 1 - a.digits()}
	ln10 := bigLog(bigFloat(prec, 10))
	p := bigLog(digits.bigFloat(prec))
	p.Add(p, new(big.Float).Mul(ln10, bigFloat(prec, float64(a.adjusted()))))
	p.Mul(p, b.bigFloat(prec))
	n, _ := new(big.Float).Quo(p, ln10).Int64()
	if n > 2*maxDecimalExp || n < -2*maxDecimalExp {
		return finished(&Decimal{coef: big.NewInt(1), exp: int(max(min(n, 2*maxDecimalExp), -2*maxDecimalExp))})
	}
	p.Sub(p, ln10.Mul(ln10, bigFloat(prec, float64(n))))
	d, err := ParseDecimal(bigExp(p).Text('e', 2*decimalDigits))
	if err != nil {
		return nil, err
	}
	d = d.significant(decimalDigits)
	d.exp += int(n)
	return finished(d)
}

// bigFloat is d, whose exponent is small, in binary.
func (d *Decimal) bigFloat(prec uint) *big.Float {
	f, _, err := big.ParseFloat(ToStr(d), 10, prec, big.ToNearestEven)
	if err != nil {
		panic("value: a decimal does not read as a number: " + err.Error())
	}
	return f
}

// powInt multiplies with enough digits to spare that the last rounding is the
// only one that shows.
func (d *Decimal) powInt(k int) *Decimal {
	const spare = 3 * decimalDigits
	out := &Decimal{coef: big.NewInt(1)}
	base := &Decimal{coef: d.coef, exp: d.exp}
	for ; k > 0; k >>= 1 {
		if k&1 == 1 {
			out = (&Decimal{coef: new(big.Int).Mul(out.coef, base.coef), exp: out.exp + base.exp}).roundTo(spare)
		}
		base = (&Decimal{coef: new(big.Int).Mul(base.coef, base.coef), exp: base.exp * 2}).roundTo(spare)
	}
	return out
}
