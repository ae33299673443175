package duckdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest"
	"dex/internal/jinja/value"
)

var exercised = []adaptertest.Value{
	{SQL: "select 170141183460469231731687303715884105727::hugeint", Repr: "170141183460469231731687303715884105727"},
	{SQL: "select 18446744073709551615::ubigint", Repr: "18446744073709551615"},
	{SQL: "select [1, null, 2]", Repr: "[1, None, 2]"},
	{SQL: "select {'b': 1, 'a': 'x'}", Repr: "{'b': 1, 'a': 'x'}"},
	{SQL: "select map {'k': 1}", Repr: "{'k': 1}"},
	{SQL: "select 'a'::enum('a', 'b')", Repr: "'a'"},
	{SQL: "select 'ab'::blob", Repr: "b'ab'"},
}

// slow counts for minutes without using memory.
const slow = "select count(*) from range(1000000000) a, range(1000000000) b where a.range + b.range = -1"

func TestAdapterFile(t *testing.T) {
	adaptertest.Exercise(t, func(t *testing.T) adaptertest.Setup {
		db := openTarget(t, t.TempDir(), map[string]value.Value{"path": value.Str("shop.duckdb")})
		return adaptertest.Setup{Adapter: db, Database: "shop", Schema: "main", Slow: slow, Values: exercised, WholeText: true, Placeholder: "?"}
	})
}

func TestAdapterMemory(t *testing.T) {
	adaptertest.Exercise(t, func(t *testing.T) adaptertest.Setup {
		db := openTarget(t, "", nil)
		return adaptertest.Setup{Adapter: db, Database: "memory", Schema: "main", Slow: slow, Values: exercised, WholeText: true, Placeholder: "?"}
	})
}

func TestSettingsPerSession(t *testing.T) {
	settings := value.NewDict(2)
	settings.SetStr("TimeZone", value.Str("Asia/Tokyo"))
	settings.SetStr("preserve_insertion_order", value.Bool(false))
	db := openTarget(t, "", map[string]value.Value{"settings": settings})
	for range 2 { // SET without GLOBAL holds for its own session
		c, err := db.Conn(context.Background(), "a")
		if err != nil {
			t.Fatal(err)
		}
		_, tab, err := c.Execute(context.Background(), "select current_setting('TimeZone'), '2020-01-01 00:00:00+00'::timestamptz", true, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := value.ToStr(tab.Rows[0][0]) + " " + value.ToStr(tab.Rows[0][1]); got != "Asia/Tokyo 2020-01-01 09:00:00+09:00" {
			t.Errorf("got %s", got)
		}
		if err := run(c, "set TimeZone = 'UTC'"); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
}

func TestTransactionsDisabled(t *testing.T) {
	for _, off := range []bool{false, true} {
		var db adapter.Adapter = openTarget(t, "", map[string]value.Value{"disable_transactions": value.Bool(off)})
		if a, ok := db.(adapter.Autocommitter); !ok || a.TransactionsDisabled() != off {
			t.Errorf("disable_transactions: %t is not told", off)
		}
	}
}

func TestBadSetting(t *testing.T) {
	settings := value.NewDict(1)
	settings.SetStr("no_such_setting", value.Str("hush"))
	db := openTarget(t, "", map[string]value.Value{"settings": settings})
	_, err := db.Conn(context.Background(), "a")
	if err == nil || !strings.Contains(err.Error(), "settings: no_such_setting") || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v, want an error that names the setting and hides its value", err)
	}
}

func TestBadConfigOption(t *testing.T) {
	options := value.NewDict(1)
	options.SetStr("no_such_option", value.Str("hush"))
	d := value.NewDict(1)
	d.SetStr("config_options", options)
	creds, err := ParseCredentials(d, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = open(context.Background(), creds)
	if err == nil || !strings.Contains(err.Error(), "no_such_option") || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v, want an error that names the option and hides its value", err)
	}
}

// Extensions that are part of the binary load; nothing is fetched by itself.
func TestExtensions(t *testing.T) {
	db := openTarget(t, "", map[string]value.Value{"extensions": value.NewList(value.Str("json"), value.Str("parquet"))})
	c, err := db.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	_, tab, err := c.Execute(context.Background(),
		"select current_setting('autoinstall_known_extensions'), current_setting('autoload_known_extensions'), json_extract('{\"a\": 1}', 'a')", true, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := value.Repr(value.NewList(tab.Rows[0]...)); got != "[False, False, '1']" {
		t.Errorf("got %s", got)
	}
}

func TestAttach(t *testing.T) {
	dir := t.TempDir()
	first, c, err := openFile(filepath.Join(dir, "lake.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	if err := run(c, "create table fish as select 'cod' as name"); err != nil {
		t.Fatal(err)
	}
	c.Release()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	entry := value.NewDict(3)
	entry.SetStr("path", value.Str("lake.duckdb"))
	entry.SetStr("alias", value.Str("pond"))
	entry.SetStr("read_only", value.Bool(true))
	db := openTarget(t, dir, map[string]value.Value{"path": value.Str("shop.duckdb"), "attach": value.NewList(entry)})
	s, err := db.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Release()
	rels, err := s.Relations(context.Background(), "pond", []string{"main"})
	if err != nil || len(rels) != 1 || rels[0].Identifier != "fish" || rels[0].Database != "pond" {
		t.Errorf("got %v, %v", rels, err)
	}
	if err := run(s, "create table pond.main.x (n integer)"); err == nil {
		t.Error("a database attached read_only is written to")
	}
	if rels, err := s.Relations(context.Background(), "absent", []string{"main"}); err != nil || len(rels) != 0 {
		t.Errorf("an absent database: %v, %v", rels, err)
	}
}

// Two adapters of one process share a file: DuckDB locks it against others only.
func TestTwoAdaptersOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	a, b := openTarget(t, "", map[string]value.Value{"path": value.Str(path)}), openTarget(t, "", map[string]value.Value{"path": value.Str(path)})
	x, err := a.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Conn(context.Background(), "b")
	if err != nil {
		t.Fatal(err)
	}
	defer y.Release()
	if err := run(x, "create table t as select 1 as n"); err != nil {
		t.Fatal(err)
	}
	x.Release()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if err := run(y, "insert into t values (2)"); err != nil {
		t.Errorf("after the other adapter was closed: %v", err)
	}
}

func TestMissingFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "such", "shop.duckdb")
	_, _, err := openFile(path)
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "make the folder") {
		t.Errorf("got %v, want an error with the path and what to do", err)
	}
}

func TestPathWithOddCharacters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b?c=1%41'é.duckdb")
	db, c, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Release()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestErrorLine(t *testing.T) {
	s := newSession(t, nil)
	for sql, want := range map[string]int{
		"select\n  nosuch": 2, "select 1;\n\nselect\n  nosuch": 3, "select 1;\nselekt 1": 2, "select 1": 0,
	} {
		_, _, err := s.Execute(context.Background(), sql, true, 0)
		var e *adapter.DatabaseError
		if errors.As(err, &e) != (want > 0) || want > 0 && e.Line != want {
			t.Errorf("%q: got %v, want an error on line %d", sql, err, want)
		}
	}
}

func TestRowsOfCreateTableAs(t *testing.T) {
	s := newSession(t, nil)
	r, tab, err := s.Execute(context.Background(), "create table t as select * from range(7)", false, 0)
	if err != nil || r.Rows != 7 || r.Message != "OK" || tab != nil {
		t.Errorf("got %+v, %v, %v; want 7 rows and no table", r, tab, err)
	}
}

func TestDescribeFlattensStructs(t *testing.T) {
	s := newSession(t, nil).(adapter.Describer)
	cols, err := s.Describe(context.Background(), "select {'a': 1, 'b': {'c': 1.5::decimal(4,2), 'd': 'x'}} as s, [1] as l")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range cols {
		got = append(got, c.Name+" "+c.Type)
	}
	if want := "s.a INTEGER; s.b.c DECIMAL(4,2); s.b.d VARCHAR; l INTEGER[]"; strings.Join(got, "; ") != want {
		t.Errorf("got %s, want %s", strings.Join(got, "; "), want)
	}
}

func BenchmarkFetch(b *testing.B) {
	s := newSession(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.Execute(context.Background(), "select range, 'text of ' || range, range * 0.5::decimal(10,2) from range(10000)", true, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStatement(b *testing.B) {
	s := newSession(b, nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := run(s, "select 1"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSession(b *testing.B) {
	db := openTarget(b, "", nil)
	b.ReportAllocs()
	for b.Loop() {
		c, err := db.Conn(context.Background(), "a")
		if err != nil {
			b.Fatal(err)
		}
		c.Release()
	}
}

// BenchmarkCancel is the time from a cancel to the statement's end.
func BenchmarkCancel(b *testing.B) {
	s := newSession(b, nil)
	for b.Loop() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		if _, _, err := s.Execute(ctx, slow, true, 0); err == nil {
			b.Fatal("the slow statement is not slow")
		}
		cancel()
	}
}
