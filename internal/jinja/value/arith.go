package value

import (
	"math"
	"math/big"
)

// The bounds on what one operation may make. A template that needs more is
// running away.
const (
	maxIntBits  = 1 << 20
	maxSequence = 1 << 28 // bytes of text
	maxElements = 1 << 24 // members of a list or tuple
)

// Add is a + b.
func Add(a, b Value) (Value, error) {
	switch x := a.(type) {
	case Int:
		if y, ok := b.(Int); ok {
			if s := x + y; (s > x) == (y > 0) {
				return s, nil
			}
		}
	case Str:
		if y, ok := b.(Str); ok && len(x)+len(y) <= maxSequence {
			return x + y, nil
		}
	}
	return Binary(OpAdd, a, b)
}

// Sub is a - b.
func Sub(a, b Value) (Value, error) { return Binary(OpSub, a, b) }

// Mul is a * b.
func Mul(a, b Value) (Value, error) { return Binary(OpMul, a, b) }

// Div is a / b.
func Div(a, b Value) (Value, error) { return Binary(OpDiv, a, b) }

// FloorDiv is a // b.
func FloorDiv(a, b Value) (Value, error) { return Binary(OpFloorDiv, a, b) }

// Mod is a % b: the remainder, or printf formatting where a is text.
func Mod(a, b Value) (Value, error) { return Binary(OpMod, a, b) }

// Pow is a ** b.
func Pow(a, b Value) (Value, error) { return Binary(OpPow, a, b) }

// Concat is the ~ operator: the texts of vs one after the other, as plain text
// (dbt's environment has autoescape off).
func Concat(vs ...Value) Value {
	var buf [256]byte
	b := buf[:0]
	for _, v := range vs {
		b = v.AppendStr(b)
	}
	return Str(b)
}

// Binary is `a op b` for any operator.
func Binary(op Op, a, b Value) (Value, error) {
	if op <= OpGe {
		ok, err := Compare(op, a, b)
		return Bool(ok), err
	}
	if v, ok, err := numeric(op, a, b); ok {
		return v, err
	}
	if op == OpMod {
		switch x := a.(type) {
		case Str, Markup:
			return percentFormat(x, b)
		}
	}
	if v, err := setOperator(op, a, b); v != nil || err != nil {
		return v, err
	}
	if v, err := hostOperator(op, a, b); v != nil || err != nil {
		return v, err
	}
	// jinja2's Undefined has the arithmetic operators, not those of sets.
	if err := undefinedError(a, b); err != nil && op <= OpPow {
		return nil, err
	}
	if v, err := sequenceOperator(op, a, b); v != nil || err != nil {
		return v, err
	}
	return nil, TypeErrorf("unsupported operand type(s) for %s: '%s' and '%s'", op, a.Type(), b.Type())
}

func hostOperator(op Op, a, b Value) (Value, error) {
	if x, ok := a.(Operand); ok {
		if v, err := x.BinaryOp(op, b, false); v != nil || err != nil {
			return v, err
		}
	}
	if y, ok := b.(Operand); ok {
		return y.BinaryOp(op, a, true)
	}
	return nil, nil
}

// The kinds of number, in the order in which one becomes the other.
type kind uint8

const (
	notNumber kind = iota
	smallInt
	bigInt
	floatKind
	decimalKind
)

func numberKind(v Value) kind {
	switch v.(type) {
	case Int, Bool:
		return smallInt
	case *BigInt:
		return bigInt
	case Float:
		return floatKind
	case *Decimal:
		return decimalKind
	}
	return notNumber
}

// numericOp is one operator for each kind of number. small reports false where
// the result does not fit, and big is asked.
type numericOp struct {
	small   func(a, b int64) (Value, bool, error)
	big     func(a, b *big.Int) (Value, error)
	float   func(a, b float64) (Value, error)
	decimal func(a, b *Decimal) (Value, error)
}

var numericOps = [OpXor + 1]*numericOp{
	OpAdd:      {addSmall, addBig, func(a, b float64) (Value, error) { return Float(a + b), nil }, addDecimal},
	OpSub:      {subSmall, subBig, func(a, b float64) (Value, error) { return Float(a - b), nil }, subDecimal},
	OpMul:      {mulSmall, mulBig, func(a, b float64) (Value, error) { return Float(a * b), nil }, mulDecimal},
	OpDiv:      {divSmall, divBig, divFloat, divDecimal},
	OpFloorDiv: {floorDivSmall, floorDivBig, floorDivFloat, floorDivDecimal},
	OpMod:      {modSmall, modBig, modFloat, modDecimal},
	OpPow:      {powSmall, powBig, powFloat, powDecimal},
}

// numeric applies op where both are numbers that go together; otherwise ok is
// false. A Decimal and a float do not.
func numeric(op Op, a, b Value) (v Value, ok bool, err error) {
	ka, kb := numberKind(a), numberKind(b)
	f := numericOps[op]
	if ka == notNumber || kb == notNumber || f == nil {
		return nil, false, nil
	}
	switch max(ka, kb) {
	case smallInt:
		x, _ := asInt64(a)
		y, _ := asInt64(b)
		if v, ok, err := f.small(x, y); ok || err != nil {
			return v, true, err
		}
		v, err = f.big(big.NewInt(x), big.NewInt(y))
	case bigInt:
		x, _ := asBig(a)
		y, _ := asBig(b)
		v, err = f.big(x, y)
	case floatKind:
		x, _, err1 := asFloat(a)
		y, _, err2 := asFloat(b)
		if err1 != nil || err2 != nil {
			return nil, true, cmpOr(err1, err2)
		}
		v, err = f.float(x, y)
	default:
		if ka == floatKind || kb == floatKind {
			return nil, false, nil
		}
		v, err = f.decimal(toDecimal(a), toDecimal(b))
	}
	return v, true, err
}

func cmpOr(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func zeroDivision(text string) error { return &Error{Kind: "ZeroDivisionError", Msg: text} }

func addSmall(a, b int64) (Value, bool, error) {
	s := a + b
	return Int(s), (s > a) == (b > 0), nil
}

func subSmall(a, b int64) (Value, bool, error) {
	s := a - b
	return Int(s), (s < a) == (b > 0), nil
}

func mulSmall(a, b int64) (Value, bool, error) {
	if a == 0 || b == 0 {
		return Int(0), true, nil
	}
	p := a * b
	ok := p/b == a && !(a == -1 && b == math.MinInt64) && !(b == -1 && a == math.MinInt64)
	return Int(p), ok, nil
}

func addBig(a, b *big.Int) (Value, error) { return NewBigInt(new(big.Int).Add(a, b)), nil }
func subBig(a, b *big.Int) (Value, error) { return NewBigInt(new(big.Int).Sub(a, b)), nil }

func mulBig(a, b *big.Int) (Value, error) {
	if a.BitLen()+b.BitLen() > maxIntBits {
		return nil, errTooManyBits()
	}
	return NewBigInt(new(big.Int).Mul(a, b)), nil
}

func errTooManyBits() error {
	return Errorf("OverflowError", "an integer of more than %d bits is refused", maxIntBits)
}

func divSmall(a, b int64) (Value, bool, error) {
	const exact = 1 << 53
	if b == 0 {
		return nil, false, zeroDivision("division by zero")
	}
	return Float(float64(a) / float64(b)), a > -exact && a < exact && b > -exact && b < exact, nil
}

func divBig(a, b *big.Int) (Value, error) {
	if b.Sign() == 0 {
		return nil, zeroDivision("division by zero")
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if f == 0 && b.Sign() < 0 && a.Sign() >= 0 {
		f = math.Copysign(0, -1) // what 0 / -1 is in floats
	}
	if math.IsInf(f, 0) {
		return nil, Errorf("OverflowError", "integer division result too large for a float")
	}
	return Float(f), nil
}

func divFloat(a, b float64) (Value, error) {
	if b == 0 {
		return nil, zeroDivision("float division by zero")
	}
	return Float(a / b), nil
}

func floorDivSmall(a, b int64) (Value, bool, error) {
	if b == 0 {
		return nil, false, zeroDivision("integer division or modulo by zero")
	}
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return Int(q), !(a == math.MinInt64 && b == -1), nil
}

func modSmall(a, b int64) (Value, bool, error) {
	if b == 0 {
		return nil, false, zeroDivision("integer modulo by zero")
	}
	if b == -1 {
		return Int(0), true, nil
	}
	m := a % b
	if m != 0 && (m < 0) != (b < 0) {
		m += b
	}
	return Int(m), true, nil
}

// floorDivMod divides towards minus infinity; the remainder has b's sign.
func floorDivMod(a, b *big.Int) (q, m *big.Int) {
	q, m = new(big.Int).QuoRem(a, b, new(big.Int))
	if m.Sign() != 0 && m.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
		m.Add(m, b)
	}
	return q, m
}

func floorDivBig(a, b *big.Int) (Value, error) {
	if b.Sign() == 0 {
		return nil, zeroDivision("integer division or modulo by zero")
	}
	q, _ := floorDivMod(a, b)
	return NewBigInt(q), nil
}

func modBig(a, b *big.Int) (Value, error) {
	if b.Sign() == 0 {
		return nil, zeroDivision("integer modulo by zero")
	}
	_, m := floorDivMod(a, b)
	return NewBigInt(m), nil
}

// floatDivMod is Python's: the remainder has b's sign, and the quotient is the
// whole number that belongs to that remainder.
func floatDivMod(a, b float64) (q, m float64) {
	m = math.Mod(a, b)
	q = (a - m) / b
	if m != 0 {
		if (b < 0) != (m < 0) {
			m += b
			q--
		}
	} else {
		m = math.Copysign(0, b)
	}
	if q == 0 {
		return math.Copysign(0, a/b), m
	}
	floor := math.Floor(q)
	if q-floor > 0.5 {
		floor++
	}
	return floor, m
}

func floorDivFloat(a, b float64) (Value, error) {
	if b == 0 {
		return nil, zeroDivision("float floor division by zero")
	}
	q, _ := floatDivMod(a, b)
	return Float(q), nil
}

func modFloat(a, b float64) (Value, error) {
	if b == 0 {
		return nil, zeroDivision("float modulo")
	}
	_, m := floatDivMod(a, b)
	return Float(m), nil
}

func powSmall(a, b int64) (Value, bool, error) {
	if b < 0 {
		v, err := powFloat(float64(a), float64(b))
		return v, true, err
	}
	return nil, false, nil
}

func powBig(a, b *big.Int) (Value, error) {
	if b.Sign() < 0 {
		x, _ := new(big.Float).SetInt(a).Float64()
		y, _ := new(big.Float).SetInt(b).Float64()
		return powFloat(x, y)
	}
	if a.BitLen() > 1 && (!b.IsInt64() || b.Int64() > maxIntBits || int64(a.BitLen()-1)*b.Int64() > maxIntBits) {
		return nil, errTooManyBits()
	}
	if a.BitLen() <= 1 && a.Sign() < 0 && b.Bit(0) == 0 {
		return Int(1), nil
	}
	if a.BitLen() <= 1 {
		if b.Sign() == 0 {
			return Int(1), nil
		}
		return NewBigInt(a), nil
	}
	return NewBigInt(new(big.Int).Exp(a, b, nil)), nil
}

func powFloat(a, b float64) (Value, error) {
	if a == 0 && b < 0 {
		return nil, zeroDivision("0.0 cannot be raised to a negative power")
	}
	if a < 0 && b == b && b != math.Trunc(b) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return nil, Errorf("ValueError", "a negative number raised to a fraction is a complex number, which templates do not have")
	}
	p := accuratePow(a, b)
	if math.IsInf(p, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		return nil, Errorf("OverflowError", "(34, 'Numerical result out of range')")
	}
	return Float(p), nil
}

// Neg is -a.
func Neg(a Value) (Value, error) {
	switch x := a.(type) {
	case Float:
		return -x, nil
	case *Decimal:
		return x.negate(), nil
	case Negator:
		return x.Negate()
	}
	if i, ok := asInt64(a); ok && i != math.MinInt64 {
		return Int(-i), nil
	}
	if i, ok := asBig(a); ok {
		return NewBigInt(new(big.Int).Neg(i)), nil
	}
	return nil, badUnary("-", a)
}

// Pos is +a.
func Pos(a Value) (Value, error) {
	switch x := a.(type) {
	case Bool:
		return x.int(), nil
	case *Decimal:
		if x.isZero() {
			return (&Decimal{coef: x.coef, exp: x.exp}).clampExp(), nil
		}
		return x.round(), nil
	}
	if numberKind(a) != notNumber {
		return a, nil
	}
	return nil, badUnary("+", a)
}

func badUnary(op string, a Value) error {
	if u, ok := a.(*Undefined); ok {
		return u.Error()
	}
	return TypeErrorf("bad operand type for unary %s: '%s'", op, a.Type())
}
