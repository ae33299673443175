package seedfile

import (
	"math/big"
	"strconv"
	"strings"
	"unicode"

	"dex/internal/jinja/value"
)

// currencies are stripped from both ends of a number, one sign after the other.
const currencies = "؋$ƒ៛¥₡₱£€¢﷼₪₩₭₮₦฿₤₫"

var (
	one      = mustDecimal("1")
	minusOne = mustDecimal("-1")
)

func mustDecimal(s string) value.Value {
	d, err := value.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// number reads what agate takes for a number: percent and currency signs are
// dropped, commas too wherever they stand, and the rest is for Python's Decimal.
func number(s string) (value.Value, bool) {
	if s[0] > '9' && s[0] < 0x80 && !strings.ContainsRune("iInNsS_", rune(s[0])) {
		return nil, false // most text ends here
	}
	if d, ok := plainNumber(s); ok {
		return d, true
	}
	s = strings.Trim(s, "%")
	sign := one
	if strings.HasPrefix(s, "-") {
		s, sign = s[1:], minusOne
	}
	if strings.IndexFunc(s, notPlain) >= 0 {
		for _, c := range currencies {
			s = strings.Trim(s, string(c))
		}
		s = strings.ReplaceAll(s, ",", "")
	}
	d, err := value.ParseDecimal(digits(strip(s)))
	if err != nil {
		return nil, false
	}
	if sign == one && len(s) <= 28 {
		return d, true
	}
	v, err := value.Mul(d, sign) // rounds to 28 digits, as agate's product does
	if err != nil {
		return nil, false
	}
	return v, true
}

// plainNumber reads digits with at most one point, as most numbers are written.
func plainNumber(s string) (value.Value, bool) {
	if len(s) > 18 { // more may not fit 64 bits
		return nil, false
	}
	coef, scale, digits := int64(0), -1, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			coef = coef*10 + int64(c-'0')
			digits++
		case c == '.' && scale < 0:
			scale = len(s) - i - 1
		default:
			return nil, false
		}
	}
	if digits == 0 {
		return nil, false
	}
	return value.NewDecimal(big.NewInt(coef), max(scale, 0)), true
}

func notPlain(r rune) bool { return (r < '0' || r > '9') && r != '.' }

// digits writes decimal digits of other scripts as ASCII: Python reads them all.
func digits(s string) string {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return strings.Map(func(r rune) rune {
				if r < 0x80 || !unicode.Is(unicode.Nd, r) {
					return r
				}
				zero := r // digits stand in runs of ten
				for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
					zero--
				}
				return '0' + r - zero
			}, s)
		}
	}
	return s
}

// places counts how many digits a column's numbers need before and behind the
// point: agate's MaxPrecision.
type places struct{ whole, fraction int }

// count takes one number in. NaN and the infinities have no digits.
func (p *places) count(v value.Value) {
	if _, ok := v.(*value.Decimal); !ok {
		return
	}
	var buf [64]byte
	s := strings.TrimPrefix(string(v.AppendStr(buf[:0])), "-")
	if s == "" || s[0] < '0' || s[0] > '9' {
		return
	}
	mantissa, exp := s, 0
	if i := strings.IndexByte(s, 'E'); i >= 0 {
		mantissa = s[:i]
		exp, _ = strconv.Atoi(s[i+1:]) // Decimal writes a number there
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	exp -= len(fraction)
	coef := strings.TrimLeft(whole+fraction, "0")
	if coef == "" {
		coef, exp = "0", 0
	}
	for len(coef) > 1 && coef[len(coef)-1] == '0' {
		coef = coef[:len(coef)-1]
		exp++
	}
	if len(coef)+exp > 308 {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return // beyond a float: agate takes it for an infinity
		}
	}
	p.whole = max(p.whole, len(coef)+exp)
	p.fraction = max(p.fraction, -exp)
}

// decimals is the number of decimal places that the column needs, within 28
// digits in all.
func (p *places) decimals() int {
	whole := max(p.whole, 1)
	if whole+p.fraction > 28 {
		return 28 - whole
	}
	return p.fraction
}
