package postgres

import (
	"errors"
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
	told    int
	rows    [][]value.Value
	pieces  int
	enough  int // rows after which it has had enough; 0 is never
}

var errHadEnough = errors.New("had enough")

func (k *kept) Columns(c []adapter.Column) error {
	k.columns = c
	k.told++
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

// TestStreamPieces: rows come in pieces, in order, and the session goes on after a
// stream that was left, in its transaction too.
func TestStreamPieces(t *testing.T) {
	c := newSession(t, nil)
	k := &kept{}
	res, err := c.Stream(t.Context(), "select i, i::text as s from generate_series(0, 99999) i", nil, k)
	if err != nil || res.Message != "SELECT 100000" {
		t.Fatal(res, err)
	}
	if len(k.rows) != 100000 || k.pieces < 10 || k.told != 1 || k.columns[0].Name != "i" {
		t.Errorf("%d rows in %d pieces, columns %v", len(k.rows), k.pieces, k.columns)
	}
	for i, r := range k.rows {
		if r[0] != value.Value(value.Int(i)) {
			t.Fatalf("row %d is %v", i, r)
		}
	}
	began := time.Now()
	if _, err := c.Stream(t.Context(), "select generate_series(1, 2000000000)", nil, &kept{enough: 1}); !errors.Is(err, errHadEnough) {
		t.Errorf("error %v", err)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("a stream that was left took %s", d)
	}
	after := &kept{}
	if _, err := c.Stream(t.Context(), "create table t as select 1 as a; insert into t values (2); table t -- ;", nil, after); err != nil || len(after.rows) != 2 || after.told != 1 {
		t.Errorf("%v, %v", after.rows, err)
	}
	none := &kept{}
	if res, err := c.Stream(t.Context(), "update t set a = 3", nil, none); err != nil || res.Rows != 2 || none.told != 1 || len(none.columns) != 0 {
		t.Errorf("%+v, %v", res, err)
	}
	if res, err := c.Stream(t.Context(), "create table u as select generate_series(1, 7); select 1", nil, nil); err != nil || res.Message != "SELECT 1" {
		t.Errorf("%+v, %v", res, err)
	}
	if _, err := c.Stream(t.Context(), "-- nothing", nil, none); err != nil || none.told != 2 {
		t.Errorf("%v", err)
	}
	_, err = c.Stream(t.Context(), "select 1;\nselect 2;\nselect nope", nil, none)
	var db *adapter.DatabaseError
	if !errors.As(err, &db) || db.Line != 3 || !strings.Contains(db.Msg, "LINE 3: select nope") {
		t.Errorf("%v", err)
	}
	_, err = c.Stream(t.Context(), "select 10 / (5 - i) from generate_series(1, 10) i", nil, &kept{})
	if !errors.As(err, &db) || adapter.ClassOf(c.db, err) != adapter.ClassData {
		t.Errorf("an error behind rows: %v", err)
	}
}

func list(vs ...value.Value) []value.Arg {
	out := make([]value.Arg, len(vs))
	for i, v := range vs {
		out[i].Value = v
	}
	return out
}

// TestStreamArguments: values of each type come back as they went.
func TestStreamArguments(t *testing.T) {
	c := newSession(t, nil)
	at := time.Date(2024, 2, 29, 12, 34, 56, 789000, time.UTC)
	delta, err := pylib.TimeDeltaOf(-3, 4_500_000)
	if err != nil {
		t.Fatal(err)
	}
	dec, err := value.ParseDecimal("1.50")
	if err != nil {
		t.Fatal(err)
	}
	huge, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	dict := value.NewDict(1)
	dict.SetStr("a", value.NewList(value.Int(1), value.Str(`q"'\`)))
	c.must(t, "set timezone = 'UTC'")
	for _, v := range []struct {
		in   value.Value
		want string // repr; "" is that of in
	}{
		{value.None, ""}, {value.Bool(true), ""}, {value.Int(-7), ""}, {value.Int(1 << 40), ""}, {value.NewBigInt(huge), "Decimal('123456789012345678901234567890')"},
		{value.Float(1.5), ""}, {value.Str(`it's \ "x" $1 ?`), ""}, {value.Str(""), ""}, {value.Bytes("\x00\xff"), ""}, {dec, ""},
		{pylib.DateFromTime(at), ""}, {pylib.NaiveFromTime(at), ""}, {pylib.FixedFromTime(at), ""}, {pylib.TimeFromTime(at), ""}, {delta, ""}, {dict, ""},
		{value.NewList(value.Int(1), value.None, value.Int(1<<40)), ""}, {value.NewList(value.Str(`a"\,{}`), value.Str("NULL"), value.None, value.Str("")), ""},
		{value.NewList(value.NewList(value.Int(1), value.Int(2)), value.NewList(value.Int(3), value.Int(4))), ""},
		{value.NewList(value.Bool(true), value.Bool(false)), ""}, {value.NewList(pylib.DateFromTime(at)), ""},
		{value.NewTuple(value.Float(1), value.Float(2.5)), "[1.0, 2.5]"},
	} {
		k := &kept{}
		if _, err := c.Stream(t.Context(), "select ?", list(v.in), k); err != nil {
			t.Errorf("%s: %v", value.Repr(v.in), err)
			continue
		}
		want := v.want
		if want == "" {
			want = value.Repr(v.in)
		}
		if got := value.Repr(k.rows[0][0]); got != want {
			t.Errorf("%s: %s, want %s", value.Repr(v.in), got, want)
		}
	}
	c.must(t, "create table t (d date, n numeric(10, 2), s varchar(9), u uuid)")
	uuid := "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
	if res, err := c.Stream(t.Context(), "insert into t values (?, ?, ?, ?), (null, null, null, null)",
		list(value.Str("2024-02-29"), value.Int(5), value.Str("x"), value.Str(uuid)), nil); err != nil || res.Message != "INSERT 0 2" {
		t.Errorf("%+v, %v", res, err)
	}
	if got := c.each(t, "select * from t where d is not null"); len(got) != 1 || got[0] != "2024-02-29|5.00|x|"+uuid {
		t.Errorf("%q", got)
	}
}

// TestPlaceholders: ? and $name outside of literals, names and comments alone.
func TestPlaceholders(t *testing.T) {
	c := newSession(t, nil)
	named := []value.Arg{{Name: "since", Value: value.Int(3)}, {Name: "who", Value: value.Str("ann")}}
	for _, q := range []struct {
		sql  string
		args []value.Arg
		want string // repr of the first row, or a part of the error behind "error: "
	}{
		{"select '?', \"?\", $$?$$, /* ? */ ? -- ?\n from (select 1 as \"?\") x", list(value.Int(2)), "['?', 1, '?', 2]"},
		{"select $since + $since, $who, '$who', $x$ $who $x$ -- $nobody", named, "[6, 'ann', '$who', ' $who ']"},
		{"select '{\"a\": 1}'::jsonb ?? 'a', ?", list(value.Int(1)), "[True, 1]"},
		{"select '{\"a\": 1}'::jsonb ? 'a', $since, $who", named, "[True, 3, 'ann']"},
		{"select 1 where ?between 1 and 3", list(value.Int(2)), "[1]"},
		{"select ?", list(value.Int(1), value.Int(2)), "error: the statement has 1 placeholder (?), and 2 values are given"},
		{"select ?, ?", list(value.Int(1)), "error: the statement has 2 placeholders (?), and 1 values are given"},
		{"select $since", named, "error: the statement has no placeholder $who"},
		{"select $since, $who, $where", named, "error: the placeholder $where has no value"},
		{"select 1; select ?", list(value.Int(1)), "error: values go with one statement, and this text holds 2"},
		{"select ?", list(value.NewList(value.Int(1), value.Str("x"))), "error: value 1: a list holds values of one type"},
		{"select ?", list(value.Str("a\x00")), "error: value 1: a text with a NUL"},
		{"select nope, ?", list(value.Int(1)), "error: column \"nope\" does not exist\nLINE 1: select nope, $1"},
	} {
		k := &kept{}
		_, err := c.Stream(t.Context(), q.sql, q.args, k)
		if part, bad := strings.CutPrefix(q.want, "error: "); bad {
			var db *adapter.DatabaseError
			if !errors.As(err, &db) || !strings.Contains(db.Msg, part) || db.SQL != q.sql {
				t.Errorf("%s: %v, want %s", q.sql, err, part)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", q.sql, err)
			continue
		}
		if got := value.Repr(value.NewList(k.rows[0]...)); got != q.want {
			t.Errorf("%s: %s, want %s", q.sql, got, q.want)
		}
	}
}

// TestInterpolation: values in a text come back as they went, and cannot leave their
// place in it.
func TestInterpolation(t *testing.T) {
	c := newSession(t, nil)
	c.must(t, "create table kept (a text); create table t (id integer, a text, d date, n numeric(10, 2), f float8, b boolean, x bytea, i interval, l integer[])")
	at := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	dec, err := value.ParseDecimal("-1.50")
	if err != nil {
		t.Fatal(err)
	}
	delta, err := pylib.TimeDeltaOf(1, 500_000)
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range []string{"plain", "it's", `back\slash`, `\'); drop table kept; --`, "'; drop table kept; --", "%s %% %", "é🎈", "", "two\nlines", "$1 ?", `\`} {
		for _, strings := range []string{"on", "off"} {
			c.must(t, "set standard_conforming_strings = "+strings+"; truncate t")
			res, err := c.ExecuteArgs(t.Context(), "insert into t values (%s, %s, %s, %s, %s, %s, %s, %s, %s), (1 -%s, null, null, null, null, null, null, null, %s) /* 100%% */", []value.Value{
				value.Int(i), value.Str(text), value.Str("2024-02-29"), dec, value.Float(-0.5), value.Bool(false), value.Bytes(`'\`), delta,
				value.NewList(value.Int(-1), value.None), value.Int(-1), value.NewList(),
			})
			if err != nil || res.Message != "INSERT 0 2" {
				t.Errorf("%q: %+v, %v", text, res, err)
				continue
			}
			row := c.must(t, "select * from t where a is not null").Rows[0]
			want := value.Repr(value.NewList(value.Int(i), value.Str(text), pylib.DateFromTime(at), dec, value.Float(-0.5), value.Bool(false), value.Bytes(`'\`), delta,
				value.NewList(value.Int(-1), value.None)))
			if got := value.Repr(value.NewList(row...)); got != want {
				t.Errorf("%s\nwant\n%s", got, want)
			}
			if got := c.each(t, "select id, l from t where a is null"); len(got) != 1 || got[0] != "2|[]" {
				t.Errorf("%q", got)
			}
		}
	}
	c.must(t, "table kept")
	for sql, part := range map[string]string{
		"select %s, %s": "more placeholders than the 1 values", "select 1": "1 values are given, and the statement has 0 placeholders",
		"select 5 % 2, %s": "a percent sign at character 10",
	} {
		_, err := c.ExecuteArgs(t.Context(), sql, []value.Value{value.Int(1)})
		var db *adapter.DatabaseError
		if !errors.As(err, &db) || !strings.Contains(db.Msg, part) || db.SQL != sql {
			t.Errorf("%s: %v, want %s", sql, err, part)
		}
	}
	if _, err := c.ExecuteArgs(t.Context(), "select %s", []value.Value{value.NewDict(0)}); err == nil || !strings.Contains(err.Error(), "value 1: a value of type dict") {
		t.Errorf("a dict: %v", err)
	}
}
