package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDryRunIsTheRun makes a plan of each command, runs the command, and compares
// every statement of the plan with the log of the run, node by node. The plan is to
// leave the database's file and everything around it as it was.
func TestDryRunIsTheRun(t *testing.T) {
	land := func(days string) []string {
		return []string{"run-operation", "land", "--args", "{through: " + days + "}"}
	}
	for _, c := range []struct {
		name    string
		files   map[string]string // beside those of from
		from    string
		prepare []string
		steps   [][]string // "run-operation" only prepares what comes next
	}{
		{name: "shop", from: "../../examples/shop", prepare: []string{"deps"}, steps: [][]string{
			land("30"), {"build"}, {"build"}, {"build", "--full-refresh"}, land("33"), {"build", "--vars", "{loyalty: true}"},
			{"run"}, {"seed"}, {"seed", "--full-refresh"}, {"snapshot"}, {"test"}, {"run", "-s", "+fct_orders"},
		}},
		{name: "hooked", files: hookedProject, steps: [][]string{
			{"build"}, {"build"}, {"run", "--full-refresh"}, {"build", "--vars", "{wider: true}"}, {"test", "--store-failures"}, {"snapshot"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := &dryRun{build: &build{t: t, dir: t.TempDir()}}
			if c.from != "" {
				must(t, os.CopyFS(d.dir, os.DirFS(c.from)))
			}
			for name, text := range c.files {
				d.write(name, text)
			}
			if text, err := os.ReadFile(d.path("dex.yml")); err == nil { // the audit's own counts are in no plan
				kept, _, _ := strings.Cut(string(text), "\naudit:")
				d.write("dex.yml", kept)
			}
			if len(c.prepare) > 0 {
				d.dex(c.prepare...)
			}
			for _, step := range c.steps {
				if step[0] == "run-operation" {
					d.dex(step...)
					continue
				}
				d.compare(step)
			}
		})
	}
}

type dryRun struct{ *build }

// dex runs a command, which must go well.
func (d *dryRun) dex(args ...string) string {
	d.t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "HOME="+d.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("dex %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (d *dryRun) compare(command []string) {
	d.t.Helper()
	name := strings.Join(command, " ")
	before := d.everything()
	d.dex(append(slices.Clone(command), "--dry-run", "--quiet")...)
	after := d.everything()
	for path, sum := range after {
		if before[path] != sum {
			d.t.Errorf("%s --dry-run made or changed %s", name, path)
		}
	}
	for path := range before {
		if _, there := after[path]; !there {
			d.t.Errorf("%s --dry-run removed %s", name, path)
		}
	}
	plan := d.planned()
	must(d.t, os.RemoveAll(d.path("logs")))
	d.dex(append(slices.Clone(command), "--threads", "1", "--log-format-file", "json")...)
	run := d.logged()
	for node, sent := range run {
		d.same(name, node, withoutShapes(sent), withoutShapes(plan[node]))
	}
	for node, sent := range plan {
		if _, ran := run[node]; !ran && len(sent) > 0 {
			d.t.Errorf("%s: the plan has %d statements of %s, the run none", name, len(sent), node)
		}
	}
}

func (d *dryRun) same(command, node string, run, plan []string) {
	d.t.Helper()
	for i := range max(len(run), len(plan)) {
		sent, told := "nothing", "nothing"
		if i < len(run) {
			sent = run[i]
		}
		if i < len(plan) {
			told = plan[i]
		}
		if sent != told {
			d.t.Errorf("%s: statement %d of %s\n the run: %s\nthe plan: %s", command, i+1, node, sent, told)
			return
		}
	}
}

// everything is the sum of each file of the project but for what a dry run may
// write: its plan, the manifest and what parsing keeps, the log.
func (d *dryRun) everything() map[string][32]byte {
	out := map[string][32]byte{}
	must(d.t, filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(d.dir, path)
		if err != nil || dryRunFiles.MatchString(filepath.ToSlash(rel)) {
			return err
		}
		text, err := os.ReadFile(path)
		out[rel] = sha256.Sum256(text)
		return err
	}))
	return out
}

var dryRunFiles = regexp.MustCompile(`^(logs/dbt\.log|target/(dry_run|manifest|semantic_manifest|graph_summary)\.json|target/partial_parse\.\w+)$`)

// planned reads dry_run.json: the statements of each node.
func (d *dryRun) planned() map[string][]string {
	var plan struct {
		Steps []struct {
			Node       string
			Statements []struct{ Text string }
		}
	}
	src, err := os.ReadFile(d.path("target/dry_run.json"))
	must(d.t, err)
	must(d.t, json.Unmarshal(src, &plan))
	out := map[string][]string{}
	for _, s := range plan.Steps {
		for _, one := range s.Statements {
			out[s.Node] = append(out[s.Node], plain(one.Text))
		}
	}
	return out
}

// logged reads the JSON log of a run: the same.
func (d *dryRun) logged() map[string][]string {
	src, err := os.ReadFile(d.path("logs/dbt.log"))
	must(d.t, err)
	out := map[string][]string{}
	dec := json.NewDecoder(bytes.NewReader(src))
	for {
		var e struct {
			Info struct{ Name string }
			Data struct {
				SQL  string `json:"sql"`
				Node struct {
					ID string `json:"unique_id"`
				} `json:"node_info"`
			}
		}
		if err := dec.Decode(&e); err != nil {
			if !errors.Is(err, os.ErrClosed) && err.Error() != "EOF" {
				d.t.Fatal(err)
			}
			return out
		}
		switch e.Info.Name {
		case "SQLQuery":
			out[e.Data.Node.ID] = append(out[e.Data.Node.ID], plain(e.Data.SQL))
		case "Rollback":
			out[e.Data.Node.ID] = append(out[e.Data.Node.ID], "ROLLBACK")
		}
	}
}

// withoutShapes leaves out where a query's columns are asked for: the log tells of some
// that a plan does not.
func withoutShapes(sent []string) []string {
	return slices.DeleteFunc(slices.Clone(sent), func(sql string) bool { return strings.HasSuffix(sql, "as __dbt_sbq where false limit 0") })
}

// differing are the parts of statements in which a plan may differ from its run:
// see docs/hooks-preview.md.
var differing = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`(?s)^\s*/\*.*?\*/\s*`), ""},                                             // the query comment
	{regexp.MustCompile(`__dbt_tmp(_\d{4})?\d{20}`), "__dbt_tmp<time>"},                          // names with the clock in them
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+`), "<time>"},                        // run_started_at
	{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`), "<id>"}, // invocation_id
	{regexp.MustCompile(`index "[0-9a-f]{32}"`), `index "<name>"`},                               // an index's name is new each time
	{regexp.MustCompile(`,?\s*\('RESULTS - (pass|warn)', current_timestamp, \d+, '<id>'\)`), ""}, // what tests found
	{regexp.MustCompile(`[\s,;]+$`), ""},
	{regexp.MustCompile(`\s+`), " "},
}

func plain(sql string) string {
	for _, d := range differing {
		sql = d.what.ReplaceAllString(sql, d.by)
	}
	return strings.TrimSpace(sql)
}

// hookedProject has hooks on both sides of the transaction of every materialization,
// and what makes statements depend on the catalog: indexes, contracts, changes of
// columns, batches, questions to what was just made.
var hookedProject = map[string]string{
	"dbt_project.yml": `name: hooked
version: '1.0'
profile: hooked
vars: {wider: false}
on-run-start:
  - create table if not exists log (who varchar, what varchar, n bigint)
  - "{% if execute %}{% set n = run_query('select count(*) as n from log').columns[0].values()[0] %}insert into log values ('start', '{{ n }}', {{ n }}){% endif %}"
on-run-end: "insert into log select 'end', '{{ schemas | join(' ') }}', {{ results | length }}"
models:
  hooked:
    +pre-hook:
      - {sql: "insert into log values ('{{ this.name }}', 'before begin', 0)", transaction: false}
      - insert into log values ('{{ this.name }}', 'pre', 0)
    +post-hook:
      - insert into log select '{{ this.name }}', 'post', count(*) from {{ this }}
      - {sql: "insert into log select '{{ this.name }}', 'after commit', count(*) from {{ this }}", transaction: false}
      - "{% if false %}never{% endif %}"
seeds:
  hooked:
    +pre-hook: insert into log values ('{{ this.name }}', 'pre', 0)
    +post-hook: {sql: "insert into log select '{{ this.name }}', 'post', count(*) from {{ this }}", transaction: false}
snapshots:
  hooked:
    +pre-hook: {sql: "insert into log values ('{{ this.name }}', 'before begin', 0)", transaction: false}
    +post-hook: insert into log select '{{ this.name }}', 'post', count(*) from {{ this }}
`,
	"profiles.yml":        "hooked:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: db.duckdb, schema: main, threads: 1}\n",
	"seeds/raw.csv":       "id,name,changed\n1,a,2024-01-01\n2,b,2024-01-02\n3,c,2024-01-03\n",
	"seeds/slow.csv":      "id,name\n1,a\n2,b\n",
	"seeds/seeds.yml":     "seeds:\n  - name: slow\n    config: {fast: false}\n",
	"models/a_view.sql":   "select * from {{ ref('raw') }}",
	"models/a_table.sql":  "{{ config(materialized='table', indexes=[{'columns': ['id'], 'unique': true}], schema='other') }}select * from {{ ref('a_view') }}",
	"models/an_inner.sql": "{{ config(materialized='ephemeral') }}select id from {{ ref('a_table') }}",
	"models/added.sql": `{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns') }}
select r.id, r.name {% if var('wider') %}, 1 as more{% endif %} from {{ ref('raw') }} r join {{ ref('an_inner') }} i using (id)
{% if is_incremental() %}where r.id >= (select max(id) from {{ this }}){% endif %}`,
	"models/merged.sql":   "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}select id, name from {{ ref('raw') }}",
	"models/appended.sql": "{{ config(materialized='incremental', incremental_strategy='append') }}select {{ dbt.current_timestamp() }} as at, count(*) as n from {{ ref('added') }}",
	"models/batched.sql": `{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='changed', begin='2024-01-01', batch_size='year') }}
select id, cast(changed as timestamp) as changed from {{ ref('a_table') }}`,
	"models/asked.sql": `{{ config(materialized='table') }}
{%- set names = [] -%}
{%- for c in adapter.get_columns_in_relation(ref('added')) %}{% do names.append(c.name) %}{% endfor -%}
select {{ names | join(', ') }} from {{ ref('added') }}`,
	"models/models.yml": `models:
  - name: agreed
    description: with a contract
    config: {materialized: table, contract: {enforced: true}, persist_docs: {relation: true, columns: true}}
    columns:
      - {name: id, data_type: integer, constraints: [{type: not_null}, {type: primary_key}], description: the key}
      - {name: name, data_type: varchar}
  - name: a_view
    columns:
      - {name: id, data_tests: [unique, not_null]}
      - {name: name, data_tests: [{accepted_values: {arguments: {values: [a, b, c]}}}]}
`,
	"models/agreed.sql":       "select id, name from {{ ref('raw') }}",
	"snapshots/kept.sql":      "{% snapshot kept %}{{ config(unique_key='id', strategy='check', check_cols='all') }}select id, name {% if var('wider') %}, 2 as wide{% endif %} from {{ ref('raw') }}{% endsnapshot %}",
	"snapshots/dated.sql":     "{% snapshot dated %}{{ config(unique_key='id', strategy='timestamp', updated_at='changed', hard_deletes='new_record') }}select id, changed from {{ ref('raw') }}{% endsnapshot %}",
	"tests/none_negative.sql": "select * from {{ ref('added') }} where id < 0",
	"models/unit.yml": `unit_tests:
  - name: keeps
    model: a_view
    given: [{input: ref('raw'), rows: [{id: 1, name: x, changed: 2024-01-01}]}]
    expect: {rows: [{id: 1, name: x}]}
`,
}
