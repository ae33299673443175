package yamldoc

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

// Encode writes a value as PyYAML's safe_dump does in block style: dbt's
// toyaml(). Lists inside mappings are not indented, texts are quoted only where
// they would be read back as something else, long texts are folded at 80
// columns. What is no YAML value (a macro, a relation) is an error.
func Encode(v value.Value, sortKeys bool) ([]byte, error) {
	return (&encoder{sort: sortKeys}).document(v)
}

// EncodeFile writes a value as dbt writes packages.yml and package-lock.yml:
// keys sorted, lists inside mappings indented by two.
func EncodeFile(v value.Value) ([]byte, error) {
	return (&encoder{sort: true, listIndent: 2}).document(v)
}

func (e *encoder) document(v value.Value) ([]byte, error) {
	if err := e.node(v, 0, false); err != nil {
		return nil, err
	}
	// PyYAML closes a document that is one plain scalar.
	if !isContainer(v) && len(e.b) > 0 && e.plainRoot {
		return append(e.b, "\n...\n"...), nil
	}
	if len(e.b) == 0 || e.b[len(e.b)-1] != '\n' {
		e.b = append(e.b, '\n')
	}
	return e.b, nil
}

// width is the column at which PyYAML folds.
const width = 80

type encoder struct {
	b         []byte
	sort      bool
	plainRoot bool // the document is a scalar without quotes
	// listIndent is how far a list in a mapping is set in; PyYAML's own is 0.
	listIndent int
}

func isContainer(v value.Value) bool {
	switch v.(type) {
	case *value.List, *value.Tuple, *value.Dict, *value.Set:
		return true
	}
	return false
}

// node writes v at a depth of indentation. In a mapping or a list the caller has
// written "key:" or "-"; inMap says which.
func (e *encoder) node(v value.Value, indent int, inMap bool) error {
	switch x := v.(type) {
	case *value.List:
		return e.list(x.Elems, indent, inMap)
	case *value.Tuple:
		return e.list(x.Elems, indent, inMap)
	case *value.Dict:
		return e.dict(x, indent, inMap)
	}
	s, quoted, err := e.scalar(v)
	if err != nil {
		return err
	}
	e.plainRoot = !quoted
	if e.column() > 0 && !e.endsIn(' ') {
		e.b = append(e.b, ' ')
	}
	e.fold(s, indent, quoted)
	return nil
}

func (e *encoder) endsIn(c byte) bool { return len(e.b) > 0 && e.b[len(e.b)-1] == c }

func (e *encoder) column() int {
	i := strings.LastIndexByte(string(e.b), '\n')
	return utf8.RuneCount(e.b[i+1:])
}

func (e *encoder) list(elems []value.Value, indent int, inMap bool) error {
	if len(elems) == 0 {
		return e.empty("[]")
	}
	for i, x := range elems {
		if i > 0 || inMap {
			e.newLine(indent)
		} else if e.column() > 0 && !e.endsIn(' ') {
			e.b = append(e.b, ' ')
		}
		e.b = append(e.b, '-')
		if err := e.item(x, indent+2); err != nil {
			return err
		}
	}
	return nil
}

// item writes what stands behind a dash: containers begin on the same line.
func (e *encoder) item(v value.Value, indent int) error {
	if isContainer(v) {
		e.b = append(e.b, ' ')
	}
	return e.node(v, indent, false)
}

func (e *encoder) empty(s string) error {
	if e.column() > 0 && !e.endsIn(' ') {
		e.b = append(e.b, ' ')
	}
	e.b = append(e.b, s...)
	return nil
}

func (e *encoder) newLine(indent int) {
	if len(e.b) > 0 && !e.endsIn('\n') {
		e.b = append(e.b, '\n')
	}
	e.b = append(e.b, strings.Repeat(" ", indent)...)
}

func (e *encoder) dict(d *value.Dict, indent int, inMap bool) error {
	if d.Len() == 0 {
		return e.empty("{}")
	}
	keys := make([]value.Value, d.Len())
	for i := range keys {
		keys[i], _ = d.At(i)
	}
	if e.sort {
		// dbt: keys that cannot be compared stay in their order.
		if err := value.Sort(nil, keys, nil, false); err != nil {
			for i := range keys {
				keys[i], _ = d.At(i)
			}
		}
	}
	for i, k := range keys {
		if i > 0 || inMap {
			e.newLine(indent)
		}
		s, _, err := e.scalar(k)
		if err != nil {
			return err
		}
		e.b = append(append(e.b, s...), ':')
		v, _ := d.Get(k)
		child := indent + 2
		switch v.(type) {
		case *value.List, *value.Tuple:
			child = indent + e.listIndent
		}
		if err := e.node(v, child, true); err != nil {
			return err
		}
	}
	return nil
}

// scalar gives a scalar's text, and whether it is in quotes.
func (e *encoder) scalar(v value.Value) (s string, quoted bool, err error) {
	switch x := v.(type) {
	case value.NoneType:
		return "null", false, nil
	case value.Bool:
		return strings.ToLower(value.ToStr(x)), false, nil
	case value.Int, *value.BigInt:
		return value.ToStr(x), false, nil
	case value.Float:
		return floatText(float64(x)), false, nil
	}
	if s, ok := value.AsString(v); ok {
		s, quoted := quote(s)
		return s, quoted, nil
	}
	switch v.Type() {
	case "datetime.date":
		return value.ToStr(v), false, nil
	case "datetime.datetime":
		return value.ToStr(v), false, nil
	}
	return "", false, errors.New("cannot represent an object of type " + v.Type())
}

// floatText is PyYAML's form of a float: ".inf", ".nan", and a point in front of
// an exponent.
func floatText(f float64) string {
	s := value.ToStr(value.Float(f))
	switch s {
	case "inf":
		return ".inf"
	case "-inf":
		return "-.inf"
	case "nan":
		return ".nan"
	}
	if !strings.Contains(s, ".") && strings.Contains(s, "e") {
		s = strings.Replace(s, "e", ".0e", 1)
	}
	return s
}

// quote writes a text plain, in single quotes, or, where it holds what only an
// escape can write, in double quotes. PyYAML: Emitter.choose_scalar_style.
func quote(s string) (string, bool) {
	if needsEscape(s) {
		return doubleQuoted(s), true
	}
	if s != "" && plain(s) && !resolves(s) {
		return s, false
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'", true
}

func needsEscape(s string) bool {
	prev := rune(0)
	for _, r := range s {
		if r == ' ' && prev == '\n' || r == '\n' && prev == ' ' {
			return true // a blank beside a line break would be lost
		}
		if r != '\n' && (r < 0x20 || r == 0x7f || r > 0x7e && !printable(r)) {
			return true
		}
		if r > 0x7e && r != 0x85 {
			return true // safe_dump writes other than ASCII as escapes
		}
		prev = r
	}
	return strings.HasPrefix(s, " ") && strings.Contains(s, "\n") || strings.HasSuffix(s, "\n ")
}

func printable(r rune) bool {
	return r == 0x85 || r >= 0xa0 && r <= 0xd7ff || r >= 0xe000 && r <= 0xfffd && r != 0xfeff || r >= 0x10000
}

// plain reports whether a text may stand without quotes in a block.
func plain(s string) bool {
	if strings.ContainsRune(s, '\n') || s[0] == ' ' || s[len(s)-1] == ' ' || strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		return false
	}
	if strings.IndexByte("#,[]{}&*!|>'\"%@`", s[0]) >= 0 {
		return false
	}
	if (s[0] == '-' || s[0] == '?' || s[0] == ':') && (len(s) == 1 || s[1] == ' ') {
		return false
	}
	return !strings.Contains(s, ": ") && !strings.HasSuffix(s, ":") && !strings.Contains(s, " #")
}

// resolves reports whether a plain text would be read back as another type.
func resolves(s string) bool {
	if s == "=" || s == "<<" {
		return true
	}
	v, err := resolve(s)
	if err != nil {
		return true // looks like a date that is none: only quotes are safe
	}
	_, text := v.(value.Str)
	return !text
}

var shortEscapes = map[rune]string{
	0: "0", '\a': "a", '\b': "b", '\t': "t", '\n': "n", '\v': "v", '\f': "f", '\r': "r", 0x1b: "e",
	'"': `"`, '\\': `\`, 0x85: "N", 0xa0: "_", 0x2028: "L", 0x2029: "P",
}

func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		short, ok := shortEscapes[r]
		switch {
		case ok:
			b.WriteString(`\` + short)
		case r >= 0x20 && r <= 0x7e:
			b.WriteRune(r)
		case r <= 0xff:
			b.WriteString(`\x` + hexDigits(r, 2))
		case r <= 0xffff:
			b.WriteString(`\u` + hexDigits(r, 4))
		default:
			b.WriteString(`\U` + hexDigits(r, 8))
		}
	}
	b.WriteByte('"')
	return b.String()
}

func hexDigits(r rune, digits int) string {
	s := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return strings.Repeat("0", max(0, digits-len(s))) + s
}

// fold writes a scalar, breaking lines at blanks beyond the width. A line break
// of the text is an empty line.
func (e *encoder) fold(s string, indent int, quoted bool) {
	if quoted && s[0] == '"' {
		e.foldEscaped(s, indent)
		return
	}
	pad := strings.Repeat(" ", max(indent, 2))
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c == '\n' {
			n := 0
			for i+n < len(s) && s[i+n] == '\n' {
				n++
			}
			e.b = append(append(e.b, strings.Repeat("\n", n+1)...), pad...)
			i += n - 1
			continue
		}
		// PyYAML breaks at a single blank once the word before it has gone over.
		if c == ' ' && e.column() > width && i > 0 && i < len(s)-1 && s[i-1] != ' ' && s[i+1] != ' ' {
			e.b = append(append(e.b, '\n'), pad...)
			continue
		}
		e.b = append(e.b, c)
	}
}

// foldEscaped writes a text in double quotes; a line that is broken ends in a
// backslash.
func (e *encoder) foldEscaped(s string, indent int) {
	pad := strings.Repeat(" ", max(indent, 2))
	for i := 0; i < len(s); i++ {
		if s[i] == ' ' && i > 1 && i < len(s)-2 && e.column() > width {
			e.b = append(append(append(e.b, '\\', '\n'), pad...), '\\')
		}
		e.b = append(e.b, s[i])
	}
}
