package value

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// codec is a text encoding that templates may use.
type codec struct {
	name  string
	limit rune // characters from here on cannot be encoded
}

var codecs = map[string]codec{
	"utf8": {"utf-8", utf8.MaxRune + 1}, "u8": {"utf-8", utf8.MaxRune + 1},
	"ascii": {"ascii", 0x80}, "usascii": {"ascii", 0x80}, "646": {"ascii", 0x80},
	"latin1": {"latin-1", 0x100}, "iso88591": {"latin-1", 0x100}, "l1": {"latin-1", 0x100}, "latin": {"latin-1", 0x100},
}

// codecArgs reads the encoding and errors arguments of encode and decode.
func codecArgs(method string, a []Value) (codec, string, error) {
	texts := [2]string{"utf-8", "strict"}
	for i, name := range []string{"encoding", "errors"} {
		if a[i] == nil {
			continue
		}
		s, err := needText(a[i], method+"() argument '"+name+"' must be str, not %s")
		if err != nil {
			return codec{}, "", err
		}
		texts[i] = s
	}
	norm := strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(texts[0]))
	c, ok := codecs[norm]
	if !ok {
		return c, "", Errorf("LookupError", "unknown encoding: %s", texts[0])
	}
	return c, texts[1], nil
}

func strEncode(_ *Thread, self Value, a []Value) (Value, error) {
	c, errors, err := codecArgs("encode", a)
	if err != nil {
		return nil, err
	}
	s := textOf(self)
	if c.name == "utf-8" || isASCII(s) {
		return Bytes(s), nil
	}
	runes := []rune(s)
	var b []byte
	for i, r := range runes {
		if r < c.limit {
			b = append(b, byte(r))
			continue
		}
		if b, err = c.encodeBad(b, runes, i, errors); err != nil {
			return nil, err
		}
	}
	return Bytes(b), nil
}

// encodeBad handles a character that the codec does not have.
func (c codec) encodeBad(b []byte, runes []rune, at int, errors string) ([]byte, error) {
	switch r := runes[at]; errors {
	case "ignore":
		return b, nil
	case "replace":
		return append(b, '?'), nil
	case "xmlcharrefreplace":
		return fmt.Appendf(b, "&#%d;", r), nil
	case "backslashreplace":
		return appendRuneEscape(b, r), nil
	case "strict":
		return nil, c.encodeError(runes, at)
	}
	return nil, unknownHandler(errors)
}

func unknownHandler(name string) error {
	return Errorf("LookupError", "unknown error handler name '%s'", name)
}

func (c codec) encodeError(runes []rune, at int) error {
	end := at
	for end < len(runes) && runes[end] >= c.limit {
		end++
	}
	where := fmt.Sprintf("characters in position %d-%d", at, end-1)
	if end == at+1 {
		where = fmt.Sprintf("character '%s' in position %d", appendRuneEscape(nil, runes[at]), at)
	}
	return Errorf("UnicodeEncodeError", "'%s' codec can't encode %s: ordinal not in range(%d)", c.name, where, c.limit)
}

func bytesDecode(_ *Thread, self Value, a []Value) (Value, error) {
	c, errors, err := codecArgs("decode", a)
	if err != nil {
		return nil, err
	}
	s, err := decodeText(c, string(self.(Bytes)), errors)
	return Str(s), err
}

func decodeText(c codec, s, errors string) (string, error) {
	if c.name == "utf-8" && utf8.ValidString(s) || isASCII(s) {
		return s, nil
	}
	var b []byte
	for i := 0; i < len(s); {
		r, n, fault := c.decodeRune(s[i:])
		if fault == "" {
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		switch errors {
		case "ignore":
		case "replace":
			b = append(b, "\ufffd"...)
		case "backslashreplace":
			for _, c := range []byte(s[i : i+n]) {
				b = append(b, '\\', 'x', lowerHex[c>>4], lowerHex[c&15])
			}
		case "strict":
			return "", c.decodeError(s, i, n, fault)
		default:
			return "", unknownHandler(errors)
		}
		i += n
	}
	return string(b), nil
}

func (c codec) decodeError(s string, at, n int, fault string) error {
	where := fmt.Sprintf("byte 0x%02x in position %d", s[at], at)
	if n > 1 {
		where = fmt.Sprintf("bytes in position %d-%d", at, at+n-1)
	}
	return Errorf("UnicodeDecodeError", "'%s' codec can't decode %s: %s", c.name, where, fault)
}

// decodeRune reads one character, or says what is wrong with the first n bytes.
func (c codec) decodeRune(s string) (r rune, n int, fault string) {
	if c.name != "utf-8" {
		if rune(s[0]) >= c.limit {
			return 0, 1, fmt.Sprintf("ordinal not in range(%d)", c.limit)
		}
		return rune(s[0]), 1, ""
	}
	r, n = utf8.DecodeRuneInString(s)
	if r != utf8.RuneError || n != 1 {
		return r, n, ""
	}
	lead := s[0]
	if lead < 0xc2 || lead > 0xf4 {
		return 0, 1, "invalid start byte"
	}
	size := 2 + b2i(lead >= 0xe0) + b2i(lead >= 0xf0)
	for n = 1; n < size; n++ {
		if n >= len(s) {
			return 0, n, "unexpected end of data"
		}
		if !continues(lead, n, s[n]) {
			return 0, n, "invalid continuation byte"
		}
	}
	return r, 1, "invalid start byte"
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// continues is whether c may be the n-th byte behind lead; the first one is
// bounded by what would be overlong, a surrogate or beyond Unicode.
func continues(lead byte, n int, c byte) bool {
	lo, hi := byte(0x80), byte(0xbf)
	if n == 1 {
		switch lead {
		case 0xe0:
			lo = 0xa0
		case 0xed:
			hi = 0x9f
		case 0xf0:
			lo = 0x90
		case 0xf4:
			hi = 0x8f
		}
	}
	return c >= lo && c <= hi
}
