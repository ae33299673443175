package jinja

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

var filtersText = map[string]FilterFunc{
	"capitalize": filter("do_capitalize", textMethod("capitalize"), "s"),
	"center":     filter("do_center", filterCenter, "value", "width?"),
	"format":     filterFormat,
	"indent":     filter("do_indent", filterIndent, "s", "width?", "first?", "blank?"),
	"lower":      filter("do_lower", textMethod("lower"), "s"),
	"pprint":     filter("do_pprint", filterPprint, "value"),
	"replace":    filterEnv("do_replace", filterReplace, "s", "old", "new", "count?"),
	"string":     filter("soft_str", filterString, "s"),
	"title":      filter("do_title", filterTitle, "s"),
	"trim":       filter("do_trim", filterTrim, "value", "chars?"),
	"truncate":   filterEnv("do_truncate", filterTruncate, "s", "length?", "killwords?", "end?", "leeway?"),
	"upper":      filter("do_upper", textMethod("upper"), "s"),
	"wordcount":  filter("do_wordcount", filterWordcount, "s"),
}

// textMethod is a filter that is a method of str.
func textMethod(name string) body {
	return func(t *value.Thread, a []value.Value) (value.Value, error) {
		return strMethod(t, softStr(a[0]), name)
	}
}

func filterString(_ *value.Thread, a []value.Value) (value.Value, error) { return softStr(a[0]), nil }

func filterCenter(t *value.Thread, a []value.Value) (value.Value, error) {
	return strMethod(t, softStr(a[0]), "center", orDefault(a[1], value.Int(80)))
}

func filterTrim(t *value.Thread, a []value.Value) (value.Value, error) {
	if a[1] == nil {
		return strMethod(t, softStr(a[0]), "strip")
	}
	return strMethod(t, softStr(a[0]), "strip", a[1])
}

// filterFormat is `soft_str(value) % (kwargs or args)`.
func filterFormat(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	rest := args[1:]
	if len(rest) > 0 && len(kw) > 0 {
		return nil, filterArgumentErrorf("can't handle positional and keyword arguments at the same time")
	}
	if len(kw) == 0 {
		return value.Mod(softStr(args[0]), value.NewTuple(append([]value.Value(nil), rest...)...))
	}
	d := value.NewDict(len(kw))
	for _, arg := range kw {
		d.SetStr(arg.Name, arg.Value)
	}
	return value.Mod(softStr(args[0]), d)
}

// filterReplace works on plain strings: dbt's environment does not escape.
func filterReplace(t *value.Thread, a []value.Value) (value.Value, error) {
	text, old, repl := plainText(a[0]), plainText(a[1]), plainText(a[2])
	if absent(a[3]) {
		return strMethod(t, text, "replace", old, repl)
	}
	return strMethod(t, text, "replace", old, repl, a[3])
}

// plainText is str(v), without making a new value of what is one already.
func plainText(v value.Value) value.Value {
	if _, ok := v.(value.Str); ok {
		return v
	}
	return value.Str(value.ToStr(v))
}

// filterTitle begins a word behind whitespace and the characters -({[<.
func filterTitle(t *value.Thread, a []value.Value) (value.Value, error) {
	s := value.ToStr(a[0])
	var b strings.Builder
	for len(s) > 0 {
		n := strings.IndexFunc(s, beginsWord)
		if n < 0 {
			n = len(s)
		}
		if err := writeTitled(t, &b, s[:n]); err != nil {
			return nil, err
		}
		s = s[n:]
		n = strings.IndexFunc(s, func(r rune) bool { return !beginsWord(r) })
		if n < 0 {
			n = len(s)
		}
		// A run of delimiters is titled like a word: none of them has a case.
		b.WriteString(s[:n])
		s = s[n:]
	}
	return value.Str(b.String()), nil
}

func beginsWord(r rune) bool { return strings.ContainsRune("-({[<", r) || isSpace(r) }

func writeTitled(t *value.Thread, b *strings.Builder, word string) error {
	if word == "" {
		return nil
	}
	_, n := utf8.DecodeRuneInString(word)
	head, err := strMethod(t, value.Str(word[:n]), "upper")
	if err != nil {
		return err
	}
	tail, err := strMethod(t, value.Str(word[n:]), "lower")
	if err != nil {
		return err
	}
	b.WriteString(value.ToStr(head))
	b.WriteString(value.ToStr(tail))
	return nil
}

// filterIndent indents all lines but the first.
func filterIndent(t *value.Thread, a []value.Value) (value.Value, error) {
	width := orDefault(a[1], value.Int(4))
	indention, ok := value.AsString(width)
	if !ok {
		spaces, err := value.Mul(value.Str(" "), width)
		if err != nil {
			return nil, err
		}
		indention = value.ToStr(spaces)
	}
	s, err := indentable(a[0])
	if err != nil {
		return nil, err
	}
	split, err := strMethod(t, value.Str(s+"\n"), "splitlines")
	if err != nil {
		return nil, err
	}
	lines, err := value.ToSlice(split)
	if err != nil {
		return nil, err
	}
	if err := value.CheckText(len(s) + len(lines)*len(indention)); err != nil {
		return nil, err
	}
	out := value.Str(indentLines(lines, indention, truth(a[2]), truth(a[3])))
	if _, safe := a[0].(value.Markup); safe {
		return value.Markup(out), nil
	}
	return out, nil
}

// indentable is the text to indent, or the error of adding a line end to it.
func indentable(v value.Value) (string, error) {
	switch v := v.(type) {
	case *value.Undefined:
		return "", v.Error()
	case value.Bytes:
		return "", value.TypeErrorf("can't concat str to bytes")
	case *value.List:
		return "", value.Errorf("AttributeError", "'list' object has no attribute 'splitlines'")
	}
	s, ok := value.AsString(v)
	if !ok {
		return "", value.TypeErrorf("unsupported operand type(s) for +=: '%s' and 'str'", v.Type())
	}
	return s, nil
}

func indentLines(lines []value.Value, indention string, first, blank bool) string {
	var b strings.Builder
	for i, line := range lines {
		s := value.ToStr(line)
		if i > 0 {
			b.WriteByte('\n')
		}
		if i == 0 && first || i > 0 && (blank || s != "") {
			b.WriteString(indention)
		}
		b.WriteString(s)
	}
	return b.String()
}

// truncateLeeway is by how much a text may be too long before it is cut.
const truncateLeeway = 5

func filterTruncate(t *value.Thread, a []value.Value) (value.Value, error) {
	s, end := a[0], orDefault(a[3], value.Str("..."))
	length := orDefault(a[1], value.Int(255))
	leeway := orDefault(a[4], value.None)
	if leeway == value.None {
		leeway = value.Int(truncateLeeway)
	}
	endLen, err := value.Len(end)
	if err != nil {
		return nil, err
	}
	if err := assertAtLeast("length", length, endLen); err != nil {
		return nil, err
	}
	if err := assertAtLeast("leeway", leeway, 0); err != nil {
		return nil, err
	}
	size, err := value.Len(s)
	if err != nil {
		return nil, err
	}
	limit, err := value.Add(length, leeway)
	if err != nil {
		return nil, err
	}
	if fits, err := value.Compare(value.OpLe, value.Int(size), limit); err != nil || fits {
		return s, err
	}
	return cut(t, s, length, end, truth(a[2]))
}

func assertAtLeast(what string, v value.Value, least int) error {
	ok, err := value.Compare(value.OpGe, v, value.Int(least))
	if err == nil && !ok {
		return value.Errorf("AssertionError", "expected %s >= %d, got %s", what, least, value.ToStr(v))
	}
	return err
}

// cut shortens s to length, end included; it keeps words whole unless killwords.
func cut(t *value.Thread, s, length, end value.Value, killwords bool) (value.Value, error) {
	endLen, err := value.Len(end)
	if err != nil {
		return nil, err
	}
	keep, err := value.Sub(length, value.Int(endLen))
	if err != nil {
		return nil, err
	}
	head, err := value.GetSlice(s, value.None, keep, value.None)
	if err != nil {
		return nil, err
	}
	if !killwords {
		words, err := method(t, head, "rsplit", value.Str(" "), value.Int(1))
		if err != nil {
			return nil, err
		}
		if head, err = value.GetItem(words, value.Int(0)); err != nil {
			return nil, err
		}
	}
	return value.Add(head, end)
}

func filterWordcount(_ *value.Thread, a []value.Value) (value.Value, error) {
	n, inWord := 0, false
	for _, r := range value.ToStr(a[0]) {
		w := isWordRune(r)
		if w && !inWord {
			n++
		}
		inWord = w
	}
	return value.Int(n), nil
}

// isWordRune is Python's \w: what str.isalnum accepts, and the underscore.
func isWordRune(r rune) bool {
	if r < 0x80 {
		return r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// isSpace is str.isspace, which is Python's \s.
func isSpace(r rune) bool {
	switch {
	case r == ' ', '\t' <= r && r <= '\r', 0x1c <= r && r <= 0x1f, r == 0x85, r == 0xa0:
		return true
	case r < 0x1680:
		return false
	}
	return unicode.Is(unicode.Zs, r) || r == 0x2028 || r == 0x2029
}
