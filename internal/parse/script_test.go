package parse

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/project"
	"dex/internal/render"
)

// operations reads the operations of a project of these files.
func operations(t testing.TB, files map[string]string) (*operation.Set, diag.List) {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, project.ProjectFile, "name: shop\n")
	for name, text := range files {
		write(t, dir, name, text)
	}
	p, inv := load(t, dir)
	m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv})
	if err != nil || faults.HasErrors() {
		t.Fatal(err, faults)
	}
	return readOperations(t, p, inv, m)
}

func readOperations(t testing.TB, p *project.Project, inv *render.Invocation, m *manifest.Manifest) (*operation.Set, diag.List) {
	t.Helper()
	set, faults, err := Operations(context.Background(), p, inv, m)
	if err != nil {
		t.Fatal(err)
	}
	return set, faults
}

func sayings(faults diag.List) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Pos.String()+" "+f.Summary)
	}
	return out
}

// TestOperationsSideBySide: many operations, read by many workers that share macros,
// docs blocks and a tree of settings, come out the same each time.
func TestOperationsSideBySide(t *testing.T) {
	files := map[string]string{
		"dex.yml":       "operations:\n  +tags: [all]\n  +meta: {a: 1}\n  +retries: {attempts: 2}\n",
		"models/m.sql":  "select 1 as id",
		"models/d.md":   "{% docs d %}Said once.{% enddocs %}",
		"macros/of.sql": "{% macro of(x) %}{{ ref('m') }}{{ x }}{% endmacro %}",
	}
	for i := range 60 {
		files[fmt.Sprintf("operations/g%d/op%d.sql", i%7, i)] = fmt.Sprintf(
			"{{ config(tags=['t%d'], description=\"{{ doc('d') }}\", params=[{'name': 'a', 'type': 'list', 'default': ['x']}]) }}\n{{ of(params.a[0]) }}{%% do params.a.append('y') %%}", i)
	}
	var first string
	for range 3 {
		set, faults := operations(t, files)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		src, err := operation.Document(set, operation.Meta{})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = string(src)
		}
		if first != string(src) {
			t.Fatal(cmp.Diff(first, string(src)))
		}
	}
	if n := strings.Count(first, `"depends_on": {"nodes": ["model.shop.m"], "macros": ["macro.shop.of"]}`); n != 60 {
		t.Errorf("%d operations refer to the model by a macro, of 60", n)
	}
	if n := strings.Count(first, `"description": "Said once."`); n != 60 {
		t.Errorf("%d descriptions, of 60", n)
	}
}

// TestOperationTemplates: what a template may do with parameters that nobody has
// given yet.
func TestOperationTemplates(t *testing.T) {
	const params = `{{ config(params=[
  {'name': 'n', 'type': 'integer', 'min': 3, 'max': 9}, {'name': 'day', 'type': 'date'}, {'name': 'mode', 'enum': ['slow', 'fast']},
  {'name': 'rows', 'type': 'json'}, {'name': 'names', 'type': 'list'}, {'name': 'late', 'default': "{{ no_such_thing() }}"},
]) }}
`
	good := map[string]string{
		"arithmetic":  "{% if params.n + 1 > 3 and params['n'] < 10 %}{{ ref('a') }}{% endif %}",
		"dates":       "{{ params.day.strftime('%Y') }}{{ ref('a') }}",
		"loops":       "{% for i in range(params.n) %}{{ i }}{% endfor %}{% for x in params.names %}{{ ref('a') }}{% endfor %}",
		"mapping":     "{% for k, v in params.items() %}{{ k }}{% endfor %}{{ params.get('mode') }}{{ 'n' in params }}{{ ref('a') }}",
		"json":        "{{ ref('a') }}{% for row in params.rows %}{{ row.x + 1 }}{% endfor %}{{ params.rows[0].y + 1 }}",
		"names":       "{% if dry_run or not execute %}{{ ref('a') }}{% endif %}{{ return_value({'x': 1}) }}",
		"run_query":   "{{ ref('a') }}{% if execute %}{{ run_query('select 1').columns[0].values()[0] + 1 }}{% endif %}",
		"text":        "{{ params.mode | upper ~ params.late | length }}{{ ref('a') }}",
		"set":         "{% set p = params %}{{ p.n }}{{ ref('a') }}",
		"no such key": "{{ params.get('absent', 1) }}{{ ref('a') }}",
	}
	for name, text := range good {
		set, faults := operations(t, map[string]string{"models/a.sql": "select 1 as id", "operations/op.sql": params + text})
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
		} else if got := set.All()[0].Reads; len(got) != 1 || got[0] != "model.shop.a" {
			t.Errorf("%s: it reads %v", name, got)
		}
	}
	for text, want := range map[string]string{
		"{{ params.m }}":                          "operations/op.sql:5:11 operation op declares no parameter 'm'",
		"\n{{ params['nn'] }}":                    "operations/op.sql:6:10 operation op declares no parameter 'nn'",
		"{% if false %}{{ params.x }}{% endif %}": "operations/op.sql:5:25 operation op declares no parameter 'x'",
		"{{ params.n + 'x' }}":                    "operations/op.sql:5:13 unsupported operand type(s) for +: 'int' and 'str'",
		"{{ source('raw', 't') }}":                "operations/op.sql:5:4 Operation 'script.shop.op' (operations/op.sql) depends on a source named 'raw.t' which was not found",
		"{{ env_var('NOT_SET_1') }}":              "operations/op.sql:5:4 Env var required but not provided: 'NOT_SET_1'",
	} {
		_, faults := operations(t, map[string]string{"operations/op.sql": params + text})
		if got := sayings(faults); len(got) != 1 || got[0] != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// TestOperationFiles: which files are operations, and what they may be called.
func TestOperationFiles(t *testing.T) {
	set, faults := operations(t, map[string]string{
		"operations/a.sql": "select 1", "operations/B.SQL": "select 1", "operations/deep/er/c.py": "x = 1", "operations/_common.py": "y = 1",
		"operations/__init__.py": "", "operations/.hidden.sql": "{{", "operations/~x.sql": "{{", "operations/notes.md": "{{", "operations/t.csv": "a",
		"operations/größe.sql": "select 1", ".dbtignore": "operations/ignored*\n", "operations/ignored.sql": "{{",
	})
	var got []string
	for _, op := range set.All() {
		got = append(got, string(op.ID)+" "+op.Group)
	}
	want := []string{"script.shop.B ", "script.shop.a ", "script.shop.c deep/er", "script.shop.größe "}
	if d := cmp.Diff(want, got); d != "" || len(faults) > 0 {
		t.Errorf("-want +got:\n%s%v", d, faults)
	}
	_, faults = operations(t, map[string]string{"operations/a.b.sql": "select 1", "operations/two words.sql": "select 1", "operations/1st.py": ""})
	wantFaults := []string{
		"operations/1st.py:1:1 '1st' cannot be the name of an operation", "operations/a.b.sql:1:1 'a.b' cannot be the name of an operation",
		"operations/two words.sql:1:1 'two words' cannot be the name of an operation",
	}
	if d := cmp.Diff(wantFaults, sayings(faults)); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestOperationLookup: names alone, of packages, of what is disabled.
func TestOperationLookup(t *testing.T) {
	pkg := func(name string) (string, string) {
		return "dbt_packages/" + name + "/dbt_project.yml", "name: " + name + "\n"
	}
	files := map[string]string{
		"packages.yml": "packages: [{local: p}, {local: q}]\n", "operations/own.sql": "select 1", "operations/off.sql": "{{ config(enabled=false) }}",
		"operations/both.sql": "select 1", "dbt_packages/p/operations/both.sql": "select 1", "dbt_packages/p/operations/x.sql": "select 1",
		"dbt_packages/q/operations/x.sql": "select 1", "dbt_packages/q/operations/far.sql": "select 1",
		"dex.yml": "operations: {q: {far: {+enabled: false}}}\n",
	}
	for _, name := range []string{"p", "q"} {
		path, text := pkg(name)
		files[path] = text
	}
	set, faults := operations(t, files)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, c := range []struct{ name, from, want string }{
		{"own", "shop", "script.shop.own"}, {"shop.own", "p", "script.shop.own"}, {"script.p.x", "shop", "script.p.x"},
		{"both", "shop", "script.shop.both"}, {"both", "p", "script.p.both"}, {"both", "q", "script.shop.both"}, {"x", "q", "script.q.x"},
		{"x", "shop", "several packages have an operation 'x'. Name one of: p.x, q.x."},
		{"off", "shop", "operation 'off' (operations/off.sql) is disabled. Its configuration says enabled: false."},
		{"far", "shop", "operation 'far' (operations/far.sql) is disabled. Its configuration says enabled: false."},
		{"onw", "shop", "there is no operation 'onw'. Did you mean 'own'? `dex operation list` lists them."},
		{"", "shop", "there is no operation ''. `dex operation list` lists them."},
	} {
		op, err := set.Find(c.name, c.from)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = string(op.ID)
		}
		if got != c.want {
			t.Errorf("%s from %s: %s, want %s", c.name, c.from, got, c.want)
		}
	}
	if d := cmp.Diff([]string{"both", "own", "p.both", "p.x", "q.x"}, set.Names()); d != "" {
		t.Error(d)
	}
}
