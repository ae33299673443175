package secret

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Holds reports whether a secret is in b, in any of its forms.
func (r *Redactor) Holds(b []byte) bool {
	m := r.forms.Load()
	return m != nil && len(b) > 0 && m.find(unsafe.String(&b[0], len(b))) // read, and not kept
}

// find reports whether a word is in s.
func (m *matcher) find(s string) bool {
	for i := range len(s) - 1 {
		pair := uint16(s[i])<<8 | uint16(s[i+1])
		if m.pairs[pair>>6]&(1<<(pair&63)) != 0 && m.at(s, i) > 0 {
			return true
		}
	}
	return len(s) > 0 && m.single[s[len(s)-1]]
}

// CleanJSON gives JSON text without secrets, and leaves it JSON: texts are masked
// inside of their quotes, a number that is a secret becomes a text. A part of a document
// will do where it holds whole texts and numbers. It gives b itself where there is nothing
// to mask, which is nearly always.
func (r *Redactor) CleanJSON(b []byte) []byte {
	if !r.Holds(b) {
		return b
	}
	out := make([]byte, 0, len(b)+64)
	for i := 0; i < len(b); {
		n := token(b[i:])
		part := b[i : i+n]
		i += n
		switch {
		case part[0] == '"':
			out = r.appendText(out, part)
		case n >= minEncoded && r.isSecret(string(part)):
			out = append(out, `"`+Mask+`"`...)
		default:
			out = append(out, part...)
		}
	}
	return out
}

// token is the length of the text, the number or word, or the single byte that b
// begins with.
func token(b []byte) int {
	if b[0] == '"' {
		for i := 1; i < len(b); i++ {
			switch b[i] {
			case '\\':
				i++
			case '"':
				return i + 1
			}
		}
		return len(b)
	}
	n := 0
	for n < len(b) && !strings.ContainsRune("{}[]:, \t\r\n\"", rune(b[n])) {
		n++
	}
	return max(n, 1)
}

func (r *Redactor) isSecret(s string) bool {
	for _, one := range r.secrets {
		if one == s {
			return true
		}
	}
	return false
}

// appendText masks a text with its quotes. One that holds no secret stays as it is
// written.
func (r *Redactor) appendText(b, text []byte) []byte {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return append(b, r.Clean(string(text))...) // no JSON: it is masked as it stands
	}
	clean := r.Clean(s)
	if clean == s {
		return append(b, text...)
	}
	return append(append(append(b, '"'), asciiJSON(clean)...), '"')
}

// asciiJSON is a text between the quotes of JSON that escapes all but ASCII, as
// Python's json does.
func asciiJSON(s string) string {
	plain, err := plainJSON(s)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, c := range plain {
		switch {
		case c < utf8.RuneSelf:
			b.WriteRune(c)
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, c)
		}
	}
	return b.String()
}

// plainJSON is a text between the quotes of JSON that escapes as little as it may.
func plainJSON(s string) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(b.String(), "\n")
	return text[1 : len(text)-1], nil
}
