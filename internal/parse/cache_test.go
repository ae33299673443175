package parse

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/semantic"
)

// bench is a project under edit with a parsing cache beside it. After each edit
// the cache is held against a parse without one.
type bench struct {
	t     testing.TB
	dir   string
	build string
	s     surroundings
	clock time.Time // of the next file written
}

func newBench(t testing.TB, archive string) *bench {
	t.Helper()
	a, err := txtar.ParseFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, dir: unpack(t, a), build: "one", clock: time.Unix(1_600_000_000, 0)}
	b.s.env = map[string]string{}
	for _, f := range a.Files {
		if !testParts[f.Name] {
			b.age(f.Name)
		}
	}
	return b
}

// age gives a file a time of its own, long ago, so that its time is trusted.
func (b *bench) age(name string) {
	b.clock = b.clock.Add(time.Second)
	if err := os.Chtimes(filepath.Join(b.dir, name), b.clock, b.clock); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) write(name, text string) {
	write(b.t, b.dir, name, text)
	b.age(name)
}

func (b *bench) read(name string) string {
	src, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(src)
}

// replace edits a file; the old text must be there.
func (b *bench) replace(name, old, with string) {
	src := b.read(name)
	if !strings.Contains(src, old) {
		b.t.Fatalf("%s does not hold %q", name, old)
	}
	b.write(name, strings.Replace(src, old, with, 1))
}

func (b *bench) remove(name string) {
	if err := os.Remove(filepath.Join(b.dir, name)); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) rename(from, to string) {
	b.write(to, b.read(from))
	b.remove(from)
}

func (b *bench) cachePath() string { return filepath.Join(b.dir, "target", CacheFile) }

func (b *bench) outgrown() bool {
	c, err := OpenCache(b.cachePath(), b.build, true)
	return err == nil && c.r != nil && c.outgrown()
}

// parsed is what came of a parse.
type parsed struct {
	manifest, faults string
	way              Way
}

func (b *bench) parse(cached bool) parsed {
	b.t.Helper()
	return b.parseWith(cached, nil)
}

func (b *bench) parseWith(cached bool, spare func(uint32) bool) parsed {
	b.t.Helper()
	s := b.s
	var c *Cache
	if cached {
		var err error
		if c, err = OpenCache(b.cachePath(), b.build, true); err != nil {
			b.t.Fatal(err)
		}
		s.known = c.Known
	}
	p, inv, faults := loadFor(b.t, b.dir, s)
	if p == nil {
		return parsed{faults: faultText(faults)}
	}
	m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv, Cache: c, Spare: spare})
	if err != nil {
		b.t.Fatal(err)
	}
	out := parsed{faults: faultText(faults)}
	if m != nil {
		out.manifest = string(encoded(b.t, m)) + graphText(m)
	}
	if c != nil {
		out.way = c.Way()
	}
	return out
}

// graphText is what of a manifest does not stand in its JSON.
func graphText(m *manifest.Manifest) string {
	var s strings.Builder
	for _, list := range [][]manifest.ID{m.OnStart, m.OnEnd} {
		for _, id := range list {
			s.WriteString(string(id) + "\n")
		}
	}
	for _, n := range m.Graph().Nodes {
		s.WriteString(string(n.ID) + " " + n.Pos.String() + "\n")
		if h := n.HookPlaces; h != nil {
			fmt.Fprintln(&s, h.Properties, h.Calls)
		}
	}
	doc, err := semantic.NewDocument(m).JSON()
	if err != nil {
		return err.Error()
	}
	return s.String() + string(doc)
}

// check parses with the cache and without, and once more with the cache that the
// first of them left.
func (b *bench) check(what string) Way {
	b.t.Helper()
	want := b.parse(false)
	first := b.parse(true)
	for i, got := range []parsed{first, b.parse(true)} {
		if d := cmp.Diff(want.faults, got.faults); d != "" {
			b.t.Errorf("%s, parse %d with cache (%s): faults (-full +cached):\n%s", what, i+1, got.way, d)
		}
		if want.manifest != got.manifest {
			b.t.Errorf("%s, parse %d with cache (%s): manifest (-full +cached):\n%s", what, i+1, got.way, diffLines(want.manifest, got.manifest))
		}
	}
	asked := false
	got := b.parseWith(true, func(uint32) bool { asked = true; return true })
	if asked != (got.manifest == "") && want.manifest != "" {
		b.t.Errorf("%s: asked whether the manifest may be spared: %t; but it was given: %t", what, asked, got.manifest != "")
	}
	if d := cmp.Diff(want.faults, got.faults); d != "" {
		b.t.Errorf("%s, the manifest spared: %t: faults (-full +cached):\n%s", what, asked, d)
	}
	return first.way
}

func diffLines(a, b string) string {
	split := func(s string) []string { return strings.Split(strings.ReplaceAll(s, `, "`, ",\n\""), "\n") }
	return cmp.Diff(split(a), split(b))
}

// edit is one change of a project, and the way that a cached parse is to take
// after it.
type edit struct {
	name string
	way  Way
	do   func(b *bench)
}

var edits = []edit{
	{"nothing", Resumed, func(b *bench) {}},
	{"a body", Exchanged, func(b *bench) { b.replace("models/plain.sql", "1 as id", "2 as id") }},
	{"white space alone", Exchanged, func(b *bench) { b.replace("models/plain.sql", "select 2", "select  2") }},
	{"the same text written again", Resumed, func(b *bench) { b.write("models/plain.sql", b.read("models/plain.sql")) }},
	{"a body in a text with hooks, constraints and properties", Exchanged, func(b *bench) {
		b.replace("models/base.sql", "select *", "select {{ outer('id') }} as id")
	}},
	{"a reference more", Exchanged, func(b *bench) {
		b.replace("models/marts/hooked.sql", "select *", "select * from {{ ref('dim', v=1) }} union all select *")
	}},
	{"a reference less", Exchanged, func(b *bench) { b.replace("models/dim_v2.sql", " from {{ ref('plain') }}", "") }},
	{"an analysis and a singular test", Exchanged, func(b *bench) {
		b.replace("analyses/look.sql", "ref('macroed')", "ref('plain')")
		b.replace("tests/alone.sql", "ref('base')", "ref('macroed')")
	}},
	{"a seed", Exchanged, func(b *bench) { b.replace("seeds/countries.csv", "1,a", "1,b") }},
	{"config() of a model", Patched, func(b *bench) { b.replace("models/marts/hooked.sql", "['own']", "['other']") }},
	{"a config() more", Patched, func(b *bench) { b.replace("models/plain.sql", "select", "{{ config(materialized='table') }} select") }},
	{"another type of value in config()", Patched, func(b *bench) {
		b.replace("models/plain.sql", "materialized='table'", "materialized='table', meta={'a': 1}")
	}},
	{"another type of value in config() again", Patched, func(b *bench) { b.replace("models/plain.sql", "'a': 1", "'a': true") }},
	{"the model switched off", Patched, func(b *bench) { b.replace("models/plain.sql", "meta={'a': true}", "enabled=true") }},
	{"a model that is off", Patched, func(b *bench) { b.replace("models/off.sql", "select *", "select id") }},
	{"a model enabled", Patched, func(b *bench) { b.replace("models/off.sql", "enabled=false", "enabled=true") }},
	{"a new file", Patched, func(b *bench) { b.write("models/new.sql", "select * from {{ ref('off') }}") }},
	{"a renamed file", Patched, func(b *bench) { b.rename("models/new.sql", "models/marts/newer.sql") }},
	{"a removed file", Patched, func(b *bench) { b.remove("models/marts/newer.sql") }},
	{"a description", Patched, func(b *bench) { b.replace("models/schema.yml", `the "key"`, "the key") }},
	{"a test more", Patched, func(b *bench) {
		b.replace("models/schema.yml", "- positive", "- positive: {config: {where: 'id > 0'}}")
	}},
	{"a hook of one file moved down", Exchanged, func(b *bench) {
		b.replace("models/marts/hooked.sql", "{{", "-- a line more\n{{")
	}},
	{"lines in front of properties", Patched, func(b *bench) { b.write("models/schema.yml", "\n\n"+b.read("models/schema.yml")) }},
	{"a body with a metric", Exchanged, func(b *bench) { b.replace("models/shown.sql", "metric('revenue')", "metric('average')") }},
	{"no metric any more", Exchanged, func(b *bench) { b.replace("models/shown.sql", " -- {{ metric('average') }}", " ") }},
	{"an alias under a semantic model", Patched, func(b *bench) {
		b.replace("models/measured.sql", "select", "{{ config(alias='counted') }} select")
	}},
	{"a filter of a metric", Patched, func(b *bench) { b.replace("models/semantic.yml", "'fiscal') }} is not null", "'week') }} is null") }},
	{"a warning about a filter", Patched, func(b *bench) { b.replace("models/semantic.yml", "'week') }} is null", "'eon') }} is null") }},
	{"a body beside that warning", Exchanged, func(b *bench) { b.replace("models/measured.sql", "2 as", "3 as") }},
	{"a metric enabled", Patched, func(b *bench) { b.replace("models/semantic.yml", "enabled: false", "enabled: true") }},
	{"a metric of a metric that is not there", Failed, func(b *bench) { b.replace("models/semantic.yml", "numerator: revenue", "numerator: income") }},
	{"that metric repaired", Patched, func(b *bench) { b.replace("models/semantic.yml", "numerator: income", "numerator: unused") }},
	{"another order of metrics", Patched, func(b *bench) {
		b.replace("models/semantic.yml", "- name: revenue\n", "- {name: first, label: First, type: simple, type_params: {measure: orders_count}}\n  - name: revenue\n")
	}},
	{"a rule that is broken", Failed, func(b *bench) { b.replace("models/semantic.yml", "label: Average", "label: Revenue") }},
	{"a rule kept again", Patched, func(b *bench) {
		b.replace("models/semantic.yml", "name: average\n    label: Revenue", "name: average\n    label: Mean")
	}},
	{"a docs block", Patched, func(b *bench) { b.replace("models/docs.md", "*base*", "**base**") }},
	{"a macro that a model calls", Patched, func(b *bench) { b.replace("macros/outer.sql", "return('view')", "return('table')") }},
	{"a macro that another macro calls", Patched, func(b *bench) { b.replace("macros/inner.sql", "{{ x }}", "{{ x }}{{ ref('dim', v=2) }}") }},
	{"a generic test's macro", Patched, func(b *bench) {
		b.replace("tests/generic/positive.sql", "< 0", "< 0 and exists (select 1 from {{ ref('dim') }})")
	}},
	{"config() in a generic test's macro", Patched, func(b *bench) {
		b.replace("tests/generic/positive.sql", "%}", "%}{{ config(severity='warn') }}")
	}},
	{"a file beside it", Patched, func(b *bench) { b.write("models/beside.sql", "select 1 as id") }},
	{"a macro that hides a package's", Patched, func(b *bench) {
		b.write("macros/width.sql", "{% macro width() %}7{% endmacro %}{% macro duckdb__far() %}{% endmacro %}")
	}},
	{"a macro that names schemas", Patched, func(b *bench) {
		b.write("macros/names.sql", "{% macro generate_schema_name(custom, node) %}x_{{ node.name }}_{{ node.raw_code | length }}{% endmacro %}")
	}},
	{"a body that names depend on", Patched, func(b *bench) { b.replace("models/dim_v1.sql", "1 as id", "100 as id") }},
	{"that macro removed", Patched, func(b *bench) { b.remove("macros/names.sql") }},
	{"the body of a package", Exchanged, func(b *bench) {
		b.replace("dbt_packages/pkg/models/packaged_base.sql", "1 as id", "3 as id")
	}},
	{"a macro of a package", Patched, func(b *bench) { b.replace("dbt_packages/pkg/macros/width.sql", "1", "1 + 1") }},
	{"configuration of a folder", Patched, func(b *bench) { b.replace("dbt_project.yml", "materialized: table", "materialized: view") }},
	{"a hook of a folder", Patched, func(b *bench) { b.replace("dbt_project.yml", "insert into log", "insert into {{ kind() }}") }},
	{"an on-run hook", Patched, func(b *bench) { b.replace("dbt_project.yml", "select {{ var('limit') }}", "select {{ ref('plain') }}") }},
	{"a comment in dbt_project.yml", Patched, func(b *bench) { b.write("dbt_project.yml", "# hello\n"+b.read("dbt_project.yml")) }},
	{"vars of dbt_project.yml", Patched, func(b *bench) { b.replace("dbt_project.yml", "limit: 10", "limit: 11") }},
	{"--vars", Patched, func(b *bench) { b.s.vars = map[string]value.Value{"limit": value.Int(12), "which": value.Str("plain")} }},
	{"an environment variable of a model", Patched, func(b *bench) { b.s.env["DEX_SUFFIX"] = "a" }},
	{"it changes", Patched, func(b *bench) { b.s.env["DEX_SUFFIX"] = "b" }},
	{"one of a properties file", Patched, func(b *bench) { b.s.env["DEX_DATABASE"] = "lake" }},
	{"one that nobody reads", Resumed, func(b *bench) { b.s.env["DEX_UNREAD"] = "x" }},
	{"a flag that a model reads", Patched, func(b *bench) { b.s.fullRefresh = true }},
	{"the target", Patched, func(b *bench) { b.s.target = "prod" }},
	{"a broken template", Failed, func(b *bench) { b.replace("models/dim_v1.sql", "select", "select {{ nothing( }}") }},
	{"repaired with another body", Exchanged, func(b *bench) { b.write("models/dim_v1.sql", "select 5 as id") }},
	{"a reference to nothing", Failed, func(b *bench) { b.replace("models/dim_v1.sql", "5", "{{ ref('nowhere') }}") }},
	{"that repaired", Exchanged, func(b *bench) { b.write("models/dim_v1.sql", "select 6 as id") }},
	{"a cycle", Failed, func(b *bench) { b.replace("models/plain.sql", "select", "-- {{ ref('macroed') }}\nselect") }},
	{"no cycle any more", Exchanged, func(b *bench) { b.replace("models/plain.sql", "-- {{ ref('macroed') }}\n", "-- none\n") }},
	{"broken YAML", Failed, func(b *bench) { b.replace("models/schema.yml", "groups:", "groups: [") }},
	{"YAML repaired", Resumed, func(b *bench) { b.replace("models/schema.yml", "groups: [", "groups:") }},
	{"a warning of a template", Patched, func(b *bench) { b.replace("models/plain.sql", "select", "{{ exceptions.warn('hm') }} select") }},
	{"the warning again", Patched, func(b *bench) {}},
	{"no warning", Patched, func(b *bench) { b.replace("models/plain.sql", "{{ exceptions.warn('hm') }} ", "") }},
	{"a deprecated model", Patched, func(b *bench) {
		b.replace("models/schema.yml", "- name: base", "- name: base\n    deprecation_date: 2020-01-01")
	}},
	{"a reference to it", Exchanged, func(b *bench) { b.replace("models/dim_v1.sql", "6", "7 from {{ ref('base') }} -- ") }},
	{"a value that cannot be kept", Patched, func(b *bench) {
		b.replace("models/dim_v1.sql", "select", "{{ config(meta={'r': ref('base')}) }} select")
	}},
	{"a second edit beside it", Patched, func(b *bench) { b.replace("models/dim_v2.sql", "2", "3") }},
	{"that value gone", Patched, func(b *bench) { b.write("models/dim_v1.sql", "select 8 as id") }},
	{"a unit test", Patched, func(b *bench) {
		b.write("models/unit.yml", "unit_tests:\n- name: u\n  model: base\n  given: [{input: \"source('raw', 'orders')\", rows: [{id: 1}]}]\n  expect: {rows: [{id: 1}]}\n")
	}},
	{"a body under a unit test", Patched, func(b *bench) { b.replace("models/base.sql", "as id", "as id, 1 as one") }},
	{"a function with an overload", Patched, func(b *bench) {
		b.write("functions/f.sql", "x + 1")
		b.write("functions/g.sql", "x + y")
		b.write("functions/f.yml", "functions:\n- name: f\n  returns: {data_type: int}\n  arguments: [{name: x, data_type: int}]\n  overloads: [{defined_in: g, arguments: [{name: x, data_type: int}, {name: y, data_type: int}]}]\n")
		b.write("models/uses_f.sql", "select {{ function('f') }}(1) as id")
	}},
	{"the overload's body", Patched, func(b *bench) { b.write("functions/g.sql", "x + (select max(id) from {{ ref('base') }})") }},
	{"a body that calls a function", Patched, func(b *bench) { b.write("models/uses_f.sql", "select {{ function('f') }}(2) as id") }},
	{"a function that is gone", Failed, func(b *bench) {
		b.write("functions/f.yml", "functions: []\n")
		b.replace("models/uses_f.sql", "'f'", "'h'")
	}},
	{"the function again", Patched, func(b *bench) { b.replace("models/uses_f.sql", "'h'", "'g'") }},
	{"a fixture of a unit test", Patched, func(b *bench) {
		b.write("tests/fixtures/rows.csv", "id,one\n1,1\n")
		b.write("tests/fixtures/query.sql", "select 1 as id")
		b.write("models/unit.yml", "unit_tests:\n- name: u\n  model: base\n  given: [{input: \"source('raw', 'orders')\", format: csv, fixture: rows}]\n  expect: {rows: [{id: 1}]}\n"+
			"- name: s\n  model: base\n  given: [{input: \"source('raw', 'orders')\", format: sql, fixture: query}]\n  expect: {rows: [{id: 1}]}\n"+
			"- name: v\n  model: dim\n  versions: {include: [1]}\n  given: []\n  expect: {rows: [{id: 8}]}\n")
	}},
	{"rows of a fixture", Patched, func(b *bench) { b.replace("tests/fixtures/rows.csv", "1,1", "2,1") }},
	{"a fixture's query", Patched, func(b *bench) { b.replace("tests/fixtures/query.sql", "1", "2") }},
	{"a body beside unit tests", Patched, func(b *bench) { b.replace("models/plain.sql", "none", "any") }},
	{"a fixture moved", Patched, func(b *bench) { b.rename("tests/fixtures/rows.csv", "tests/fixtures/more/rows.csv") }},
	{"a version more under a unit test", Patched, func(b *bench) { b.replace("models/unit.yml", "include: [1]", "include: [1, 2]") }},
	{"a unit test switched off", Patched, func(b *bench) { b.replace("models/unit.yml", "name: s\n", "name: s\n  config: {enabled: false}\n") }},
	{"a model that a unit test is about is gone", Failed, func(b *bench) { b.replace("models/unit.yml", "model: dim", "model: dimension") }},
	{"that model again", Resumed, func(b *bench) { b.replace("models/unit.yml", "model: dimension", "model: dim") }},
	{"no unit tests any more", Patched, func(b *bench) { b.remove("models/unit.yml") }},
	{"a Python model", Patched, func(b *bench) {
		b.write("models/py.py", "def model(dbt, session):\n    dbt.config(materialized='table')\n    return dbt.ref('base')\n")
	}},
	{"its body", Exchanged, func(b *bench) { b.replace("models/py.py", "return dbt", "n = 1\n    return dbt") }},
	{"its reference", Exchanged, func(b *bench) { b.replace("models/py.py", "'base'", "'plain'") }},
	{"its configuration", Patched, func(b *bench) {
		b.replace("models/py.py", "materialized='table'", "materialized='incremental', tags=['p']")
	}},
	{"an exposure and a source", Patched, func(b *bench) {
		b.write("models/outside.yml", "exposures:\n- name: panel\n  type: dashboard\n  owner: {name: me}\n  depends_on: [ref('py'), metric('revenue')]\n"+
			"sources:\n- name: far\n  tables:\n  - name: moved\n    loaded_at_field: at\n    config: {freshness: {warn_after: {count: 1, period: day}}}\n")
	}},
	{"another rule of freshness", Patched, func(b *bench) { b.replace("models/outside.yml", "period: day", "period: hour") }},
	{"what an exposure depends on", Patched, func(b *bench) { b.replace("models/outside.yml", "ref('py')", "\"source('far', 'moved')\"") }},
	{"a saved query", Patched, func(b *bench) {
		b.write("models/saved.yml", "saved_queries:\n- name: kept\n  query_params: {metrics: [revenue]}\n  exports: [{name: e, config: {export_as: table}}]\n")
	}},
	{"its export", Patched, func(b *bench) { b.replace("models/saved.yml", "export_as: table", "export_as: view") }},
	{"another build", Anew, func(b *bench) { b.build = "two" }},
	{"a cut cache", Anew, func(b *bench) {
		src, err := os.ReadFile(b.cachePath())
		if err != nil || os.WriteFile(b.cachePath(), src[:len(src)/2], 0o600) != nil {
			b.t.Fatal("cannot cut the cache")
		}
	}},
	{"a damaged cache", Anew, func(b *bench) {
		src, err := os.ReadFile(b.cachePath())
		if err != nil {
			b.t.Fatal(err)
		}
		src[len(src)/3] ^= 1
		if err := os.WriteFile(b.cachePath(), src, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}},
	{"no cache", Anew, func(b *bench) { b.remove("target/" + CacheFile) }},
}

// TestCachedParseIsTheFullParse makes one edit after the other.
func TestCachedParseIsTheFullParse(t *testing.T) {
	b := newBench(t, "testdata/cache/shop.txtar")
	if way := b.check("at first"); way != Anew {
		t.Errorf("the first parse went by way of %s", way)
	}
	for _, e := range edits {
		e.do(b)
		want := e.way
		if want == Exchanged && b.outgrown() {
			want = Patched // it is time to write the file anew
		}
		if way := b.check(e.name); way != want {
			t.Errorf("%s: the parse went by way of %s, want %s", e.name, way, want)
		}
		if t.Failed() {
			t.Fatalf("after the edit %q: %s", e.name, b.parse(false).faults)
		}
	}
}

// TestEachEditAlone makes each edit on the project as it first was, so that none
// is helped or hidden by those before it.
func TestEachEditAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("the edits one after the other are enough for a short test")
	}
	for _, name := range []string{"kinds", "properties", "version", "package"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, "testdata/"+name+".txtar")
			b.check("at first")
			files, err := filepath.Glob(filepath.Join(b.dir, "*", "*"))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range files {
				rel, err := filepath.Rel(b.dir, path)
				if err != nil {
					t.Fatal(err)
				}
				b.touchEach(filepath.ToSlash(rel))
			}
		})
	}
}

// comments end a file of each kind with a line that says nothing.
var comments = map[string]string{".sql": "\n-- more", ".yml": "\n# more", ".md": "\nmore", ".csv": "\n"}

// touchEach gives a file a comment more, then takes it away with its file, and
// puts both back.
func (b *bench) touchEach(name string) {
	more, ok := comments[filepath.Ext(name)]
	if !ok {
		return
	}
	was := b.read(name)
	b.write(name, was+more)
	b.check(name + " with a comment")
	b.remove(name)
	b.check(name + " removed")
	b.write(name, was)
	b.check(name + " put back")
}

// TestYoungFilesAreReadAgain changes a file without a change of size and time
// that anybody could see.
func TestYoungFilesAreReadAgain(t *testing.T) {
	b := newBench(t, "testdata/cache/shop.txtar")
	now := time.Now().Add(time.Hour)
	put := func(text string) {
		write(t, b.dir, "models/plain.sql", text)
		if err := os.Chtimes(filepath.Join(b.dir, "models/plain.sql"), now, now); err != nil {
			t.Fatal(err)
		}
	}
	put("select 1 as id")
	b.check("at first")
	put("select 3 as id")
	b.check("changed in no time")
	if !strings.Contains(b.parse(true).manifest, "select 3 as id") {
		t.Error("an edit in the same instant was not seen")
	}
}

// TestCacheHoldsNoValuesOfVariables looks for the value of an environment
// variable that a template only tested.
func TestCacheHoldsNoValuesOfVariables(t *testing.T) {
	b := newBench(t, "testdata/cache/shop.txtar")
	b.write("models/plain.sql", "{{ config(tags=['x'] if env_var('DEX_TOKEN') == 'open sesame' else []) }} select 1")
	b.s.env["DEX_TOKEN"] = "very-secret-token"
	b.check("at first")
	src, err := os.ReadFile(b.cachePath())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(src, []byte("very-secret-token")) {
		t.Error("the cache holds the value of an environment variable")
	}
}

// TestCacheDoesNotGrow edits one body again and again.
func TestCacheDoesNotGrow(t *testing.T) {
	b := newBench(t, "testdata/cache/shop.txtar")
	b.parse(true)
	size := func() int64 {
		info, err := os.Stat(b.cachePath())
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	first := size()
	long := strings.Repeat("-- words and words\n", int(first)/400)
	for i := range 60 {
		b.write("models/plain.sql", "select "+value.ToStr(value.Int(i))+" as id\n"+long)
		b.parse(true)
		if now := size(); now > 4*first {
			t.Fatalf("after %d edits the cache has %d bytes, at first %d", i+1, now, first)
		}
	}
	b.check("in the end")
}

// benchProject writes a project of n models.
func benchProject(b testing.TB, n int) string {
	dir := b.TempDir()
	write(b, dir, project.ProjectFile, defaultProject)
	var props strings.Builder
	props.WriteString("models:\n")
	for i := range n {
		name := "m" + value.ToStr(value.Int(i))
		text := "{{ config(materialized='table', tags=['a']) }}\nselect 1 as id"
		if i > 0 {
			text += "\nfrom {{ ref('m" + value.ToStr(value.Int(i/2)) + "') }} {% if target.name == 'dev' %}limit 1{% endif %}"
		}
		write(b, dir, "models/"+name+".sql", text)
		props.WriteString("- name: " + name + "\n  description: words about it\n  columns:\n  - name: id\n    data_tests: [unique, not_null]\n" +
			"  - name: x\n    data_tests:\n    - accepted_values: {arguments: {values: [a, b]}}\n")
	}
	write(b, dir, "models/p.yml", props.String())
	return dir
}

// BenchmarkCache parses a project of 1,000 models with 3,000 tests.
func BenchmarkCache(b *testing.B) {
	for _, bm := range []struct {
		name string
		way  Way
		edit func(x *bench, i int)
	}{
		{"cold", Anew, func(x *bench, _ int) { x.remove("target/" + CacheFile) }},
		{"nothing", Resumed, func(*bench, int) {}},
		{"body", Exchanged, func(x *bench, i int) {
			x.write("models/m0.sql", "{{ config(materialized='table', tags=['a']) }} select "+value.ToStr(value.Int(i)))
		}},
		{"properties", Patched, func(x *bench, i int) { x.replace("models/p.yml", "models:", "# edit\nmodels:") }},
	} {
		b.Run(bm.name, func(b *testing.B) {
			x := &bench{t: b, dir: benchProject(b, 1000), build: "one", clock: time.Unix(1_600_000_000, 0)}
			x.parseOnly(b)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				bm.edit(x, i)
				b.StartTimer()
				if way := x.parseOnly(b); way != bm.way && (bm.way != Exchanged || way != Patched) {
					b.Fatalf("the parse went by way of %s, want %s", way, bm.way)
				}
			}
		})
	}
}

// parseOnly parses with the cache and looks at nothing of what comes of it.
func (b *bench) parseOnly(t testing.TB) Way {
	c, err := OpenCache(b.cachePath(), b.build, true)
	if err != nil {
		t.Fatal(err)
	}
	s := b.s
	s.known = c.Known
	p, inv, faults := loadFor(t, b.dir, s)
	if p == nil {
		t.Fatal(faults.Err())
	}
	if m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv, Cache: c}); m == nil || err != nil {
		t.Fatal(err, faultText(faults))
	}
	return c.Way()
}
