package value

import "strings"

// Markup is text that is already safe for HTML, as the filters e and safe give
// it. Together with other text it stays Markup, and the other text is escaped.
type Markup string

// Type is "Markup".
func (Markup) Type() string { return "Markup" }

// Truth is whether s is not empty.
func (s Markup) Truth() bool { return s != "" }

// AppendStr appends s.
func (s Markup) AppendStr(b []byte) []byte { return append(b, s...) }

// AppendRepr appends Markup('...').
func (s Markup) AppendRepr(b []byte) []byte {
	b = append(b, "Markup("...)
	return append(appendQuoted(b, string(s)), ')')
}

// HashKey is that of the plain text.
func (s Markup) HashKey() any { return Str(s) }

// Len counts code points.
func (s Markup) Len() int { return runeLen(string(s)) }

// Iterate yields the characters, as plain text.
func (s Markup) Iterate() Iter { return &strIter{rest: string(s)} }

var htmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "'", "&#39;", `"`, "&#34;")

// HTML is a value that knows its own markup, as Python's __html__ gives it.
type HTML interface {
	Value
	HTML() Markup
}

// Escape is markupsafe.escape(v): Markup as it is, anything else with & < > ' "
// written as entities.
func Escape(v Value) Markup {
	switch v := v.(type) {
	case Markup:
		return v
	case HTML:
		return v.HTML()
	}
	return Markup(htmlEscapes.Replace(ToStr(v)))
}
