package value

import (
	"strings"
	"unicode/utf8"
)

// formatter is str.format as Jinja's sandbox has it: attributes and items of a
// field are looked up as a template looks them up.
type formatter struct {
	t      *Thread
	args   []Value
	named  func(name string) (Value, error)
	escape bool // the format is Markup
	auto   int  // fields numbered so far; -1 once one had a number of its own
	size   int
}

// formatString is format.format(*args, **kw).
func formatString(t *Thread, format Value, args []Value, kw []Arg) (Value, error) {
	return newFormat(t, format, args, func(name string) (Value, error) {
		for _, a := range kw {
			if a.Name == name {
				return a.Value, nil
			}
		}
		return nil, Errorf("KeyError", "%s", Repr(Str(name)))
	})
}

func newFormat(t *Thread, format Value, args []Value, named func(string) (Value, error)) (Value, error) {
	_, markup := format.(Markup)
	f := &formatter{t: t, args: args, named: named, escape: markup}
	s, err := f.expand(textOf(format), 2)
	if err != nil {
		return nil, err
	}
	if markup {
		return Markup(s), nil
	}
	return Str(s), nil
}

// field is a replacement field: {name!conversion:spec}.
type field struct {
	name       string
	conversion rune // 0 is none
	spec       string
}

// expand writes a format; a field's specification is a format again, of less
// depth.
func (f *formatter) expand(format string, depth int) (string, error) {
	if depth < 0 {
		return "", Errorf("ValueError", "Max string recursion exceeded")
	}
	var b strings.Builder
	for format != "" {
		literal, fd, rest, err := nextField(format)
		if err != nil {
			return "", err
		}
		format = rest
		b.WriteString(literal)
		if fd == nil {
			continue
		}
		s, err := f.field(fd, depth)
		if err != nil {
			return "", err
		}
		if f.size += len(s); f.size > maxSequence {
			return "", Errorf("MemoryError", "a text of more than %d bytes is refused", maxSequence)
		}
		b.WriteString(s)
	}
	return b.String(), nil
}

// nextField cuts the literal text up to the next field, and that field, off a
// format. A doubled brace ends a literal too.
func nextField(format string) (literal string, fd *field, rest string, err error) {
	i := strings.IndexAny(format, "{}")
	if i < 0 {
		return format, nil, "", nil
	}
	brace, rest := format[i], format[i+1:]
	if rest != "" && rest[0] == brace {
		return format[:i+1], nil, rest[1:], nil
	}
	if brace == '}' || rest == "" {
		return "", nil, "", Errorf("ValueError", "Single '%c' encountered in format string", brace)
	}
	fd, rest, err = parseField(rest)
	return format[:i], fd, rest, err
}

func parseField(s string) (*field, string, error) {
	end, err := fieldNameEnd(s)
	if err != nil {
		return nil, "", err
	}
	if end == len(s) {
		return nil, "", Errorf("ValueError", "expected '}' before end of string")
	}
	fd := &field{name: s[:end]}
	stop, rest := s[end], s[end+1:]
	if stop == '}' {
		return fd, rest, nil
	}
	if stop == '!' {
		if rest == "" {
			return nil, "", Errorf("ValueError", "end of string while looking for conversion specifier")
		}
		r, n := utf8.DecodeRuneInString(rest)
		fd.conversion, rest = r, rest[n:]
		if rest != "" {
			if rest[0] == '}' {
				return fd, rest[1:], nil
			}
			if rest[0] != ':' {
				return nil, "", Errorf("ValueError", "expected ':' after conversion specifier")
			}
			rest = rest[1:]
		}
	}
	depth := 1
	for i := range len(rest) {
		switch rest[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				fd.spec = rest[:i]
				return fd, rest[i+1:], nil
			}
		}
	}
	return nil, "", Errorf("ValueError", "unmatched '{' in format spec")
}

// fieldNameEnd is where a field's name ends; what is in brackets belongs to it.
func fieldNameEnd(s string) (int, error) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			return 0, Errorf("ValueError", "unexpected '{' in field name")
		case '[':
			close := strings.IndexByte(s[i:], ']')
			if close < 0 {
				return len(s), nil
			}
			i += close
		case '}', ':', '!':
			return i, nil
		}
	}
	return len(s), nil
}

func (f *formatter) field(fd *field, depth int) (string, error) {
	v, err := f.lookup(fd.name)
	if err != nil {
		return "", err
	}
	switch fd.conversion {
	case 0:
	case 's':
		v = Str(ToStr(v))
	case 'r':
		v = Str(Repr(v))
	case 'a':
		v = Str(asciiRepr(v))
	default:
		return "", Errorf("ValueError", "Unknown conversion specifier %c", fd.conversion)
	}
	spec, err := f.expand(fd.spec, depth-1)
	if err != nil {
		return "", err
	}
	if !f.escape {
		return Format(v, spec)
	}
	return formatEscaped(v, spec)
}

func formatEscaped(v Value, spec string) (string, error) {
	switch v.(type) {
	case Markup, HTML:
		if spec != "" {
			return "", Errorf("ValueError", "Unsupported format specification for Markup.")
		}
		return string(Escape(v)), nil
	}
	s, err := Format(v, spec)
	return string(Escape(Str(s))), err
}

// lookup finds a field's value: "0", "name", "0.attr[key]".
func (f *formatter) lookup(name string) (Value, error) {
	if name == "" {
		if f.auto < 0 {
			return nil, mixedNumbering()
		}
		f.auto++
		return f.arg(f.auto - 1)
	}
	end := strings.IndexAny(name, ".[")
	if end < 0 {
		end = len(name)
	}
	n, isNumber, err := fieldNumber(name[:end])
	if err != nil {
		return nil, err
	}
	if isNumber && end == len(name) {
		if f.auto > 0 {
			return nil, mixedNumbering()
		}
		f.auto = -1
	}
	var v Value
	if isNumber {
		v, err = f.arg(n)
	} else {
		v, err = f.named(name[:end])
	}
	if err != nil {
		return nil, err
	}
	return f.walk(v, name[end:])
}

func mixedNumbering() error {
	return Errorf("ValueError", "cannot switch from manual field specification to automatic field numbering")
}

func (f *formatter) arg(n int) (Value, error) {
	if n >= len(f.args) {
		return nil, Errorf("IndexError", "tuple index out of range")
	}
	return f.args[n], nil
}

func fieldNumber(s string) (int, bool, error) {
	p := specParser{runes: []rune(s)}
	n, err := p.integer()
	return n, err == nil && n >= 0 && p.i == len(p.runes), err
}

// walk follows .attr and [key] steps.
func (f *formatter) walk(v Value, path string) (Value, error) {
	for path != "" {
		var key string
		var err error
		switch path[0] {
		case '.':
			end := strings.IndexAny(path[1:], ".[") + 1
			if end == 0 {
				end = len(path)
			}
			key, path = path[1:end], path[end:]
			if key == "" {
				return nil, emptyAttribute()
			}
			v, err = f.t.Attr(v, key)
		case '[':
			end := strings.IndexByte(path, ']')
			if end < 0 {
				return nil, Errorf("ValueError", "Missing ']' in format string")
			}
			key, path = path[1:end], path[end+1:]
			if key == "" {
				return nil, emptyAttribute()
			}
			v, err = f.index(v, key)
		default:
			return nil, Errorf("ValueError", "Only '.' or '[' may follow ']' in format field specifier")
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

func emptyAttribute() error { return Errorf("ValueError", "Empty attribute in format string") }

func (f *formatter) index(v Value, key string) (Value, error) {
	n, isNumber, err := fieldNumber(key)
	if err != nil {
		return nil, err
	}
	if isNumber {
		return f.t.Item(v, Int(n))
	}
	return f.t.Item(v, Str(key))
}

// asciiRepr is ascii(v): repr with every other character escaped.
func asciiRepr(v Value) string {
	s := Repr(v)
	if isASCII(s) {
		return s
	}
	var b []byte
	for _, r := range s {
		if r < utf8.RuneSelf {
			b = append(b, byte(r))
		} else {
			b = appendRuneEscape(b, r)
		}
	}
	return string(b)
}
