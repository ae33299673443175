package value

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Str is Python's str, in UTF-8. Its indices count code points.
type Str string

// Type is "str".
func (Str) Type() string { return "str" }

// Truth is whether s is not empty.
func (s Str) Truth() bool { return s != "" }

// AppendStr appends s.
func (s Str) AppendStr(b []byte) []byte { return append(b, s...) }

// AppendRepr appends s quoted, as Python quotes it.
func (s Str) AppendRepr(b []byte) []byte { return appendQuoted(b, string(s)) }

// HashKey is s.
func (s Str) HashKey() any { return s }

// Len counts code points.
func (s Str) Len() int { return runeLen(string(s)) }

// Iterate yields the characters.
func (s Str) Iterate() Iter { return &strIter{rest: string(s)} }

type strIter struct {
	rest   string
	markup bool
}

func (it *strIter) Next() (Value, bool, error) {
	if it.rest == "" {
		return nil, false, nil
	}
	_, n := utf8.DecodeRuneInString(it.rest)
	c := it.rest[:n]
	it.rest = it.rest[n:]
	return Str(c), true, nil
}

// AsString is the text of a Str or a Markup.
func AsString(v Value) (string, bool) {
	switch s := v.(type) {
	case Str:
		return string(s), true
	case Markup:
		return string(s), true
	}
	return "", false
}

// ToStr is str(v).
func ToStr(v Value) string {
	switch s := v.(type) {
	case Str:
		return string(s)
	case Markup:
		return string(s)
	}
	return string(v.AppendStr(nil))
}

// Repr is repr(v).
func Repr(v Value) string { return string(v.AppendRepr(nil)) }

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func runeLen(s string) int { return utf8.RuneCountInString(s) }

// runeOffset is the byte offset of the n-th code point, or len(s) beyond the end.
func runeOffset(s string, n int) int {
	if n >= len(s) {
		return len(s)
	}
	for i := range s {
		if n == 0 {
			return i
		}
		n--
	}
	return len(s)
}

// sliceRunes is s[lo:hi] in code points, with 0 <= lo <= hi.
func sliceRunes(s string, lo, hi int) string {
	if isASCII(s) {
		return s[min(lo, len(s)):min(hi, len(s))]
	}
	from := runeOffset(s, lo)
	return s[from : from+runeOffset(s[from:], hi-lo)]
}

// runeAt is the n-th character, with n inside s.
func runeAt(s string, n int) string {
	from := runeOffset(s, n)
	_, size := utf8.DecodeRuneInString(s[from:])
	return s[from : from+size]
}

const lowerHex = "0123456789abcdef"

// appendQuoted appends repr(s): in single quotes, unless s holds those and no
// double ones.
func appendQuoted(b []byte, s string) []byte {
	quote := byte('\'')
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		quote = '"'
	}
	b = append(b, quote)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			b = appendQuotedByte(b, c, quote)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			// Not text in Python either: it would be a lone surrogate there.
			b = append(b, `\udc`...)
			b = append(b, lowerHex[s[i]>>4], lowerHex[s[i]&15])
		case isPrintable(r):
			b = append(b, s[i:i+n]...)
		default:
			b = appendRuneEscape(b, r)
		}
		i += n
	}
	return append(b, quote)
}

func appendQuotedByte(b []byte, c, quote byte) []byte {
	switch {
	case c == quote || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\r':
		return append(b, `\r`...)
	case c == '\t':
		return append(b, `\t`...)
	case c < ' ' || c == 0x7f:
		return append(b, '\\', 'x', lowerHex[c>>4], lowerHex[c&15])
	}
	return append(b, c)
}

func appendRuneEscape(b []byte, r rune) []byte {
	switch {
	case r < 0x100:
		return append(b, '\\', 'x', lowerHex[r>>4], lowerHex[r&15])
	case r < 0x10000:
		return appendHexPadded(append(b, `\u`...), r, 4)
	}
	return appendHexPadded(append(b, `\U`...), r, 8)
}

func appendHexPadded(b []byte, r rune, width int) []byte {
	digits := strconv.FormatInt(int64(r), 16)
	for i := len(digits); i < width; i++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}

// isPrintable is str.isprintable of one character: everything but the control,
// format, surrogate, private, unassigned and separator characters, of which the
// space alone is printable.
func isPrintable(r rune) bool {
	return strconv.IsPrint(r)
}
