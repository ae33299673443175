package jinja

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"dex/internal/jinja/value"
)

// toInt is Python's int(v, base) for a string and int(v) for all else.
func toInt(v, base value.Value) (value.Value, error) {
	if s, ok := value.AsString(v); ok {
		return parseInt(s, base)
	}
	switch v := v.(type) {
	case value.Bool:
		return boolInt(v), nil
	case value.Int, *value.BigInt:
		return v, nil
	case value.Float:
		return intOfFloat(float64(v))
	case *value.Decimal:
		r, ok := new(big.Rat).SetString(value.ToStr(v))
		if !ok {
			return nil, value.Errorf("ValueError", "cannot convert %s to integer", value.ToStr(v))
		}
		return value.NewBigInt(new(big.Int).Quo(r.Num(), r.Denom())), nil
	case *value.Undefined:
		return nil, v.Error()
	}
	return nil, value.TypeErrorf("int() argument must be a string, a bytes-like object or a real number, not '%s'", v.Type())
}

func intOfFloat(f float64) (value.Value, error) {
	switch {
	case math.IsNaN(f):
		return nil, value.Errorf("ValueError", "cannot convert float NaN to integer")
	case math.IsInf(f, 0):
		return nil, value.Errorf("OverflowError", "cannot convert float infinity to integer")
	case math.Abs(f) < 1<<62:
		return value.Int(int64(f)), nil
	}
	n, _ := big.NewFloat(f).Int(nil)
	return value.NewBigInt(n), nil
}

// parseInt reads an integer as Python writes it: signs, prefixes that fit the
// base, single underscores between digits, digits of any script.
func parseInt(s string, base value.Value) (value.Value, error) {
	b, ok := base.(value.Int)
	if !ok {
		return nil, value.TypeErrorf("'%s' object cannot be interpreted as an integer", base.Type())
	}
	if b != 0 && (b < 2 || b > 36) {
		return nil, value.Errorf("ValueError", "int() base must be >= 2 and <= 36, or 0")
	}
	bad := func() (value.Value, error) {
		return nil, value.Errorf("ValueError", "invalid literal for int() with base %d: %s", b, value.Repr(value.Str(s)))
	}
	digits := asciiDigits(strings.TrimFunc(s, isSpace))
	sign := ""
	if strings.HasPrefix(digits, "-") || strings.HasPrefix(digits, "+") {
		sign, digits = digits[:1], digits[1:]
	}
	radix, digits := intPrefix(digits, int(b))
	if digits == "" || !underscoresFit(digits) {
		return bad()
	}
	digits = strings.ReplaceAll(digits, "_", "")
	if b == 0 && radix == 10 && len(digits) > 1 && digits[0] == '0' && strings.Trim(digits, "0") != "" {
		return bad()
	}
	n, ok := new(big.Int).SetString(sign+digits, radix)
	if !ok {
		return bad()
	}
	return value.NewBigInt(n), nil
}

// intPrefix cuts off 0x, 0o or 0b where the base asks for it or is 0.
func intPrefix(s string, base int) (radix int, digits string) {
	prefixes := map[string]int{"0x": 16, "0o": 8, "0b": 2}
	if len(s) > 2 {
		if r, ok := prefixes[strings.ToLower(s[:2])]; ok && (base == 0 || base == r) {
			return r, strings.TrimPrefix(s[2:], "_")
		}
	}
	if base == 0 {
		base = 10
	}
	return base, s
}

func underscoresFit(s string) bool {
	return s[0] != '_' && s[len(s)-1] != '_' && !strings.Contains(s, "__")
}

// asciiDigits turns the decimal digits of every script into 0 to 9.
func asciiDigits(s string) string {
	if isASCII(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		// Digits stand in runs of ten that begin at a zero.
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + r - zero
	}, s)
}

// toFloat is Python's float(v).
func toFloat(v value.Value) (float64, error) {
	if s, ok := value.AsString(v); ok {
		return parseFloat(s, v)
	}
	if b, ok := v.(value.Bytes); ok {
		return parseFloat(string(b), v)
	}
	if u, ok := v.(*value.Undefined); ok {
		return 0, u.Error()
	}
	return realFloat(v)
}

// realFloat is float(v) for numbers alone.
func realFloat(v value.Value) (float64, error) {
	switch v := v.(type) {
	case value.Bool:
		return float64(boolInt(v)), nil
	case value.Int:
		return float64(v), nil
	case *value.BigInt:
		f, _ := new(big.Float).SetInt(v.I).Float64()
		if math.IsInf(f, 0) {
			return 0, value.Errorf("OverflowError", "int too large to convert to float")
		}
		return f, nil
	case value.Float:
		return float64(v), nil
	case *value.Decimal:
		return parseFloat(value.ToStr(v), v)
	}
	return 0, value.TypeErrorf("float() argument must be a string or a real number, not '%s'", v.Type())
}

// parseFloat reads a float as Python writes it; from is what errors show.
func parseFloat(s string, from value.Value) (float64, error) {
	bad := value.Errorf("ValueError", "could not convert string to float: %s", value.Repr(from))
	digits := strings.ToLower(asciiDigits(strings.TrimFunc(s, isSpace)))
	switch strings.TrimLeft(digits, "+-") {
	case "inf", "infinity", "nan":
		if strings.ContainsAny(digits[1:], "+-") {
			return 0, bad
		}
	default:
		// strconv reads more than Python: hexadecimal, and digits alone are sure.
		if strings.Trim(digits, "0123456789_.e+-") != "" || !floatUnderscoresFit(digits) {
			return 0, bad
		}
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(digits, "_", ""), 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0, bad
	}
	return f, nil
}

// floatUnderscoresFit: an underscore stands between two digits.
func floatUnderscoresFit(s string) bool {
	for i := range len(s) {
		if s[i] != '_' {
			continue
		}
		if i == 0 || i == len(s)-1 || !isDigit(s[i-1]) || !isDigit(s[i+1]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
