package value

import (
	"math"
	"math/big"
	"strings"
	"unicode/utf8"
)

// percentFormat is format % args: printf-style formatting.
func percentFormat(format, args Value) (Value, error) {
	p := &printer{s: textOf(format), single: args}
	_, p.escape = format.(Markup)
	if t, ok := args.(*Tuple); ok {
		p.tuple, p.isTuple = t.Elems, true
	}
	p.mapping = isMapping(args)
	if err := p.run(); err != nil {
		return nil, err
	}
	if p.escape {
		return Markup(p.out), nil
	}
	return Str(p.out), nil
}

// isMapping is whether %(key)s may ask v. Whatever has items passes, as in
// Python, but for text and tuples.
func isMapping(v Value) bool {
	switch v.(type) {
	case *Dict, *List, Bytes, *Range, *Undefined, Indexer:
		return true
	}
	return false
}

type printer struct {
	s       string
	i       int
	out     []byte
	escape  bool
	tuple   []Value
	isTuple bool
	single  Value // the argument that is not a tuple
	used    int   // arguments taken
	mapping bool  // single may be asked for keys
}

// directive is one %[(key)][flags][width][.precision]code.
type directive struct {
	left, zero, plus, space, alt bool
	width, precision             int // precision -1 when not given
	code                         rune
	at                           int
}

func (p *printer) run() error {
	for {
		n := strings.IndexByte(p.s[p.i:], '%')
		if n < 0 {
			p.out = append(p.out, p.s[p.i:]...)
			break
		}
		p.out = append(p.out, p.s[p.i:p.i+n]...)
		p.i += n + 1
		if err := p.directive(); err != nil {
			return err
		}
		if len(p.out) > maxSequence {
			return Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
		}
	}
	if p.mapping {
		return nil
	}
	if p.isTuple && p.used < len(p.tuple) || !p.isTuple && p.used == 0 {
		return TypeErrorf("not all arguments converted during string formatting")
	}
	return nil
}

// next is the next argument.
func (p *printer) next() (Value, error) {
	p.used++
	if p.isTuple && p.used <= len(p.tuple) {
		return p.tuple[p.used-1], nil
	}
	if !p.isTuple && p.used == 1 {
		return p.single, nil
	}
	return nil, TypeErrorf("not enough arguments for format string")
}

func (p *printer) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *printer) directive() error {
	if p.peek() == '%' {
		p.i++
		p.out = append(p.out, '%')
		return nil
	}
	if p.peek() == '(' {
		if err := p.key(); err != nil {
			return err
		}
	}
	d := directive{precision: -1}
	p.flags(&d)
	if err := p.sizes(&d); err != nil {
		return err
	}
	if c := p.peek(); c == 'h' || c == 'l' || c == 'L' {
		p.i++
	}
	if p.i >= len(p.s) {
		return Errorf("ValueError", "incomplete format")
	}
	d.at = p.i
	r, n := utf8.DecodeRuneInString(p.s[p.i:])
	d.code = r
	p.i += n
	v, err := p.next()
	if err != nil {
		return err
	}
	return p.write(&d, v)
}

// key reads (name) and makes its value the argument.
func (p *printer) key() error {
	if !p.mapping {
		return TypeErrorf("format requires a mapping")
	}
	depth := 0
	for i := p.i; i < len(p.s); i++ {
		switch p.s[i] {
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			v, err := GetItem(p.single, Str(p.s[p.i+1:i]))
			if err != nil {
				return err
			}
			p.i = i + 1
			p.tuple, p.isTuple, p.used = []Value{v}, true, 0
			return nil
		}
	}
	return Errorf("ValueError", "incomplete format key")
}

func (p *printer) flags(d *directive) {
	for ; ; p.i++ {
		switch p.peek() {
		case '-':
			d.left = true
		case '+':
			d.plus = true
		case ' ':
			d.space = true
		case '#':
			d.alt = true
		case '0':
			d.zero = true
		default:
			return
		}
	}
}

func (p *printer) sizes(d *directive) error {
	n, err := p.size()
	if err != nil {
		return err
	}
	if n < 0 {
		d.left, n = true, -n
	}
	if n > maxSequence {
		return Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
	}
	d.width = n
	if p.peek() != '.' {
		return nil
	}
	p.i++
	if n, err = p.size(); err != nil {
		return err
	}
	if n > math.MaxInt32 {
		return Errorf("ValueError", "precision too big")
	}
	d.precision = max(n, 0)
	return nil
}

// size reads digits, or takes an argument for *. What is beyond any size is
// given back as some size that is too big.
func (p *printer) size() (int, error) {
	if p.peek() == '*' {
		p.i++
		v, err := p.next()
		if err != nil {
			return 0, err
		}
		if _, big := v.(*BigInt); big {
			return 0, Errorf("OverflowError", "Python int too large to convert to C ssize_t")
		}
		i, ok := asInt64(v)
		if !ok {
			return 0, TypeErrorf("* wants int")
		}
		return int(max(i, -math.MaxInt64)), nil
	}
	n := 0
	for ; p.peek() >= '0' && p.peek() <= '9'; p.i++ {
		n = min(n*10+int(p.peek()-'0'), 1<<40)
	}
	return n, nil
}

func (p *printer) write(d *directive, v Value) error {
	switch d.code {
	case 's', 'r', 'a':
		p.text(d, p.shown(d.code, v))
		return nil
	case 'c':
		s, err := oneChar(v)
		p.text(&directive{left: d.left, width: d.width, precision: -1}, s)
		return err
	case 'd', 'i', 'u', 'o', 'x', 'X':
		return p.integer(d, v)
	case 'e', 'E', 'f', 'F', 'g', 'G':
		return p.float(d, v)
	}
	shown := string(d.code)
	if d.code < 31 || d.code > '~' {
		shown = "?"
	}
	return Errorf("ValueError", "unsupported format character '%s' (0x%x) at index %d", shown, d.code, runeLen(p.s[:d.at]))
}

func (p *printer) shown(code rune, v Value) string {
	var s string
	switch code {
	case 's':
		if p.escape {
			return string(Escape(v))
		}
		return ToStr(v)
	case 'r':
		s = Repr(v)
	case 'a':
		s = asciiRepr(v)
	}
	if p.escape {
		return string(Escape(Str(s)))
	}
	return s
}

// text writes s, cut to the precision and padded to the width.
func (p *printer) text(d *directive, s string) {
	if d.precision >= 0 && d.precision < len(s) {
		s = sliceRunes(s, 0, d.precision)
	}
	fill := d.width - runeLen(s)
	if !d.left {
		p.spaces(fill, ' ')
	}
	p.out = append(p.out, s...)
	if d.left {
		p.spaces(fill, ' ')
	}
}

func (p *printer) spaces(n int, c byte) {
	for ; n > 0; n-- {
		p.out = append(p.out, c)
	}
}

func oneChar(v Value) (string, error) {
	if s, ok := AsString(v); ok {
		if runeLen(s) == 1 {
			return s, nil
		}
		return "", TypeErrorf("%%c requires int or char")
	}
	if i, ok := asIndex(v); ok {
		if i < 0 || i > 0x10ffff {
			return "", Errorf("OverflowError", "%%c arg not in range(0x110000)")
		}
		return string(rune(i)), nil
	}
	return "", TypeErrorf("%%c requires int or char")
}

func (p *printer) integer(d *directive, v Value) error {
	i, err := integerArg(d.code, v)
	if err != nil {
		return err
	}
	if d.precision > maxPrecision {
		return Errorf("ValueError", "precision too big")
	}
	base, prefix := 10, ""
	switch d.code {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
	}
	if d.alt && base != 10 {
		prefix = "0" + string(d.code)
	}
	digits := new(big.Int).Abs(i).Text(base)
	if n := d.precision - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	if d.code == 'X' {
		digits = strings.ToUpper(digits)
	}
	p.number(d, i.Sign() < 0, prefix, digits)
	return nil
}

// integerArg is the int that %d (of any real number) and %x (of an int) write.
func integerArg(code rune, v Value) (*big.Int, error) {
	if i, ok := asBig(v); ok {
		return i, nil
	}
	if code == 'o' || code == 'x' || code == 'X' {
		return nil, TypeErrorf("%%%c format: an integer is required, not %s", code, v.Type())
	}
	switch x := v.(type) {
	case *Undefined:
		return nil, x.Error()
	case Float:
		return truncated(float64(x))
	case *Decimal:
		n, err := x.Int()
		if err != nil {
			return nil, err
		}
		i, _ := asBig(n)
		return i, nil
	}
	return nil, TypeErrorf("%%%c format: a real number is required, not %s", code, v.Type())
}

func (p *printer) float(d *directive, v Value) error {
	f, ok, err := asFloat(v)
	if dec, isDecimal := v.(*Decimal); isDecimal {
		f, err = dec.Float()
		ok = true
	}
	if err != nil {
		return err
	}
	if !ok {
		if u, ok := v.(*Undefined); ok {
			return u.Error()
		}
		return TypeErrorf("must be real number, not %s", v.Type())
	}
	if d.precision > maxPrecision {
		return Errorf("ValueError", "precision too big")
	}
	text := floatText(math.Abs(f), d.code, d.precision, d.alt)
	p.number(d, math.Signbit(f) && !math.IsNaN(f), "", text)
	return nil
}

// number writes sign, prefix and digits, with zeros or spaces up to the width.
func (p *printer) number(d *directive, neg bool, prefix, digits string) {
	sign := ""
	switch {
	case neg:
		sign = "-"
	case d.plus:
		sign = "+"
	case d.space:
		sign = " "
	}
	fill := d.width - len(sign) - len(prefix) - len(digits)
	switch {
	case d.left:
		p.out = append(append(append(p.out, sign...), prefix...), digits...)
		p.spaces(fill, ' ')
	case d.zero:
		p.out = append(append(p.out, sign...), prefix...)
		p.spaces(fill, '0')
		p.out = append(p.out, digits...)
	default:
		p.spaces(fill, ' ')
		p.out = append(append(append(p.out, sign...), prefix...), digits...)
	}
}
