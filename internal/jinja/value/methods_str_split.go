package value

import (
	"strings"
	"unicode/utf8"
)

var strSplitRows = []method{
	{name: "split", max: 2, params: []string{"sep", "maxsplit"}, fn: splitter(splitSpace, splitLeft)},
	{name: "rsplit", max: 2, params: []string{"sep", "maxsplit"}, fn: splitter(rsplitSpace, splitRight)},
	{name: "splitlines", max: 1, params: []string{"keepends"}, fn: strSplitlines},
	{name: "partition", min: 1, max: 1, fn: partitioner(strings.Index, false)},
	{name: "rpartition", min: 1, max: 1, fn: partitioner(strings.LastIndex, true)},
	{name: "join", min: 1, max: 1, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		s, err := joinText(textOf(self), a[0], func(v Value) (string, bool) { return AsString(v) })
		return Str(s), err
	}},
}

// splitter is split and rsplit: by white space without a separator. A negative
// n is no limit.
func splitter(space func(s string, n int) []string, sep func(s, sep string, n int) []string) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		limit := -1
		if a[1] != nil {
			n, err := needIndex(a[1])
			if err != nil {
				return nil, err
			}
			limit = n
		}
		s := textOf(self)
		if !given(a[0]) {
			return listOfTexts(space(s, limit)), nil
		}
		by, err := needText(a[0], "must be str or None, not %s")
		if err != nil {
			return nil, err
		}
		if by == "" {
			return nil, Errorf("ValueError", "empty separator")
		}
		return listOfTexts(sep(s, by, limit)), nil
	}
}

func listOfTexts(parts []string) *List {
	out := make([]Value, len(parts))
	for i, p := range parts {
		out[i] = Str(p)
	}
	return NewList(out...)
}

func splitLeft(s, sep string, n int) []string {
	if n < 0 || n > len(s) {
		return strings.Split(s, sep)
	}
	return strings.SplitN(s, sep, n+1)
}

func splitRight(s, sep string, n int) []string {
	if n < 0 {
		return strings.Split(s, sep)
	}
	var out []string
	for ; n > 0; n-- {
		i := strings.LastIndex(s, sep)
		if i < 0 {
			break
		}
		out = append(out, s[i+len(sep):])
		s = s[:i]
	}
	return reversed(append(out, s))
}

func reversed(parts []string) []string {
	for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
		parts[i], parts[j] = parts[j], parts[i]
	}
	return parts
}

func splitSpace(s string, n int) []string {
	var out []string
	for {
		s = strings.TrimLeftFunc(s, isSpace)
		if s == "" {
			return out
		}
		end := strings.IndexFunc(s, isSpace)
		if n == 0 || end < 0 {
			return append(out, s)
		}
		out = append(out, s[:end])
		s = s[end:]
		n--
	}
}

func rsplitSpace(s string, n int) []string {
	var out []string
	for {
		s = strings.TrimRightFunc(s, isSpace)
		if s == "" {
			return reversed(out)
		}
		start := strings.LastIndexFunc(s, isSpace)
		if n == 0 || start < 0 {
			return reversed(append(out, s))
		}
		_, size := utf8.DecodeRuneInString(s[start:])
		out = append(out, s[start+size:])
		s = s[:start]
		n--
	}
}

func strSplitlines(_ *Thread, self Value, a []Value) (Value, error) {
	keep := a[0] != nil && a[0].Truth()
	return listOfTexts(splitLines(textOf(self), keep)), nil
}

func splitLines(s string, keep bool) []string {
	var out []string
	for s != "" {
		end := strings.IndexFunc(s, isLineBreak)
		if end < 0 {
			return append(out, s)
		}
		_, size := utf8.DecodeRuneInString(s[end:])
		if strings.HasPrefix(s[end:], "\r\n") {
			size = 2
		}
		line := s[:end]
		if keep {
			line = s[:end+size]
		}
		out = append(out, line)
		s = s[end+size:]
	}
	return out
}

func partitioner(find func(s, sep string) int, last bool) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		sep, err := needText(a[0], "must be str, not %s")
		if err != nil {
			return nil, err
		}
		if sep == "" {
			return nil, Errorf("ValueError", "empty separator")
		}
		s := textOf(self)
		switch i := find(s, sep); {
		case i >= 0:
			return NewTuple(Str(s[:i]), Str(sep), Str(s[i+len(sep):])), nil
		case last:
			return NewTuple(Str(""), Str(""), Str(s)), nil
		default:
			return NewTuple(Str(s), Str(""), Str("")), nil
		}
	}
}

// joinText is sep.join(seq); text gives the text of one item.
func joinText(sep string, seq Value, text func(Value) (string, bool)) (string, error) {
	if _, ok := seq.(Iterable); !ok {
		return "", TypeErrorf("can only join an iterable")
	}
	items, err := ToSlice(seq)
	if err != nil {
		return "", err
	}
	var b []byte
	for i, v := range items {
		if i > 0 {
			b = append(b, sep...)
		}
		s, ok := text(v)
		if !ok {
			return "", TypeErrorf("sequence item %d: expected str instance, %s found", i, v.Type())
		}
		if len(b)+len(s)+len(sep) > maxSequence {
			return "", Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
		}
		b = append(b, s...)
	}
	return string(b), nil
}
