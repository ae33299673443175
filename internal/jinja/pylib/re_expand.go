package pylib

import (
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// template is the replacement text of sub: pieces of text with a group between
// each two.
type template struct {
	texts  []string
	groups []int
}

func (t *template) expand(m *Match) string {
	var b strings.Builder
	for i, text := range t.texts {
		if i > 0 {
			if n := t.groups[i-1]; m.begin(n) >= 0 {
				b.WriteString(string(m.s.runes[m.begin(n):m.end(n)]))
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// templateReader reads a replacement text.
type templateReader struct {
	p *Pattern
	translator
	template
	text strings.Builder
}

func (p *Pattern) parseTemplate(s string) (*template, error) {
	r := &templateReader{p: p, translator: translator{src: []rune(s)}}
	for r.pos < len(r.src) {
		c := r.src[r.pos]
		r.pos++
		if c != '\\' {
			r.text.WriteRune(c)
			continue
		}
		if err := r.backslash(r.pos - 1); err != nil {
			return nil, err
		}
	}
	r.texts = append(r.texts, r.text.String())
	return &r.template, nil
}

func (r *templateReader) reference(n int) {
	r.texts = append(r.texts, r.text.String())
	r.groups = append(r.groups, n)
	r.text.Reset()
}

func (r *templateReader) backslash(at int) error {
	if r.pos >= len(r.src) {
		return r.errorf(at, "bad escape (end of pattern)")
	}
	c := r.src[r.pos]
	switch {
	case c == 'g':
		r.pos++
		return r.namedReference()
	case c == '0':
		r.pos++
		n := 0
		for range 2 {
			if d := r.peek(); '0' <= d && d <= '7' {
				n = n*8 + int(d-'0')
				r.pos++
			}
		}
		r.text.WriteRune(rune(n))
		return nil
	case '1' <= c && c <= '9':
		return r.numbered(at)
	}
	r.pos++
	if plain, ok := simpleEscapes[c]; ok {
		r.text.WriteRune(plain)
		return nil
	}
	if c == 'b' {
		r.text.WriteByte('\b')
		return nil
	}
	if isASCIILetter(c) {
		return r.errorf(at, "bad escape \\%c", c)
	}
	r.text.WriteString(`\` + string(c))
	return nil
}

// numbered reads \1 to \99, or three octal digits.
func (r *templateReader) numbered(at int) error {
	digit := func(i int, most rune) bool {
		return r.pos+i < len(r.src) && '0' <= r.src[r.pos+i] && r.src[r.pos+i] <= most
	}
	n := 1
	if digit(1, '9') {
		n = 2
		if digit(0, '7') && digit(1, '7') && digit(2, '7') {
			c, _ := strconv.ParseInt(string(r.src[r.pos:r.pos+3]), 8, 32)
			if c > 0o377 {
				return r.errorf(at, "octal escape value \\%s outside of range 0-0o377", string(r.src[r.pos:r.pos+3]))
			}
			r.pos += 3
			r.text.WriteRune(rune(c))
			return nil
		}
	}
	group, _ := strconv.Atoi(string(r.src[r.pos : r.pos+n]))
	r.pos += n
	if group > r.p.groups {
		return r.errorf(at+1, "invalid group reference %d", group)
	}
	r.reference(group)
	return nil
}

// namedReference reads <name> or <number> behind \g.
func (r *templateReader) namedReference() error {
	if !r.take("<") {
		return r.errorf(r.pos, "missing <")
	}
	at := r.pos
	name, err := r.until('>', "group name")
	if err != nil {
		return err
	}
	if isIdentifier(name) {
		n, ok := r.p.names[name]
		if !ok {
			return unknownGroup(name)
		}
		r.reference(n)
		return nil
	}
	n, ok := digits(name)
	if !ok {
		return r.errorf(at, "bad character in group name %s", quoted(name))
	}
	if n > r.p.groups {
		return r.errorf(at, "invalid group reference %d", n)
	}
	r.reference(n)
	return nil
}

// unknownGroup is an IndexError, unlike the other faults of a replacement text.
func unknownGroup(name string) error {
	return value.Errorf("IndexError", "unknown group name %s", quoted(name))
}
