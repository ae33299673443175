package pyrun

import (
	"encoding/base64"
	"fmt"
	"math"
	"strings"
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// What JSON has no form for is {"$": kind, "v": text}. The kinds, and their forms in
// Python:
//
//	dec   decimal.Decimal     its text
//	d     datetime.date       2024-05-01
//	t     datetime.time       10:00:00.5+02:00
//	ts    datetime.datetime   2024-05-01T10:00:00-03:00[America/Sao_Paulo], RFC 9557
//	iv    datetime.timedelta  [days, seconds, microseconds]
//	b     bytes               base64
//	f     float               nan, inf, -inf
//	tup   tuple               [...]
//	map   dict                [[key, value], ...]: keys that are no texts, or the key "$"
//
// A column of a result whose cells are all of one kind names it once and has the bare
// texts.

// kindOf is the kind of a value that JSON has no form for, and "" for others.
func kindOf(v value.Value) string {
	switch x := v.(type) {
	case *value.Decimal:
		return "dec"
	case *pylib.Date:
		return "d"
	case *pylib.Time:
		return "t"
	case *pylib.DateTime:
		return "ts"
	case *pylib.TimeDelta:
		return "iv"
	case value.Bytes:
		return "b"
	case *value.Tuple:
		return "tup"
	case value.Float:
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return "f"
		}
	case *value.Dict:
		if !plainKeys(x) {
			return "map"
		}
	}
	return ""
}

func plainKeys(d *value.Dict) bool {
	plain := true
	d.Each(func(k, _ value.Value) bool {
		s, ok := k.(value.Str)
		plain = ok && s != "$"
		return plain
	})
	return plain
}

// appendValue appends a value in the form of the bridge. What has no form there, as
// a relation or a function of a template, goes as its text.
func appendValue(b []byte, v value.Value) []byte {
	if kind := kindOf(v); kind != "" {
		b = append(append(append(b, `{"$":"`...), kind...), `","v":`...)
		return append(appendBare(b, kind, v), '}')
	}
	switch x := v.(type) {
	case nil, value.NoneType:
		return append(b, "null"...)
	case value.Bool:
		if x {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case value.Int, *value.BigInt:
		return v.AppendStr(b)
	case value.Float:
		return v.AppendRepr(b)
	case value.Str:
		return appendText(b, string(x))
	case *value.List:
		return appendList(b, x.Elems)
	case *value.Dict:
		b = append(b, '{')
		first := true
		x.Each(func(k, v value.Value) bool {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = append(appendText(b, value.ToStr(k)), ':')
			b = appendValue(b, v)
			return true
		})
		return append(b, '}')
	}
	return appendText(b, value.ToStr(v))
}

// appendBare appends the "v" of a value of a kind.
func appendBare(b []byte, kind string, v value.Value) []byte {
	switch x := v.(type) {
	case *pylib.DateTime:
		return append(appendMoment(append(b, '"'), x), '"')
	case *pylib.TimeDelta:
		part := func(name string) value.Value { n, _ := x.Attr(name); return n }
		return appendList(b, []value.Value{part("days"), part("seconds"), part("microseconds")})
	case value.Bytes:
		return append(base64.StdEncoding.AppendEncode(append(b, '"'), []byte(x)), '"')
	case *value.Tuple:
		return appendList(b, x.Elems)
	case *value.Dict:
		b = append(b, '[')
		first := true
		x.Each(func(k, v value.Value) bool {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendList(b, []value.Value{k, v})
			return true
		})
		return append(b, ']')
	}
	return append(v.AppendStr(append(b, '"')), '"') // digits, signs and letters alone
}

func appendList(b []byte, vs []value.Value) []byte {
	b = append(b, '[')
	for i, v := range vs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendValue(b, v)
	}
	return append(b, ']')
}

// appendMoment appends a datetime with its offset and, where its zone has a name in
// the time zone database, the name.
func appendMoment(b []byte, d *pylib.DateTime) []byte {
	t, aware := d.GoTime()
	b = t.AppendFormat(b, "2006-01-02T15:04:05.999999")
	if !aware {
		return b
	}
	_, offset := t.Zone()
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = fmt.Appendf(append(b, sign), "%02d:%02d", offset/3600, offset/60%60)
	if s := offset % 60; s != 0 {
		b = fmt.Appendf(b, ":%02d", s)
	}
	if zone, ok := d.Attr("tzinfo"); ok {
		if name := value.ToStr(zone); strings.Contains(name, "/") {
			b = append(append(append(b, '['), name...), ']')
		}
	}
	return b
}

const hexDigits = "0123456789abcdef"

// appendText appends a JSON text. Bytes that are no UTF-8 become U+FFFD: a text of
// Python cannot hold them either.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	s = strings.ToValidUTF8(s, "\ufffd")
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	return append(append(b, s[from:]...), '"')
}

// appendColumn appends column i of rows, and gives the kind that all of its cells
// have; with "" each cell is written as it is.
func appendColumn(b []byte, rows [][]value.Value, i int) ([]byte, string) {
	kind := columnKind(rows, i)
	b = append(b, '[')
	for n, row := range rows {
		if n > 0 {
			b = append(b, ',')
		}
		if _, null := row[i].(value.NoneType); null || kind == "" {
			b = appendValue(b, row[i])
		} else {
			b = appendBare(b, kind, row[i])
		}
	}
	return append(b, ']'), kind
}

func columnKind(rows [][]value.Value, i int) string {
	kind := ""
	for _, row := range rows {
		if _, null := row[i].(value.NoneType); null {
			continue
		}
		k := kindOf(row[i])
		if k == "" || kind != "" && k != kind {
			return ""
		}
		kind = k
	}
	return kind
}

// decodeValue turns what JSON gave into the value that it stands for.
func decodeValue(v value.Value) (value.Value, error) {
	switch x := v.(type) {
	case *value.List:
		for i, e := range x.Elems {
			d, err := decodeValue(e)
			if err != nil {
				return nil, err
			}
			x.Elems[i] = d
		}
	case *value.Dict:
		if kind, ok := x.GetStr("$"); ok {
			name, _ := kind.(value.Str)
			bare, _ := x.GetStr("v")
			return decodeKind(string(name), bare)
		}
		for i := range x.Len() {
			k, e := x.At(i)
			d, err := decodeValue(e)
			if err != nil {
				return nil, err
			}
			if err := x.Set(k, d); err != nil {
				return nil, err
			}
		}
	}
	return v, nil
}

// decodeKind reads the "v" of a kind.
func decodeKind(kind string, bare value.Value) (value.Value, error) {
	fail := func(err error) (value.Value, error) {
		return nil, &ProtocolError{What: fmt.Sprintf("the script sent a value of kind %q that cannot be read", kind), Err: err}
	}
	switch kind {
	case "iv", "tup", "map":
		list, ok := bare.(*value.List)
		if !ok {
			return fail(nil)
		}
		v, err := decodeList(kind, list)
		if err != nil {
			return fail(err)
		}
		return v, nil
	}
	s, ok := bare.(value.Str)
	if !ok {
		return fail(nil)
	}
	v, err := decodeText(kind, string(s))
	if err != nil {
		return fail(err)
	}
	return v, nil
}

func decodeText(kind, s string) (value.Value, error) {
	switch kind {
	case "dec":
		return value.ParseDecimal(s)
	case "d":
		t, err := time.Parse(time.DateOnly, s)
		return pylib.DateFromTime(t), err
	case "t":
		d, err := pylib.ParseDateTime("2000-01-01T" + s)
		if err != nil {
			return nil, err
		}
		t, aware := d.GoTime()
		if aware {
			return pylib.TimeInZone(t), nil
		}
		return pylib.TimeFromTime(t), nil
	case "ts":
		s, _, _ = strings.Cut(s, "[")
		return pylib.ParseDateTime(s)
	case "b":
		b, err := base64.StdEncoding.DecodeString(s)
		return value.Bytes(b), err
	case "f":
		f, err := value.ToFloat(value.Str(s))
		return value.Float(f), err
	}
	return nil, fmt.Errorf("there is no kind %q", kind)
}

func decodeList(kind string, list *value.List) (value.Value, error) {
	if kind == "iv" {
		var n [3]int64
		for i := range n {
			if x, ok := elem(list, i).(value.Int); ok {
				n[i] = int64(x)
			}
		}
		return pylib.TimeDeltaOf(n[0], n[1]*1e6+n[2])
	}
	if _, err := decodeValue(list); err != nil {
		return nil, err
	}
	if kind == "tup" {
		return value.NewTuple(list.Elems...), nil
	}
	d := value.NewDict(len(list.Elems))
	for _, e := range list.Elems {
		pair, ok := e.(*value.List)
		if !ok || len(pair.Elems) != 2 {
			return nil, fmt.Errorf("an entry of a map is no pair")
		}
		if err := d.Set(pair.Elems[0], pair.Elems[1]); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func elem(l *value.List, i int) value.Value {
	if i < len(l.Elems) {
		return l.Elems[i]
	}
	return nil
}
