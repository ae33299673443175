package postgres

import (
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// ExecuteArgs implements adapter.Binder: %s stands for each value, %% for a percent
// sign, and the values are written into the text as psycopg2 writes them, so that the
// server takes them for what they would be there: 'x' for a text of any type.
func (s *session) ExecuteArgs(ctx context.Context, sql string, args []value.Value) (adapter.Response, error) {
	text, err := interpolate(sql, args)
	if err != nil {
		return adapter.Response{Rows: -1}, &adapter.DatabaseError{Msg: err.Error(), SQL: sql, Err: err}
	}
	r := simple(text)
	r.sql = sql
	return s.ask(ctx, r, &headTaker{})
}

// interpolate writes values in place of %s.
func interpolate(sql string, args []value.Value) (string, error) {
	b := make([]byte, 0, len(sql)+16*len(args))
	next := 0
	for i := 0; i < len(sql); i++ {
		if sql[i] != '%' {
			b = append(b, sql[i])
			continue
		}
		i++
		switch {
		case i < len(sql) && sql[i] == '%':
			b = append(b, '%')
		case i < len(sql) && sql[i] == 's':
			if next >= len(args) {
				return "", fmt.Errorf("the statement has more placeholders than the %d values that are given", len(args))
			}
			var err error
			if b, err = appendLiteral(b, args[next]); err != nil {
				return "", fmt.Errorf("value %d: %w", next+1, err)
			}
			next++
		default:
			return "", fmt.Errorf("a percent sign at character %d stands for nothing: write %%s for a value and %%%% for the sign itself", i)
		}
	}
	if next < len(args) {
		return "", fmt.Errorf("%d values are given, and the statement has %d placeholders (%%s)", len(args), next)
	}
	return string(b), nil
}

// appendLiteral writes a value as SQL. psycopg2: adapt().
func appendLiteral(b []byte, v value.Value) ([]byte, error) {
	switch v := v.(type) {
	case value.NoneType:
		return append(b, "NULL"...), nil
	case value.Bool:
		return strconv.AppendBool(b, bool(v)), nil
	case value.Int:
		return signed(b, strconv.FormatInt(int64(v), 10)), nil
	case *value.BigInt:
		return signed(b, v.I.String()), nil
	case value.Float:
		return appendFloat(b, float64(v)), nil
	case *value.Decimal:
		if _, _, finite := v.Digits(); !finite {
			return append(b, "'NaN'::numeric"...), nil
		}
		return signed(b, value.ToStr(v)), nil
	case value.Str:
		return appendText(b, string(v))
	case value.Bytes:
		return append(append(b, literal(`\x`+hex.EncodeToString([]byte(v)))...), "::bytea"...), nil
	case *pylib.Date:
		return appendCast(b, value.ToStr(v), "date"), nil
	case *pylib.DateTime:
		if _, aware := v.GoTime(); aware {
			return appendCast(b, value.ToStr(v), "timestamptz"), nil
		}
		return appendCast(b, value.ToStr(v), "timestamp"), nil
	case *pylib.Time:
		return appendCast(b, value.ToStr(v), "time"), nil
	case *pylib.TimeDelta:
		return appendCast(b, intervalText(v), "interval"), nil
	case *value.List:
		return appendArray(b, v.Elems)
	case *value.Tuple:
		return appendItems(append(b, '('), v.Elems, ')')
	}
	return nil, fmt.Errorf("a value of type %s cannot be sent to the database: give a text, for a dict that of tojson()", v.Type())
}

// signed keeps a minus sign off what stands before it: -- begins a comment.
func signed(b []byte, digits string) []byte {
	if digits[0] == '-' {
		b = append(b, ' ')
	}
	return append(b, digits...)
}

func appendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "'NaN'::float"...)
	case math.IsInf(f, 1):
		return append(b, "'Infinity'::float"...)
	case math.IsInf(f, -1):
		return append(b, "'-Infinity'::float"...)
	}
	return signed(b, value.Repr(value.Float(f)))
}

func appendText(b []byte, s string) ([]byte, error) {
	if strings.IndexByte(s, 0) >= 0 {
		return nil, fmt.Errorf("a text with a NUL character (0x00) is none for Postgres")
	}
	return append(b, literal(s)...), nil
}

func appendCast(b []byte, s, typ string) []byte {
	return append(append(append(append(b, '\''), s...), "'::"...), typ...)
}

// intervalText is a timedelta as days and seconds.
func intervalText(d *pylib.TimeDelta) string {
	part := func(name string) int64 {
		v, _ := d.Attr(name)
		n, _ := v.(value.Int)
		return int64(n)
	}
	return fmt.Sprintf("%d days %d.%06d seconds", part("days"), part("seconds"), part("microseconds"))
}

// appendArray writes a list. One without items has no type of its own.
func appendArray(b []byte, elems []value.Value) ([]byte, error) {
	if len(elems) == 0 {
		return append(b, "'{}'"...), nil
	}
	return appendItems(append(b, "ARRAY["...), elems, ']')
}

func appendItems(b []byte, elems []value.Value, end byte) ([]byte, error) {
	for i, e := range elems {
		if i > 0 {
			b = append(b, ", "...)
		}
		var err error
		if b, err = appendLiteral(b, e); err != nil {
			return nil, err
		}
	}
	return append(b, end), nil
}
