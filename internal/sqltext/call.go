package sqltext

import (
	"strings"
	"unicode/utf8"
)

// Call is a statement that calls a procedure with text literals.
type Call struct {
	Name string   // in lower case; of a qualified name the last part
	Args []string // as the database would see them: without quotes and escapes
	// Plain reports that all arguments are text literals. Otherwise Args are those
	// before the first that is none.
	Plain bool
}

// ParseCall reads sql as one CALL statement: CALL name('…', '…'). It is false where sql
// is anything else, more than one statement among it.
func ParseCall(sql string, d Dialect) (Call, bool) {
	s := scanText(sql)
	if !strings.EqualFold(s.word(), "call") {
		return Call{}, false
	}
	name := s.name()
	for name != "" && s.take('.') {
		name = s.name()
	}
	if name == "" || !s.take('(') {
		return Call{}, false
	}
	parts := Split(sql, d)
	if len(parts) != 1 {
		return Call{}, false
	}
	c := Call{Name: strings.ToLower(name)}
	if s.take(')') {
		c.Plain = s.ends()
		return c, true
	}
	for {
		text, ok := s.literal()
		if !ok {
			return c, true
		}
		c.Args = append(c.Args, text)
		if s.take(')') {
			c.Plain = s.ends()
			return c, true
		}
		if !s.take(',') {
			c.Args = c.Args[:len(c.Args)-1] // 'a' || b
			return c, true
		}
	}
}

// callScan reads the words of a call; white space and comments between them do not
// count.
type callScan struct {
	src string
	at  int
}

func scanText(sql string) *callScan { return &callScan{src: sql} }

func (s *callScan) skip() {
	for s.at < len(s.src) {
		rest := s.src[s.at:]
		switch {
		case strings.HasPrefix(rest, "--"):
			end := strings.IndexByte(rest, '\n')
			if end < 0 {
				end = len(rest)
			}
			s.at += end
		case strings.HasPrefix(rest, "/*"):
			end := strings.Index(rest, "*/")
			if end < 0 {
				s.at = len(s.src)
				return
			}
			s.at += end + 2
		case strings.IndexByte(" \t\r\n\f\v", rest[0]) >= 0:
			s.at++
		default:
			return
		}
	}
}

func (s *callScan) take(c byte) bool {
	s.skip()
	if s.at < len(s.src) && s.src[s.at] == c {
		s.at++
		return true
	}
	return false
}

// ends reports whether nothing but a semicolon is left.
func (s *callScan) ends() bool {
	for s.take(';') {
	}
	return s.at == len(s.src)
}

func isWordByte(c byte) bool {
	return c == '_' || c >= utf8.RuneSelf || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func (s *callScan) word() string {
	s.skip()
	from := s.at
	for s.at < len(s.src) && isWordByte(s.src[s.at]) {
		s.at++
	}
	return s.src[from:s.at]
}

// name reads a name, in double quotes or without.
func (s *callScan) name() string {
	s.skip()
	if s.at < len(s.src) && s.src[s.at] == '"' {
		text, ok := s.quoted('"', false)
		if !ok {
			return ""
		}
		return text
	}
	return s.word()
}

// literal reads a text literal: '…' with doubled quotes, E'…' with escapes, $tag$…$tag$.
func (s *callScan) literal() (string, bool) {
	s.skip()
	if s.at >= len(s.src) {
		return "", false
	}
	switch c := s.src[s.at]; {
	case c == '\'':
		return s.quoted('\'', false)
	case (c == 'E' || c == 'e') && strings.HasPrefix(s.src[s.at+1:], "'"):
		s.at++
		return s.quoted('\'', true)
	case c == '$':
		return s.dollars()
	}
	return "", false
}

func (s *callScan) quoted(quote byte, escapes bool) (string, bool) {
	var b strings.Builder
	for i := s.at + 1; i < len(s.src); i++ {
		switch c := s.src[i]; {
		case c == quote && i+1 < len(s.src) && s.src[i+1] == quote:
			b.WriteByte(quote)
			i++
		case c == quote:
			s.at = i + 1
			return b.String(), true
		case escapes && c == '\\' && i+1 < len(s.src):
			i++
			b.WriteByte(unescaped(s.src[i]))
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// unescaped is what a letter behind a backslash stands for.
func unescaped(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	}
	return c
}

func (s *callScan) dollars() (string, bool) {
	end := strings.IndexByte(s.src[s.at+1:], '$')
	if end < 0 {
		return "", false
	}
	tag := s.src[s.at : s.at+end+2]
	body := s.src[s.at+len(tag):]
	stop := strings.Index(body, tag)
	if stop < 0 {
		return "", false
	}
	s.at += len(tag) + stop + len(tag)
	return body[:stop], true
}
