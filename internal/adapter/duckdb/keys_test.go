package duckdb

import (
	"context"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// asking counts what an adapter's methods ask of the catalog.
type asking struct {
	executor
	asked int
}

func (e *asking) Execute(ctx context.Context, sql string, begin, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	if strings.Contains(sql, "duckdb_") {
		e.asked++
	}
	return e.executor.Execute(ctx, sql, begin, fetch, limit)
}

// TestKeysAreAskedForOnce: in a database without keys one question does for all
// tables, and each statement that could make a key brings the questions back.
func TestKeysAreAskedForOnce(t *testing.T) {
	db := openTarget(t, "", nil)
	c, err := db.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	e := &asking{executor: executor{Conn: c}}
	call := func(method string, args ...value.Value) string {
		t.Helper()
		m, ok := db.Method(method)
		if !ok {
			t.Fatalf("no method %s", method)
		}
		v, err := m(context.Background(), e, args, nil)
		if err != nil {
			t.Fatal(err)
		}
		return value.ToStr(v)
	}
	keys := func(table string) string {
		return call("existing_key_constraint_types", dict("database", "memory", "schema", "main", "identifier", table))
	}
	expect := func(what, got, want string, asked int) {
		t.Helper()
		if got != want || e.asked != asked {
			t.Errorf("%s: %s after %d questions, not %s after %d", what, got, e.asked, want, asked)
		}
		e.asked = 0
	}
	for _, s := range []string{"create table a (id integer)", "create table b as select 1 as unique_id"} {
		if err := run(c, s); err != nil {
			t.Fatal(err)
		}
	}
	expect("the first table", keys("a"), "[]", 1)
	expect("the second", keys("b"), "[]", 0)
	expect("the database", call("catalog_supports_foreign_keys", value.Str("memory")), "True", 1)
	expect("the database again", call("catalog_supports_foreign_keys", value.Str("MEMORY")), "True", 0)
	expect("no database", call("catalog_supports_foreign_keys", value.Str("nowhere")), "False", 1)
	expect("indexes", call("may_have_indexes"), "False", 1)
	expect("indexes again", call("may_have_indexes"), "False", 0)
	if err := run(c, "alter table a add Primary\nKey (id)"); err != nil {
		t.Fatal(err)
	}
	expect("a table with a key", keys("a"), "['primary_key']", 1)
	expect("a table without", keys("b"), "[]", 1)
	expect("indexes", call("may_have_indexes"), "True", 0)
	expect("the database", call("catalog_supports_foreign_keys", value.Str("memory")), "True", 1)
}

// TestKeysFromBefore: keys that stand when the database is opened are found.
func TestKeysFromBefore(t *testing.T) {
	db := openTarget(t, "", nil)
	c, err := db.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	if err := run(c, "create table a (id integer unique)"); err != nil {
		t.Fatal(err)
	}
	facts := newCatalogFacts(db.keys)
	for range 2 {
		if none, err := facts.lacks(context.Background(), &executor{Conn: c}, "keys"); err != nil || none {
			t.Errorf("no keys (%v)", err)
		}
	}
}

func TestMakesKeys(t *testing.T) {
	for sql, want := range map[string]bool{
		"create table a (id integer primary key)":          true,
		"create table a (id integer PRIMARY /* ! */\tKEY)": true,
		"create table a (id integer references b)":         true,
		"create Unique Index i on a (id)":                  true,
		"attach 'x.duckdb'":                                true,
		"copy from database a to b":                        true,
		"select 1 as unique_id, 2 as idx, 3 as reindex":    false,
		"select count(*) from duckdb_databases()":          false,
		"create table a as select current_database()":      false,
		"": false,
	} {
		if got := makesKeys(sql); got != want {
			t.Errorf("%q: %v", sql, got)
		}
	}
	for kind, sql := range counting {
		if makesKeys(sql) {
			t.Errorf("the question for %s puts itself again", kind)
		}
	}
}

func BenchmarkMakesKeys(b *testing.B) {
	sql := "/* {\"app\": \"dbt\", \"node_id\": \"model.shop.orders\"} */ create table \"db\".\"main\".\"orders__dbt_tmp\" as (" +
		strings.Repeat("select order_id, customer_id, amount / 100 as amount from raw_orders union all\n", 50) + "select 1, 2, 3);"
	b.SetBytes(int64(len(sql)))
	for b.Loop() {
		makesKeys(sql)
	}
}
