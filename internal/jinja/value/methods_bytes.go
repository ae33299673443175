package value

import (
	"encoding/hex"
	"strings"
)

func init() { bytesMethods = table("bytes", bytesRows) }

var bytesRows = []method{
	{name: "decode", max: 2, params: []string{"encoding", "errors"}, fn: bytesDecode},
	{name: "hex", max: 2, params: []string{"sep", "bytes_per_sep"}, fn: bytesHex},
	bytesMap("upper", strings.ToUpper),
	bytesMap("lower", strings.ToLower),
	bytesMap("strip", func(s string) string { return strings.Trim(s, " \t\n\r\v\f") }),
	bytesMap("lstrip", func(s string) string { return strings.TrimLeft(s, " \t\n\r\v\f") }),
	bytesMap("rstrip", func(s string) string { return strings.TrimRight(s, " \t\n\r\v\f") }),
	{name: "startswith", min: 1, max: 1, brief: true, fn: bytesAffix("startswith", strings.HasPrefix)},
	{name: "endswith", min: 1, max: 1, brief: true, fn: bytesAffix("endswith", strings.HasSuffix)},
	{name: "find", min: 1, max: 1, brief: true, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		sub, err := needBytes(a[0])
		return Int(strings.Index(string(self.(Bytes)), sub)), err
	}},
	{name: "count", min: 1, max: 1, brief: true, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		sub, err := needBytes(a[0])
		if sub == "" {
			return Int(len(self.(Bytes)) + 1), err
		}
		return Int(strings.Count(string(self.(Bytes)), sub)), err
	}},
	{name: "replace", min: 2, max: 2, fn: func(_ *Thread, self Value, a []Value) (Value, error) {
		old, err := needBytes(a[0])
		if err != nil {
			return nil, err
		}
		repl, err := needBytes(a[1])
		return Bytes(strings.ReplaceAll(string(self.(Bytes)), old, repl)), err
	}},
}

// bytesMap is a row whose method maps ASCII text and leaves other bytes alone.
func bytesMap(name string, f func(string) string) method {
	return method{name: name, fn: func(_ *Thread, self Value, _ []Value) (Value, error) {
		s := string(self.(Bytes))
		if isASCII(s) {
			return Bytes(f(s)), nil
		}
		// One character per byte keeps f from joining bytes to characters.
		wide := make([]rune, len(s))
		for i := range len(s) {
			wide[i] = rune(s[i])
			if s[i] >= 0x80 {
				wide[i] = 0xe000 + rune(s[i])
			}
		}
		var b []byte
		for _, r := range f(string(wide)) {
			b = append(b, byte(r))
		}
		return Bytes(b), nil
	}}
}

func needBytes(v Value) (string, error) {
	if b, ok := v.(Bytes); ok {
		return string(b), nil
	}
	return "", TypeErrorf("a bytes-like object is required, not '%s'", v.Type())
}

func bytesAffix(name string, has func(s, t string) bool) func(*Thread, Value, []Value) (Value, error) {
	return func(_ *Thread, self Value, a []Value) (Value, error) {
		options := []Value{a[0]}
		if t, ok := a[0].(*Tuple); ok {
			options = t.Elems
		}
		for _, v := range options {
			b, ok := v.(Bytes)
			if !ok {
				return nil, TypeErrorf("%s first arg must be bytes or a tuple of bytes, not %s", name, v.Type())
			}
			if has(string(self.(Bytes)), string(b)) {
				return Bool(true), nil
			}
		}
		return Bool(false), nil
	}
}

func bytesHex(_ *Thread, self Value, a []Value) (Value, error) {
	digits := hex.EncodeToString([]byte(self.(Bytes)))
	if a[0] == nil {
		return Str(digits), nil
	}
	sep, err := needText(a[0], "sep must be str or bytes.")
	if err != nil || len(sep) != 1 {
		return nil, Errorf("ValueError", "sep must be length 1.")
	}
	per := 1
	if a[1] != nil {
		if per, err = needIndex(a[1]); err != nil {
			return nil, err
		}
	}
	return Str(groupHex(digits, sep, per)), nil
}

// groupHex puts sep between groups of per bytes, counted from the end, or from
// the front when per is negative.
func groupHex(digits, sep string, per int) string {
	n := 2 * max(min(per, len(digits)), -len(digits))
	if n == 0 {
		return digits
	}
	var parts []string
	first := n
	if n > 0 {
		if first = len(digits) % n; first == 0 {
			first = n
		}
	} else {
		n, first = -n, -n
	}
	for digits != "" {
		cut := min(first, len(digits))
		parts = append(parts, digits[:cut])
		digits, first = digits[cut:], n
	}
	return strings.Join(parts, sep)
}
