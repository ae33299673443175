package duckdb

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// kept keeps what a stream gives.
type kept struct {
	columns []adapter.Column
	rows    [][]value.Value
	pieces  int
	enough  int // rows after which it has had enough; 0 is never
}

var errHadEnough = errors.New("had enough")

func (k *kept) Columns(c []adapter.Column) error {
	k.columns = c
	return nil
}

func (k *kept) Rows(rows [][]value.Value) error {
	k.pieces++
	k.rows = append(k.rows, rows...)
	if k.enough > 0 && len(k.rows) >= k.enough {
		return errHadEnough
	}
	return nil
}

func streaming(t *testing.T) adapter.Streamer {
	t.Helper()
	return newSession(t, nil).(adapter.Streamer)
}

// TestStreamPieces: rows come chunk by chunk, in order, and the next statement goes
// well after a stream that was left.
func TestStreamPieces(t *testing.T) {
	c := streaming(t)
	k := &kept{}
	if _, err := c.Stream(t.Context(), "select i, i::varchar as s from range(100000) t(i)", nil, k); err != nil {
		t.Fatal(err)
	}
	if len(k.rows) != 100000 || k.pieces < 10 || k.columns[0].Name != "i" || k.columns[1].Type != "VARCHAR" {
		t.Errorf("%d rows in %d pieces, columns %v", len(k.rows), k.pieces, k.columns)
	}
	for i, r := range k.rows {
		if r[0] != value.Value(value.Int(i)) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
	left := &kept{enough: 1}
	if _, err := c.Stream(t.Context(), "select i from range(1000000000) t(i)", nil, left); !errors.Is(err, errHadEnough) {
		t.Errorf("error %v", err)
	}
	after := &kept{}
	if _, err := c.Stream(t.Context(), "create table t as select 1 as a; insert into t values (2); from t", nil, after); err != nil || len(after.rows) != 2 {
		t.Errorf("%v, %v", after.rows, err)
	}
	if res, err := c.Stream(t.Context(), "update t set a = 3", nil, nil); err != nil || res.Rows != 2 {
		t.Errorf("%+v, %v", res, err)
	}
	if res, err := c.Stream(t.Context(), "create table u as from range(7)", nil, nil); err != nil || res.Rows != 7 {
		t.Errorf("%+v, %v", res, err)
	}
}

// TestStreamZone: the session's time zone is asked for before the rows are made.
func TestStreamZone(t *testing.T) {
	c := streaming(t)
	k := &kept{}
	if _, err := c.Stream(t.Context(), "set timezone = 'Asia/Tokyo'; select timestamptz '2024-05-01 00:00:00+00' as a, [timestamptz '2024-05-01 00:00:00+00'] as b from range(10000)", nil, k); err != nil {
		t.Fatal(err)
	}
	if len(k.rows) != 10000 || value.ToStr(k.rows[9999][0]) != "2024-05-01 09:00:00+09:00" {
		t.Errorf("%d rows, the last %v", len(k.rows), k.rows[len(k.rows)-1])
	}
}

func TestStreamFaults(t *testing.T) {
	c := streaming(t)
	for sql, want := range map[string]string{
		"selec 1":                          "Parser Error",
		"select * from nothing":            "Catalog Error",
		"select 1 where ? = 1":             "the statement has 1 placeholder, and 0 values were given",
		"select error('no') from range(3)": "no",
		"select case when i = 90000 then error('late') else 1 end from range(100000) t(i)": "late",
		"select '\x00'": "NUL",
	} {
		_, err := c.Stream(t.Context(), sql, nil, &kept{})
		var db *adapter.DatabaseError
		if !errors.As(err, &db) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", sql, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Stream(ctx, "select 1", nil, &kept{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Stream(ctx, "select count(*) from range(100000000000) a(i), range(1000) b(j) where i + j < 0", nil, &kept{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

// TestStreamArgs: a value comes back as it was given, with its own type.
func TestStreamArgs(t *testing.T) {
	c := streaming(t)
	at := time.Date(2024, 5, 1, 10, 30, 0, 5000, time.UTC)
	huge := new(big.Int).Lsh(big.NewInt(1), 100)
	dec := func(s string) value.Value {
		d, err := value.ParseDecimal(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	delta, err := pylib.TimeDeltaOf(40, 1_500_000)
	if err != nil {
		t.Fatal(err)
	}
	row := value.NewDict(2)
	row.SetStr("a", value.Int(1))
	row.SetStr("b b", value.NewList(pylib.NewDate(2024, 5, 1)))
	for _, v := range []struct {
		v       value.Value
		typ, is string
	}{
		{value.Int(-5), "BIGINT", ""}, {value.NewBigInt(huge), "HUGEINT", ""}, {value.Bool(true), "BOOLEAN", ""}, {value.Float(0.1), "DOUBLE", ""},
		{value.Str("it's '; drop table t; --"), "VARCHAR", ""}, {value.Str(""), "VARCHAR", ""}, {value.Bytes("\x00\xff'"), "BLOB", ""},
		{pylib.NewDate(2024, 5, 1), "DATE", ""}, {pylib.NewDate(1, 1, 1), "DATE", ""}, {pylib.NaiveFromTime(at), "TIMESTAMP", ""},
		{pylib.FixedFromTime(at), "TIMESTAMP WITH TIME ZONE", "2024-05-01 10:30:00.000005+00:00"}, {pylib.TimeFromTime(at), "TIME", ""},
		{delta, "INTERVAL", ""}, {dec("1.50"), "DECIMAL(3,2)", ""}, {dec("-0.001"), "DECIMAL(3,3)", ""}, {dec("12E3"), "DECIMAL(5,0)", "12000"},
		{value.NewList(value.Int(1), value.None), "BIGINT[]", ""}, {value.NewList(value.Str("a'b")), "VARCHAR[]", ""},
		{value.NewList(value.NewList(value.Int(1)), value.NewList()), "BIGINT[][]", ""}, {row, `STRUCT(a BIGINT, "b b" DATE[])`, ""},
		{value.NewList(dec("1.5"), dec("10.5")), "DECIMAL(38,1)[]", ""}, {value.None, `"NULL"`, ""}, {value.NewList(), `"NULL"[]`, ""},
	} {
		k := &kept{}
		_, err := c.Stream(t.Context(), "set timezone = 'UTC'", nil, nil)
		if err == nil {
			_, err = c.Stream(t.Context(), "select v, typeof(v) from (select $v as v)", []value.Arg{{Name: "v", Value: v.v}}, k)
		}
		if err != nil || len(k.rows) != 1 {
			t.Errorf("%s: %v, %v", value.Repr(v.v), k.rows, err)
			continue
		}
		want := v.is
		if want == "" {
			want = value.ToStr(v.v)
		}
		if got, typ := value.ToStr(k.rows[0][0]), value.ToStr(k.rows[0][1]); got != want || typ != v.typ {
			t.Errorf("%s came back as %s, a %s; want a %s", value.Repr(v.v), got, typ, v.typ)
		}
	}
}

func TestStreamArgFaults(t *testing.T) {
	c := streaming(t)
	arg := func(vs ...value.Value) []value.Arg {
		var out []value.Arg
		for _, v := range vs {
			out = append(out, value.Arg{Value: v})
		}
		return out
	}
	many, err := value.ParseDecimal(strings.Repeat("9", 39))
	if err != nil {
		t.Fatal(err)
	}
	nan, err := value.ParseDecimal("NaN")
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range []struct {
		sql  string
		args []value.Arg
		want string
	}{
		{"select ?, ?", arg(value.Int(1)), "2 placeholders, and 1 value was given"},
		{"select $a", []value.Arg{{Name: "b", Value: value.Int(1)}}, "no placeholder $b"},
		{"select $a, $b", []value.Arg{{Name: "b", Value: value.Int(1)}}, "$a has no value"},
		{"select 1; select ?", arg(value.Int(1)), "one statement, and this text holds 2"},
		{"select ?", arg(many), "more than 38 digits"},
		{"select ?", arg(nan), "no number that DuckDB has"},
		{"select ?", arg(value.NewBigInt(new(big.Int).Lsh(big.NewInt(1), 200))), "does not fit into a HUGEINT"},
		{"select ?", arg(value.NewList(value.Int(1), value.Str("x"))), "values of one type"},
		{"select ?", arg(value.NewDict(0)), "without keys"},
	} {
		if _, err := c.Stream(t.Context(), f.sql, f.args, &kept{}); err == nil || !strings.Contains(err.Error(), f.want) {
			t.Errorf("%s", fmt.Sprintf("%d %s: error %v, want %q", i, f.sql, err, f.want))
		}
	}
}
