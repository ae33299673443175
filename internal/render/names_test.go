package render_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/adapter/duckdb"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/parse/parsetest"
	"dex/internal/render"
	"dex/internal/session"
)

// shop is the project whose model `orders` renders the texts of the tests here.
var shop = map[string]string{
	"dbt_project.yml": parsetest.PlainProject + "vars: {colour: red}\n",
	"models/raw.sql":  "select 1 as id",
	"models/eph.sql":  "{{ config(materialized='ephemeral') }} select 1 as id",
	"models/orders.sql": `{{ config(materialized='table', tags=['t'], meta={'k': 'v'}, pre_hook="select 'pre'", post_hook=["select 'post'"]) }}
select * from {{ ref('raw') }}, {{ ref('eph') }}`,
	"models/s.yml":          "sources:\n- name: src\n  schema: dw\n  tables:\n  - name: t\n",
	"models/d.md":           "{% docs d %}words{% enddocs %}",
	"macros/m.sql":          "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}\n{% macro default__which() %}default{% endmacro %}\n{% macro duckdb__which() %}duckdb{% endmacro %}\n{% macro stack() %}{{ context_macro_stack.depth }}{% endmacro %}",
	"snapshots/.gitkeep":    "",
	"models/unselected.sql": "select 2 as id",
}

// fixture is the project with an open database.
type fixture struct {
	*parsetest.Project
	node *manifest.Node
}

func load(t testing.TB, target *value.Dict, change func(*render.Invocation)) *fixture {
	t.Helper()
	p := parsetest.Load(t, shop, change)
	db, err := duckdb.Driver().Open(context.Background(), credentials(t, target, p.Dir), adapter.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	p.Inv.Adapter = db
	return &fixture{p, p.Manifest.Nodes["model.shop.orders"]}
}

func credentials(t testing.TB, target *value.Dict, dir string) adapter.Credentials {
	t.Helper()
	creds, err := duckdb.Driver().Credentials(target, dir)
	if err != nil {
		t.Fatal(err)
	}
	return creds
}

func memory() *value.Dict {
	d := value.NewDict(2)
	d.SetStr("type", value.Str("duckdb"))
	d.SetStr("schema", value.Str("dw"))
	return d
}

// frame is a render of orders in a phase, as packages parse and run make it.
func (x *fixture) frame(t testing.TB, phase render.Phase) *render.Frame {
	x.Inv.Manifest, x.Inv.SelectedResources = nil, nil
	f := x.Inv.NewFrame(context.Background(), phase, x.node)
	if phase == render.Parse {
		return f
	}
	x.Inv.Manifest, x.Inv.SelectedResources = x.Manifest, []manifest.ID{x.node.ID}
	s := session.New(x.Inv.Adapter, string(x.node.ID), &session.Options{AdapterType: "duckdb", Sink: event.Discard})
	t.Cleanup(s.Close)
	f.Session, f.Thread = s, "Thread-1 (worker)"
	if phase == render.Run {
		f.Code = "select 'compiled'"
	}
	return f
}

// row is a name that dbt documents and what a text with it gives: while parsing,
// while compiling, and while a materialization or a hook runs. "=" is the same as
// in the phase before; "! text" is an error that says so.
type row struct{ name, text, parse, compile, run string }

const same = "="

func TestNames(t *testing.T) {
	x := load(t, memory(), nil)
	covered := map[string]bool{}
	for _, r := range rows {
		covered[r.name] = true
		t.Run(r.name, func(t *testing.T) {
			want := ""
			for phase, w := range []string{r.parse, r.compile, r.run} {
				if w != same {
					want = w
				}
				got, err := x.frame(t, render.Phase(phase)).RenderText("names", r.text)
				if err != nil {
					got = "! " + err.Error()
				}
				if fault, ok := strings.CutPrefix(want, "! "); ok {
					if !strings.HasPrefix(got, "! ") || !strings.Contains(got, fault) {
						t.Errorf("%s in phase %d: want an error with %q, got %q", r.text, phase, fault, got)
					}
				} else if got != want {
					t.Errorf("%s in phase %d: want %q, got %q", r.text, phase, want, got)
				}
			}
		})
	}
	for _, name := range render.Names() {
		if !covered[name] {
			t.Errorf("no row for %s", name)
		}
	}
}

// TestDatabaseMethods: while parsing no method of `adapter` reaches a database,
// whatever it is given.
func TestDatabaseMethods(t *testing.T) {
	x := load(t, memory(), nil)
	x.Inv.Adapter = nil
	given := map[string]string{
		"dispatch": "'which'", "quote": "'x'", "quote_as_configured": "'x', 'schema'", "quote_seed_column": "'x', true",
		"standardize_grants_dict": "[]", "render_raw_columns_constraints": "{}", "render_raw_model_constraints": "[]",
	}
	for _, name := range render.DatabaseMethods() {
		text := "{{ adapter." + name + "(" + given[name] + ") }}"
		if _, err := x.frame(t, render.Parse).RenderText("methods", text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for name := range given {
		if !slices.Contains(render.DatabaseMethods(), name) {
			t.Errorf("%s is no method", name)
		}
	}
}

// the rows by theme
var rows = slices.Concat(invocationRows, nodeRows, referenceRows, objectRows, functionRows, resultRows, macroRows)
