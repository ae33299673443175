package jinja

import (
	"html"
	"sort"
	"strings"

	"dex/internal/jinja/value"
)

var filtersHTML = map[string]FilterFunc{
	"e":           filter("escape", filterEscape, "s"),
	"escape":      filter("escape", filterEscape, "s"),
	"forceescape": filter("do_forceescape", filterForceescape, "value"),
	"safe":        filter("do_mark_safe", filterSafe, "value"),
	"striptags":   filter("do_striptags", filterStriptags, "value"),
	"urlencode":   filter("do_urlencode", filterURLencode, "value"),
	"urlize":      filterEnv("do_urlize", filterURLize, "value", "trim_url_limit?", "nofollow?", "target?", "rel?", "extra_schemes?"),
	"xmlattr":     filterEnv("do_xmlattr", filterXMLattr, "d", "autospace?"),
}

var (
	htmlEscaper = strings.NewReplacer("&", "&amp;", ">", "&gt;", "<", "&lt;", "'", "&#39;", `"`, "&#34;")
	jsonInHTML  = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`, "'", `\u0027`)
)

func filterEscape(_ *value.Thread, a []value.Value) (value.Value, error) {
	return value.Escape(a[0]), nil
}

func filterForceescape(_ *value.Thread, a []value.Value) (value.Value, error) {
	return value.Markup(htmlEscaper.Replace(value.ToStr(a[0]))), nil
}

func filterSafe(_ *value.Thread, a []value.Value) (value.Value, error) {
	return value.Markup(value.ToStr(a[0])), nil
}

// filterStriptags cuts tags and comments out, joins what whitespace parted
// with single spaces and resolves entities. An unclosed tag is text.
func filterStriptags(_ *value.Thread, a []value.Value) (value.Value, error) {
	s := value.ToStr(a[0])
	var b strings.Builder
	for {
		start := strings.IndexByte(s, '<')
		if start < 0 {
			break
		}
		closing, from := ">", start
		if strings.HasPrefix(s[start:], "<!--") {
			closing, from = "-->", start+4
		}
		end := strings.Index(s[from:], closing)
		if end < 0 {
			break
		}
		b.WriteString(s[:start])
		s = s[from+end+len(closing):]
	}
	b.WriteString(s)
	words := strings.FieldsFunc(b.String(), isSpace)
	return value.Str(html.UnescapeString(strings.Join(words, " "))), nil
}

func filterURLencode(t *value.Thread, a []value.Value) (value.Value, error) {
	if _, ok := value.AsString(a[0]); ok {
		return value.Str(urlQuote(a[0], false)), nil
	}
	pairs := a[0]
	if d, ok := pairs.(*value.Dict); ok {
		view, err := method(t, d, "items")
		if err != nil {
			return nil, err
		}
		pairs = view
	}
	elems, err := value.ToSlice(pairs)
	if err != nil {
		return value.Str(urlQuote(a[0], false)), nil
	}
	var parts []string
	for _, pair := range elems {
		kv, err := value.ToSlice(pair)
		switch {
		case err != nil:
			return nil, value.TypeErrorf("cannot unpack non-iterable %s object", pair.Type())
		case len(kv) < 2:
			return nil, value.Errorf("ValueError", "not enough values to unpack (expected 2, got %d)", len(kv))
		case len(kv) > 2:
			return nil, value.Errorf("ValueError", "too many values to unpack (expected 2)")
		}
		parts = append(parts, urlQuote(kv[0], true)+"="+urlQuote(kv[1], true))
	}
	return value.Str(strings.Join(parts, "&")), nil
}

// urlQuote quotes the UTF-8 of v; in a query string a slash is quoted as well
// and a space is a plus.
func urlQuote(v value.Value, inQuery bool) string {
	s := value.ToStr(v)
	if b, ok := v.(value.Bytes); ok {
		s = string(b)
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), strings.IndexByte("_.-~", c) >= 0, c == '/' && !inQuery:
			b.WriteByte(c)
		case c == ' ' && inQuery:
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func filterXMLattr(t *value.Thread, a []value.Value) (value.Value, error) {
	view, err := method(t, a[0], "items")
	if err != nil {
		return nil, err
	}
	pairs, err := value.ToSlice(view)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, pair := range pairs {
		kv, err := value.ToSlice(pair)
		if err != nil {
			return nil, err
		}
		if kv[1] == value.None || isUndefined(kv[1]) {
			continue
		}
		name, ok := value.AsString(kv[0])
		if !ok {
			return nil, value.TypeErrorf("expected string or bytes-like object, got '%s'", kv[0].Type())
		}
		if strings.ContainsAny(name, " \t\n\r\f\v/>=") {
			return nil, value.Errorf("ValueError", "Invalid character in attribute name: %s", value.Repr(kv[0]))
		}
		b.WriteString(" " + string(value.Escape(kv[0])) + `="` + string(value.Escape(kv[1])) + `"`)
	}
	if a[1] != nil && !a[1].Truth() {
		return value.Str(strings.TrimPrefix(b.String(), " ")), nil
	}
	return value.Str(b.String()), nil
}

func filterURLize(_ *value.Thread, a []value.Value) (value.Value, error) {
	l := linker{limit: -1}
	if n, ok := a[1].(value.Int); ok {
		l.limit = int(n)
	} else if !absent(a[1]) {
		return nil, value.TypeErrorf("'>' not supported between instances of 'int' and '%s'", a[1].Type())
	}
	rel := map[string]bool{"noopener": true}
	if !absent(a[4]) {
		for _, part := range strings.FieldsFunc(value.ToStr(a[4]), isSpace) {
			rel[part] = true
		}
	}
	if truth(a[2]) {
		rel["nofollow"] = true
	}
	l.attrs = ` rel="` + htmlEscaper.Replace(strings.Join(sortedKeys(rel), " ")) + `"`
	if truth(a[3]) {
		l.attrs += ` target="` + string(value.Escape(a[3])) + `"`
	}
	if !absent(a[5]) {
		schemes, err := value.ToSlice(a[5])
		if err != nil {
			return nil, err
		}
		for _, s := range schemes {
			name := value.ToStr(s)
			if !isScheme(name) {
				return nil, filterArgumentErrorf("%s is not a valid URI scheme prefix.", value.Repr(s))
			}
			l.schemes = append(l.schemes, name)
		}
	}
	return value.Str(l.text(string(value.Escape(a[0])))), nil
}

func sortedKeys(m map[string]bool) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
