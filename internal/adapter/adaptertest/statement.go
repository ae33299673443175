package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

func testSchemas(t *suiteTest) {
	c := t.conn("a")
	t.exec(c, "create schema dex_other")
	got, err := c.Schemas(context.Background(), t.Database)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{t.Schema, "dex_other"} {
		if !slices.Contains(got, want) {
			t.Errorf("schemas %v lack %s", got, want)
		}
	}
}

func testRelations(t *suiteTest) {
	c := t.conn("a")
	t.exec(c, "create schema dex_other")
	t.exec(c, "create table "+t.table("a_table")+" (n integer)")
	t.exec(c, "create view "+t.table("a_view")+" as select n from "+t.table("a_table"))
	other := t.Adapter.Quote("dex_other") + "." + t.Adapter.Quote("Mixed Case")
	t.exec(c, "create table "+other+" (n integer)")
	got, err := c.Relations(context.Background(), t.Database, []string{strings.ToUpper(t.Schema), "dex_other", "dex_absent"})
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, r := range got {
		list = append(list, fmt.Sprintf("%s.%s:%s", r.Schema, r.Identifier, r.Type))
		if t.Database != "" && !strings.EqualFold(r.Database, t.Database) {
			t.Errorf("%s is said to be in database %q, want %q", r.Identifier, r.Database, t.Database)
		}
	}
	slices.Sort(list)
	want := []string{t.Schema + ".a_table:table", t.Schema + ".a_view:view", "dex_other.Mixed Case:table"}
	slices.Sort(want)
	t.want(strings.Join(list, " "), strings.Join(want, " "))

	got, err = c.Relations(context.Background(), t.Database, []string{"dex_absent"})
	if err != nil || len(got) != 0 {
		t.Errorf("an absent schema: %v, %v; want nothing and no error", got, err)
	}
	got, err = c.Relations(context.Background(), t.Database, nil)
	if err != nil || len(got) != 0 {
		t.Errorf("no schema: %v, %v; want nothing and no error", got, err)
	}
}

// testUnknown: a question that could not be asked is an error, never "nothing there".
func testUnknown(t *suiteTest) {
	c := t.conn("a")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Relations(ctx, t.Database, []string{t.Schema}); err == nil {
		t.Error("relations: no error")
	}
	if _, err := c.Columns(ctx, t.relation("x")); err == nil {
		t.Error("columns: no error")
	}
	if _, err := c.Schemas(ctx, t.Database); err == nil {
		t.Error("schemas: no error")
	}
	c.Release()
	if _, err := c.Columns(context.Background(), t.relation("x")); err == nil {
		t.Error("columns on a released session: no error")
	}
}

func testColumns(t *suiteTest) {
	c := t.conn("a")
	t.exec(c, "create table "+t.table("t")+` (b integer, a varchar, "Mixed Case" decimal(18,3), d timestamp)`)
	t.exec(c, "create view "+t.table("v")+" as select a, b from "+t.table("t"))
	for _, q := range []struct{ name, want string }{{"t", "b a Mixed Case d"}, {"v", "a b"}, {"absent", ""}} {
		cols, err := c.Columns(context.Background(), t.relation(q.name))
		if err != nil {
			t.Errorf("%s: %v", q.name, err)
		}
		var names []string
		for _, col := range cols {
			names = append(names, col.Name)
			if col.Type == "" {
				t.Errorf("%s.%s has no type", q.name, col.Name)
			}
		}
		t.want(strings.Join(names, " "), q.want)
	}
	r := t.relation("t")
	r.Schema = "dex_absent"
	if cols, err := c.Columns(context.Background(), r); err != nil || len(cols) > 0 {
		t.Errorf("in an absent schema: %v, %v; want nothing and no error", cols, err)
	}
}

func testValues(t *suiteTest) {
	c := t.conn("a")
	common := []Value{
		{"select cast(null as integer)", "None"}, {"select true", "True"}, {"select cast(7 as bigint)", "7"},
		{"select 'it''s'", `"it's"`}, {"select ''", "''"}, {"select 'é\u20ac🎈'", "'é€🎈'"}, {"select cast(1.5 as double precision)", "1.5"},
		{"select cast('1.50' as decimal(10,2))", "Decimal('1.50')"},
	}
	for _, v := range slices.Concat(common, t.Values) {
		_, tab, err := c.Execute(context.Background(), v.SQL, true, 0)
		if err != nil {
			t.Errorf("%s: %v", v.SQL, err)
			continue
		}
		if len(tab.Rows) != 1 || len(tab.Columns) != 1 {
			t.Errorf("%s: %d rows of %d columns, want 1 of 1", v.SQL, len(tab.Rows), len(tab.Columns))
			continue
		}
		if got := value.Repr(tab.Rows[0][0]); got != v.Repr {
			t.Errorf("%s: got %s, want %s", v.SQL, got, v.Repr)
		}
	}
}

func testStatements(t *suiteTest) {
	c := t.conn("a")
	x := t.table("x")
	t.want(t.query(c, "create table "+x+" (n integer); insert into "+x+" values (1), (2); select sum(n) from "+x+";"), "3")
	t.want(t.query(c, "select ';' -- ; not an end\n; select 'last' /* ; */"), "last")
	_, _, err := c.Execute(context.Background(), "insert into "+x+" values (3); select * from dex_absent; insert into "+x+" values (4)", false, 0)
	if err == nil {
		t.Fatal("an error in the middle is no error")
	}
	if got := t.query(c, "select max(n) from "+x); got == "4" {
		t.Error("what stands behind a failed statement was run")
	}
	if _, _, err := c.Execute(context.Background(), "insert into "+x+" values (9); selekt 1", false, 0); err == nil {
		t.Fatal("a syntax error is no error")
	}
	if t.WholeText {
		t.want(t.query(c, "select count(*) from "+x+" where n = 9"), "0")
	}
}

func testBlank(t *suiteTest) {
	c := t.conn("a")
	for _, sql := range []string{"", " \n", "-- nothing", "/* nothing */", ";"} {
		if _, tab, err := c.Execute(context.Background(), sql, true, 0); err != nil || tab == nil || len(tab.Rows) != 0 {
			t.Errorf("%q: %v, %v; want an empty table and no error", sql, tab, err)
		}
	}
}

func testLimit(t *suiteTest) {
	c := t.conn("a")
	const sql = "with d as (select 0 as i union all select 1 union all select 2 union all select 3 union all select 4 union all " +
		"select 5 union all select 6 union all select 7 union all select 8 union all select 9) " +
		"select a.i * 1000 + b.i * 100 + c.i * 10 + e.i + 1 as n, 'x' as s from d a, d b, d c, d e where a.i < 5 order by n"
	for limit, want := range map[int]int{0: 5000, 1: 1, 2500: 2500, 9000: 5000} {
		_, tab, err := c.Execute(context.Background(), sql, true, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(tab.Rows) != want {
			t.Errorf("limit %d: %d rows, want %d", limit, len(tab.Rows), want)
		}
		last := tab.Rows[len(tab.Rows)-1]
		t.want(value.ToStr(last[0])+value.ToStr(last[1]), fmt.Sprintf("%dx", want))
		t.want(tab.Columns[0].Name+" "+tab.Columns[1].Name, "n s")
	}
	if _, tab, err := c.Execute(context.Background(), sql, false, 0); err != nil || tab != nil {
		t.Errorf("without fetch: %v, %v; want no table", tab, err)
	}
	if _, tab, err := c.Execute(context.Background(), "select 1 as n where 1 = 0", true, 0); err != nil || len(tab.Rows) != 0 || len(tab.Columns) != 1 {
		t.Errorf("an empty result: %v, %v; want a column and no row", tab, err)
	}
}

func testAffected(t *suiteTest) {
	c := t.conn("a")
	t.exec(c, "create table "+t.table("t")+" (n integer)")
	for _, q := range []struct {
		sql  string
		want int64
	}{{"insert into " + t.table("t") + " values (1), (2), (3)", 3}, {"update " + t.table("t") + " set n = 0 where n > 1", 2}, {"delete from " + t.table("t"), 3}} {
		r := t.exec(c, q.sql)
		if r.Rows != q.want && r.Rows != -1 {
			t.Errorf("%s: %d rows affected, want %d or unknown", q.sql, r.Rows, q.want)
		}
		if r.Message == "" {
			t.Errorf("%s: the response has no message", q.sql)
		}
	}
}

func testErrors(t *suiteTest) {
	c := t.conn("a")
	for _, sql := range []string{"select * from dex_absent", "selekt 1", "select cast('x' as integer)"} {
		_, _, err := c.Execute(context.Background(), sql, true, 0)
		var db *adapter.DatabaseError
		if !errors.As(err, &db) {
			t.Errorf("%s: got %v, want a DatabaseError", sql, err)
			continue
		}
		if db.Msg == "" || db.SQL != sql {
			t.Errorf("%s: the error holds message %q and SQL %q", sql, db.Msg, db.SQL)
		}
		t.want(t.query(c, "select 1"), "1")
	}
}

func testSeed(t *suiteTest) {
	c := t.conn("a")
	l, ok := c.(adapter.SeedLoader)
	if !ok {
		t.Skip("the adapter's sessions are no SeedLoader")
	}
	t.exec(c, "create table "+t.table("seed")+` (id integer, "A name" varchar, d date, f double precision, b boolean)`)
	rows := &adapter.Table{Columns: []adapter.Column{{Name: "A name"}, {Name: "id"}, {Name: "d"}, {Name: "f"}, {Name: "b"}}}
	const n = 5000
	for i := range n {
		rows.Rows = append(rows.Rows, []value.Value{value.Str("it's; " + fmt.Sprint(i)), value.Int(i), value.Str("2024-02-29"), value.Float(0.5), value.Bool(i%2 == 0)})
	}
	rows.Rows[7] = []value.Value{value.Str(""), value.Int(7), value.None, value.None, value.None}
	if _, err := l.LoadSeed(context.Background(), t.relation("seed"), rows); err != nil {
		t.Fatal(err)
	}
	s := t.table("seed")
	t.want(t.query(c, "select count(*), sum(f), max(id) from "+s), "5000|2499.5|4999")
	t.want(t.query(c, `select "A name", d, b from `+s+" where id = 4"), "it's; 4|2024-02-29|True")
	t.want(t.query(c, `select "A name" = '', d is null and f is null and b is null from `+s+" where id = 7"), "True|True")

	rows.Rows = [][]value.Value{{value.Str("x"), value.Str("no number"), value.None, value.None, value.None}}
	var db *adapter.DatabaseError
	if _, err := l.LoadSeed(context.Background(), t.relation("seed"), rows); !errors.As(err, &db) {
		t.Errorf("a value of the wrong type: got %v, want a DatabaseError", err)
	}
	t.want(t.query(c, "select count(*) from "+s), "5000")
}

func testArguments(t *suiteTest) {
	c := t.conn("a")
	b, ok := c.(adapter.Binder)
	if !ok {
		t.Skip("the adapter's sessions are no Binder")
	}
	x := t.table("x")
	t.exec(c, "create table "+x+" (i integer, s varchar, f double precision, b boolean, d decimal(10,2))")
	d, err := value.ParseDecimal("1.25")
	if err != nil {
		t.Fatal(err)
	}
	args := []value.Value{value.Int(1), value.Str("it's"), value.Float(1.5), value.Bool(true), d, value.None, value.None, value.None, value.None, value.None}
	if _, err := b.ExecuteArgs(context.Background(), strings.ReplaceAll("insert into "+x+" values (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)", "?", t.Placeholder), args); err != nil {
		t.Fatal(err)
	}
	t.want(t.query(c, "select * from "+x+" order by i nulls last"), "1|it's|1.5|True|1.25 None|None|None|None|None")
}

func testDescribe(t *suiteTest) {
	c := t.conn("a")
	d, ok := c.(adapter.Describer)
	if !ok {
		t.Skip("the adapter's sessions are no Describer")
	}
	cols, err := d.Describe(context.Background(), "select 1 as b, 'x' as a")
	if err != nil || len(cols) != 2 || cols[0].Name != "b" || cols[1].Name != "a" || cols[1].Type == "" {
		t.Errorf("got %v, %v", cols, err)
	}
	if _, err := d.Describe(context.Background(), "select * from dex_absent"); err == nil {
		t.Error("a query that fails is described")
	}
}

func testQuote(t *suiteTest) {
	c := t.conn("a")
	t.exec(c, "create table "+t.table("Select")+" ("+t.Adapter.Quote("a b")+" integer)")
	t.want(t.query(c, "select count("+t.Adapter.Quote("a b")+") from "+t.table("Select")), "0")
	for s := adapter.SeedText; s <= adapter.SeedTime; s++ {
		typ := t.Adapter.ConvertType(s)
		if typ == "" {
			t.Errorf("seed type %d has no type name", s)
			continue
		}
		t.exec(c, fmt.Sprintf("create table %s (c %s)", t.table(fmt.Sprintf("seed_%d", s)), typ))
	}
}
