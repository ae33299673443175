package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"
)

// ToInt is int(v): numbers towards zero, text by its digits in base 10.
func ToInt(v Value) (Value, error) {
	switch x := v.(type) {
	case Int, *BigInt:
		return v, nil
	case Bool:
		return x.int(), nil
	case Float:
		i, err := truncated(float64(x))
		if err != nil {
			return nil, err
		}
		return NewBigInt(i), nil
	case *Decimal:
		return x.Int()
	case Str, Markup:
		return parseInt(v, textOf(v), 10)
	case Bytes:
		return parseInt(v, string(x), 10)
	case *Undefined:
		return nil, x.Error()
	}
	return nil, TypeErrorf("int() argument must be a string, a bytes-like object or a real number, not '%s'", v.Type())
}

// ParseInt is int(s, base): with white space around, a sign, single underscores
// between digits, and the prefix of the base; base 0 goes by the prefix.
func ParseInt(s string, base int) (Value, error) { return parseInt(Str(s), s, base) }

// parseInt reads s; of is what an error shows.
func parseInt(of Value, s string, base int) (Value, error) {
	bad := func() (Value, error) {
		return nil, Errorf("ValueError", "invalid literal for int() with base %d: %s", base, Repr(of))
	}
	if base != 0 && (base < 2 || base > 36) {
		return nil, Errorf("ValueError", "int() base must be >= 2 and <= 36, or 0")
	}
	t := strings.TrimFunc(s, isSpace)
	neg := false
	if t != "" && (t[0] == '-' || t[0] == '+') {
		neg = t[0] == '-'
		t = t[1:]
	}
	digits, b, prefixed := cutBase(t, base)
	if prefixed {
		digits = strings.TrimPrefix(digits, "_")
	}
	if base == 0 && !prefixed && strings.TrimLeft(digits, "0_") != "" && strings.HasPrefix(digits, "0") {
		return bad()
	}
	if digits == "" || digits[0] == '_' || digits[len(digits)-1] == '_' || strings.Contains(digits, "__") || strings.ContainsAny(digits, "+-") {
		return bad()
	}
	digits = asciiDigits(strings.ReplaceAll(digits, "_", ""))
	if len(digits) > maxDigits {
		return nil, Errorf("ValueError", "Exceeds the limit (%d digits) for integer string conversion: value has %d digits; use sys.set_int_max_str_digits() to increase the limit", maxDigits, len(digits))
	}
	i, ok := new(big.Int).SetString(digits, b)
	if !ok {
		return bad()
	}
	if neg {
		i.Neg(i)
	}
	return NewBigInt(i), nil
}

// maxDigits is CPython's limit for conversion between text and int.
const maxDigits = 4300

// cutBase cuts 0x, 0o and 0b off where they are the base's, or base is 0.
func cutBase(t string, base int) (digits string, b int, prefixed bool) {
	if len(t) > 1 && t[0] == '0' {
		b := map[byte]int{'x': 16, 'o': 8, 'b': 2}[t[1]|0x20]
		if b != 0 && (base == b || base == 0) {
			return t[2:], b, true
		}
	}
	if base == 0 {
		base = 10
	}
	return t, base, false
}

// asciiDigits writes the decimal digits of other scripts as 0 to 9.
func asciiDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 {
			return r
		}
		return decimalDigit(r)
	}, s)
}

// decimalDigit is the ASCII digit that r stands for, or r. Unicode has the
// decimal digits in runs of ten from zero on.
func decimalDigit(r rune) rune {
	for _, x := range unicode.Nd.R16 {
		if uint32(r) >= uint32(x.Lo) && uint32(r) <= uint32(x.Hi) {
			return '0' + (r-rune(x.Lo))%10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if uint32(r) >= x.Lo && uint32(r) <= x.Hi {
			return '0' + (r-rune(x.Lo))%10
		}
	}
	return r
}

// ToFloat is float(v).
func ToFloat(v Value) (float64, error) {
	if f, ok, err := asFloat(v); ok {
		return f, err
	}
	switch x := v.(type) {
	case *Decimal:
		return x.Float()
	case Str, Markup:
		return textToFloat(v, textOf(v))
	case Bytes:
		return textToFloat(v, string(x))
	case *Undefined:
		return 0, x.Error()
	}
	return 0, TypeErrorf("float() argument must be a string or a real number, not '%s'", v.Type())
}

func textToFloat(of Value, s string) (float64, error) {
	t := asciiDigits(strings.TrimFunc(s, isSpace))
	bad := Errorf("ValueError", "could not convert string to float: %s", Repr(of))
	switch strings.TrimLeft(strings.ToLower(t), "+-") {
	case "inf", "infinity", "nan":
	default:
		// strconv knows hexadecimal floats, which Python's float does not.
		if t == "" || strings.ContainsAny(t, "xXpPiInN") || !underscoresBetweenDigits(t) {
			return 0, bad
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(t, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, bad
	}
	return f, nil
}

func underscoresBetweenDigits(s string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for i := range len(s) {
		if s[i] == '_' && !(digit(i-1) && digit(i+1)) {
			return false
		}
	}
	return true
}

// Round is round(v, digits), ties to even. Without digits (nil) the result is
// an int.
func Round(v Value, digits *int) (Value, error) {
	switch x := v.(type) {
	case Float:
		if digits == nil {
			return ToInt(Float(math.RoundToEven(float64(x))))
		}
		return Float(roundFloat(float64(x), *digits)), nil
	case *Decimal:
		if digits == nil {
			return integral(x).(*Decimal).Int()
		}
		return decimalQuantize(nil, x, []Value{&Decimal{coef: big.NewInt(1), exp: -*digits}, nil})
	case *Undefined:
		return nil, x.Error()
	}
	i, ok := asBig(v)
	if !ok {
		return nil, TypeErrorf("type %s doesn't define __round__ method", v.Type())
	}
	if digits == nil || *digits >= 0 {
		return plainInt(v), nil
	}
	if -*digits > len(i.Text(10))+1 {
		return Int(0), nil
	}
	unit := pow10(-*digits)
	n := divRound(new(big.Int).Abs(i), unit)
	return NewBigInt(signed(n.Mul(n, unit), i.Sign() < 0)), nil
}

// roundFloat rounds the exact value of f, as Python does, by writing it out.
func roundFloat(f float64, digits int) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) || digits > 323 {
		return f
	}
	if digits >= 0 {
		return parseFloat(strconv.FormatFloat(f, 'f', digits, 64))
	}
	if digits < -309 {
		return math.Copysign(0, f)
	}
	d := decimalFromFloat(f).rescale(-digits)
	return parseFloat(ToStr(d))
}
