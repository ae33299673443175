package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a normalised source into tokens. It never fails: a lexical error
// becomes a Bad token, so that a syntax error before it is reported first, as
// Jinja's lazy lexer has it.
type lexer struct {
	src  string
	pos  int
	toks []token
	open []byte // closing brackets still expected in the present tag
}

// lex appends the tokens of src to toks, which ends with EOF or Bad.
func lex(src string, toks []token) []token {
	l := lexer{src: src, toks: toks}
	for l.pos < len(src) {
		if !l.text() {
			break
		}
	}
	if n := len(l.toks); n == 0 || l.toks[n-1].Kind != Bad {
		// Jinja places the end of a template at the start of its last token.
		var last Pos
		if n > 0 {
			last = l.toks[n-1].Off
		}
		l.toks = append(l.toks, token{Kind: EOF, Off: last})
	}
	return l.toks
}

func (l *lexer) emit(k Kind, off int, text string) {
	l.toks = append(l.toks, token{Kind: k, Off: Pos(off), Text: text})
}

// bad ends the token list with an error; its result is false for the callers
// to hand on.
func (l *lexer) bad(off int, msg string) bool {
	l.emit(Bad, off, msg)
	return false
}

// text takes the data up to the next tag, and the tag.
func (l *lexer) text() bool {
	start := l.pos
	at := nextTag(l.src, start)
	if at < 0 {
		l.data(start, len(l.src), false)
		l.pos = len(l.src)
		return true
	}
	sign := byteAt(l.src, at+2)
	l.data(start, at, sign == '-')
	l.pos = at + 2
	if sign == '-' || sign == '+' {
		l.pos++
	}
	switch l.src[at+1] {
	case '#':
		return l.comment(at)
	case '{':
		l.emit(VarBegin, at, "")
		return l.tag(VarEnd, "}}")
	}
	if end := rawBegin(l.src, l.pos); end >= 0 {
		l.pos = end
		return l.raw(at)
	}
	l.emit(BlockBegin, at, "")
	return l.tag(BlockEnd, "%}")
}

// data emits src[from:to], without its trailing white space if strip is set.
func (l *lexer) data(from, to int, strip bool) {
	s := l.src[from:to]
	if strip {
		s = trimSpaceRight(s)
	}
	if s != "" {
		l.emit(Data, from, s)
	}
}

// nextTag finds the next "{{", "{%" or "{#" from off on, or -1.
func nextTag(src string, off int) int {
	for {
		i := strings.IndexByte(src[off:], '{')
		if i < 0 || off+i+1 >= len(src) {
			return -1
		}
		off += i
		switch src[off+1] {
		case '{', '%', '#':
			return off
		}
		off++
	}
}

func (l *lexer) comment(at int) bool {
	if l.pos == len(l.src) {
		return true // Jinja does not mind a comment that opens at the very end
	}
	i := strings.Index(l.src[l.pos:], "#}")
	if i < 0 {
		return l.bad(at, "Missing end of comment tag")
	}
	strip := i > 0 && l.src[l.pos+i-1] == '-'
	l.pos += i + 2
	if strip {
		l.skipSpace()
	}
	return true
}

// rawBegin tells whether the tag whose inside starts at off is a raw tag, and
// gives the offset behind it, or -1.
func rawBegin(src string, off int) int {
	off = spaceEnd(src, off)
	if !strings.HasPrefix(src[off:], "raw") {
		return -1
	}
	off = spaceEnd(src, off+3)
	if strings.HasPrefix(src[off:], "-%}") {
		return spaceEnd(src, off+3)
	}
	if strings.HasPrefix(src[off:], "%}") {
		return off + 2
	}
	return -1
}

// raw takes text up to {% endraw %} as it stands.
func (l *lexer) raw(at int) bool {
	start := l.pos
	if start == len(l.src) {
		return true
	}
	for off := start; ; off += 2 {
		i := strings.Index(l.src[off:], "{%")
		if i < 0 {
			return l.bad(at, "Missing end of raw directive")
		}
		off += i
		sign := byteAt(l.src, off+2)
		p := off + 2
		if sign == '-' || sign == '+' {
			p++
		}
		p = spaceEnd(l.src, p)
		if !strings.HasPrefix(l.src[p:], "endraw") {
			continue
		}
		if end := tagEnd(l.src, spaceEnd(l.src, p+6), "%}", true); end >= 0 {
			l.data(start, off, sign == '-')
			l.pos = end
			return true
		}
	}
}

// tagEnd tells whether a tag ends at off, and gives the offset behind the end
// and the white space that a minus takes with it, or -1. A plus is allowed
// where Jinja allows it.
func tagEnd(src string, off int, close string, plus bool) int {
	switch s := src[off:]; {
	case strings.HasPrefix(s, close):
		return off + 2
	case len(s) < 3 || s[1:3] != close:
		return -1
	case s[0] == '-':
		return spaceEnd(src, off+3)
	case s[0] == '+' && plus:
		return off + 3
	}
	return -1
}

// tag takes the tokens inside a tag, and its end.
func (l *lexer) tag(end Kind, close string) bool {
	l.open = l.open[:0]
	for {
		l.skipSpace()
		if l.pos >= len(l.src) {
			return true
		}
		if len(l.open) == 0 {
			if p := tagEnd(l.src, l.pos, close, end == BlockEnd); p >= 0 {
				l.emit(end, l.pos, "")
				l.pos = p
				return true
			}
		}
		if !l.token() {
			return false
		}
	}
}

// token takes one token inside a tag.
func (l *lexer) token() bool {
	c := l.src[l.pos]
	switch {
	case isNameByte(c) && !isDigit(c):
		return l.name()
	case isDigit(c):
		l.number()
		return true
	case c == '\'' || c == '"':
		return l.str(c)
	case c >= utf8.RuneSelf:
		return l.name()
	}
	return l.operator()
}

func (l *lexer) name() bool {
	start := l.pos
	for l.pos < len(l.src) && isNameByte(l.src[l.pos]) {
		l.pos++
	}
	if l.pos < len(l.src) && l.src[l.pos] >= utf8.RuneSelf {
		return l.unicodeName(start)
	}
	l.emit(NameTok, start, l.src[start:l.pos])
	return true
}

// unicodeName is the slow path of name: Python's \w+, which must be an identifier.
func (l *lexer) unicodeName(start int) bool {
	l.pos = start
	for l.pos < len(l.src) {
		r, n := utf8.DecodeRuneInString(l.src[l.pos:])
		if !isWord(r) {
			break
		}
		l.pos += n
	}
	s := l.src[start:l.pos]
	if s == "" {
		return l.unexpected()
	}
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.Is(unicode.Nl, r) &&
			(i == 0 || !unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc)) {
			return l.bad(start, "Invalid character in identifier")
		}
	}
	l.emit(NameTok, start, s)
	return true
}

// number takes an integer or a float. Underscores may stand between digits.
func (l *lexer) number() {
	start := l.pos
	if l.pos+1 < len(l.src) && l.src[l.pos] == '0' && l.prefixed(start) {
		return
	}
	end := digitsEnd(l.src, start, isDigit)
	if start == 0 || l.src[start-1] != '.' {
		p, float := end, false
		if byteAt(l.src, p) == '.' && isDigit(byteAt(l.src, p+1)) {
			p, float = digitsEnd(l.src, p+1, isDigit), true
		}
		if e := byteAt(l.src, p); e == 'e' || e == 'E' {
			q := p + 1
			if s := byteAt(l.src, q); s == '+' || s == '-' {
				q++
			}
			if isDigit(byteAt(l.src, q)) {
				p, float = digitsEnd(l.src, q, isDigit), true
			}
		}
		if float {
			l.pos = p
			l.emit(FloatTok, start, dropUnderscores(l.src[start:p]))
			return
		}
	}
	if l.src[start] == '0' { // a zero is followed by zeros alone: 012 is 0 and 12
		end = digitsEnd(l.src, start, func(c byte) bool { return c == '0' })
	}
	l.pos = end
	l.emit(IntTok, start, dropUnderscores(l.src[start:end]))
}

// prefixed takes 0b, 0o and 0x integers.
func (l *lexer) prefixed(start int) bool {
	var ok func(byte) bool
	switch l.src[start+1] | 0x20 {
	case 'b':
		ok = func(c byte) bool { return c == '0' || c == '1' }
	case 'o':
		ok = func(c byte) bool { return c >= '0' && c <= '7' }
	case 'x':
		ok = isHex
	default:
		return false
	}
	p := start + 2
	if byteAt(l.src, p) == '_' {
		p++
	}
	if !ok(byteAt(l.src, p)) {
		return false
	}
	l.pos = digitsEnd(l.src, p, ok)
	l.emit(IntTok, start, dropUnderscores(l.src[start:l.pos]))
	return true
}

// digitsEnd is the end of digits with single underscores between them.
func digitsEnd(src string, off int, ok func(byte) bool) int {
	for off < len(src) {
		switch {
		case ok(src[off]):
			off++
		case src[off] == '_' && ok(byteAt(src, off+1)):
			off += 2
		default:
			return off
		}
	}
	return off
}

func (l *lexer) operator() bool {
	if l.pos+1 < len(l.src) {
		if k := operator2(l.src[l.pos : l.pos+2]); k != EOF {
			l.emit(k, l.pos, "")
			l.pos += 2
			return true
		}
	}
	c := l.src[l.pos]
	k := operator1[c&0x7f]
	if k == EOF || c >= utf8.RuneSelf {
		return l.unexpected()
	}
	switch k {
	case LParen:
		l.open = append(l.open, ')')
	case LBracket:
		l.open = append(l.open, ']')
	case LBrace:
		l.open = append(l.open, '}')
	case RParen, RBracket, RBrace:
		n := len(l.open)
		if n == 0 {
			return l.bad(l.pos, "unexpected '"+string(c)+"'")
		}
		want := l.open[n-1]
		l.open = l.open[:n-1]
		if want != c {
			return l.bad(l.pos, "unexpected '"+string(c)+"', expected '"+string(want)+"'")
		}
	}
	l.emit(k, l.pos, "")
	l.pos++
	return true
}

func (l *lexer) unexpected() bool {
	r, _ := utf8.DecodeRuneInString(l.src[l.pos:])
	at := utf8.RuneCountInString(l.src[:l.pos])
	return l.bad(l.pos, "unexpected char "+quote(string(r))+" at "+strconv.Itoa(at))
}

func operator2(s string) Kind {
	switch s {
	case "//":
		return FloorDiv
	case "**":
		return Pow
	case "==":
		return Eq
	case "!=":
		return Ne
	case ">=":
		return GtEq
	case "<=":
		return LtEq
	}
	return EOF
}

var operator1 = [128]Kind{
	'+': Add, '-': Sub, '/': Div, '*': Mul, '%': Mod, '~': Tilde, '[': LBracket, ']': RBracket,
	'(': LParen, ')': RParen, '{': LBrace, '}': RBrace, '>': Gt, '<': Lt, '=': Assign,
	'.': Dot, ':': Colon, '|': Pipe, ',': Comma, ';': Semicolon,
}

func (l *lexer) skipSpace() { l.pos = spaceEnd(l.src, l.pos) }
