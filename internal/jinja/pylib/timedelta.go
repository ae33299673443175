package pylib

import (
	"fmt"
	"math"
	"math/big"
	"time"

	"dex/internal/jinja/value"
)

// TimeDelta is datetime.timedelta. As in Python the parts are normalized: only
// days is ever negative.
type TimeDelta struct {
	days    int
	seconds int // 0 to 86399
	micros  int // 0 to 999999
}

const (
	microsPerSecond = 1_000_000
	secondsPerDay   = 86_400
	microsPerDay    = secondsPerDay * microsPerSecond
	maxDeltaDays    = 999_999_999
)

// NewTimeDelta returns d, cut to microseconds.
func NewTimeDelta(d time.Duration) *TimeDelta {
	td, _ := deltaOfMicros(big.NewInt(d.Microseconds())) // no Duration is out of range
	return td
}

// Duration is the span as Go has it; false where it is too long for that.
func (d *TimeDelta) Duration() (time.Duration, bool) {
	n := d.total()
	n.Mul(n, big.NewInt(int64(time.Microsecond)))
	return time.Duration(n.Int64()), n.IsInt64()
}

// total is the span in microseconds.
func (d *TimeDelta) total() *big.Int {
	n := big.NewInt(int64(d.days))
	n.Mul(n, big.NewInt(microsPerDay))
	return n.Add(n, big.NewInt(int64(d.seconds)*microsPerSecond+int64(d.micros)))
}

// deltaOfMicros normalizes a number of microseconds.
func deltaOfMicros(n *big.Int) (*TimeDelta, error) {
	days, rest := new(big.Int).DivMod(n, big.NewInt(microsPerDay), new(big.Int))
	if !days.IsInt64() || days.Int64() < -maxDeltaDays || days.Int64() > maxDeltaDays {
		if !days.IsInt64() || days.Int64() != int64(int32(days.Int64())) {
			return nil, value.Errorf("OverflowError", "Python int too large to convert to C int")
		}
		return nil, value.Errorf("OverflowError", "days=%s; must have magnitude <= %d", days, maxDeltaDays)
	}
	r := rest.Int64()
	return &TimeDelta{int(days.Int64()), int(r / microsPerSecond), int(r % microsPerSecond)}, nil
}

// deltaParams are the parameters of timedelta with their unit in microseconds.
var deltaParams = []struct {
	name string
	unit int64
}{
	{"days?", microsPerDay}, {"seconds?", microsPerSecond}, {"microseconds?", 1}, {"milliseconds?", 1000},
	{"minutes?", 60 * microsPerSecond}, {"hours?", 3600 * microsPerSecond}, {"weeks?", 7 * microsPerDay},
}

func timedeltaClass() *Class {
	params := make([]string, len(deltaParams))
	for i, p := range deltaParams {
		params[i] = p.name
	}
	return &Class{name: "datetime.timedelta", make: function("timedelta", newTimeDelta, params...), attrs: map[string]value.Value{
		"max":        &TimeDelta{maxDeltaDays, secondsPerDay - 1, microsPerSecond - 1},
		"min":        &TimeDelta{-maxDeltaDays, 0, 0},
		"resolution": &TimeDelta{0, 0, 1},
	}}
}

// newTimeDelta sums the whole microseconds exactly and rounds what fractions
// of floats leave over once, half to even.
func newTimeDelta(_ *value.Thread, a []value.Value) (value.Value, error) {
	sum, rest := new(big.Int), 0.0
	for i, p := range deltaParams {
		switch v := a[i].(type) {
		case nil:
		case value.Float:
			whole, frac := math.Modf(float64(v))
			if math.IsNaN(frac) {
				return nil, valueErrorf("cannot convert float NaN to integer")
			}
			if math.IsInf(whole, 0) {
				return nil, value.Errorf("OverflowError", "cannot convert float infinity to integer")
			}
			n, _ := big.NewFloat(whole).Int(nil)
			sum.Add(sum, n.Mul(n, big.NewInt(p.unit)))
			whole, frac = math.Modf(frac * float64(p.unit))
			sum.Add(sum, big.NewInt(int64(whole)))
			rest += frac
		default:
			n, ok := bigInt(v)
			if !ok {
				return nil, value.TypeErrorf("unsupported type for timedelta %s component: %s", p.name[:len(p.name)-1], v.Type())
			}
			sum.Add(sum, new(big.Int).Mul(n, big.NewInt(p.unit)))
		}
	}
	odd := float64(sum.Bit(0))
	sum.Add(sum, big.NewInt(roundRest(rest, odd)))
	return asValue(deltaOfMicros(sum))
}

// roundRest rounds to an integer that makes the sum even where rest is halfway
// between two.
func roundRest(rest, odd float64) int64 {
	whole := math.Round(rest)
	if math.Abs(whole-rest) == 0.5 {
		whole = 2*math.Round((rest+odd)*0.5) - odd
	}
	return int64(whole)
}

func bigInt(v value.Value) (*big.Int, bool) {
	switch v := v.(type) {
	case value.Int:
		return big.NewInt(int64(v)), true
	case value.Bool:
		if v {
			return big.NewInt(1), true
		}
		return new(big.Int), true
	case *value.BigInt:
		return v.I, true
	}
	return nil, false
}

var deltaMembers = members[*TimeDelta]{
	"days":         property(func(d *TimeDelta) value.Value { return value.Int(d.days) }),
	"seconds":      property(func(d *TimeDelta) value.Value { return value.Int(d.seconds) }),
	"microseconds": property(func(d *TimeDelta) value.Value { return value.Int(d.micros) }),
	"total_seconds": plain(func(d *TimeDelta) value.Value {
		f, _ := new(big.Rat).SetFrac(d.total(), big.NewInt(microsPerSecond)).Float64()
		return value.Float(f)
	}),
}

// Type is "datetime.timedelta".
func (*TimeDelta) Type() string { return "datetime.timedelta" }

// Truth is whether the span is not zero.
func (d *TimeDelta) Truth() bool { return *d != TimeDelta{} }

// AppendStr appends 2 days, 1:03:00.
func (d *TimeDelta) AppendStr(b []byte) []byte {
	if d.days != 0 {
		plural := "s"
		if d.days == 1 || d.days == -1 {
			plural = ""
		}
		b = fmt.Appendf(b, "%d day%s, ", d.days, plural)
	}
	b = fmt.Appendf(b, "%d:%02d:%02d", d.seconds/3600, d.seconds/60%60, d.seconds%60)
	if d.micros != 0 {
		b = fmt.Appendf(b, ".%06d", d.micros)
	}
	return b
}

// AppendRepr appends datetime.timedelta(days=2, seconds=3780).
func (d *TimeDelta) AppendRepr(b []byte) []byte {
	b = append(b, "datetime.timedelta("...)
	sep := ""
	for _, part := range []struct {
		name string
		n    int
	}{{"days", d.days}, {"seconds", d.seconds}, {"microseconds", d.micros}} {
		if part.n != 0 {
			b = fmt.Appendf(b, "%s%s=%d", sep, part.name, part.n)
			sep = ", "
		}
	}
	if sep == "" {
		b = append(b, '0')
	}
	return append(b, ')')
}

// Attr is a part or total_seconds, or what the class has.
func (d *TimeDelta) Attr(name string) (value.Value, bool) {
	if v, ok := deltaMembers.attr(d, name); ok {
		return v, true
	}
	return timedeltaClass().Attr(name)
}

// Equal compares spans.
func (d *TimeDelta) Equal(other value.Value) bool {
	o, ok := other.(*TimeDelta)
	return ok && *d == *o
}

// HashKey is the span itself.
func (d *TimeDelta) HashKey() any { return *d }

func (d *TimeDelta) cmp(o *TimeDelta) int {
	for _, n := range [...]int{d.days - o.days, d.seconds - o.seconds, d.micros - o.micros} {
		if n != 0 {
			return n
		}
	}
	return 0
}

// Order compares spans.
func (d *TimeDelta) Order(op value.Op, other value.Value) (result, ok bool, err error) {
	o, ok := other.(*TimeDelta)
	if !ok {
		return false, false, nil
	}
	return ordered(op, d.cmp(o)), true, nil
}

// ordered answers a comparison of two things that are n apart.
func ordered(op value.Op, n int) bool {
	switch op {
	case value.OpLt:
		return n < 0
	case value.OpLe:
		return n <= 0
	case value.OpGt:
		return n > 0
	}
	return n >= 0
}

// Negate is -d.
func (d *TimeDelta) Negate() (value.Value, error) {
	return asValue(deltaOfMicros(new(big.Int).Neg(d.total())))
}

// Abs is abs(d).
func (d *TimeDelta) Abs() value.Value {
	if d.days >= 0 {
		return d
	}
	out, err := deltaOfMicros(new(big.Int).Neg(d.total()))
	if err != nil {
		return d
	}
	return out
}

// asValue keeps a nil *TimeDelta from becoming a Value that is not nil.
func asValue(d *TimeDelta, err error) (value.Value, error) {
	if err != nil {
		return nil, err
	}
	return d, nil
}

// BinaryOp is the arithmetic of spans, and of spans with numbers.
func (d *TimeDelta) BinaryOp(op value.Op, other value.Value, right bool) (value.Value, error) {
	if o, ok := other.(*TimeDelta); ok {
		if right {
			d, o = o, d
		}
		return d.with(op, o)
	}
	if f, ok := other.(value.Float); ok {
		return d.withFloat(op, float64(f), right)
	}
	n, ok := bigInt(other)
	if !ok || right && op != value.OpMul {
		return nil, nil
	}
	switch op {
	case value.OpMul:
		return asValue(deltaOfMicros(new(big.Int).Mul(d.total(), n)))
	case value.OpDiv:
		if n.Sign() == 0 {
			return nil, value.Errorf("ZeroDivisionError", "integer division or modulo by zero")
		}
		return asValue(deltaOfMicros(nearest(d.total(), n)))
	case value.OpFloorDiv:
		if n.Sign() == 0 {
			return nil, value.Errorf("ZeroDivisionError", "integer division or modulo by zero")
		}
		return asValue(deltaOfMicros(floorDiv(d.total(), n)))
	}
	return nil, nil
}

func (d *TimeDelta) with(op value.Op, o *TimeDelta) (value.Value, error) {
	a, b := d.total(), o.total()
	switch op {
	case value.OpAdd:
		return asValue(deltaOfMicros(a.Add(a, b)))
	case value.OpSub:
		return asValue(deltaOfMicros(a.Sub(a, b)))
	case value.OpDiv, value.OpFloorDiv, value.OpMod:
		if b.Sign() == 0 {
			msg := "integer division or modulo by zero"
			if op == value.OpDiv {
				msg = "division by zero"
			}
			return nil, value.Errorf("ZeroDivisionError", "%s", msg)
		}
	}
	switch op {
	case value.OpDiv:
		f, _ := new(big.Rat).SetFrac(a, b).Float64()
		if f == 0 && b.Sign() < 0 {
			f = math.Copysign(0, -1)
		}
		return value.Float(f), nil
	case value.OpFloorDiv:
		return value.NewBigInt(floorDiv(a, b)), nil
	case value.OpMod:
		return asValue(deltaOfMicros(a.Sub(a, b.Mul(b, floorDiv(a, b)))))
	}
	return nil, nil
}

func (d *TimeDelta) withFloat(op value.Op, f float64, right bool) (value.Value, error) {
	if op != value.OpMul && (op != value.OpDiv || right) {
		return nil, nil
	}
	ratio := new(big.Rat)
	if ratio.SetFloat64(f) == nil {
		if math.IsNaN(f) {
			return nil, valueErrorf("cannot convert NaN to integer ratio")
		}
		return nil, value.Errorf("OverflowError", "cannot convert Infinity to integer ratio")
	}
	num, den := ratio.Num(), ratio.Denom()
	if op == value.OpDiv {
		num, den = den, num
	}
	if den.Sign() == 0 {
		return nil, value.Errorf("ZeroDivisionError", "integer division or modulo by zero")
	}
	return asValue(deltaOfMicros(nearest(new(big.Int).Mul(d.total(), num), den)))
}

func floorDiv(a, b *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(a, b, new(big.Int))
	if r.Sign() != 0 && r.Sign() != b.Sign() {
		q.Sub(q, big.NewInt(1))
	}
	return q
}

// nearest is a / b rounded half to even.
func nearest(a, b *big.Int) *big.Int {
	q := floorDiv(a, b)
	rest := new(big.Int).Sub(a, new(big.Int).Mul(q, b))
	rest.Abs(rest.Lsh(rest, 1))
	if n := rest.CmpAbs(b); n > 0 || n == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(1))
	}
	return q
}
