package artifact

import (
	"context"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"dex/internal/jinja/value"
)

// plain tells which bytes stand for themselves in a JSON string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x7f; c++ {
		t[c] = c != '"' && c != '\\'
	}
	t[0x7f] = true
	return t
}()

const hexDigits = "0123456789abcdef"

// appendString appends a JSON string with everything outside of ASCII escaped,
// as Python's json.dumps does. Bytes that are not UTF-8 become U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		b = append(b, s[from:i]...)
		if c < utf8.RuneSelf {
			b = appendEscape(b, c)
			i++
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = appendRune(b, r)
			i += n
		}
		from = i
	}
	b = append(b, s[from:]...)
	return append(b, '"')
}

func appendEscape(b []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

func appendRune(b []byte, r rune) []byte {
	if r >= 0x10000 {
		r -= 0x10000
		b = appendUnit(b, 0xd800+r>>10)
		return appendUnit(b, 0xdc00+r&0x3ff)
	}
	return appendUnit(b, r)
}

func appendUnit(b []byte, u rune) []byte {
	return append(b, '\\', 'u', hexDigits[u>>12&15], hexDigits[u>>8&15], hexDigits[u>>4&15], hexDigits[u&15])
}

// appendValue appends a value. nil is null; what JSON has no form for, a date
// of a YAML file say, is written as text, as dbt does.
func appendValue(b []byte, v value.Value) []byte {
	switch v := v.(type) {
	case nil, value.NoneType:
		return append(b, "null"...)
	case value.Bool:
		return strconv.AppendBool(b, bool(v))
	case value.Int:
		return strconv.AppendInt(b, int64(v), 10)
	case value.Str:
		return appendString(b, string(v))
	case value.Float:
		return appendFloat(b, v)
	case *value.List:
		return appendList(b, v.Elems)
	case *value.Tuple:
		return appendList(b, v.Elems)
	case *value.Dict:
		return appendDict(b, v)
	case *value.BigInt:
		return v.I.Append(b, 10)
	}
	return appendString(b, textOf(v))
}

// appendFloat writes what Python's repr writes, with Python's words for what
// JSON cannot say.
func appendFloat(b []byte, f value.Float) []byte {
	switch {
	case math.IsNaN(float64(f)):
		return append(b, "NaN"...)
	case math.IsInf(float64(f), 1):
		return append(b, "Infinity"...)
	case math.IsInf(float64(f), -1):
		return append(b, "-Infinity"...)
	}
	return f.AppendRepr(b)
}

// Text is textOf for json.dumps.
func Text(v value.Value) (value.Value, error) { return value.Str(textOf(v)), nil }

// textOf is how dbt's JSON encoder writes an object: isoformat() where it has
// one, as dates and times do, else str().
func textOf(v value.Value) string {
	if iso, ok, err := value.GetAttr(v, "isoformat"); ok && err == nil {
		if s, err := value.Call(value.NewThread(context.Background(), nil), iso, nil, nil); err == nil {
			return value.ToStr(s)
		}
	}
	return value.ToStr(v)
}

func appendList(b []byte, elems []value.Value) []byte {
	b = append(b, '[')
	for i, e := range elems {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = appendValue(b, e)
	}
	return append(b, ']')
}

func appendDict(b []byte, d *value.Dict) []byte {
	b = append(b, '{')
	for i := range d.Len() {
		if i > 0 {
			b = append(b, ", "...)
		}
		k, v := d.At(i)
		b = append(appendKey(b, k), ": "...)
		b = appendValue(b, v)
	}
	return append(b, '}')
}

// appendKey writes a dict's key as json.dumps does: true, null and numbers in
// quotes.
func appendKey(b []byte, k value.Value) []byte {
	switch k := k.(type) {
	case value.Str:
		return appendString(b, string(k))
	case value.NoneType, value.Bool, value.Int, value.Float:
		return append(appendValue(append(b, '"'), k), '"')
	}
	return appendString(b, textOf(k))
}

// isoTime writes a time as Python's isoformat does: six digits of a second, or
// none where they are all zero.
func isoTime(t time.Time, zone string) string {
	t = t.UTC()
	layout := "2006-01-02T15:04:05.000000"
	if t.Nanosecond()/1000 == 0 {
		layout = "2006-01-02T15:04:05"
	}
	return t.Format(layout) + zone
}
