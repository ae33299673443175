package parse

import (
	"regexp"
	"strconv"
	"strings"
)

// pythonText is a Python file made ready for a search: both texts are as long as
// the file, so that a place in one is the place in the other.
type pythonText struct {
	// code has blanks for comments and for what stands in strings, but for the
	// expressions of f-strings.
	code string
	// plain has blanks for comments alone.
	plain string
}

// scanPython tells code from strings and comments.
func scanPython(src string) pythonText {
	code, plain := []byte(src), []byte(src)
	blank := func(b []byte, from, to int) {
		for i := from; i < to; i++ {
			if b[i] != '\n' {
				b[i] = ' '
			}
		}
	}
	for i := 0; i < len(src); {
		switch c := src[i]; {
		case c == '#':
			end := i + strings.IndexByte(src[i:]+"\n", '\n')
			blank(code, i, end)
			blank(plain, i, end)
			i = end
		case c == '"' || c == '\'':
			end := stringEnd(src, i)
			if isFString(src, i) {
				blankAround(code, i, end)
			} else {
				blank(code, i, end)
			}
			i = end
		default:
			i++
		}
	}
	return pythonText{string(code), string(plain)}
}

// stringEnd is the place behind the string that begins at i.
func stringEnd(src string, i int) int {
	quote := src[i : i+1]
	if strings.HasPrefix(src[i:], strings.Repeat(quote, 3)) {
		quote = src[i : i+3]
	}
	for j := i + len(quote); j < len(src); j++ {
		switch {
		case src[j] == '\\':
			j++
		case strings.HasPrefix(src[j:], quote):
			return j + len(quote)
		case src[j] == '\n' && len(quote) == 1:
			return j
		}
	}
	return len(src)
}

// isFString looks at the letters before a string.
func isFString(src string, i int) bool {
	from := i
	for from > 0 && strings.IndexByte("rRfFbBuU", src[from-1]) >= 0 {
		from--
	}
	return strings.ContainsAny(src[from:i], "fF") && (from == 0 || !isWord(src[from-1]))
}

// blankAround blanks an f-string but for what stands in its braces.
func blankAround(b []byte, from, to int) {
	depth := 0
	for i := from; i < to; i++ {
		switch {
		case b[i] == '{':
			depth++
		case b[i] == '}':
			depth--
		case depth > 0 || b[i] == '\n':
			continue
		}
		b[i] = ' '
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// pythonCall is a call of one of dbt's functions in a Python model.
type pythonCall struct {
	fn   string // "ref", "source", "config", "config.get", "config.meta_get"
	expr string // as written, from the last word of fn on
	at   int    // where it stands in the file
}

// calls finds the calls of dbt's functions, in order.
func (t pythonText) calls() []pythonCall {
	var out []pythonCall
	for at := 0; ; {
		i := strings.Index(t.code[at:], "dbt.")
		if i < 0 {
			return out
		}
		start := at + i
		at = start + len("dbt.")
		if start > 0 && (isWord(t.code[start-1]) || t.code[start-1] == '.') {
			continue
		}
		for _, fn := range [...]string{"ref", "source", "config.meta_get", "config.get", "config"} {
			rest := t.code[at:]
			if !strings.HasPrefix(rest, fn) || !strings.HasPrefix(strings.TrimLeft(rest[len(fn):], " "), "(") {
				continue
			}
			from := at + strings.LastIndexByte(fn, '.') + 1
			open := from + strings.IndexByte(t.code[from:], '(')
			if end := closing(t.plain[open:]); end > 0 {
				out = append(out, pythonCall{fn, t.plain[from : open+end], start})
			}
			break
		}
	}
}

// closing is the length of a text in parentheses, 0 where it has no end.
func closing(s string) int {
	depth := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"' || c == '\'':
			i = stringEnd(s, i)
			continue
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
	return 0
}

var (
	modelDef  = regexp.MustCompile(`(?m)^def[ \t]+model[ \t]*\(`)
	paramName = regexp.MustCompile(`^\s*([^\s:=]+)`)
)

// modelFault is what is wrong with a file's function model(dbt, session), "" for
// nothing. A file without code is left alone. dbt: PythonValidationVisitor.
func (t pythonText) modelFault() string {
	if strings.TrimSpace(t.code) == "" {
		return ""
	}
	found := modelDef.FindAllStringIndex(t.code, -1)
	if len(found) != 1 {
		return "dbt allows exactly one model defined per python file, found " + strconv.Itoa(len(found))
	}
	open := found[0][1] - 1
	end := closing(t.code[open:])
	if end == 0 {
		return "" // Python itself will say it better
	}
	var why []string
	params := topLevel(t.code[open+1 : open+end-1])
	if len(params) > 0 && firstName(params[0]) != "dbt" {
		why = append(why, "'dbt' not provided for model as the first argument")
	}
	if len(params) != 2 {
		why = append(why, "model function should have two args, `dbt` and a session to current warehouse")
	}
	if !returnsOne(t.code[open+end:]) {
		why = append(why, "In current version, model function should return only one dataframe object")
	}
	return strings.Join(why, "\n")
}

func firstName(param string) string {
	if m := paramName.FindStringSubmatch(param); m != nil {
		return m[1]
	}
	return ""
}

// topLevel splits at the commas that stand in no bracket.
func topLevel(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, s[from:i])
				from = i + 1
			}
		}
	}
	if strings.TrimSpace(s[from:]) != "" {
		out = append(out, s[from:])
	}
	return out
}

// returnsOne reports whether the last statement of a function's body, which begins
// behind its parameters, is a return of anything but a tuple.
func returnsOne(rest string) bool {
	colon := strings.IndexByte(rest, ':')
	if colon < 0 {
		return true
	}
	last := lastStatement(rest[colon+1:])
	value, ok := strings.CutPrefix(last, "return")
	if !ok || value != "" && isWord(value[0]) {
		return false
	}
	value = strings.TrimSpace(value)
	if strings.HasPrefix(value, "(") && closing(value) == len(value) {
		value = value[1 : len(value)-1]
	}
	return len(topLevel(value)) < 2 && !strings.HasSuffix(value, ",")
}

// lastStatement is the last statement of a body that begins on its own line, or on
// the line of its def.
func lastStatement(body string) string {
	line, rest, _ := strings.Cut(body, "\n")
	if strings.TrimSpace(line) != "" {
		parts := strings.Split(line, ";")
		return strings.TrimSpace(parts[len(parts)-1])
	}
	indent, from, depth, at := -1, 0, 0, 0
	for l := range strings.SplitAfterSeq(rest, "\n") {
		text := strings.TrimLeft(l, " \t")
		if depth == 0 && strings.TrimSpace(text) != "" {
			in := len(l) - len(text)
			if indent < 0 {
				indent = in
			}
			if in < indent {
				break
			}
			if in == indent {
				from = at
			}
		}
		depth += strings.Count(l, "(") + strings.Count(l, "[") + strings.Count(l, "{") -
			strings.Count(l, ")") - strings.Count(l, "]") - strings.Count(l, "}")
		at += len(l)
	}
	return strings.TrimSpace(rest[from:at])
}
