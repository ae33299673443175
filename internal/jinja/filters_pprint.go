package jinja

import (
	"sort"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

func filterPprint(_ *value.Thread, a []value.Value) (value.Value, error) {
	return value.Str(Pformat(a[0])), nil
}

// prettyWidth is the column that Python's pprint keeps to.
const prettyWidth = 80

// prettyPrinter is Python's pprint.pformat: what fits on a line is printed on
// one, and a container that does not has one member a line. Dicts are sorted.
type prettyPrinter struct{ b strings.Builder }

// format prints v at a column; allowance is what must fit behind its last line.
func (p *prettyPrinter) format(v value.Value, column, allowance, level int) {
	rep := prettyRepr(v)
	if utf8.RuneCountInString(rep) > prettyWidth-column-allowance && p.broken(v, column, allowance, level+1) {
		return
	}
	p.b.WriteString(rep)
}

// broken prints v on several lines, if its type can be.
func (p *prettyPrinter) broken(v value.Value, column, allowance, level int) bool {
	switch v := v.(type) {
	case *value.Dict:
		p.dict(v, column, allowance, level)
	case *value.List:
		p.members("[", "]", v.Elems, column, allowance, level)
	case *value.Tuple:
		end := ")"
		if len(v.Elems) == 1 {
			end = ",)"
		}
		p.members("(", end, v.Elems, column, allowance, level)
	case *value.Set:
		elems := v.Elems()
		sortSafely(elems)
		if v.Type() == "set" {
			p.members("{", "}", elems, column, allowance, level)
		} else {
			p.b.WriteString("frozenset(")
			p.members("{", "})", elems, column+len("frozenset("), allowance, level)
		}
	case value.Str:
		p.str(string(v), column, allowance, level)
	default:
		return false
	}
	return true
}

func (p *prettyPrinter) newline(column int) {
	p.b.WriteByte('\n')
	p.b.WriteString(strings.Repeat(" ", column))
}

func (p *prettyPrinter) members(open, end string, elems []value.Value, column, allowance, level int) {
	p.b.WriteString(open)
	for i, v := range elems {
		behind := 1 // a comma
		if i == len(elems)-1 {
			behind = allowance + len(end)
		}
		p.format(v, column+1, behind, level)
		if i < len(elems)-1 {
			p.b.WriteByte(',')
			p.newline(column + 1)
		}
	}
	p.b.WriteString(end)
}

func (p *prettyPrinter) dict(d *value.Dict, column, allowance, level int) {
	p.b.WriteByte('{')
	items := sortedItems(d)
	for i, kv := range items {
		behind := 1
		if i == len(items)-1 {
			behind = allowance + 1
		}
		key := prettyRepr(kv[0]) + ": "
		p.b.WriteString(key)
		p.format(kv[1], column+1+utf8.RuneCountInString(key), behind, level)
		if i < len(items)-1 {
			p.b.WriteByte(',')
			p.newline(column + 1)
		}
	}
	p.b.WriteByte('}')
}

// str prints a string as several literals, broken behind line ends and spaces;
// one that is not inside a container has parentheses around them.
func (p *prettyPrinter) str(s string, column, allowance, level int) {
	if level == 1 {
		column, allowance = column+1, allowance+1
	}
	chunks := prettyChunks(s, prettyWidth-column, allowance)
	if len(chunks) == 1 {
		p.b.WriteString(chunks[0])
		return
	}
	if level == 1 {
		p.b.WriteByte('(')
	}
	for i, c := range chunks {
		if i > 0 {
			p.newline(column)
		}
		p.b.WriteString(c)
	}
	if level == 1 {
		p.b.WriteByte(')')
	}
}

func prettyChunks(s string, width, allowance int) []string {
	repr := func(s string) (string, int) {
		r := value.Repr(value.Str(s))
		return r, utf8.RuneCountInString(r)
	}
	var chunks []string
	lines := splitLinesKeep(s)
	for i, line := range lines {
		lastLine := i == len(lines)-1
		limit := width
		if lastLine {
			limit -= allowance
		}
		if r, n := repr(line); n <= limit {
			chunks = append(chunks, r)
			continue
		}
		current := ""
		parts := splitWordsKeep(line)
		for j, part := range parts {
			limit := width
			if lastLine && j == len(parts)-1 {
				limit -= allowance
			}
			if _, n := repr(current + part); n <= limit {
				current += part
				continue
			}
			if current != "" {
				r, _ := repr(current)
				chunks = append(chunks, r)
			}
			current = part
		}
		if current != "" {
			r, _ := repr(current)
			chunks = append(chunks, r)
		}
	}
	return chunks
}

// splitLinesKeep is str.splitlines(True).
func splitLinesKeep(s string) []string {
	isEnd := func(r rune) bool {
		return r >= '\n' && r <= '\r' || r >= 0x1c && r <= 0x1e || r == 0x85 || r == 0x2028 || r == 0x2029
	}
	var out []string
	for s != "" {
		n := strings.IndexFunc(s, isEnd)
		if n < 0 {
			return append(out, s)
		}
		_, size := utf8.DecodeRuneInString(s[n:])
		if strings.HasPrefix(s[n:], "\r\n") {
			size = 2
		}
		out = append(out, s[:n+size])
		s = s[n+size:]
	}
	return out
}

// splitWordsKeep parts a line into words with the whitespace behind each.
func splitWordsKeep(s string) []string {
	var out []string
	for s != "" {
		rest := strings.TrimLeftFunc(s, func(r rune) bool { return !isSpace(r) })
		rest = strings.TrimLeftFunc(rest, isSpace)
		out = append(out, s[:len(s)-len(rest)])
		s = rest
	}
	return out
}

// prettyRepr is repr with the dicts inside sorted.
func prettyRepr(v value.Value) string {
	switch v := v.(type) {
	case *value.Dict:
		parts := make([]string, 0, v.Len())
		for _, kv := range sortedItems(v) {
			parts = append(parts, prettyRepr(kv[0])+": "+prettyRepr(kv[1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case *value.List:
		return "[" + prettyJoin(v.Elems) + "]"
	case *value.Tuple:
		if len(v.Elems) == 1 {
			return "(" + prettyRepr(v.Elems[0]) + ",)"
		}
		return "(" + prettyJoin(v.Elems) + ")"
	}
	return value.Repr(v)
}

func prettyJoin(vs []value.Value) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		parts[i] = prettyRepr(v)
	}
	return strings.Join(parts, ", ")
}

func sortedItems(d *value.Dict) [][2]value.Value {
	items := make([][2]value.Value, 0, d.Len())
	d.Each(func(k, v value.Value) bool {
		items = append(items, [2]value.Value{k, v})
		return true
	})
	sort.SliceStable(items, func(i, j int) bool { return safeLess(items[i][0], items[j][0]) })
	return items
}

func sortSafely(vs []value.Value) {
	sort.SliceStable(vs, func(i, j int) bool { return safeLess(vs[i], vs[j]) })
}

// safeLess orders what < cannot by the names of the types.
func safeLess(a, b value.Value) bool {
	lt, err := value.Compare(value.OpLt, a, b)
	if err != nil {
		return a.Type() < b.Type()
	}
	return lt
}

// Pformat gives v as Python's pprint.pformat does.
func Pformat(v value.Value) string {
	var p prettyPrinter
	p.format(v, 0, 0, 0)
	return p.b.String()
}
