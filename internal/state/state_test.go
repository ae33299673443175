package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/parse/parsetest"
	"dex/internal/state"
)

// contracts is a project whose models promise something.
var contracts = map[string]string{
	"models/c.sql":      "{{ config(materialized='table') }} select 1 as id, 'x' as name",
	"models/gone.sql":   "select 1 as id",
	"models/idle.sql":   "select 1 as id",
	"models/late.sql":   "select 1 as id",
	"models/dim_v1.sql": "select 1 as id",
	"models/_m.yml": `models:
  - name: c
    config: {contract: {enforced: true}}
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}, {type: unique, name: uu}]}
      - {name: name, data_type: varchar(3)}
      - {name: nick, data_type: text}
    constraints: [{type: primary_key, columns: [id]}, {type: check, expression: "id > 0", name: pos}]
  - {name: gone, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}
  - {name: idle, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}
  - {name: late, deprecation_date: 2020-01-01, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}
  - name: dim
    latest_version: 1
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: integer}]
    versions: [{v: 1, defined_in: dim_v1}]
`}

const brokenContracts = `models:
  - name: c
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: bigint}, {name: name, data_type: VARCHAR(10)}]
  - {name: idle, config: {contract: {enforced: true}}, columns: [{name: id, data_type: integer}]}
`

// TestBrokenContracts compares what is told of broken contracts with dbt's words
// for the same project: columns gone and of another type, constraints lost, models
// deleted and disabled. A type of another length breaks nothing, a model past its
// deprecation date neither.
func TestBrokenContracts(t *testing.T) {
	was := leave(t, parsetest.Load(t, contracts, nil))
	now := parsetest.Load(t, map[string]string{
		"models/c.sql":      contracts["models/c.sql"],
		"models/idle.sql":   "{{ config(enabled=false) }} select 1 as id",
		"models/dim_v1.sql": "select 1 as id",
		"models/_m.yml": brokenContracts + `  - name: dim
    latest_version: 1
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: integer}]
    versions: [{v: 1, defined_in: dim_v1}]
`}, nil)
	const head = "UnversionedBreakingChange: [WARNING]: Breaking change to contracted, unversioned model "
	const compared = "\nWhile comparing to previous project state, dbt detected a breaking change to an unversioned model.\n  - "
	want := head + "c (models/c.sql)" + compared + `Columns were removed: 
    - nick
  - Columns with data_type changes: 
    - id (integer -> bigint)
  - Enforced column level constraints were removed: 
    - 'ConstraintType.not_null' constraint on column id
    - 'uu' constraint on column id
  - Enforced model level constraints were removed: 
    - 'ConstraintType.primary_key' constraint on columns ['id']
    - 'pos' constraint on columns []
` + "\n---\n" +
		head + "gone (models/gone.sql)" + compared + "Contracted model 'model.shop.gone' was deleted or renamed.\n" + "\n---\n" +
		head + "idle (models/idle.sql)" + compared + "Contracted model 'model.shop.idle' was disabled.\n"
	for _, sel := range []string{"state:modified", "state:modified.contract", "state:unmodified"} {
		var told []string
		ids, err := list(now, &state.Comparison{Previous: was, Warn: warnings(&told)}, sel)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(told, "\n---\n"); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", sel, got, want)
		}
		if wantID := map[bool]string{true: "model.shop.dim.v1", false: "model.shop.c"}[sel == "state:unmodified"]; len(ids) != 1 || ids[0] != wantID {
			t.Errorf("%s: got %v, want %s", sel, ids, wantID)
		}
	}
}

// TestBrokenVersion demands a fault where a versioned model breaks its contract:
// a new version could have been made.
func TestBrokenVersion(t *testing.T) {
	was := leave(t, parsetest.Load(t, contracts, nil))
	now := parsetest.Load(t, with(contracts, change{Files: map[string]*string{"models/_m.yml": ptr(brokenContracts + `  - name: dim
    latest_version: 1
    columns: [{name: id, data_type: integer}]
    versions: [{v: 1, defined_in: dim_v1}]
`)}}), nil)
	_, err := list(now, &state.Comparison{Previous: was}, "state:modified")
	var broken *state.BreakingChange
	if !errors.As(err, &broken) || broken.Node.ID != "model.shop.dim.v1" || broken.Class() != diag.Class("Breaking change to contract") {
		t.Fatalf("got %v", err)
	}
	const want = `While comparing to previous project state, dbt detected a breaking change to an enforced contract.
  - Contract enforcement was removed: Previously, this model had an enforced contract. It is no longer configured to enforce its contract, and this is a breaking change.
Consider making an additive (non-breaking) change instead, if possible.
Otherwise, create a new model version: https://docs.getdbt.com/docs/collaborate/govern/model-versions`
	if broken.Error() != want {
		t.Errorf("got\n%s", broken)
	}
}

func ptr(s string) *string { return &s }

const plainModel = "select 1 as id"

// TestWhatIsMissing demands dbt's words for evidence that is not there, and for a
// word that the method does not know.
func TestWhatIsMissing(t *testing.T) {
	p := parsetest.Load(t, map[string]string{"models/a.sql": plainModel}, nil)
	empty := read(t, t.TempDir())
	for _, tt := range []struct {
		s          *state.Previous
		sel, want  string
		hint       string
		isInternal bool
	}{
		{nil, "state:modified", "Got a state selector method, but no comparison manifest", "--state PATH", false},
		{empty, "state:new", "Got a state selector method, but no comparison manifest", "There is no manifest.json in ", false},
		{empty, "result:error", "No comparison run_results", "There is no run_results.json in ", true},
		{empty, "source_status:fresher", "No previous state comparison freshness results in sources.json", "There is no sources.json in ", true},
		{&state.Previous{Sources: artifact.LoadedAt{}}, "source_status:fresher", "No current state comparison freshness results in sources.json", "source freshness", true},
		{leave(t, p), "state:newest", `Got an invalid selector "newest", expected one of "['new', 'old', 'modified', 'unmodified', 'modified.body', 'modified.configs', ` +
			`'modified.persisted_descriptions', 'modified.relation', 'modified.macros', 'modified.contract']"`, "", false},
	} {
		_, err := list(p, &state.Comparison{Previous: tt.s}, tt.sel)
		var f *state.Fault
		if !errors.As(err, &f) || f.Msg != tt.want || f.Internal != tt.isInternal || !strings.Contains(f.Hint, tt.hint) || tt.hint == "" && f.Hint != "" {
			t.Errorf("%s\ngot  %+v\nwant %s", tt.sel, f, tt.want)
		}
	}
}

// TestResultsAndFreshness selects by what ended how, and by what was loaded since.
func TestResultsAndFreshness(t *testing.T) {
	p := parsetest.Load(t, map[string]string{
		"models/a.sql": "select * from {{ source('raw', 'x') }}", "models/b.sql": "select * from {{ ref('a') }}",
		"models/_s.yml": "sources: [{name: raw, schema: raw, tables: [{name: x}, {name: y}, {name: z}, {name: w}]}]\n",
	}, nil)
	was, target := t.TempDir(), t.TempDir()
	put := func(dir, file, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(was, "run_results.json", `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json"}, "results": [
  {"unique_id": "model.shop.a", "status": "error"}, {"unique_id": "model.shop.b", "status": "skipped"}, {"unique_id": "model.shop.gone", "status": "error"}], "args": {}, "elapsed_time": 1.0}`)
	sources := func(rows string) string {
		return `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/sources/v3.json"}, "results": [` + rows + `], "elapsed_time": 1.0}`
	}
	row := func(name, at string) string {
		return `{"unique_id": "source.shop.raw.` + name + `", "max_loaded_at": "` + at + `", "status": "pass"}`
	}
	put(was, "sources.json", sources(row("x", "2026-01-01T00:00:00+00:00")+", "+row("y", "2026-01-02T00:00:00+00:00")))
	put(target, "sources.json", sources(row("x", "2026-01-01T01:00:00+00:00")+", "+row("y", "2026-01-02T00:00:00+00:00")+", "+row("z", "2020-01-01T00:00:00+00:00")+
		`, {"unique_id": "source.shop.raw.w", "error": "x", "status": "runtime error"}`))
	s, err := state.Read(state.Places{Path: was, Dir: was, Target: target}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for sel, want := range map[string]string{
		"result:error":           "model.shop.a",
		"result:error+":          "model.shop.a model.shop.b",
		"result:skipped":         "model.shop.b",
		"result:pass":            "",
		"source_status:fresher":  "source.shop.raw.x source.shop.raw.z",
		"source_status:fresher+": "model.shop.a model.shop.b source.shop.raw.x source.shop.raw.z",
		"source_status:stale":    "",
	} {
		ids, err := list(p, &state.Comparison{Previous: s}, sel)
		if err != nil || strings.Join(ids, " ") != want {
			t.Errorf("%s: got %v %v, want %s", sel, ids, err, want)
		}
	}
}

// TestReadRefuses demands that a damaged artifact is named, whichever it is.
func TestReadRefuses(t *testing.T) {
	for _, file := range []string{"manifest.json", "run_results.json", "sources.json"} {
		dir := t.TempDir()
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(`{"metadata": {}`), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := state.Read(state.Places{Path: dir, Dir: dir, Target: t.TempDir()}, nil)
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "as JSON") {
			t.Errorf("%s: got %v", file, err)
		}
	}
}

// TestOldManifest reads a manifest of version 7, in which code and refs were
// written otherwise.
func TestOldManifest(t *testing.T) {
	dir := t.TempDir()
	src := `{"metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v7.json", "dbt_version": "1.3.0"},
 "nodes": {"model.shop.a": {"unique_id": "model.shop.a", "resource_type": "model", "package_name": "shop", "name": "a", "fqn": ["shop", "a"],
  "raw_sql": "` + plainModel + `", "compiled_sql": "` + plainModel + `", "refs": [["b"], ["lib", "c"]], "database": "memory", "schema": "dw", "alias": "a", "config": {"materialized": "view"},
  "unrendered_config": {}, "depends_on": {"nodes": ["model.shop.b"], "macros": []}}},
 "metrics": {"metric.shop.m": {"unique_id": "metric.shop.m", "resource_type": "metric", "name": "m"}}}`
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	s := read(t, dir)
	n := s.Manifest.Nodes["model.shop.a"]
	if n == nil || n.Raw != plainModel || len(n.Refs) != 2 || n.Refs[1].Package != "lib" || n.Refs[1].Name != "c" || len(s.Manifest.Others) != 0 {
		t.Fatalf("got %+v", n)
	}
	other, code := s.Stands(n)
	if other != n || code != plainModel {
		t.Errorf("stands in: %v %q", other, code)
	}
}
