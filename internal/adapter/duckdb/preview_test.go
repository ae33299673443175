package duckdb

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// previewOf opens a preview of a file, after a database was made there by sqls.
func previewOf(t *testing.T, dir string, sqls ...string) *preview {
	t.Helper()
	target := map[string]value.Value{"path": value.Str("shop.duckdb")}
	if len(sqls) > 0 {
		db := openTarget(t, dir, target)
		c := connect(t, db)
		for _, sql := range sqls {
			if _, _, err := c.Execute(context.Background(), sql, false, 0); err != nil {
				t.Fatal(err)
			}
		}
		c.Release()
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	creds := &Credentials{Path: "shop.duckdb", database: "shop", schema: "main", dir: dir, KeepOpen: true, ExternalRoot: "."}
	p, err := openPreview(context.Background(), creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func connect(t *testing.T, a adapter.Adapter) adapter.Conn {
	t.Helper()
	c, err := a.Conn(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func hashOf(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}

// answer runs a query in a preview and gives its rows as text, with its note.
func answer(t *testing.T, c adapter.Conn, sql string) (string, adapter.Response) {
	t.Helper()
	res, tab, err := c.Execute(context.Background(), sql, true, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	var rows []string
	for _, r := range tab.Rows {
		var cells []string
		for _, v := range r {
			cells = append(cells, value.ToStr(v))
		}
		rows = append(rows, strings.Join(cells, ","))
	}
	return strings.Join(rows, ";"), res
}

// base is a database with what a catalog can hold.
var base = []string{
	"create table orders (id integer primary key, amount decimal(18, 2), status varchar)",
	"insert into orders values (1, 10, 'paid'), (2, 20, 'open')",
	"create index by_status on orders (status)",
	"create table lines (order_id integer references orders (id), n integer)",
	"create schema staging",
	`create view staging.paid as select * from "shop"."main"."orders" where status = 'paid'`,
	"create view aview as select count(*) as n from staging.paid",
	"create macro doubled(x) as x * 2",
	"create sequence numbers",
	"create type mood as enum ('good', 'bad')",
}

// TestPreviewChangesNothing sends what a hostile hook could, and looks at the
// database's file and at the folder around it.
func TestPreviewChangesNothing(t *testing.T) {
	dir := t.TempDir()
	p := previewOf(t, dir, base...)
	path := filepath.Join(dir, "shop.duckdb")
	before := hashOf(t, path)
	t.Chdir(dir)
	t.Setenv("HOME", dir)
	c := connect(t, p)
	for _, sql := range []string{
		"insert into orders values (3, 30, 'open')", "delete from orders", "update orders set amount = 0", "truncate lines", "drop table lines",
		"drop schema staging cascade", "alter table orders add column x integer", "create table t as select * from orders",
		"copy orders to 'out.parquet'", "copy (select 1) to 'out.csv'", "export database 'exported'", "attach 'other.duckdb' as other",
		"create table other.t (a integer)", "checkpoint", "force checkpoint", "vacuum", "pragma enable_profiling='json'", "set profiling_output='profile.json'",
		"pragma profiling_output='profile.json'", "set log_query_path='queries.log'", "create persistent secret s (type s3, key_id 'a', secret 'b')",
		"create or replace persistent secret s (type s3, key_id 'a', secret 'b')", "install httpfs", "load httpfs", "call pragma_version()", "select nextval('numbers')",
		"explain analyze insert into orders values (9, 9, '')", "explain analyze copy orders to 'explained.csv'", "with x as (select 1 as id) insert into orders select id, 1, '' from x",
		"begin", "commit", "rollback", "select 1; copy orders to 'second.csv'", "copy orders to 'third.csv'; select 1", "attach 'third.duckdb' as third; from orders",
		"pivot orders on status; copy orders to 'fourth.csv'", "copy orders to 'fifth.csv'; pivot orders on status",
		"copy (with x as (select 1) select * from x) to 'sixth.csv'", "create temporary secret t (type s3); create persistent secret u (type s3)",
		"begin; copy orders to 'seventh.csv'; commit", "/* select */ copy orders to 'eighth.csv'", "-- select\ncopy orders to 'ninth.csv'",
		"create table z as select 1; copy z to 'tenth.csv'", "create macro doubled2(x) as table (select x); from doubled2(1); copy orders to 'eleventh.csv'", "prepare q as copy orders to 'prepared.csv'", "execute q", "detach shop", "use memory",
		"create table if not exists big as select range as i from range(100000)", "comment on table orders is 'x'", "create or replace table orders as select 1 as id",
	} {
		for _, fetch := range []bool{false, true} {
			// What is refused is refused: the point is what is left afterwards.
			_, _, _ = c.Execute(context.Background(), sql, fetch, 0)
		}
	}
	if b, ok := c.(adapter.Binder); ok {
		_, _ = b.ExecuteArgs(context.Background(), "insert into orders values (?, ?, ?)", []value.Value{value.Int(7), value.Int(1), value.Str("")})
	}
	c.Release()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if hashOf(t, path) != before {
		t.Error("the database's file has changed")
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "shop.duckdb" {
			t.Errorf("a preview made %s", e.Name())
		}
	}
}

func TestPreviewOfNothing(t *testing.T) {
	dir := t.TempDir()
	p := previewOf(t, dir)
	c := connect(t, p)
	defer c.Release()
	if got, _ := answer(t, c, "select 1"); got != "1" {
		t.Errorf("select 1 gave %s", got)
	}
	if _, _, err := c.Execute(context.Background(), `create table "shop"."main"."t" as (select 1 as a)`, false, 0); err != nil {
		t.Fatal(err)
	}
	if cols, err := c.Columns(context.Background(), adapter.Relation{Database: "shop", Schema: "main", Identifier: "t"}); err != nil || len(cols) != 1 {
		t.Errorf("columns %v, %v", cols, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop.duckdb")); err == nil {
		t.Error("the file was made")
	}
}

// TestPreviewAnswers: rows come from the database as long as no statement before
// would have changed them; the catalog is as it would be.
func TestPreviewAnswers(t *testing.T) {
	p := previewOf(t, t.TempDir(), base...)
	c := connect(t, p)
	defer c.Release()
	send := func(sql string) adapter.Response {
		res, _, err := c.Execute(context.Background(), sql, false, 0)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return res
	}
	for sql, want := range map[string]string{
		"select count(*) from orders":                            "2",
		`select n from "shop"."main"."aview"`:                    "1",
		"select doubled(21)":                                     "42",
		"select count(*) from duckdb_indexes()":                  "1",
		"with lines as (select 5 as n) select sum(n) from lines": "5",
		"select string_agg(table_name, ' ' order by table_name) from information_schema.tables": "aview lines orders paid",
	} {
		if got, res := answer(t, c, sql); got != want || res.Note != "" {
			t.Errorf("%s gave %q (%s), not %q", sql, got, res.Note, want)
		}
	}
	if res := send("create schema marts"); res.Note != "" {
		t.Error(res.Note)
	}
	if res := send(`create table "shop"."marts"."orders" as (select id, amount from "shop"."main"."orders")`); res.Note != "" {
		t.Error(res.Note)
	}
	if got, res := answer(t, c, `select count(*) from "shop"."main"."orders"`); got != "2" || res.Guess {
		t.Errorf("a table of that name in another schema was made: %s, %+v", got, res)
	}
	if got, res := answer(t, c, `select count(*) from "shop"."marts"."orders"`); got != "0" || !res.Guess || !strings.Contains(res.Note, "marts.orders") {
		t.Errorf("a table that is not there: %s, %+v", got, res)
	}
	send(`alter table "shop"."marts"."orders" rename to "sold"`)
	if got, _ := answer(t, c, "select string_agg(table_name, ' ' order by table_name) from information_schema.tables where table_schema = 'marts'"); got != "sold" {
		t.Errorf("after a rename: %s", got)
	}
	send("delete from orders")
	if got, res := answer(t, c, "select n from main.aview"); got != "0" || !strings.Contains(res.Note, "main.aview") {
		t.Errorf("a view of a view of a changed table: %s, %+v", got, res)
	}
	if res := send("insert into nowhere select 1"); !strings.Contains(res.Note, "nowhere") {
		t.Errorf("an insert into nothing: %+v", res)
	}
	if _, _, err := c.Execute(context.Background(), "selct 1", false, 0); err == nil {
		t.Error("what cannot be parsed was taken")
	}
}

func TestTargets(t *testing.T) {
	for sql, want := range map[string]string{
		`create or replace temp table "a" as select 1`:         "a",
		`create view "db"."s"."v" as (select 1)`:               "s.v",
		"-- x\ninsert into s.t (a) values (1)":                 "s.t",
		`alter table "db"."s"."t__tmp" rename to "t"`:          "s.t__tmp s.t",
		"drop table if exists s.t cascade":                     "s.t",
		"with x as (select 1) insert into y select * from x":   "y",
		"merge into s.t as d using q as s on d.a = s.a":        "s.t",
		"copy s.t from 'x.csv' (format csv)":                   "s.t",
		"truncate s.t":                                         "s.t",
		"create table if not exists \"we\"\"ird\" (a integer)": `we"ird`,
		"select * from t":                                      "",
		"comment on table s.t is 'drop table x'":               "",
		"update s.t set a = 'insert into z'":                   "s.t",
	} {
		var got []string
		for _, n := range targets(sql) {
			got = append(got, n.String())
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, not %s", sql, got, want)
		}
	}
}

// TestPreviewOfLog: what a process that was killed left in the log counts, and both
// files stay as they are.
func TestPreviewOfLog(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	db := openTarget(t, from, map[string]value.Value{"path": value.Str("shop.duckdb")})
	c := connect(t, db)
	for _, sql := range base {
		if strings.HasPrefix(sql, "create index") {
			continue // see TestPreviewOfLogWithIndex
		}
		if _, _, err := c.Execute(context.Background(), sql, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	before := map[string][32]byte{}
	for _, name := range []string{"shop.duckdb", "shop.duckdb.wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
		before[name] = hashOf(t, filepath.Join(dir, name))
	}
	c.Release()
	p := previewOf(t, dir)
	c = connect(t, p)
	if got, res := answer(t, c, "select n from aview"); got != "1" || res.Guess {
		t.Errorf("rows of the log: %s, %+v", got, res)
	}
	c.Release()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for name, sum := range before {
		if hashOf(t, filepath.Join(dir, name)) != sum {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestPreviewOfLogWithIndex: DuckDB cannot read such a log without writing; the error
// says what to do.
func TestPreviewOfLogWithIndex(t *testing.T) {
	from, dir := t.TempDir(), t.TempDir()
	db := openTarget(t, from, map[string]value.Value{"path": value.Str("shop.duckdb")})
	c := connect(t, db)
	defer c.Release()
	for _, sql := range []string{"create table t (a integer)", "insert into t values (1)", "create index i on t (a)"} {
		if _, _, err := c.Execute(context.Background(), sql, false, 0); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"shop.duckdb", "shop.duckdb.wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	creds := &Credentials{Path: "shop.duckdb", database: "shop", schema: "main", dir: dir, KeepOpen: true, ExternalRoot: "."}
	if _, err := openPreview(context.Background(), creds); err == nil || !strings.Contains(err.Error(), "dex debug") {
		t.Errorf("error %v", err)
	}
}

// TestPreviewOfAttached: databases beside the target's are taken over as well, each
// under its name; one that is not there is not made.
func TestPreviewOfAttached(t *testing.T) {
	dir := t.TempDir()
	other := openTarget(t, dir, map[string]value.Value{"path": value.Str("other.duckdb")})
	c := connect(t, other)
	if _, _, err := c.Execute(context.Background(), "create table t as select 7 as a", false, 0); err != nil {
		t.Fatal(err)
	}
	c.Release()
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	before := hashOf(t, filepath.Join(dir, "other.duckdb"))
	attach := value.NewList()
	for _, name := range []string{"other", "missing"} {
		d := value.NewDict(2)
		d.SetStr("path", value.Str(name+".duckdb"))
		d.SetStr("alias", value.Str(name))
		attach.Elems = append(attach.Elems, d)
	}
	target := value.NewDict(2)
	target.SetStr("path", value.Str("shop.duckdb"))
	target.SetStr("attach", attach)
	creds, err := ParseCredentials(target, dir)
	if err != nil {
		t.Fatal(err)
	}
	p, err := openPreview(context.Background(), creds)
	if err != nil {
		t.Fatal(err)
	}
	c = connect(t, p)
	for _, sql := range []string{"create table other.main.copied as select * from other.main.t", "create table missing.main.t as select 1 as a", "insert into other.main.t values (8)"} {
		if res, _, err := c.Execute(context.Background(), sql, false, 0); err != nil || res.Note != "" {
			t.Errorf("%s: %v, %+v", sql, err, res)
		}
	}
	rels, err := c.Relations(context.Background(), "other", []string{"main"})
	if err != nil || len(rels) != 2 {
		t.Errorf("relations of the other database: %v, %v", rels, err)
	}
	c.Release()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if hashOf(t, filepath.Join(dir, "other.duckdb")) != before {
		t.Error("the attached file has changed")
	}
	for _, name := range []string{"missing.duckdb", "shop.duckdb"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was made", name)
		}
	}
}

// TestPreviewThatOnlyReads: what is no query is refused, by what DuckDB makes of it
// and not by how it looks.
func TestPreviewThatOnlyReads(t *testing.T) {
	p := previewOf(t, t.TempDir(), base...)
	c := connect(t, p)
	defer c.Release()
	c.(adapter.Previewing).ReadOnly()
	for _, sql := range []string{
		"insert into orders values (3, 1, '')", "with x as (select 1) delete from orders", "(values (1)); drop table orders", "copy orders to 'x.csv'",
		"pragma database_list", "call pragma_version()", "explain analyze select 1", "set threads = 1", "checkpoint", "select 1; select 2; vacuum",
		"from orders; insert into orders select * from orders",
	} {
		_, _, err := c.Execute(context.Background(), sql, true, 0)
		if err == nil || !strings.Contains(err.Error(), "only reads") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	for sql, want := range map[string]string{
		"select count(*) from orders": "2", "from orders select max(id)": "2", "with x as (select 3 as a) select a from x": "3", "(select 4)": "4", "values (5)": "5",
		"-- insert into orders\nselect 6": "6", "/* drop */ select 'insert into orders values (1)'": "insert into orders values (1)",
	} {
		if got, _ := answer(t, c, sql); got != want {
			t.Errorf("%s gave %s, not %s", sql, got, want)
		}
	}
	if _, _, err := c.Execute(context.Background(), "select * from nowhere", true, 0); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a query of nothing: %v", err)
	}
}
