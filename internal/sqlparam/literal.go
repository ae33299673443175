package sqlparam

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// The kinds that decide how a bare value is written; package operation's types have
// these names. Any other value is written by what it is.
const (
	kindIdentifier = "identifier"
	kindRelation   = "relation"
	kindJSON       = "json"
)

// literal is a value that stands bare: a literal of its type, a quoted name, a list
// of literals. Nothing is NULL, and so is an empty list: `in (NULL)` holds for no row.
func literal(kind string, v value.Value) (string, error) {
	v = value.Plain(v)
	switch x := v.(type) {
	case value.NoneType, *value.Undefined:
		return "NULL", nil
	case *value.List:
		return list(kind, x.Elems)
	case *value.Tuple:
		return list(kind, x.Elems)
	case *value.Set:
		return list(kind, x.Elems())
	}
	switch kind {
	case kindIdentifier:
		return name(plainText(v))
	case kindRelation:
		return relation(plainText(v))
	case kindJSON:
		return "CAST(" + quote(jsonText(v)) + " AS JSON)", nil
	}
	switch x := v.(type) {
	case value.Bool:
		if x {
			return "TRUE", nil
		}
		return "FALSE", nil
	case value.Int, *value.BigInt, *value.Decimal:
		return number(value.ToStr(v))
	case value.Float:
		return float(float64(x))
	case *pylib.DateTime:
		return moment(x), nil
	case *pylib.Date:
		return "DATE " + quote(value.ToStr(v)), nil
	case *value.Dict:
		return "CAST(" + quote(jsonText(v)) + " AS JSON)", nil
	}
	return quote(plainText(v)), nil
}

func list(kind string, elems []value.Value) (string, error) {
	if kind == kindJSON {
		return "CAST(" + quote(jsonText(value.NewList(elems...))) + " AS JSON)", nil
	}
	kind = strings.TrimPrefix(kind, value.ListKind)
	if len(elems) == 0 {
		return "NULL", nil
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		lit, err := literal(kind, e)
		if err != nil {
			return "", err
		}
		out[i] = lit
	}
	return strings.Join(out, ", "), nil
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func name(s string) (string, error) {
	if s == "" {
		return "", errors.New("an empty text is no name")
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`, nil
}

// relation quotes each part of a dotted name. A part may be quoted already, and then
// hold dots.
func relation(s string) (string, error) {
	parts, err := Parts(s)
	if err != nil {
		return "", err
	}
	for i, p := range parts {
		if parts[i], err = name(p); err != nil {
			return "", err
		}
	}
	return strings.Join(parts, "."), nil
}

// Parts are the names that a relation's text is made of: a.b, "a.b"."c".
func Parts(s string) ([]string, error) {
	var parts []string
	for {
		var part string
		if strings.HasPrefix(s, `"`) {
			end := quotedName(s)
			if end < 0 {
				return nil, errors.New("a quote in it is not closed")
			}
			part, s = strings.ReplaceAll(s[1:end], `""`, `"`), s[end+1:]
		} else if i := strings.IndexByte(s, '.'); i >= 0 {
			part, s = s[:i], s[i:]
		} else {
			part, s = s, ""
		}
		parts = append(parts, part)
		if s == "" {
			break
		}
		if s[0] != '.' {
			return nil, errors.New("behind a quoted name a dot must stand")
		}
		s = s[1:]
	}
	if len(parts) > 3 {
		return nil, fmt.Errorf("a relation has at most three parts, this has %d", len(parts))
	}
	return parts, nil
}

// quotedName is where the closing quote of the name stands that s begins with; -1
// where there is none.
func quotedName(s string) int {
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			continue
		}
		if i+1 == len(s) || s[i+1] != '"' {
			return i
		}
		i++
	}
	return -1
}

// number is digits as they are. A negative number stands in parentheses: behind a
// minus sign of the author's it would open a comment.
func number(s string) (string, error) {
	for _, c := range s {
		if !strings.ContainsRune("0123456789.eE+-", c) {
			return "", fmt.Errorf("%s is no number that SQL has", s)
		}
	}
	if strings.HasPrefix(s, "-") {
		return "(" + s + ")", nil
	}
	return s, nil
}

func float(f float64) (string, error) {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return "CAST(" + quote(value.ToStr(value.Float(f))) + " AS DOUBLE)", nil
	}
	return number(value.ToStr(value.Float(f)))
}

// moment is a timestamp, with its zone where it has one.
func moment(t *pylib.DateTime) string {
	s := value.ToStr(t)
	if _, aware := t.GoTime(); aware {
		return "TIMESTAMPTZ " + quote(s)
	}
	return "TIMESTAMP " + quote(s)
}

func jsonText(v value.Value) string {
	b, err := value.AppendJSON(nil, v, value.JSONOptions{Default: func(x value.Value) (value.Value, error) {
		return value.Str(value.ToStr(x)), nil // a date, say
	}})
	if err != nil {
		return value.ToStr(v)
	}
	return string(b)
}

// plainText is a value inside of quotes and comments that the author wrote.
func plainText(v value.Value) string {
	v = value.Plain(v)
	switch x := v.(type) {
	case value.NoneType, *value.Undefined:
		return ""
	case value.Bool:
		if x {
			return "true"
		}
		return "false"
	case *value.Dict:
		return jsonText(v)
	case *value.List:
		out := make([]string, len(x.Elems))
		for i, e := range x.Elems {
			out[i] = plainText(e)
		}
		return strings.Join(out, ", ")
	}
	return value.ToStr(v)
}

// unprintable tells why a text cannot stand in SQL at all.
func unprintable(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		return "its value holds a NUL character, which no statement can hold"
	}
	if !utf8.ValidString(s) {
		return "its value is not valid UTF-8"
	}
	return ""
}
