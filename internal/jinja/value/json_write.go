package value

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// JSONOptions are those of Python's json.dumps. The zero value is its default
// but for EnsureASCII, which is true there.
type JSONOptions struct {
	// EnsureASCII writes other characters as \uXXXX.
	EnsureASCII bool
	// SortKeys orders every object by its keys.
	SortKeys bool
	// Indent puts every member on a line of its own, indented by that many
	// spaces for each level; 0 keeps one line.
	Indent int
	// ItemSep and KeySep are what stands behind an item and a key; empty is
	// Python's default: ", " (or "," before a line break) and ": ".
	ItemSep, KeySep string
	// Default turns what JSON has no form for into something that has one;
	// without it such a value is a TypeError.
	Default func(Value) (Value, error)
}

// AppendJSON appends json.dumps(v).
func AppendJSON(b []byte, v Value, o JSONOptions) ([]byte, error) {
	w := jsonWriter{JSONOptions: o}
	if w.ItemSep == "" {
		w.ItemSep = ", "
		if o.Indent > 0 {
			w.ItemSep = ","
		}
	}
	if w.KeySep == "" {
		w.KeySep = ": "
	}
	return w.value(b, v, nil)
}

type jsonWriter struct{ JSONOptions }

func (w *jsonWriter) value(b []byte, v Value, in *Nesting) ([]byte, error) {
	switch x := v.(type) {
	case Str:
		return w.text(b, string(x)), nil
	case Markup:
		return w.text(b, string(x)), nil
	case NoneType:
		return append(b, "null"...), nil
	case Bool:
		return appendJSONBool(b, bool(x)), nil
	case Int, *BigInt:
		return v.AppendStr(b), nil
	case Float:
		return appendJSONFloat(b, float64(x)), nil
	case *Dict:
		return w.object(b, x, in)
	case *List:
		return w.array(b, v, x.Elems, in)
	case *Tuple:
		return w.array(b, v, x.Elems, in)
	}
	if w.Default == nil {
		return b, notJSON(v)
	}
	if in = in.enter(v); in == nil {
		return b, circular()
	}
	y, err := w.Default(v)
	if err != nil {
		return b, err
	}
	return w.value(b, y, in)
}

func notJSON(v Value) error {
	name := v.Type()
	return TypeErrorf("Object of type %s is not JSON serializable", name[strings.LastIndexByte(name, '.')+1:])
}

func circular() error { return Errorf("ValueError", "Circular reference detected") }

func appendJSONBool(b []byte, v bool) []byte {
	if v {
		return append(b, "true"...)
	}
	return append(b, "false"...)
}

func appendJSONFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "NaN"...)
	case math.IsInf(f, 1):
		return append(b, "Infinity"...)
	case math.IsInf(f, -1):
		return append(b, "-Infinity"...)
	}
	return appendFloat(b, f)
}

func (w *jsonWriter) array(b []byte, of Value, vs []Value, in *Nesting) ([]byte, error) {
	if len(vs) == 0 {
		return append(b, "[]"...), nil
	}
	if in = in.enter(of); in == nil {
		return b, circular()
	}
	b = append(b, '[')
	var err error
	for i, v := range vs {
		if i > 0 {
			b = append(b, w.ItemSep...)
		}
		if err = CheckText(len(b)); err != nil {
			return b, err
		}
		if b, err = w.value(w.newline(b, in.depth), v, in); err != nil {
			return b, err
		}
	}
	return append(w.newline(b, in.depth-1), ']'), nil
}

func (w *jsonWriter) object(b []byte, d *Dict, in *Nesting) ([]byte, error) {
	if d.Len() == 0 {
		return append(b, "{}"...), nil
	}
	if in = in.enter(d); in == nil {
		return b, circular()
	}
	entries := d.entries
	if w.SortKeys {
		var err error
		if entries, err = sortedEntries(d); err != nil {
			return b, err
		}
	}
	b = append(b, '{')
	first := true
	for _, e := range entries {
		if e.key == nil {
			continue
		}
		if !first {
			b = append(b, w.ItemSep...)
		}
		first = false
		key, err := jsonKey(e.key)
		if err != nil {
			return b, err
		}
		if err = CheckText(len(b)); err != nil {
			return b, err
		}
		b = append(w.text(w.newline(b, in.depth), key), w.KeySep...)
		if b, err = w.value(b, e.value, in); err != nil {
			return b, err
		}
	}
	return append(w.newline(b, in.depth-1), '}'), nil
}

// sortedEntries orders by key, as Python orders keys: mixed types are a TypeError.
func sortedEntries(d *Dict) ([]dictEntry, error) {
	out := make([]dictEntry, 0, d.Len())
	for _, e := range d.entries {
		if e.key != nil {
			out = append(out, e)
		}
	}
	var failed error
	slices.SortStableFunc(out, func(a, b dictEntry) int {
		n, err := compareForSort(a.key, b.key)
		if err != nil && failed == nil {
			failed = err
		}
		return n
	})
	return out, failed
}

// jsonKey is a key as the text that JSON wants.
func jsonKey(k Value) (string, error) {
	switch x := k.(type) {
	case Str:
		return string(x), nil
	case Markup:
		return string(x), nil
	case NoneType:
		return "null", nil
	case Bool:
		return string(appendJSONBool(nil, bool(x))), nil
	case Int, *BigInt:
		return ToStr(k), nil
	case Float:
		return string(appendJSONFloat(nil, float64(x))), nil
	}
	return "", TypeErrorf("keys must be str, int, float, bool or None, not %s", k.Type())
}

func (w *jsonWriter) newline(b []byte, depth int) []byte {
	if w.Indent <= 0 {
		return b
	}
	b = append(b, '\n')
	for range depth * w.Indent {
		b = append(b, ' ')
	}
	return b
}

var jsonEscapes = [utf8.RuneSelf]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\f': `\f`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// text appends s as a JSON string; runs without anything to escape are copied
// whole.
func (w *jsonWriter) text(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf && w.EnsureASCII:
			b = append(b, s[from:i]...)
			r, n := utf8.DecodeRuneInString(s[i:])
			b = appendJSONRune(b, r, s[i], n)
			i += n
			from = i
		case c >= ' ' && c != '"' && c != '\\' && (c != 0x7f || !w.EnsureASCII):
			i++
		default:
			b = append(b, s[from:i]...)
			if e := jsonEscapes[c]; e != "" {
				b = append(b, e...)
			} else {
				b = append(b, '\\', 'u', '0', '0', lowerHex[c>>4], lowerHex[c&15])
			}
			i++
			from = i
		}
	}
	return append(append(b, s[from:]...), '"')
}

// appendJSONRune appends a \u escape, or two beyond 16 bits. A byte that is not
// UTF-8 is the lone surrogate it would be in Python.
func appendJSONRune(b []byte, r rune, first byte, n int) []byte {
	if r == utf8.RuneError && n == 1 {
		return appendHexPadded(append(b, `\u`...), 0xdc00+rune(first), 4)
	}
	if r < 0x10000 {
		return appendHexPadded(append(b, `\u`...), r, 4)
	}
	r -= 0x10000
	b = appendHexPadded(append(b, `\u`...), 0xd800+r>>10, 4)
	return appendHexPadded(append(b, `\u`...), 0xdc00+r&0x3ff, 4)
}
