package sqltext

import "strings"

// Place is where in a statement a character stands.
type Place uint8

// The places.
const (
	Bare        Place = iota // outside of quotes and comments
	InString                 // '...'
	InEscape                 // E'...' and U&'...', in which a backslash means something
	InName                   // "..."
	InLine                   // -- to the end of the line
	InBlock                  // /* ... */, which may be nested
	InDollar                 // $tag$...$tag$
	placesCount              //
)

// String is what a person would call the place.
func (p Place) String() string {
	return [placesCount]string{"bare", "in a string", "in an escape string", "in a quoted name", "in a line comment", "in a comment", "in a dollar-quoted text"}[p]
}

// Scanner walks through SQL as Split does and tells at each moment in which place it
// is. It may be fed in pieces, between which something else stands: values, whose
// form depends on the place. It follows the lexer of PostgreSQL, which is DuckDB's
// too, into its corners: an escape string behind a number (1e'...') and one that is
// continued on the next line.
type Scanner struct {
	D     Dialect
	Place Place
	// Tag is the delimiter of the dollar-quoted text that is open: "$x$".
	Tag string
	// Escaped is set where the piece ended behind a backslash that means something.
	Escaped bool
	// Last is the last character outside of comments and before the present place; 0 at
	// the beginning. Behind it only white space and comments may have come where Gap is
	// set.
	Last byte
	Gap  bool
	// Prev is the character before Last, where nothing stands between the two.
	Prev byte
	// AfterString is set while nothing but white space has followed a string: a string
	// behind a line end continues it. AfterEscape is the same of an escape string.
	AfterString, AfterEscape bool

	depth int  // of nested comments
	word  byte // the word before, where it is one letter: e, u; '&' behind a u
	quote byte // of InEscape: ' or "
}

// Unit is what Scan tells of one stretch of text.
type Unit struct {
	Kind       UnitKind
	Start, End int
}

// UnitKind is what a stretch of text is.
type UnitKind uint8

// The kinds.
const (
	Space UnitKind = iota
	Word           // names, keywords and numbers
	Sign           // any other single character
	Semicolon
	Open    // of a quoted text or a comment
	Inside  // of it
	Closing // of it
)

// Feed scans a piece and tells of its units; tell may be nil.
func (c *Scanner) Feed(s string, tell func(Unit)) {
	c.Escaped = false
	for i := 0; i < len(s); {
		kind, end := c.unit(s, i)
		if tell != nil {
			tell(Unit{kind, i, end})
		}
		i = end
	}
}

// Value tells the scanner that a value was put where it stands: bare ones end what
// was before.
func (c *Scanner) Value(last byte, text bool) {
	c.Escaped = false
	if c.Place == Bare {
		c.last(last)
		c.word = 0
		c.AfterString, c.AfterEscape = text, false
	}
}

func (c *Scanner) unit(s string, i int) (UnitKind, int) {
	switch c.Place {
	case Bare:
		return c.bare(s, i)
	case InLine:
		if n := strings.IndexAny(s[i:], "\r\n"); n > 0 {
			return Inside, i + n
		} else if n < 0 {
			return Inside, len(s)
		}
		c.Place = Bare
		return Closing, i + 1
	case InBlock:
		return c.block(s, i)
	case InDollar:
		n := strings.Index(s[i:], c.Tag)
		if n < 0 {
			return Inside, len(s)
		}
		if n > 0 {
			return Inside, i + n
		}
		c.close('$')
		return Closing, i + len(c.Tag)
	}
	return c.quoted(s, i)
}

// close leaves a quoted text whose last character is q.
func (c *Scanner) close(q byte) {
	c.AfterString, c.AfterEscape = q == '\'', c.Place == InEscape
	c.Place, c.word = Bare, 0
	c.last(q)
}

// last notes the character that the text behind follows.
func (c *Scanner) last(b byte) {
	c.Prev = 0
	if !c.Gap {
		c.Prev = c.Last
	}
	c.Last, c.Gap = b, false
}

func (c *Scanner) quoted(s string, i int) (UnitKind, int) {
	q := byte('\'')
	if c.Place == InName || c.Place == InEscape && c.quote == '"' {
		q = '"'
	}
	switch {
	case s[i] == q && i+1 < len(s) && s[i+1] == q:
		return Inside, i + 2
	case s[i] == q:
		c.close(q)
		return Closing, i + 1
	case c.Place == InEscape && s[i] == '\\':
		if i+1 == len(s) {
			c.Escaped = true
			return Inside, i + 1
		}
		return Inside, i + 2
	}
	for i++; i < len(s) && s[i] != q && !(c.Place == InEscape && s[i] == '\\'); i++ {
	}
	return Inside, i
}

func (c *Scanner) block(s string, i int) (UnitKind, int) {
	switch {
	case strings.HasPrefix(s[i:], "*/"):
		if c.depth--; c.depth == 0 {
			c.Place = Bare
			return Closing, i + 2
		}
		return Inside, i + 2
	case c.D.NestedComments && strings.HasPrefix(s[i:], "/*"):
		c.depth++
		return Inside, i + 2
	}
	for i++; i < len(s) && s[i] != '*' && s[i] != '/'; i++ {
	}
	return Inside, i
}

func (c *Scanner) bare(s string, i int) (UnitKind, int) {
	b := s[i]
	switch {
	case b == ' ' || b >= '\t' && b <= '\r':
		c.Gap, c.word = true, 0
		return Space, i + 1
	case strings.HasPrefix(s[i:], "--"):
		c.Place, c.Gap, c.word = InLine, true, 0
		return Open, i + 2
	case strings.HasPrefix(s[i:], "/*"):
		c.Place, c.Gap, c.depth, c.word = InBlock, true, 1, 0
		return Open, i + 2
	case b == '\'' || b == '"':
		return c.open(b, i)
	case b == '$':
		if tag := dollarTag(s[i:]); tag != "" {
			c.Place, c.Tag = InDollar, tag
			return Open, i + len(tag)
		}
	case IdentByte(b):
		return c.ident(s, i)
	}
	c.AfterString, c.AfterEscape = false, false
	if b == '&' && c.word == 'u' && !c.Gap {
		c.word = '&'
	} else {
		c.word = 0
	}
	c.last(b)
	if b == ';' {
		return Semicolon, i + 1
	}
	return Sign, i + 1
}

func (c *Scanner) open(q byte, i int) (UnitKind, int) {
	c.quote = q
	switch {
	case q == '\'' && (c.word == 'e' || c.AfterEscape), c.word == '&':
		c.Place = InEscape
	case q == '\'':
		c.Place = InString
	default:
		c.Place = InName
	}
	return Open, i + 1
}

// ident takes a word; $ may stand in it, and so opens nothing there.
func (c *Scanner) ident(s string, i int) (UnitKind, int) {
	joined := c.Last != 0 && !c.Gap && (IdentByte(c.Last) || c.Last == '$') && c.word == 0 && i == 0
	from := i
	for i++; i < len(s) && (IdentByte(s[i]) || s[i] == '$'); i++ {
	}
	c.word = 0
	if i-from == 1 && !joined || s[from] >= '0' && s[from] <= '9' {
		switch s[i-1] {
		case 'e', 'E':
			c.word = 'e'
		case 'u', 'U':
			c.word = 'u'
		}
	}
	c.last(s[i-1])
	c.AfterString, c.AfterEscape = false, false
	return Word, i
}

// IdentByte reports a byte of which names, keywords and numbers are made; those of
// characters beyond ASCII are.
func IdentByte(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= 0x80
}

// dollarTag is the delimiter that a text begins with, "$x$" or "$$"; "" where it does
// not begin with one.
func dollarTag(s string) string {
	for i := 1; i < len(s); i++ {
		switch b := s[i]; {
		case b == '$':
			return s[:i+1]
		case !IdentByte(b), i == 1 && b >= '0' && b <= '9':
			return ""
		}
	}
	return ""
}

// Begins is where a text begins that stands behind blanks and comments; its length
// where there is nothing else.
func Begins(sql string, d Dialect) int {
	for i := 0; i < len(sql); {
		if strings.IndexByte(space, sql[i]) >= 0 {
			i++
			continue
		}
		end, k := next(sql, i, d)
		if k != comment {
			return i
		}
		i = end
	}
	return len(sql)
}
