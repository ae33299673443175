package yamldoc

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// mayResolve holds the first characters of plain text that may be something
// other than text. All other text is decided by its first byte.
var mayResolve = func() (t [256]bool) {
	for _, c := range []byte("yYnNtTfFoO~-+.0123456789=<") {
		t[c] = true
	}
	return t
}()

// words are the plain scalars that stand for a value by their spelling.
var words = func() map[string]value.Value {
	m := map[string]value.Value{"": value.None, "~": value.None}
	each := func(v value.Value, lower ...string) {
		for _, w := range lower {
			m[w], m[strings.ToUpper(w)], m[strings.ToUpper(w[:1])+w[1:]] = v, v, v
		}
	}
	each(value.None, "null")
	each(value.Bool(true), "yes", "true", "on")
	each(value.Bool(false), "no", "false", "off")
	for _, w := range []string{".inf", ".Inf", ".INF"} {
		m[w], m["+"+w], m["-"+w] = value.Float(math.Inf(1)), value.Float(math.Inf(1)), value.Float(math.Inf(-1))
	}
	for _, w := range []string{".nan", ".NaN", ".NAN"} {
		m[w] = value.Float(math.NaN())
	}
	return m
}()

// longestWord is the length of the longest key of words.
const longestWord = 5

// resolve gives the value of a plain scalar. The error is text that looks like
// a number or date of YAML 1.1 but is none, such as 2024-02-30.
func resolve(s string) (value.Value, error) {
	if s != "" && !mayResolve[s[0]] {
		return value.Str(s), nil
	}
	if len(s) <= longestWord {
		if v, ok := words[s]; ok {
			return v, nil
		}
	}
	switch c := s[0]; {
	case s == "<<":
		return nil, noConstructor("merge")
	case s == "=":
		return nil, noConstructor("value")
	case c >= '0' && c <= '9':
		if isTimestamp(s) {
			return parseTimestamp(s)
		}
		return resolveNumber(s)
	case c == '-' || c == '+' || c == '.':
		return resolveNumber(s)
	}
	return value.Str(s), nil
}

func noConstructor(tag string) error {
	return fmt.Errorf("could not determine a constructor for the tag 'tag:yaml.org,2002:%s'", tag)
}

func resolveNumber(s string) (value.Value, error) {
	switch classify(s) {
	case isInt:
		return parseInt(s)
	case isFloat:
		return parseFloat(s)
	}
	return value.Str(s), nil
}

type numeral uint8

const (
	isText numeral = iota
	isInt
	isFloat
)

// classify tells what PyYAML's resolver takes plain text for. Its grammar:
//
//	int    [-+]? ( 0b[01_]+ | 0[0-7_]+ | 0 | [1-9][0-9_]* | 0x[0-9a-fA-F_]+ | [1-9][0-9_]*(:[0-5]?[0-9])+ )
//	float  [-+]? [0-9][0-9_]* . [0-9_]* ([eE][-+][0-9]+)?     an exponent has a sign
//	       . [0-9][0-9_]* ([eE][-+][0-9]+)?                   no sign before a bare point
//	       [-+]? [0-9][0-9_]* (:[0-5]?[0-9])+ . [0-9_]*
func classify(s string) numeral {
	if s[0] == '.' {
		if len(s) > 1 && digit(s[1]) && exponent(s[1+span10(s[1:]):]) {
			return isFloat
		}
		return isText
	}
	if s[0] == '-' || s[0] == '+' {
		s = s[1:]
	}
	if s == "" || !digit(s[0]) {
		return isText
	}
	if len(s) > 1 && s[0] == '0' && (s[1] == 'b' || s[1] == 'x') {
		return based(s[1], s[2:])
	}
	n := span10(s)
	head, rest := s[:n], s[n:]
	minutes := sexagesimal(rest)
	rest = rest[minutes:]
	switch {
	case rest == "" && minutes == 0 && decimalOrOctal(head):
		return isInt
	case rest == "" && minutes > 0 && head[0] != '0':
		return isInt
	case rest != "" && rest[0] == '.':
		frac := rest[1+span10(rest[1:]):]
		if frac == "" || minutes == 0 && exponent(frac) {
			return isFloat
		}
	}
	return isText
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// span10 is the length of the run of digits and underscores that s begins with.
func span10(s string) int {
	i := 0
	for i < len(s) && (digit(s[i]) || s[i] == '_') {
		i++
	}
	return i
}

// exponent reports whether s is empty or [eE][-+][0-9]+.
func exponent(s string) bool {
	if s == "" {
		return true
	}
	if len(s) < 3 || s[0] != 'e' && s[0] != 'E' || s[1] != '-' && s[1] != '+' {
		return false
	}
	for i := 2; i < len(s); i++ {
		if !digit(s[i]) {
			return false
		}
	}
	return true
}

// sexagesimal is the length of the run of (:[0-5]?[0-9])+ that s begins with.
func sexagesimal(s string) int {
	i := 0
	for i+1 < len(s) && s[i] == ':' && digit(s[i+1]) {
		if i+2 < len(s) && digit(s[i+2]) && s[i+1] <= '5' {
			i += 3
		} else {
			i += 2
		}
	}
	return i
}

func based(base byte, digits string) numeral {
	allowed := "01_"
	if base == 'x' {
		allowed = "0123456789abcdefABCDEF_"
	}
	if digits == "" || strings.Trim(digits, allowed) != "" {
		return isText
	}
	return isInt
}

// decimalOrOctal sorts out 08 and 0_9, which are text.
func decimalOrOctal(digits string) bool {
	return digits[0] != '0' || strings.Trim(digits, "01234567_") == ""
}

// parseInt reads what YAML 1.1 calls an int: also the value of an explicit !!int.
func parseInt(s string) (value.Value, error) {
	digits := strings.TrimSpace(strings.ReplaceAll(s, "_", ""))
	negative := strings.HasPrefix(digits, "-")
	if negative || strings.HasPrefix(digits, "+") {
		digits = digits[1:]
	}
	var n *big.Int
	ok := false
	switch {
	case len(digits) <= 18 && (digits == "0" || digits != "" && digits[0] != '0') && !strings.Contains(digits, ":"):
		i, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || digits[0] == '-' || digits[0] == '+' {
			return nil, fmt.Errorf("cannot read %s as an integer", value.Repr(value.Str(s)))
		}
		if negative {
			i = -i
		}
		return value.Int(i), nil
	case strings.HasPrefix(digits, "0b"):
		n, ok = new(big.Int).SetString(digits[2:], 2)
	case strings.HasPrefix(digits, "0x"):
		n, ok = new(big.Int).SetString(digits[2:], 16)
	case strings.Contains(digits, ":"):
		n, ok = base60(digits)
	case digits != "" && digits[0] == '0':
		n, ok = new(big.Int).SetString(digits, 8)
	default:
		n, ok = new(big.Int).SetString(digits, 10)
	}
	if !ok {
		return nil, fmt.Errorf("cannot read %s as an integer", value.Repr(value.Str(s)))
	}
	if negative {
		n.Neg(n)
	}
	if n.IsInt64() {
		return value.Int(n.Int64()), nil
	}
	return &value.BigInt{I: n}, nil
}

func base60(s string) (*big.Int, bool) {
	sum := new(big.Int)
	for part := range strings.SplitSeq(s, ":") {
		digit, ok := new(big.Int).SetString(part, 10)
		if !ok {
			return nil, false
		}
		sum.Mul(sum, big.NewInt(60)).Add(sum, digit)
	}
	return sum, true
}

// parseFloat reads what YAML 1.1 calls a float: also the value of an explicit
// !!float.
func parseFloat(s string) (value.Value, error) {
	text := strings.ToLower(strings.TrimSpace(strings.ReplaceAll(s, "_", "")))
	sign := 1.0
	if strings.HasPrefix(text, "-") {
		sign = -1
	}
	text = strings.TrimLeft(text, "+-")
	switch text {
	case ".inf":
		return value.Float(math.Inf(int(sign))), nil
	case ".nan":
		return value.Float(math.NaN()), nil
	}
	sum := 0.0
	for part := range strings.SplitSeq(text, ":") {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil && !math.IsInf(f, 0) {
			return nil, fmt.Errorf("cannot read %s as a float", value.Repr(value.Str(s)))
		}
		sum = sum*60 + f
	}
	return value.Float(sign * sum), nil
}
