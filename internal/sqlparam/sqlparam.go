// Package sqlparam puts the values of parameters into SQL, each as the place
// demands where it stands: a literal of its type, a quoted name, the inside of a
// string, of a quoted name, of a comment, of a dollar-quoted text. What came from a
// parameter is data, wherever it is printed: it never changes how the statement
// around it is read.
//
// It knows the texts that package jinja renders with a value.Guard, and how a database
// quotes; it knows no database and no operation. Begin with Resolve.
package sqlparam

import (
	"fmt"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// Span is where a value stands: in the rendered text with marks, and in the SQL.
type Span struct {
	From, To int // in the SQL
	Mark     int // of the mark, in the text
	MarkEnd  int
	Place    sqltext.Place
	Value    *value.Guarded
}

// SQL is a rendered text with its values in place.
type SQL struct {
	Text  string
	Spans []Span
}

// Error is a value that cannot stand where it is printed.
type Error struct {
	Param string // "params.role"; "" of a value that was made of parameters
	Place sqltext.Place
	Why   string
	Hint  string
	// Offset is that of the value's mark in the text with marks.
	Offset int
}

// Error implements error.
func (e *Error) Error() string {
	name := e.Param
	if name == "" {
		name = "a value made of parameters"
	}
	s := fmt.Sprintf("%s cannot stand here (%s): %s", name, e.Place, e.Why)
	if e.Hint != "" {
		s += ". " + e.Hint
	}
	return s
}

// Resolve puts the values of g into a text that was rendered with it. Its error is an
// *Error, or one of the text, of which a mark was cut.
func Resolve(text string, g *value.Guard, d sqltext.Dialect) (SQL, error) {
	if !g.Marked(text) {
		return SQL{Text: text}, nil
	}
	r := resolver{g: g, scan: sqltext.Scanner{D: d}}
	rest := text
	for {
		before, v, after, ok, err := g.Cut(rest)
		if err != nil {
			return SQL{}, err
		}
		r.out.WriteString(before)
		r.scan.Feed(before, nil)
		if !ok {
			break
		}
		mark := len(text) - len(rest) + len(before)
		if err := r.put(v, mark, len(text)-len(after), after); err != nil {
			return SQL{}, err
		}
		rest = after
	}
	out := SQL{r.out.String(), r.spans}
	return out, verify(out, d)
}

type resolver struct {
	scan  sqltext.Scanner
	out   strings.Builder
	spans []Span
	g     *value.Guard
}

// put writes one value.
func (r *resolver) put(v *value.Guarded, mark, end int, after string) error {
	fail := func(why, hint string) error {
		return &Error{Param: v.Name, Place: r.scan.Place, Why: why, Hint: hint, Offset: mark}
	}
	raw := plainText(v.V)
	if why := unprintable(raw); why != "" {
		return fail(why, "")
	}
	text := ""
	switch p := r.scan.Place; p {
	case sqltext.Bare:
		lit, err := literal(v.Kind, v.V)
		if err != nil {
			return fail(err.Error(), "")
		}
		if why, hint := r.touches(lit, after); why != "" {
			return fail(why, hint)
		}
		text = lit
	case sqltext.InString, sqltext.InName, sqltext.InEscape:
		if r.scan.Escaped {
			return fail("a backslash stands right before it", "")
		}
		text = inQuotes(raw, p)
	case sqltext.InLine, sqltext.InBlock:
		text = inComment(raw)
	case sqltext.InDollar:
		if dollarCollides(r.out.String(), raw, after, r.scan.Tag) {
			return fail("its value holds "+r.scan.Tag+", which would end the text that it stands in", "Choose another tag, or a string in quotes.")
		}
		text = raw
	}
	from := r.out.Len()
	r.out.WriteString(text)
	r.spans = append(r.spans, Span{from, r.out.Len(), mark, end, r.scan.Place, v})
	if r.scan.Place == sqltext.Bare {
		last := text[len(text)-1]
		r.scan.Value(last, last == '\'')
	} else {
		r.scan.Value(0, false)
	}
	return nil
}

// touches tells why a bare literal cannot stand between its neighbours: together
// with them it would be read as another word than by itself.
func (r *resolver) touches(lit, after string) (why, hint string) {
	const quote = "Put quotes around the whole, as in '{{ ... }}' or \"{{ ... }}\", or white space between"
	name := lit[0] == '"'
	if !r.scan.Gap {
		switch b := r.scan.Last; {
		case b == 0:
		case sqltext.IdentByte(b), b == '\'', b == '"', b == '$', b == '`', b == '#', b == '\\', b == '?':
			return fmt.Sprintf("it touches the %q before it", r.before()), quote + "."
		case b == '&' && (r.scan.Prev == 'u' || r.scan.Prev == 'U'):
			return "it touches the U& before it", quote + "."
		case b == '.' && !name:
			return "it touches the \".\" before it and is no name", "Declare the parameter as identifier if a name is meant."
		}
	}
	if r.scan.AfterString && lit[0] == '\'' {
		return "a string stands right before it: the two would be read as one", "Write the two as one: '... {{ ... }}'."
	}
	if after == "" {
		return "", ""
	}
	switch b := after[0]; {
	case r.g.Begins(after):
		return "it touches another value behind it", quote + "."
	case sqltext.IdentByte(b), b == '\'', b == '"', b == '$', b == '`':
		return fmt.Sprintf("it touches the %q behind it", firstRune(after)), quote + "."
	case b == '.' && !name:
		return "it touches the \".\" behind it and is no name", "Declare the parameter as identifier if a name is meant."
	}
	return "", ""
}

func (r *resolver) before() string {
	s := r.out.String()
	for i := len(s) - 1; i >= 0; i-- {
		if s[i]&0xC0 != 0x80 {
			return s[i:]
		}
	}
	return s
}

func firstRune(s string) string {
	for _, c := range s {
		return string(c)
	}
	return ""
}

// inQuotes is a text inside of quotes that the author wrote.
func inQuotes(s string, p sqltext.Place) string {
	switch p {
	case sqltext.InName:
		return strings.ReplaceAll(s, `"`, `""`)
	case sqltext.InEscape:
		s = strings.ReplaceAll(s, `\`, `\\`)
	}
	return strings.ReplaceAll(s, "'", "''")
}

// inComment is a text that neither ends nor opens a comment, whatever stands beside
// it: line ends, stars and slashes at the edges are blanks. So are quotes: DuckDB looks
// for them in comments too where it replaces Unicode's blanks, and would take what
// follows for the outside of a string.
func inComment(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c == 0x7f || c == '*' || c == '\'' || c == '"' || c == '$' || c == '/' && (i == 0 || i == len(b)-1) {
			b[i] = ' '
		}
	}
	return strings.NewReplacer("\u0085", " ", "\u2028", " ", "\u2029", " ").Replace(string(b))
}

// dollarCollides reports whether a value holds the tag of the text that it stands
// in, or makes it together with its neighbours.
func dollarCollides(before, v, after, tag string) bool {
	edge := len(tag) - 1
	before = before[max(0, len(before)-edge):]
	after = after[:min(edge, len(after))]
	s := before + v + after
	for i := 0; ; {
		n := strings.Index(s[i:], tag)
		if n < 0 {
			return false
		}
		i += n
		if i < len(before)+len(v) && i+len(tag) > len(before) {
			return true
		}
		i++
	}
}

// verify reads the finished SQL once more and holds each value against the place it
// was put in: what the pieces promise must hold for the whole.
func verify(sql SQL, d sqltext.Dialect) error {
	c := sqltext.Scanner{D: d}
	at := 0
	for _, s := range sql.Spans {
		bad := func() error {
			return &Error{Param: s.Value.Name, Place: s.Place, Why: "the statement around it would be read otherwise than it was written", Offset: s.Mark}
		}
		if s.Place == sqltext.Bare {
			c.Feed(sql.Text[at:s.From], nil)
			if c.Place != sqltext.Bare {
				return bad()
			}
			c.Feed(sql.Text[s.From:s.To], nil)
			if c.Place != sqltext.Bare {
				return bad()
			}
			at = s.To
			continue
		}
		c.Feed(sql.Text[at:s.From], nil)
		if c.Place != s.Place {
			return bad()
		}
		ended := false
		c.Feed(sql.Text[s.From:s.To], func(u sqltext.Unit) { ended = ended || u.Kind == sqltext.Closing })
		if ended || c.Place != s.Place {
			return bad()
		}
		at = s.To
	}
	return nil
}
