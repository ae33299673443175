package jinja

import (
	"math/big"
	"strconv"
	"strings"

	"dex/internal/jinja/syntax"
	"dex/internal/jinja/value"
)

// parseLiteral is Python's ast.literal_eval: strings, bytes, numbers, tuples,
// lists, dicts, sets, booleans and None, and nothing else. Complex numbers,
// which no value stands for, count as something else.
func parseLiteral(src string) (value.Value, bool) {
	src = strings.TrimLeft(src, " \t")
	for blank := true; blank; { // Python skips blank lines, but minds an indent
		line, rest, found := strings.Cut(src, "\n")
		if blank = found && strings.TrimSpace(line) == ""; blank {
			if src = rest; strings.HasPrefix(src, " ") || strings.HasPrefix(src, "\t") {
				return nil, false
			}
		}
	}
	p := literalParser{src: src}
	v, ok := p.tuple(0)
	p.space(true)
	return v, ok && p.pos == len(p.src)
}

// maxLiteralDepth bounds nested brackets; CPython refuses more than 200.
const maxLiteralDepth = 200

type literalParser struct {
	src string
	pos int
}

// space skips white space and comments; newlines only inside brackets, or at
// the end.
func (p *literalParser) space(newlines bool) {
	for p.pos < len(p.src) {
		switch c := p.src[p.pos]; {
		case c == ' ' || c == '\t' || c == '\f' || newlines && (c == '\n' || c == '\r'):
			p.pos++
		case c == '#':
			for p.pos < len(p.src) && p.src[p.pos] != '\n' {
				p.pos++
			}
		default:
			return
		}
	}
}

func (p *literalParser) skip(c byte) bool {
	if p.pos < len(p.src) && p.src[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

// tuple is one value, or several with commas.
func (p *literalParser) tuple(depth int) (value.Value, bool) {
	v, ok := p.value(depth)
	if !ok {
		return nil, false
	}
	p.space(depth > 0)
	if !p.skip(',') {
		return v, true
	}
	vs := []value.Value{v}
	for {
		p.space(depth > 0)
		if p.pos == len(p.src) || p.src[p.pos] == ')' || p.src[p.pos] == '\n' {
			return value.NewTuple(vs...), true
		}
		if v, ok = p.value(depth); !ok {
			return nil, false
		}
		vs = append(vs, v)
		p.space(depth > 0)
		if !p.skip(',') {
			return value.NewTuple(vs...), true
		}
	}
}

func (p *literalParser) value(depth int) (value.Value, bool) {
	p.space(depth > 0)
	if p.pos == len(p.src) || depth > maxLiteralDepth {
		return nil, false
	}
	switch c := p.src[p.pos]; {
	case c == '(':
		return p.parens(depth + 1)
	case c == '[':
		return p.list(depth + 1)
	case c == '{':
		return p.braces(depth + 1)
	case c == '+' || c == '-':
		return p.signed(c)
	case c >= '0' && c <= '9' || c == '.':
		return p.number()
	}
	return p.word(depth)
}

func (p *literalParser) parens(depth int) (value.Value, bool) {
	p.pos++
	p.space(true)
	if p.skip(')') {
		return value.NewTuple(), true
	}
	v, ok := p.tuple(depth)
	p.space(true)
	return v, ok && p.skip(')')
}

// items parses values up to the closing bracket.
func (p *literalParser) items(depth int, close byte) ([]value.Value, bool) {
	var vs []value.Value
	for {
		p.space(true)
		if p.skip(close) {
			return vs, true
		}
		v, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		vs = append(vs, v)
		p.space(true)
		if !p.skip(',') {
			return vs, p.skip(close)
		}
	}
}

func (p *literalParser) list(depth int) (value.Value, bool) {
	p.pos++
	vs, ok := p.items(depth, ']')
	return value.NewList(vs...), ok
}

// braces is a dict or a set.
func (p *literalParser) braces(depth int) (value.Value, bool) {
	p.pos++
	p.space(true)
	if p.skip('}') {
		return value.NewDict(0), true
	}
	start := p.pos
	if _, ok := p.value(depth); !ok {
		return nil, false
	}
	p.space(true)
	colon := p.skip(':')
	p.pos = start
	if colon {
		return p.dict(depth)
	}
	vs, ok := p.items(depth, '}')
	if !ok {
		return nil, false
	}
	set := value.NewSet()
	for _, v := range vs {
		if set.Add(v) != nil {
			return nil, false
		}
	}
	return set, true
}

func (p *literalParser) dict(depth int) (value.Value, bool) {
	d := value.NewDict(0)
	for {
		p.space(true)
		if p.skip('}') {
			return d, true
		}
		k, ok := p.value(depth)
		if !ok {
			return nil, false
		}
		p.space(true)
		if !p.skip(':') {
			return nil, false
		}
		v, ok := p.value(depth)
		if !ok || d.Set(k, v) != nil {
			return nil, false
		}
		p.space(true)
		if !p.skip(',') {
			return d, p.skip('}')
		}
	}
}

// signed is a number with one sign.
func (p *literalParser) signed(sign byte) (value.Value, bool) {
	p.pos++
	p.space(false)
	if p.pos == len(p.src) || (p.src[p.pos] < '0' || p.src[p.pos] > '9') && p.src[p.pos] != '.' {
		return nil, false
	}
	v, ok := p.number()
	if !ok || sign == '+' {
		return v, ok
	}
	v, err := value.Neg(v)
	return v, err == nil
}

func (p *literalParser) number() (value.Value, bool) {
	start := p.pos
	for p.pos < len(p.src) {
		c := p.src[p.pos]
		exp := (c == '+' || c == '-') && p.src[p.pos-1]|0x20 == 'e' && !strings.HasPrefix(strings.ToLower(p.src[start:]), "0x")
		if !exp && c != '.' && c != '_' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		p.pos++
	}
	text := p.src[start:p.pos]
	if len(text) > maxDigits {
		return nil, false
	}
	if i, ok := new(big.Int).SetString(text, 0); ok && !leadingZero(text) {
		return value.NewBigInt(i), true
	}
	if strings.Trim(text, "0_") == "" && !strings.HasSuffix(text, "_") && !strings.Contains(text, "__") {
		return value.Int(0), true // 00 is allowed, 01 is not
	}
	if strings.ContainsAny(text, "xXpP") || !strings.ContainsAny(text, ".eE") || badUnderscore(text) {
		return nil, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(text, "_", ""), 64)
	if err != nil && !isRange(err) {
		return nil, false
	}
	return value.Float(f), true
}

func isRange(err error) bool {
	ne, ok := err.(*strconv.NumError)
	return ok && ne.Err == strconv.ErrRange
}

// leadingZero reports 0755, which Go takes for octal and Python for a mistake.
func leadingZero(s string) bool {
	return len(s) > 1 && s[0] == '0' && (s[1] == '_' || s[1] >= '0' && s[1] <= '9')
}

// badUnderscore reports an underscore that does not stand between digits.
func badUnderscore(s string) bool {
	digit := func(i int) bool { return i >= 0 && i < len(s) && s[i] >= '0' && s[i] <= '9' }
	for i := range len(s) {
		if s[i] == '_' && (!digit(i-1) || !digit(i+1)) {
			return true
		}
	}
	return false
}

// word is a name, or a string, whose prefix is a name.
func (p *literalParser) word(depth int) (value.Value, bool) {
	start := p.pos
	for p.pos < len(p.src) && (p.src[p.pos]|0x20 >= 'a' && p.src[p.pos]|0x20 <= 'z') {
		p.pos++
	}
	name := p.src[start:p.pos]
	if p.pos < len(p.src) && (p.src[p.pos] == '\'' || p.src[p.pos] == '"') {
		p.pos = start
		return p.strings(depth)
	}
	switch name {
	case "True":
		return value.Bool(true), true
	case "False":
		return value.Bool(false), true
	case "None":
		return value.None, true
	case "set":
		p.space(depth > 0)
		if !p.skip('(') {
			return nil, false
		}
		p.space(true)
		return value.NewSet(), p.skip(')')
	}
	return nil, false
}

// strings is one string or several adjacent ones.
func (p *literalParser) strings(depth int) (value.Value, bool) {
	var b strings.Builder
	bytes, first := false, true
	for {
		s, isBytes, ok := p.str()
		if !ok || !first && isBytes != bytes {
			return nil, false
		}
		b.WriteString(s)
		bytes, first = isBytes, false
		end := p.pos
		p.space(depth > 0)
		if !p.atString() {
			p.pos = end
			break
		}
	}
	if bytes {
		return value.Bytes(b.String()), true
	}
	return value.Str(b.String()), true
}

func (p *literalParser) atString() bool {
	rest := strings.TrimLeft(p.src[p.pos:], "rRbBuU")
	return len(p.src)-p.pos-len(rest) <= 2 && rest != "" && (rest[0] == '\'' || rest[0] == '"')
}

// str is one string literal, with the prefixes r, b, u, br and rb.
func (p *literalParser) str() (s string, bytes, ok bool) {
	start := p.pos
	for p.src[p.pos] != '\'' && p.src[p.pos] != '"' {
		p.pos++
	}
	raw := false
	switch strings.ToLower(p.src[start:p.pos]) {
	case "", "u":
	case "r":
		raw = true
	case "b":
		bytes = true
	case "br", "rb":
		raw, bytes = true, true
	default:
		return "", false, false
	}
	quote := p.src[p.pos : p.pos+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(p.src[p.pos:], triple) {
		quote = triple
	}
	p.pos += len(quote)
	from := p.pos
	for !strings.HasPrefix(p.src[p.pos:], quote) {
		if p.pos == len(p.src) || p.src[p.pos] == '\n' && len(quote) == 1 {
			return "", false, false
		}
		if p.src[p.pos] == '\\' {
			p.pos++
		}
		p.pos = min(p.pos+1, len(p.src))
	}
	s = p.src[from:p.pos]
	p.pos += len(quote)
	if raw {
		return s, bytes, true
	}
	s, err := syntax.Unescape(s)
	return s, bytes, err == nil
}
