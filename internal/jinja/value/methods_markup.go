package value

import (
	"html"
	"strings"
)

// keepsMarkup names the methods of str whose text stays Markup.
var keepsMarkup = strings.Fields(`upper lower title capitalize swapcase casefold strip lstrip rstrip removeprefix
	removesuffix center ljust rjust zfill expandtabs replace split rsplit splitlines partition rpartition translate`)

// escapedArg is the argument that a method of Markup escapes first.
var escapedArg = map[string]int{"replace": 1, "center": 1, "ljust": 1, "rjust": 1}

var markupRows = []method{
	{name: "join", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		s, err := joinText(textOf(self), a[0], func(v Value) (string, bool) { return string(Escape(v)), true })
		return Markup(s), err
	}},
	textMap("unescape", html.UnescapeString),
	textMap("striptags", func(s string) string {
		return html.UnescapeString(strings.Join(strings.FieldsFunc(stripTags(s), isSpace), " "))
	}),
	{name: "escape", min: 1, max: 1, fn: func(_ *Thread, _ Value, a []Value) (Value, error) {
		return Escape(a[0]), nil
	}},
}

// initMarkup makes Markup's table out of str's.
func initMarkup() {
	markupMethods = table("Markup", markupRows)
	for name, m := range strMethods {
		if markupMethods[name] == nil {
			markupMethods[name] = m
		}
	}
	for _, name := range keepsMarkup {
		markupMethods[name] = keepMarkup(strMethods[name])
	}
}

// keepMarkup is a method of str with its argument escaped and its texts Markup.
func keepMarkup(row *method) *method {
	m := *row
	at, escapes := escapedArg[row.name]
	m.fn = func(t *Thread, self Value, a []Value) (Value, error) {
		if escapes && at < len(a) {
			a = append([]Value(nil), a...)
			a[at] = Escape(a[at])
		}
		v, err := row.fn(t, self, a)
		if err != nil {
			return nil, err
		}
		return asMarkup(v), nil
	}
	return &m
}

func asMarkup(v Value) Value {
	switch x := v.(type) {
	case Str:
		return Markup(x)
	case *List:
		for i := range x.Elems {
			x.Elems[i] = asMarkup(x.Elems[i])
		}
	case *Tuple:
		for i := range x.Elems {
			x.Elems[i] = asMarkup(x.Elems[i])
		}
	}
	return v
}

// stripTags drops comments and tags, up to one that is not closed.
func stripTags(s string) string {
	var b strings.Builder
	for {
		start := strings.IndexByte(s, '<')
		if start < 0 {
			break
		}
		open, end := 1, ">"
		if strings.HasPrefix(s[start:], "<!--") {
			open, end = 4, "-->"
		}
		n := strings.Index(s[start+open:], end)
		if n < 0 {
			break
		}
		b.WriteString(s[:start])
		s = s[start+open+n+len(end):]
	}
	b.WriteString(s)
	return b.String()
}
