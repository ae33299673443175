package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// str takes a string literal. The text between the quotes may span lines.
func (l *lexer) str(q byte) bool {
	start := l.pos
	p := start + 1
	escaped := false
	for {
		i := strings.IndexAny(l.src[p:], `\`+string(q))
		if i < 0 {
			return l.unexpected()
		}
		p += i
		if l.src[p] == q {
			break
		}
		escaped = true
		_, n := utf8.DecodeRuneInString(l.src[p+1:])
		if n == 0 {
			return l.unexpected()
		}
		p += 1 + n
	}
	s := l.src[start+1 : p]
	l.pos = p + 1
	if escaped {
		u, err := unescape(s)
		if err != "" {
			return l.bad(start, err)
		}
		s = u
	}
	l.emit(StringTok, start, s)
	return true
}

var simpleEscapes = map[byte]byte{
	'\\': '\\', '\'': '\'', '"': '"', 'a': '\a', 'b': '\b', 'f': '\f',
	'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
}

// unescape resolves the escapes of a string literal as Python's
// unicode-escape codec does; unknown ones stay as they are. The second result
// is the codec's complaint.
func unescape(s string) (string, string) {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			b.WriteString(s)
			return b.String(), ""
		}
		b.WriteString(s[:i])
		c, rest := s[i+1], s[i+1:]
		s = rest[1:]
		if e, ok := simpleEscapes[c]; ok {
			b.WriteByte(e)
			continue
		}
		switch {
		case c == '\n':
		case c >= '0' && c <= '7':
			n := 0
			for n < 2 && n < len(s) && s[n] >= '0' && s[n] <= '7' {
				n++
			}
			v, _ := strconv.ParseUint(string(c)+s[:n], 8, 32)
			b.WriteRune(rune(v))
			s = s[n:]
		case c == 'x' || c == 'u' || c == 'U':
			r, n, msg := hexEscape(c, s)
			if msg != "" {
				return "", msg
			}
			b.WriteRune(r)
			s = s[n:]
		case c == 'N':
			return "", `malformed \N character escape`
		case c >= utf8.RuneSelf:
			s = keptEscape(&b, rest)
		default:
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
}

func hexEscape(c byte, s string) (rune, int, string) {
	n, name := 2, `\xXX`
	switch c {
	case 'u':
		n, name = 4, `\uXXXX`
	case 'U':
		n, name = 8, `\UXXXXXXXX`
	}
	if len(s) < n || strings.IndexFunc(s[:n], func(r rune) bool { return r > 127 || !isHex(byte(r)) }) >= 0 {
		return 0, 0, "truncated " + name + " escape"
	}
	v, _ := strconv.ParseUint(s[:n], 16, 32)
	if v > unicode.MaxRune {
		return 0, 0, "illegal Unicode character"
	}
	return rune(v), n, ""
}

// keptEscape is a backslash before a character outside ASCII. Jinja turns such
// characters into escapes of their own first, so that two backslashes meet.
func keptEscape(b *strings.Builder, s string) string {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
	return s[n:]
}

// quote is Python's repr of a string, as Jinja's messages show names.
func quote(s string) string {
	q := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		q = '"'
	}
	b := []byte{q}
	for _, r := range s {
		switch {
		case r == rune(q) || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || r == 0x7f:
			b = fmt.Appendf(b, `\x%02x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return string(append(b, q))
}

func dropUnderscores(s string) string {
	if strings.IndexByte(s, '_') < 0 {
		return s
	}
	return strings.ReplaceAll(s, "_", "")
}

func byteAt(s string, i int) byte {
	if i < len(s) {
		return s[i]
	}
	return 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool   { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }
func isNameByte(c byte) bool {
	return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || isDigit(c)
}

// isWord is Python's \w.
func isWord(r rune) bool {
	return r == '_' || unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.In(r, unicode.Mn, unicode.Mc, unicode.Pc)
}

// isSpace is Python's str.isspace.
func isSpace(r rune) bool {
	return r >= 0x1c && r <= 0x1f || unicode.IsSpace(r)
}

// spaceEnd is the end of the white space at off.
func spaceEnd(src string, off int) int {
	for off < len(src) {
		c := src[off]
		switch {
		case c == ' ' || c >= '\t' && c <= '\r' || c >= 0x1c && c <= 0x1f:
			off++
		case c < utf8.RuneSelf:
			return off
		default:
			r, n := utf8.DecodeRuneInString(src[off:])
			if !isSpace(r) {
				return off
			}
			off += n
		}
	}
	return off
}

func trimSpaceRight(s string) string { return strings.TrimRightFunc(s, isSpace) }

// Unescape resolves the escapes of a Python string literal.
func Unescape(s string) (string, error) {
	u, msg := unescape(s)
	if msg != "" {
		return "", Errorf(0, "%s", msg)
	}
	return u, nil
}
