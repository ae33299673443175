package value

import (
	"math"
	"math/big"
	"strconv"
	"strings"
)

// formatInt writes an int, or a bool given as one; of is the type's name.
func formatInt(v Value, of, spec string) (string, error) {
	s, err := parseSpec(spec, of, 'd', '>')
	if err != nil {
		return "", err
	}
	if strings.ContainsRune("eEfFgG%", s.kind) {
		f, _, err := asFloat(v)
		if err != nil {
			return "", err
		}
		return s.float(f)
	}
	bases := map[rune]int{'b': 2, 'o': 8, 'd': 10, 'n': 10, 'x': 16, 'X': 16, 'c': 0}
	base, ok := bases[s.kind]
	switch {
	case !ok:
		return "", s.unknownCode(of)
	case s.precision >= 0:
		return "", Errorf("ValueError", "Precision not allowed in integer format specifier")
	case s.noNegZero:
		return "", Errorf("ValueError", "Negative zero coercion (z) not allowed in integer format specifier")
	case base == 0:
		return s.char(v)
	}
	i, _ := asBig(v)
	digits := new(big.Int).Abs(i).Text(base)
	prefix := ""
	if s.alt && base != 10 {
		prefix = "0" + string(s.kind)
	}
	if s.kind == 'X' {
		digits = strings.ToUpper(digits)
	}
	return s.number(i.Sign() < 0, prefix, digits, "", groupSize(base)), nil
}

func groupSize(base int) int {
	if base == 10 {
		return 3
	}
	return 4
}

func (s *formatSpec) char(v Value) (string, error) {
	if s.sign != 0 {
		return "", Errorf("ValueError", "Sign not allowed with integer format specifier 'c'")
	}
	if s.alt {
		return "", Errorf("ValueError", "Alternate form (#) not allowed with integer format specifier 'c'")
	}
	if _, big := v.(*BigInt); big {
		return "", Errorf("OverflowError", "Python int too large to convert to C long")
	}
	n, _ := asIndex(v)
	if n < 0 || n > 0x10ffff {
		return "", Errorf("OverflowError", "%%c arg not in range(0x110000)")
	}
	return s.pad("", string(rune(n))), nil
}

// number lays a number out: sign and prefix, grouped digits, and what follows
// them (point, fraction, exponent, percent sign).
func (s *formatSpec) number(neg bool, prefix, digits, rest string, group int) string {
	sign := prefix
	switch {
	case neg:
		sign = "-" + prefix
	case s.sign == '+' || s.sign == ' ':
		sign = string(s.sign) + prefix
	}
	if s.group != 0 {
		least := 0
		if s.fill == "0" && s.align == '=' {
			least = s.width - len(sign) - len(rest)
		}
		digits = groupDigits(digits, s.group, group, least)
	}
	return s.pad(sign, digits+rest)
}

// groupDigits puts a separator between groups; zeros in front, grouped too,
// bring the result to the least width.
func groupDigits(digits string, sep byte, size, least int) string {
	var groups []string
	for left := len(digits); ; {
		n := min(size, max(left, least, 1))
		have := min(left, n)
		groups = append(groups, strings.Repeat("0", n-have)+digits[left-have:left])
		left -= have
		least -= n
		if left <= 0 && least <= 0 {
			break
		}
		least--
	}
	return strings.Join(reversed(groups), string(sep))
}

func formatFloat(f float64, spec string) (string, error) {
	s, err := parseSpec(spec, "float", 0, '>')
	if err != nil {
		return "", err
	}
	if s.kind != 0 && !strings.ContainsRune("eEfFgGn%", s.kind) {
		return "", s.unknownCode("float")
	}
	return s.float(f)
}

func (s *formatSpec) float(f float64) (string, error) {
	text := floatText(math.Abs(f), s.kind, s.precision, s.alt)
	neg := math.Signbit(f) && !math.IsNaN(f)
	if neg && s.noNegZero && strings.Trim(text, "0.%e+-E") == "" {
		neg = false
	}
	cut := len(text)
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			cut = i
			break
		}
	}
	if cut == 0 { // inf and nan have no digits to group
		g := *s
		g.group = 0
		return g.number(neg, "", text, "", 3), nil
	}
	return s.number(neg, "", text[:cut], text[cut:], 3), nil
}

// floatText writes a float that is not negative in the form of a type code; 0
// is the code of no code. A negative precision is the default.
func floatText(f float64, kind rune, precision int, alt bool) string {
	suffix := ""
	upper := kind == 'E' || kind == 'F' || kind == 'G'
	if kind == '%' {
		kind, suffix = 'f', "%"
		f *= 100
	}
	var text string
	switch {
	case math.IsInf(f, 0):
		text = "inf"
	case math.IsNaN(f):
		text = "nan"
	case kind == 0 && precision < 0:
		text = string(appendFloat(nil, f))
		if mantissa, exp, ok := strings.Cut(text, "e"); ok && alt && !strings.Contains(mantissa, ".") {
			text = mantissa + ".e" + exp
		}
	case kind == 0:
		text = generalText(f, precision, alt, true)
	default:
		if precision < 0 {
			precision = 6
		}
		text = codedFloat(f, kind, precision, alt)
	}
	if upper {
		text = strings.ToUpper(text)
	}
	return text + suffix
}

func codedFloat(f float64, kind rune, precision int, alt bool) string {
	var text string
	switch kind {
	case 'f', 'F':
		text = strconv.FormatFloat(f, 'f', precision, 64)
	case 'e', 'E':
		text = strconv.FormatFloat(f, 'e', precision, 64)
	default:
		return generalText(f, precision, alt, false)
	}
	if alt && precision == 0 {
		mantissa, exp, isExp := strings.Cut(text, "e")
		text = mantissa + "."
		if isExp {
			text += "e" + exp
		}
	}
	return text
}

// generalText is the g form: precision significant digits, with an exponent
// where it is small or does not fit them. Without a code (bare) at least one
// digit follows the point.
func generalText(f float64, precision int, alt, bare bool) string {
	precision = max(precision, 1)
	text := strconv.FormatFloat(f, 'e', precision-1, 64)
	mantissa, exp, _ := strings.Cut(text, "e")
	digits := strings.Replace(mantissa, ".", "", 1)
	n, err := strconv.Atoi(exp)
	if err != nil {
		panic("value: strconv wrote no exponent: " + text)
	}
	limit := precision
	if bare {
		limit--
	}
	if !alt {
		digits = strings.TrimRight(digits, "0")
		if digits == "" {
			digits = "0"
		}
	}
	if n < -4 || n+1 > limit {
		if len(digits) > 1 || alt {
			digits = digits[:1] + "." + digits[1:]
		}
		return digits + "e" + exp
	}
	out := string(appendPlaced(nil, digits, n+1))
	if !strings.Contains(out, ".") {
		if bare {
			return out + ".0"
		}
		if alt {
			return out + "."
		}
	}
	return out
}

// formatDecimal follows Python's decimal: without a code the number keeps the
// digits it has. Its grammar is narrower than that of the other numbers.
func formatDecimal(d *Decimal, spec string) (string, error) {
	s, err := parseSpec(spec, "decimal.Decimal", 0, '>')
	if err != nil || s.kind != 0 && !strings.ContainsRune("eEfFgGn%", s.kind) ||
		s.alt || s.group == '_' || s.zero && s.aligned || s.kind == 'n' && s.group != 0 {
		return "", Errorf("ValueError", "invalid format string")
	}
	suffix := ""
	if s.kind == '%' {
		suffix = "%"
	}
	if d.form != finite {
		g := *s
		g.group = 0
		if g.zero {
			g.fill = " "
		}
		abs := Decimal{form: d.form}
		return g.number(d.neg, "", ToStr(&abs), suffix, 3), nil
	}
	text := decimalText(&Decimal{coef: d.coef, exp: d.exp}, s)
	neg := d.neg
	if s.noNegZero && strings.Trim(text, "0.") == "" {
		neg = false
	}
	cut := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if cut < 0 {
		cut = len(text)
	}
	return s.number(neg, "", text[:cut], text[cut:]+suffix, 3), nil
}

// decimalText writes a decimal that is not negative in the form of a code.
func decimalText(d *Decimal, s *formatSpec) string {
	switch s.kind {
	case '%':
		d.exp += 2
		return fixedDecimal(d, s.precision)
	case 'f', 'F':
		return fixedDecimal(d, s.precision)
	case 'e', 'E':
		return exponentDecimal(d, s.precision, s.kind)
	}
	return generalDecimal(d, s)
}

func fixedDecimal(d *Decimal, precision int) string {
	if precision >= 0 {
		d = d.rescale(-precision)
	} else if d.exp > 0 {
		d = d.rescale(0)
	}
	digits := d.coef.Text(10)
	return string(appendPlaced(nil, digits, len(digits)+d.exp))
}

func exponentDecimal(d *Decimal, precision int, code rune) string {
	if d.coef.Sign() == 0 && precision > 0 {
		d = &Decimal{coef: d.coef, exp: d.exp}
		return "0." + strings.Repeat("0", precision) + exponentText(d.exp+precision, code)
	}
	if precision >= 0 {
		d = d.significant(precision + 1)
	}
	digits := d.coef.Text(10)
	exp := d.exp + len(digits) - 1
	if len(digits) > 1 {
		digits = digits[:1] + "." + digits[1:]
	}
	return digits + exponentText(exp, code)
}

func exponentText(exp int, code rune) string {
	if exp < 0 {
		return string(code) + strconv.Itoa(exp)
	}
	return string(code) + "+" + strconv.Itoa(exp)
}

// significant is d with exactly n digits.
func (d *Decimal) significant(n int) *Decimal {
	have := d.digits()
	out := d.rescale(d.exp + have - n)
	if out.digits() > n {
		out = out.rescale(out.exp + 1)
	}
	return out
}

func generalDecimal(d *Decimal, s *formatSpec) string {
	if s.precision >= 0 && d.coef.Sign() != 0 && d.digits() > max(s.precision, 1) {
		d = d.significant(max(s.precision, 1))
	}
	code := 'E'
	if s.kind == 'g' || s.kind == 'n' {
		code = 'e'
	}
	digits := d.coef.Text(10)
	if point := len(digits) + d.exp; d.exp <= 0 && point > -6 {
		return string(appendPlaced(nil, digits, point))
	}
	return exponentDecimal(d, -1, code)
}
