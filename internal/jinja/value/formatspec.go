package value

import (
	"strings"
	"unicode/utf8"
)

// formatSpec is a parsed format specification: [[fill]align][sign][z][#][0]
// [width][grouping][.precision][type].
type formatSpec struct {
	fill      string
	align     byte // < > = ^
	sign      byte // + - space, or 0
	noNegZero bool
	alt       bool
	width     int // -1 when not given
	group     byte
	precision int // -1 when not given
	kind      rune

	aligned bool // an alignment was given
	zero    bool // a 0 stands in front of the width
}

// Format is format(v, spec): what {:spec} in str.format writes.
func Format(v Value, spec string) (string, error) {
	if x, ok := v.(Formatter); ok {
		return x.Format(spec)
	}
	if spec == "" {
		return ToStr(v), nil
	}
	switch x := v.(type) {
	case Str, Markup:
		return formatText(textOf(v), v.Type(), spec)
	case Bool:
		return formatInt(x.int(), "bool", spec)
	case Int, *BigInt:
		return formatInt(v, "int", spec)
	case Float:
		return formatFloat(float64(x), spec)
	case *Decimal:
		return formatDecimal(x, spec)
	}
	return "", TypeErrorf("unsupported format string passed to %s.__format__", v.Type())
}

type specParser struct {
	runes []rune
	i     int
}

func (p *specParser) peek(ahead int) rune {
	if p.i+ahead < len(p.runes) {
		return p.runes[p.i+ahead]
	}
	return -1
}

func (p *specParser) accept(set string) (byte, bool) {
	if c := p.peek(0); c >= 0 && c < utf8.RuneSelf && strings.IndexByte(set, byte(c)) >= 0 {
		p.i++
		return byte(c), true
	}
	return 0, false
}

// integer reads digits; -1 is none of them.
func (p *specParser) integer() (int, error) {
	n, from := 0, p.i
	for ; p.peek(0) >= '0' && p.peek(0) <= '9'; p.i++ {
		if n = n*10 + int(p.peek(0)-'0'); n > 1<<40 {
			return 0, Errorf("ValueError", "Too many decimal digits in format string")
		}
	}
	if p.i == from {
		return -1, nil
	}
	return n, nil
}

func isAlign(r rune) bool { return r == '<' || r == '>' || r == '=' || r == '^' }

// parseSpec reads a specification for an object of a type, with that type's
// defaults.
func parseSpec(spec, of string, kind rune, align byte) (*formatSpec, error) {
	s := &formatSpec{fill: " ", align: align, kind: kind}
	p := &specParser{runes: []rune(spec)}
	p.alignment(s, align)
	var err error
	if s.width, err = p.integer(); err != nil {
		return nil, err
	}
	if err := p.grouping(s); err != nil {
		return nil, err
	}
	s.precision = -1
	if _, ok := p.accept("."); ok {
		if s.precision, err = p.integer(); err != nil {
			return nil, err
		}
		if s.precision < 0 {
			return nil, Errorf("ValueError", "Format specifier missing precision")
		}
	}
	switch len(p.runes) - p.i {
	case 0:
	case 1:
		s.kind = p.peek(0)
	default:
		return nil, Errorf("ValueError", "Invalid format specifier '%s' for object of type '%s'", spec, of)
	}
	if s.width > maxSequence || s.precision > maxPrecision {
		return nil, Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
	}
	return s, s.checkGrouping()
}

// maxPrecision bounds the digits behind the point.
const maxPrecision = 100_000

func (p *specParser) alignment(s *formatSpec, def byte) {
	filled := isAlign(p.peek(1))
	switch {
	case filled:
		s.fill, s.align, s.aligned = string(p.peek(0)), byte(p.peek(1)), true
		p.i += 2
	case isAlign(p.peek(0)):
		s.align, s.aligned = byte(p.peek(0)), true
		p.i++
	}
	s.sign, _ = p.accept("+- ")
	_, s.noNegZero = p.accept("z")
	_, s.alt = p.accept("#")
	if filled {
		s.zero = p.peek(0) == '0' // belongs to the width
		return
	}
	if _, s.zero = p.accept("0"); s.zero {
		s.fill = "0"
		if !s.aligned && def == '>' {
			s.align = '='
		}
	}
}

func (p *specParser) grouping(s *formatSpec) error {
	s.group, _ = p.accept(",")
	if c, ok := p.accept("_"); ok {
		if s.group != 0 {
			return bothSeparators()
		}
		s.group = c
	}
	if s.group == '_' && p.peek(0) == ',' {
		return bothSeparators()
	}
	return nil
}

func bothSeparators() error { return Errorf("ValueError", "Cannot specify both ',' and '_'.") }

func (s *formatSpec) checkGrouping() error {
	if s.group == 0 || s.kind == 0 || strings.ContainsRune("defgEG%F", s.kind) {
		return nil
	}
	if s.group == '_' && strings.ContainsRune("boxX", s.kind) {
		return nil
	}
	return Errorf("ValueError", "Cannot specify '%c' with '%s'.", s.group, codeText(s.kind))
}

// codeText shows a type code in an error.
func codeText(r rune) string {
	if r > 32 && r < 128 {
		return string(r)
	}
	return `\x` + string(appendHexPadded(nil, r, 0))
}

func (s *formatSpec) unknownCode(of string) error {
	return Errorf("ValueError", "Unknown format code '%s' for object of type '%s'", codeText(s.kind), of)
}

func formatText(t, of, spec string) (string, error) {
	s, err := parseSpec(spec, of, 's', '<')
	if err != nil {
		return "", err
	}
	refuse := func(what string) (string, error) {
		return "", Errorf("ValueError", "%s not allowed in string format specifier", what)
	}
	switch {
	case s.kind != 's':
		return "", s.unknownCode(of)
	case s.sign == ' ':
		return refuse("Space")
	case s.sign != 0:
		return refuse("Sign")
	case s.noNegZero:
		return refuse("Negative zero coercion (z)")
	case s.alt:
		return refuse("Alternate form (#)")
	case s.align == '=':
		return refuse("'=' alignment")
	}
	if s.precision >= 0 {
		t = sliceRunes(t, 0, min(s.precision, len(t)))
	}
	return s.pad("", t), nil
}

// pad fills up to the width; sign is what stands in front of = alignment.
func (s *formatSpec) pad(sign, body string) string {
	n := s.width - runeLen(sign) - runeLen(body)
	if n <= 0 {
		return sign + body
	}
	switch s.align {
	case '<':
		return sign + body + strings.Repeat(s.fill, n)
	case '^':
		return strings.Repeat(s.fill, n/2) + sign + body + strings.Repeat(s.fill, n-n/2)
	case '=':
		return sign + strings.Repeat(s.fill, n) + body
	}
	return strings.Repeat(s.fill, n) + sign + body
}
