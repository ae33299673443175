package duckdb

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// executor is a session without bookkeeping of transactions.
type executor struct {
	adapter.Conn
	began  bool
	warned []string
}

func (e *executor) Execute(ctx context.Context, sql string, _, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	return e.Conn.Execute(ctx, sql, fetch, limit)
}

func (e *executor) Begin(context.Context) error {
	e.began = true
	return run(e.Conn, "begin")
}

func (e *executor) InTransaction() bool { return e.began }

func (e *executor) Warn(msg string) { e.warned = append(e.warned, msg) }

func dict(pairs ...string) *value.Dict {
	d := value.NewDict(0)
	for i := 0; i < len(pairs); i += 2 {
		d.SetStr(pairs[i], value.Str(pairs[i+1]))
	}
	return d
}

func TestMethods(t *testing.T) {
	db := openTarget(t, "", map[string]value.Value{"external_root": value.Str("out")})
	c, err := db.Conn(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	if err := run(c, "create table keyed (id integer primary key, u integer unique)"); err != nil {
		t.Fatal(err)
	}
	e := &executor{Conn: c}
	batch := value.NewDict(0)
	batch.SetStr("batch", dict("event_time_start", "2024-01-02 03:04:05+00:00"))
	keyed := dict("database", "memory", "schema", "main", "identifier", "keyed")
	columns := value.NewDict(0)
	columns.SetStr("columns", value.NewList(value.Str("a")))
	columns.SetStr("unique", value.Bool(true))
	for _, m := range []struct {
		name, want string
		args       []value.Value
	}{
		{"external_root", "'out'", nil}, {"is_motherduck", "False", nil}, {"disable_transactions", "False", nil},
		{"get_binding_char", "'?'", nil}, {"escape_sql_string", `"it''s"`, []value.Value{value.Str("it's")}},
		{"is_ducklake", "False", []value.Value{keyed}},
		{"get_seed_file_path", "'/p/seeds/x.csv'", []value.Value{dict("root_path", "/p", "original_file_path", "seeds/x.csv")}},
		{"location_exists", "False", []value.Value{value.Str("/no/such/file.csv")}},
		{"catalog_supports_foreign_keys", "True", []value.Value{value.Str("MEMORY")}},
		{"existing_key_constraint_types", "['primary_key', 'unique']", []value.Value{keyed}},
		{"batch_id_for_model", "'20240102_0304050000'", []value.Value{batch}}, {"batch_id_for_model", "''", []value.Value{keyed}},
		{"parse_index", "None", []value.Value{value.None}}, {"parse_index", "DuckDBIndexConfig(columns=['a'], unique=True)", []value.Value{columns}},
		{"ensure_transaction", "None", nil}, {"ensure_transaction", "None", nil},
		{"warn_once", "None", []value.Value{value.Str("careful")}}, {"warn_once", "None", []value.Value{value.Str("careful")}},
	} {
		call, ok := db.Method(m.name)
		if !ok {
			t.Errorf("%s: no such method", m.name)
			continue
		}
		got, err := call(context.Background(), e, m.args, nil)
		if err != nil || value.Repr(got) != m.want {
			t.Errorf("%s: got %v, %v; want %s", m.name, got, err, m.want)
		}
	}
	if !e.began || strings.Join(e.warned, " ") != "careful" {
		t.Errorf("began %t, warned %q", e.began, e.warned)
	}
	if _, ok := db.Method("no_such_method"); ok {
		t.Error("a method that nobody has is there")
	}
	call, _ := db.Method("store_relation")
	if _, err := call(context.Background(), e, []value.Value{value.Str("excel")}, nil); err == nil || !strings.Contains(err.Error(), "excel") {
		t.Errorf("a plugin is refused with %v", err)
	}
}

func TestIndexNamesAreNew(t *testing.T) {
	x := &index{columns: []string{"a"}}
	a, b := x.name("t"), x.name("t")
	if a == b || !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(a) {
		t.Errorf("names %s and %s", a, b)
	}
}
