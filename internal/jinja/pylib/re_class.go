package pylib

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

var errLookBehind = value.Errorf("error", "look-behind requires fixed-width pattern")

// shorthand is the inside of a class for \d, \w and \s. What they mean differs
// between Python and the engine, and under the flag ASCII.
func (tr *translator) shorthand(r rune) string {
	if tr.flags&flagASCII != 0 {
		return map[rune]string{'d': `0-9`, 'w': `a-zA-Z0-9_`, 's': ` \t\n\r\f\v`}[r]
	}
	return map[rune]string{'d': `\p{Nd}`, 'w': `\p{L}\p{N}_`, 's': `\s\x1c-\x1f`}[r]
}

// escape reads what stands behind a backslash outside of classes. An assertion
// cannot be repeated.
func (tr *translator) escape(at int) (w span, repeatable bool, err error) {
	if tr.pos >= len(tr.src) {
		return w, false, tr.errorf(at, "bad escape (end of pattern)")
	}
	r := tr.src[tr.pos]
	switch r {
	case 'd', 'w', 's':
		tr.pos++
		tr.out.WriteString("[" + tr.shorthand(r) + "]")
		return span{1, 1}, true, nil
	case 'D', 'W', 'S':
		tr.pos++
		tr.out.WriteString("[^" + tr.shorthand(r+'a'-'A') + "]")
		return span{1, 1}, true, nil
	case 'A', 'Z':
		tr.pos++
		tr.out.WriteString(map[rune]string{'A': `\A`, 'Z': `\z`}[r])
		return w, false, nil
	case 'b', 'B':
		tr.pos++
		tr.boundary(r)
		return w, false, nil
	}
	if '1' <= r && r <= '9' {
		w, err = tr.digitEscape(at)
		return w, true, err
	}
	c, err := tr.character(at)
	if err != nil {
		return w, false, err
	}
	tr.literal(c)
	return span{1, 1}, true, nil
}

// boundary writes \b out where the engine's own idea of a word would not do.
func (tr *translator) boundary(r rune) {
	word := "[" + tr.shorthand('w') + "]"
	if r == 'b' {
		tr.out.WriteString("(?:(?<=" + word + ")(?!" + word + ")|(?<!" + word + ")(?=" + word + "))")
		return
	}
	// In an empty text there is neither a boundary nor none.
	tr.out.WriteString(`(?:(?!\A\z)(?:(?<=` + word + ")(?=" + word + ")|(?<!" + word + ")(?!" + word + ")))")
}

// digitEscape is a back reference, or an octal character of three digits.
func (tr *translator) digitEscape(at int) (span, error) {
	digit := func(i int, most rune) bool {
		return tr.pos+i < len(tr.src) && '0' <= tr.src[tr.pos+i] && tr.src[tr.pos+i] <= most
	}
	n := 1
	if digit(1, '9') {
		n = 2
		if digit(0, '7') && digit(1, '7') && digit(2, '7') {
			c, _ := strconv.ParseInt(string(tr.src[tr.pos:tr.pos+3]), 8, 32)
			if c > 0o377 {
				return span{}, tr.errorf(at, "octal escape value \\%s outside of range 0-0o377", string(tr.src[tr.pos:tr.pos+3]))
			}
			tr.pos += 3
			tr.literal(rune(c))
			return span{1, 1}, nil
		}
	}
	group, _ := strconv.Atoi(string(tr.src[tr.pos : tr.pos+n]))
	tr.pos += n
	if group >= len(tr.widths) {
		return span{}, tr.errorf(at+1, "invalid group reference %d", group)
	}
	return tr.backReference(group, at)
}

var simpleEscapes = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\'}

// character reads an escape that is one character. Letters without a meaning
// are errors.
func (tr *translator) character(at int) (rune, error) {
	r := tr.src[tr.pos]
	tr.pos++
	if c, ok := simpleEscapes[r]; ok {
		return c, nil
	}
	switch {
	case r == 'x':
		return tr.hexadecimal(at, 2, r)
	case r == 'u':
		return tr.hexadecimal(at, 4, r)
	case r == 'U':
		return tr.hexadecimal(at, 8, r)
	case '0' <= r && r <= '7':
		return tr.octal(at, r)
	case r < 0x80 && (isASCIILetter(r) || '8' <= r && r <= '9'):
		return 0, tr.errorf(at, "bad escape \\%c", r)
	}
	return r, nil
}

func isASCIILetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func (tr *translator) hexadecimal(at, n int, letter rune) (rune, error) {
	begin := tr.pos
	for tr.pos < len(tr.src) && tr.pos < begin+n && strings.ContainsRune("0123456789abcdefABCDEF", tr.src[tr.pos]) {
		tr.pos++
	}
	text := string(tr.src[begin:tr.pos])
	if len(text) != n {
		return 0, tr.errorf(at, "incomplete escape \\%c%s", letter, text)
	}
	c, err := strconv.ParseInt(text, 16, 64)
	if err != nil || c > utf8.MaxRune {
		return 0, tr.errorf(at, "bad escape \\%c%s", letter, text)
	}
	return rune(c), nil
}

func (tr *translator) octal(at int, first rune) (rune, error) {
	text := string(first)
	for tr.pos < len(tr.src) && len(text) < 3 && '0' <= tr.src[tr.pos] && tr.src[tr.pos] <= '7' {
		text += string(tr.src[tr.pos])
		tr.pos++
	}
	c, err := strconv.ParseInt(text, 8, 32)
	if err != nil || c > 0o377 {
		return 0, tr.errorf(at, "octal escape value \\%s outside of range 0-0o377", text)
	}
	return rune(c), nil
}

// member is one of a class: a character, or the inside of a shorthand.
type classMember struct {
	char       rune
	inside     string // of a shorthand
	complement bool   // \D, \W or \S
}

// class reads a character class behind its opening bracket.
func (tr *translator) class(at int) error {
	negated := tr.take("^")
	var inside strings.Builder
	var others []string // complements, which a class cannot hold
	begin := tr.pos
	for {
		if tr.pos >= len(tr.src) {
			return tr.errorf(at, "unterminated character set")
		}
		if tr.src[tr.pos] == ']' && tr.pos > begin {
			tr.pos++
			break
		}
		from := tr.pos
		m, err := tr.classMember()
		if err != nil {
			return err
		}
		if tr.isRange() {
			if err := tr.classRange(&inside, from, m); err != nil {
				return err
			}
			continue
		}
		switch {
		case m.complement:
			others = append(others, "[^"+m.inside+"]")
		case m.inside != "":
			inside.WriteString(m.inside)
		default:
			classLiteral(&inside, m.char)
		}
	}
	tr.out.WriteString(classText(inside.String(), others, negated))
	return nil
}

func classText(inside string, others []string, negated bool) string {
	if len(others) == 0 {
		if negated {
			return "[^" + inside + "]"
		}
		return "[" + inside + "]"
	}
	if inside != "" {
		others = append(others, "["+inside+"]")
	}
	either := strings.Join(others, "|")
	if negated {
		return "(?:(?!" + either + `)[\s\S])`
	}
	return "(?:" + either + ")"
}

func classLiteral(b *strings.Builder, r rune) {
	if r < 0x80 && strings.ContainsRune(`\[]^-`, r) {
		b.WriteByte('\\')
	}
	b.WriteRune(r)
}

// isRange: a dash here that does not end the class.
func (tr *translator) isRange() bool {
	return tr.peek() == '-' && tr.pos+1 < len(tr.src) && tr.src[tr.pos+1] != ']'
}

func (tr *translator) classRange(b *strings.Builder, from int, lo classMember) error {
	tr.pos++
	hi, err := tr.classMember()
	if err != nil {
		return err
	}
	if lo.inside != "" || hi.inside != "" || hi.char < lo.char {
		return tr.errorf(from, "bad character range %s", string(tr.src[from:tr.pos]))
	}
	classLiteral(b, lo.char)
	b.WriteByte('-')
	classLiteral(b, hi.char)
	return nil
}

func (tr *translator) classMember() (classMember, error) {
	at := tr.pos
	r := tr.src[tr.pos]
	tr.pos++
	if r != '\\' {
		return classMember{char: r}, nil
	}
	if tr.pos >= len(tr.src) {
		return classMember{}, tr.errorf(at, "bad escape (end of pattern)")
	}
	switch r = tr.src[tr.pos]; r {
	case 'd', 'w', 's':
		tr.pos++
		return classMember{inside: tr.shorthand(r)}, nil
	case 'D', 'W', 'S':
		tr.pos++
		return classMember{inside: tr.shorthand(r + 'a' - 'A'), complement: true}, nil
	case 'b':
		tr.pos++
		return classMember{char: '\b'}, nil
	}
	c, err := tr.character(at)
	return classMember{char: c}, err
}
