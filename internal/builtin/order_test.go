package builtin_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

var rewrite = flag.Bool("rewrite", false, "write testdata/order.txt anew")

// TestOrder runs materializations against an adapter that only writes down what it
// is asked: the order of statements, hooks and commits is dbt's, and projects lean
// on it. What stands in the database before is given with each case.
func TestOrder(t *testing.T) {
	cases := []struct {
		title, macro string
		standing     string // the type of what stands under the node's name
		config       map[string]value.Value
		fullRefresh  bool
	}{
		{title: "table, first run", macro: "table_duckdb"},
		{title: "table, in place of a view", macro: "table_duckdb", standing: "view"},
		{title: "table of other adapters, second run", macro: "table_default", standing: "table"},
		{title: "view, first run", macro: "view_default"},
		{title: "view, second run", macro: "view_default", standing: "view"},
		{title: "incremental, first run", macro: "incremental_duckdb"},
		{title: "incremental, second run", macro: "incremental_duckdb", standing: "table", config: map[string]value.Value{"unique_key": value.Str("id")}},
		{title: "incremental, full refresh", macro: "incremental_duckdb", standing: "table", fullRefresh: true},
		{title: "incremental of other adapters, second run", macro: "incremental_default", standing: "table", config: map[string]value.Value{
			"unique_key": value.NewList(value.Str("id")), "incremental_strategy": value.Str("merge")}},
		{title: "incremental of other adapters, full refresh", macro: "incremental_default", standing: "table", fullRefresh: true},
		{title: "seed, first run", macro: "seed_default"},
		{title: "seed, second run, rows sent", macro: "seed_default", standing: "table", config: map[string]value.Value{"fast": value.Bool(false)}},
		{title: "snapshot, first run", macro: "snapshot_default", config: snapshotConfig()},
		{title: "snapshot, second run", macro: "snapshot_default", standing: "table", config: snapshotConfig()},
		{title: "test", macro: "test_default", config: testConfig(false)},
		{title: "test that stores failures", macro: "test_default", standing: "table", config: testConfig(true)},
		{title: "function", macro: "function_default"},
		{title: "clone", macro: "clone_default"},
		{title: "table function", macro: "table_function_duckdb"},
		{title: "external", macro: "external_duckdb", config: map[string]value.Value{"format": value.Str("csv")}},
	}
	ps := projects(t, "duckdb")
	var out strings.Builder
	for _, c := range cases {
		f := newFake(t, ps, c.standing, c.config, c.fullRefresh)
		fmt.Fprintf(&out, "# %s\n", c.title)
		if _, err := f.call("materialization_"+c.macro, nil); err != nil {
			fmt.Fprintf(&out, "error: %v\n", err)
		}
		fmt.Fprintf(&out, "%s\n\n", strings.Join(f.log, "\n"))
	}
	const golden = "testdata/order.txt"
	if *rewrite {
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if out.String() != string(want) {
		t.Errorf("the order differs from %s (go test -run TestOrder -rewrite writes it anew):\n%s", golden, out.String())
	}
}

func snapshotConfig() map[string]value.Value {
	return map[string]value.Value{
		"strategy": value.Str("timestamp"), "updated_at": value.Str("ts"), "unique_key": value.Str("id"),
	}
}

func testConfig(store bool) map[string]value.Value {
	return map[string]value.Value{
		"store_failures": value.Bool(store), "fail_calc": value.Str("count(*)"),
		"warn_if": value.Str("!= 0"), "error_if": value.Str("> 1"),
	}
}

// fake is a host whose adapter writes down what it is asked.
type fake struct {
	*host
	log    []string
	config map[string]value.Value
	begun  bool
}

func newFake(t *testing.T, ps []project, standing string, config map[string]value.Value, fullRefresh bool) *fake {
	f := &fake{host: newHost(t, ps), config: config}
	this := &relation{name: "node"}
	hook := func(when string, inside bool) value.Value {
		return record("sql", value.Str(when), "transaction", value.Bool(inside))
	}
	f.names["execute"] = value.Bool(true)
	f.names["this"] = this
	f.names["defer_relation"] = &relation{name: "other", kind: "table"}
	f.names["model"] = record("unique_id", value.Str("model.p.node"), "alias", value.Str("node"), "name", value.Str("node"),
		"language", value.Str("sql"), "arguments", value.NewList(), "returns", record("data_type", value.Str("int")), "compiled_code", value.Str("select 1 as id"), "columns", value.NewDict(0),
		"config", value.NewDict(0), "database", value.Str("db"), "schema", value.Str("s"))
	f.names["sql"], f.names["compiled_code"] = value.Str("select 1 as id"), value.Str("select 1 as id")
	f.names["database"], f.names["schema"] = value.Str("db"), value.Str("s")
	f.names["pre_hooks"] = value.NewList(hook("pre inside", true), hook("pre outside", false))
	f.names["post_hooks"] = value.NewList(hook("post inside", true), hook("post outside", false))
	f.names["flags"] = record("FULL_REFRESH", value.Bool(fullRefresh), "STORE_FAILURES", value.Bool(false))
	f.names["config"] = object{"get": value.NewFunc("get", f.get),
		"persist_relation_docs": constant(value.Bool(false)), "persist_column_docs": constant(value.Bool(false))}
	f.names["render"] = value.NewFunc("render", func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) { return args[0], nil })
	f.names["dex__begin_hook"], f.names["dex__send_hook"] = constant(value.Bool(true)), f.names["render"]
	for _, name := range []string{"log", "write", "store_result", "store_raw_result", "dex__end_hook", "dex__committed"} {
		f.names[name] = value.NewFunc(name, nothing)
	}
	f.names["load_result"] = constant(record("table", table("count", value.Int(3))))
	f.names["load_agate_table"] = constant(table("id", value.Int(1), value.Int(2)))
	f.names["exceptions"] = value.NewDict(0)
	f.names["context"] = record("materialization_view_default", f.macro("materialization_view_default"),
		"snapshot_timestamp_strategy", f.macro("snapshot_timestamp_strategy"))
	f.names["api"] = record("Relation", record("create", value.NewFunc("create", createRelation), "scd_args", value.NewFunc("scd_args",
		func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
			return value.NewList(slices.Clone(args)...), nil // args is the caller's
		})))
	f.names["adapter"] = f.adapter(standing)
	return f
}

func (f *fake) get(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("get", args, kw, "key", "default?")
	if err != nil {
		return nil, err
	}
	key := value.ToStr(bound[0])
	if v, ok := f.config[key]; ok {
		return v, nil
	}
	if key == "contract" {
		return record("enforced", value.Bool(false)), nil
	}
	if bound[1] != nil {
		return bound[1], nil
	}
	return value.None, nil
}

func (f *fake) note(format string, args ...any) { f.log = append(f.log, fmt.Sprintf(format, args...)) }

func (f *fake) begin(wanted bool) {
	if wanted && !f.begun {
		f.note("begin")
		f.begun = true
	}
}

// adapter has the methods that the materializations call.
func (f *fake) adapter(standing string) value.Value {
	a := object{"dispatch": value.NewFunc("dispatch", f.dispatch)}
	method := func(name string, params []string, fn func(a []value.Value) value.Value) {
		a[name] = value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			bound, err := value.Bind(name, args, kw, params...)
			if err != nil {
				return nil, err
			}
			return fn(bound), nil
		})
	}
	method("quote", []string{"identifier"}, func(a []value.Value) value.Value { return value.Str(`"` + value.ToStr(a[0]) + `"`) })
	method("type", nil, func([]value.Value) value.Value { return value.Str("duckdb") })
	method("execute", []string{"sql", "auto_begin?", "fetch?"}, func(a []value.Value) value.Value {
		f.begin(a[1] != nil && a[1].Truth())
		f.note("execute %s", squeeze(value.ToStr(a[0])))
		return value.NewTuple(value.Str("OK"), table("count", value.Int(3)))
	})
	method("add_query", []string{"sql", "bindings?", "abridge_sql_log?"}, func(a []value.Value) value.Value {
		f.begin(true)
		f.note("execute %s", squeeze(value.ToStr(a[0])))
		return value.None
	})
	method("commit", nil, func([]value.Value) value.Value {
		f.note("commit")
		f.begun = false
		return value.Str("")
	})
	method("get_relation", []string{"database", "schema", "identifier"}, func(a []value.Value) value.Value {
		if name := value.ToStr(a[2]); name == "node" && standing != "" {
			return &relation{name: name, kind: standing}
		}
		return value.None
	})
	method("rename_relation", []string{"from_relation", "to_relation"}, func(a []value.Value) value.Value {
		f.note("rename %s to %s", value.ToStr(a[0]), value.ToStr(a[1]))
		return value.None
	})
	for _, verb := range []string{"drop_relation", "truncate_relation"} {
		method(verb, []string{"relation"}, func(a []value.Value) value.Value {
			f.note("%s %s %s", strings.TrimSuffix(verb, "_relation"), a[0].(*relation).kind, value.ToStr(a[0]))
			return value.None
		})
	}
	columns := func([]value.Value) value.Value {
		id := value.Str("id")
		return value.NewList(record("name", id, "column", id, "quoted", value.Str(`"id"`), "dtype", value.Str("integer"), "data_type", value.Str("integer")))
	}
	method("get_columns_in_relation", []string{"relation"}, columns)
	method("get_column_schema_from_query", []string{"sql"}, columns)
	method("get_missing_columns", []string{"from_relation", "to_relation"}, func([]value.Value) value.Value { return value.NewList() })
	method("get_incremental_strategy_macro", []string{"context", "strategy"}, func(a []value.Value) value.Value {
		return f.macro("get_incremental_" + strings.ReplaceAll(value.ToStr(a[1]), "+", "_") + "_sql")
	})
	method("get_hard_deletes_behavior", []string{"config"}, func([]value.Value) value.Value { return value.Str("ignore") })
	method("quote_seed_column", []string{"column", "quote_config"}, func(a []value.Value) value.Value { return a[0] })
	method("convert_datetimes_to_strs", []string{"table"}, func(a []value.Value) value.Value { return a[0] })
	for name, answer := range map[string]string{
		"convert_type": "integer", "get_binding_char": "?", "get_seed_file_path": "seeds/node.csv", "batch_id_for_model": "",
		"external_root": ".", "external_write_options": "format parquet", "external_read_location": "./node.parquet",
	} {
		method(name, []string{"*args", "**kw"}, func([]value.Value) value.Value { return value.Str(answer) })
	}
	for _, name := range []string{"is_motherduck", "is_ducklake", "use_ducklake_table_workarounds", "catalog_supports_foreign_keys"} {
		method(name, []string{"*args"}, func([]value.Value) value.Value { return value.Bool(false) })
	}
	method("may_have_indexes", nil, func([]value.Value) value.Value { return value.Bool(true) })
	for _, name := range []string{"expand_target_column_types", "assert_valid_snapshot_target_given_strategy"} {
		method(name, []string{"*args", "**kw"}, func([]value.Value) value.Value { return value.None })
	}
	return a
}

// relation is as much of one as the macros look at.
type relation struct{ name, kind string }

func (r *relation) Type() string               { return "Relation" }
func (r *relation) Truth() bool                { return true }
func (r *relation) AppendStr(b []byte) []byte  { return append(b, r.name...) }
func (r *relation) AppendRepr(b []byte) []byte { return r.AppendStr(b) }

func (r *relation) Attr(name string) (value.Value, bool) {
	switch name {
	case "identifier", "name", "table":
		return value.Str(r.name), true
	case "type":
		return value.Str(r.kind), true
	case "database":
		return value.Str("db"), true
	case "schema":
		return value.Str("s"), true
	case "is_table", "is_view", "is_materialized_view":
		return value.Bool(r.kind == strings.TrimPrefix(name, "is_")), true
	case "MaterializedView", "Function":
		return value.Str(strings.ToLower(name)), true
	case "render", "include", "without_identifier":
		return constant(r), true
	case "get_function_config":
		return constant(value.None), true
	case "get_function_macro_name":
		return constant(value.Str("scalar_function_sql")), true
	case "incorporate":
		return value.NewFunc(name, r.incorporate), true
	}
	return nil, false
}

func (r *relation) incorporate(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("incorporate", args, kw, "path?", "type?")
	if err != nil {
		return nil, err
	}
	out := *r
	if path, ok := bound[0].(*value.Dict); ok {
		name, _ := path.GetStr("identifier")
		out.name = value.ToStr(name)
	}
	if bound[1] != nil {
		out.kind = value.ToStr(bound[1])
	}
	return &out, nil
}

func createRelation(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	bound, err := value.Bind("create", args, kw, "database?", "schema?", "identifier?", "type?")
	if err != nil {
		return nil, err
	}
	return &relation{value.ToStr(bound[2]), value.ToStr(bound[3])}, nil
}

// object is a value with attributes and nothing else.
type object map[string]value.Value

func (o object) Type() string                         { return "object" }
func (o object) Truth() bool                          { return true }
func (o object) AppendStr(b []byte) []byte            { return append(b, "object"...) }
func (o object) AppendRepr(b []byte) []byte           { return o.AppendStr(b) }
func (o object) Attr(name string) (value.Value, bool) { v, ok := o[name]; return v, ok }

// rows is a query's result: a list of rows that knows the names of its columns.
type rows struct {
	*value.List
	names value.Value
}

func (r rows) Iterate() value.Iter { return r.List.Iterate() }

func (r rows) Item(key value.Value) (value.Value, error) { return value.GetItem(r.List, key) }

func (r rows) Attr(name string) (value.Value, bool) {
	switch name {
	case "rows":
		return r.List, true
	case "column_names":
		return r.names, true
	}
	return nil, false
}

func table(column string, cells ...value.Value) value.Value {
	r := rows{value.NewList(), value.NewList(value.Str(column))}
	for _, c := range cells {
		r.Elems = append(r.Elems, value.NewList(c))
	}
	return r
}

func constant(v value.Value) *value.Func {
	return value.NewFunc("constant", func(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return v, nil })
}

// squeeze makes one line of a statement, without names that differ from run to run.
func squeeze(sql string) string {
	words := strings.Fields(sql)
	for i, w := range words {
		if at := strings.Index(w, "__dbt_tmp2"); at >= 0 {
			end := at + len("__dbt_tmp")
			rest := strings.TrimLeft(w[end:], "0123456789")
			words[i] = w[:end] + rest
		}
	}
	return strings.Join(words, " ")
}
