package builtin_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"dex/internal/jinja"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// TestText renders macros whose text a user finds in compiled SQL. The texts were
// recorded from dbt 1.12.6 with dbt-duckdb 1.11.1 and dbt-postgres 1.11.0, and are
// equal to the last blank.
func TestText(t *testing.T) {
	t.Run("duckdb", func(t *testing.T) { compareTexts(t, "duckdb", "testdata/text.json") })
	t.Run("postgres", func(t *testing.T) { compareTexts(t, "postgres", "testdata/text_postgres.json") })
}

func compareTexts(t *testing.T, database, recorded string) {
	src, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := value.ParseJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	cases, err := value.ToSlice(rows)
	if err != nil {
		t.Fatal(err)
	}
	h := newHost(t, projects(t, database))
	for _, c := range cases {
		row := c.(*value.Dict)
		macro, _ := row.GetStr("macro")
		list, _ := row.GetStr("args")
		want, _ := row.GetStr("text")
		args, err := value.ToSlice(list)
		if err != nil {
			t.Fatal(err)
		}
		name := value.ToStr(macro)
		t.Run(name, func(t *testing.T) {
			got, err := h.call(name, args)
			if err != nil {
				t.Fatalf("%s%s: %v", name, value.Repr(list), err)
			}
			if value.ToStr(got) != value.ToStr(want) {
				t.Errorf("%s%s\n got %q\nwant %q", name, value.Repr(list), value.ToStr(got), value.ToStr(want))
			}
		})
	}
}

// host is as much of a context as the macros under test need: no database.
type host struct {
	projects []project
	names    map[string]value.Value
}

func newHost(t *testing.T, ps []project) *host {
	t.Helper()
	h := &host{projects: ps}
	namespace := value.NewDict(0)
	for name, m := range ps[1].macros {
		namespace.SetStr(name, m.Bind(h).(value.Value))
	}
	h.names = map[string]value.Value{
		"dbt":     namespace,
		"execute": value.Bool(false),
		"adapter": record("dispatch", value.NewFunc("dispatch", h.dispatch),
			"quote", text("quote", func(s string) string { return `"` + s + `"` }),
			"behavior", record("enable_truthy_nulls_equals_macro", record("no_warn", value.Bool(false)))),
		"api": record("Column", record(
			"translate_type", text("translate_type", translateType),
			"numeric_type", value.NewFunc("numeric_type", numericType))),
		"config":      record("get", value.NewFunc("get", nothing)),
		"flags":       record("FULL_REFRESH", value.Bool(false), "STORE_FAILURES", value.Bool(false)),
		"target":      record("name", value.Str("dev"), "schema", value.Str("main"), "database", value.Str("memory")),
		"load_result": value.NewFunc("load_result", nothing),
		"modules":     pylib.Modules(pylib.Options{}),
		"return":      value.NewFunc("return", giveBack),
		"try_or_compiler_error": value.NewFunc("try_or_compiler_error", func(th *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			return value.Call(th, args[1], args[2:], kw)
		}),
	}
	return h
}

func (h *host) call(name string, args []value.Value) (value.Value, error) {
	return value.Call(&value.Thread{Ctx: context.Background(), Fuel: 1_000_000}, h.macro(name), args, nil)
}

// Lookup finds the names of the context, then DuckDB's macros, then dbt's.
func (h *host) Lookup(name string) (value.Value, bool) {
	if v, ok := h.names[name]; ok {
		return v, true
	}
	if m := find(h.projects, name); m != nil {
		return m.Bind(h).(value.Value), true
	}
	return nil, false
}

func (h *host) macro(name string) value.Value {
	v, ok := h.Lookup(name)
	if !ok {
		return value.NewUndefined(name)
	}
	return v
}

func (h *host) dispatch(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
	for _, prefix := range []string{strings.TrimPrefix(h.projects[0].name, "dbt_") + "__", "default__"} {
		if v, ok := h.Lookup(prefix + value.ToStr(args[0])); ok {
			return v, nil
		}
	}
	return nil, fmt.Errorf("no macro for %s", value.ToStr(args[0]))
}

func nothing(*value.Thread, []value.Value, []value.Arg) (value.Value, error) { return value.None, nil }

func giveBack(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
	return nil, jinja.Return{Value: args[0]}
}

func numericType(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
	return value.Str(fmt.Sprintf("%s(%s,%s)", value.ToStr(args[0]), value.ToStr(args[1]), value.ToStr(args[2]))), nil
}

// translateType is DuckDB's: of dbt's labels it renames but one.
func translateType(label string) string {
	if strings.EqualFold(label, "string") {
		return "TEXT"
	}
	return label
}

func text(name string, f func(string) string) value.Value {
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
		return value.Str(f(value.ToStr(args[0]))), nil
	})
}

// record makes an object of names and values in turn.
func record(pairs ...any) *value.Dict {
	d := value.NewDict(len(pairs) / 2)
	for i := 0; i < len(pairs); i += 2 {
		d.SetStr(pairs[i].(string), pairs[i+1].(value.Value))
	}
	return d
}
