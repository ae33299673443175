package value

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON is json.loads: ints of any size, NaN and Infinity, the last of
// duplicate keys in the place of the first. Half a surrogate pair, which Go's
// text cannot hold, is read as U+FFFD. A fault is a JSONDecodeError with
// Python's text.
func ParseJSON(src []byte) (Value, error) {
	p := jsonParser{s: string(src)}
	if !utf8.ValidString(p.s) {
		_, err := decodeText(codecs["utf8"], p.s, "strict")
		return nil, err
	}
	if strings.HasPrefix(p.s, "\ufeff") {
		return nil, p.fail("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0)
	}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.i < len(p.s) {
		return nil, p.fail("Extra data", p.i)
	}
	return v, nil
}

type jsonParser struct {
	s string
	i int
}

// fail makes the error of a place, counted in characters from 1 as Python does.
func (p *jsonParser) fail(msg string, at int) error {
	at = min(at, len(p.s))
	before := p.s[:at]
	line := strings.Count(before, "\n") + 1
	column := runeLen(before[strings.LastIndexByte(before, '\n')+1:]) + 1
	return &Error{
		Kind: "JSONDecodeError",
		Msg:  fmt.Sprintf("%s: line %d column %d (char %d)", msg, line, column, runeLen(before)),
	}
}

func (p *jsonParser) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

func (p *jsonParser) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

var jsonWords = []struct {
	text string
	v    Value
}{
	{"null", None}, {"true", Bool(true)}, {"false", Bool(false)},
	{"NaN", Float(math.NaN())}, {"Infinity", Float(math.Inf(1))}, {"-Infinity", Float(math.Inf(-1))},
}

func (p *jsonParser) value(depth int) (Value, error) {
	if depth > maxNesting {
		return nil, Errorf("RecursionError", "maximum recursion depth exceeded while decoding a JSON object")
	}
	switch c := p.peek(); {
	case c == '"':
		s, err := p.text()
		return Str(s), err
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == '-' || c >= '0' && c <= '9':
		if v := p.number(); v != nil {
			return v, nil
		}
	}
	for _, w := range jsonWords {
		if strings.HasPrefix(p.s[p.i:], w.text) {
			p.i += len(w.text)
			return w.v, nil
		}
	}
	return nil, p.fail("Expecting value", p.i)
}

func (p *jsonParser) array(depth int) (Value, error) {
	l := NewList()
	p.i++
	p.space()
	if p.peek() == ']' {
		p.i++
		return l, nil
	}
	for {
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		l.Elems = append(l.Elems, v)
		p.space()
		switch p.peek() {
		case ',':
			p.i++
			p.space()
		case ']':
			p.i++
			return l, nil
		default:
			return nil, p.fail("Expecting ',' delimiter", p.i)
		}
	}
}

func (p *jsonParser) object(depth int) (Value, error) {
	d := NewDict(0)
	p.i++
	p.space()
	if p.peek() == '}' {
		p.i++
		return d, nil
	}
	for {
		if p.peek() != '"' {
			return nil, p.fail("Expecting property name enclosed in double quotes", p.i)
		}
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.peek() != ':' {
			return nil, p.fail("Expecting ':' delimiter", p.i)
		}
		p.i++
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.SetStr(key, v)
		p.space()
		switch p.peek() {
		case ',':
			p.i++
			p.space()
		case '}':
			p.i++
			return d, nil
		default:
			return nil, p.fail("Expecting ',' delimiter", p.i)
		}
	}
}

func (p *jsonParser) digits(i int) int {
	for i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9' {
		i++
	}
	return i
}

// number reads a number, or returns nil where there is none.
func (p *jsonParser) number() Value {
	start, i := p.i, p.i
	if p.s[i] == '-' {
		i++
	}
	end := p.digits(i)
	if end == i {
		return nil
	}
	if p.s[i] == '0' {
		end = i + 1
	}
	whole := true
	if end < len(p.s) && p.s[end] == '.' {
		if frac := p.digits(end + 1); frac > end+1 {
			end, whole = frac, false
		}
	}
	if end < len(p.s) && p.s[end]|0x20 == 'e' {
		exp := end + 1
		if exp < len(p.s) && (p.s[exp] == '+' || p.s[exp] == '-') {
			exp++
		}
		if n := p.digits(exp); n > exp {
			end, whole = n, false
		}
	}
	p.i = end
	t := p.s[start:end]
	if whole {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			return Int(n)
		}
		return numberFromText(t)
	}
	return Float(parseFloat(t))
}

// parseFloat reads digits that are known to be a number; beyond the range of a
// float it is an infinity or zero, as in Python.
func parseFloat(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

func (p *jsonParser) text() (string, error) {
	begin := p.i
	p.i++
	from := p.i
	var b []byte
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[from:p.i]
			p.i++
			if b != nil {
				s = string(append(b, s...))
			}
			return s, nil
		case c == '\\':
			b = append(b, p.s[from:p.i]...)
			var err error
			if b, err = p.escape(b, begin); err != nil {
				return "", err
			}
			from = p.i
		case c < ' ':
			return "", p.fail("Invalid control character at", p.i)
		default:
			p.i++
		}
	}
	return "", p.fail("Unterminated string starting at", begin)
}

func (p *jsonParser) escape(b []byte, begin int) ([]byte, error) {
	if p.i+1 >= len(p.s) {
		return nil, p.fail("Unterminated string starting at", begin)
	}
	c := p.s[p.i+1]
	if c == 'u' {
		return p.unicodeEscape(b)
	}
	at := strings.IndexByte(`"\/bfnrt`, c)
	if at < 0 {
		return nil, p.fail(`Invalid \escape`, p.i)
	}
	p.i += 2
	return append(b, "\"\\/\b\f\n\r\t"[at]), nil
}

func (p *jsonParser) unicodeEscape(b []byte) ([]byte, error) {
	r, ok := p.hex4(p.i + 2)
	if !ok {
		return nil, p.fail(`Invalid \uXXXX escape`, p.i+1)
	}
	p.i += 6
	if utf16.IsSurrogate(r) && strings.HasPrefix(p.s[p.i:], `\u`) {
		if low, ok := p.hex4(p.i + 2); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r = pair
				p.i += 6
			}
		}
	}
	return utf8.AppendRune(b, r), nil
}

func (p *jsonParser) hex4(at int) (rune, bool) {
	if at+4 > len(p.s) {
		return 0, false
	}
	n, err := strconv.ParseUint(p.s[at:at+4], 16, 32)
	return rune(n), err == nil
}
