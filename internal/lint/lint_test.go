package lint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// What looks like a finding and is none, and the other way round.
func TestRules(t *testing.T) {
	for _, tt := range []struct {
		name, event, sql string
		want             []string
	}{
		{"a word in a literal", "pre", "insert into notes select 'delete from x', '{{ invocation_id }}'", nil},
		{"a word in a comment", "pre", "/* delete from x */ set threads = 1", nil},
		{"the second statement", "pre", "set threads = 1; delete from x", []string{"HK01"}},
		{"a delete afterwards", "post", "delete from x", nil},
		{"a temporary table", "pre", "create temp table t as select 1", nil},
		{"or replace", "post", "create or replace view v as select 1", nil},
		{"a role", "post", "create role reporter", []string{"HK02"}},
		{"drop if exists", "post", "drop table if exists t", nil},
		{"drop", "post", "drop table t", []string{"HK02"}},
		{"constants", "post", "insert into t values (1, 'a')", []string{"HK02"}},
		{"an expression in a literal", "post", "insert into t values (1, '{{ invocation_id }}')", nil},
		{"the clock", "post", "insert into t values (current_timestamp)", nil},
		{"four statements", "post", "analyze; analyze; analyze; analyze", []string{"HK03"}},
		{"a semicolon in a literal", "post", "comment on table t is 'a;b;c;d;e'", nil},
		{"a CTE", "post", "with a as (select 1) insert into t select * from a", []string{"HK03"}},
		{"a window", "post", "insert into t select row_number() over (order by 1) from x", []string{"HK03"}},
		{"both branches", "pre", "{% if a %} delete from x {% else %} truncate x {% endif %}", []string{"HK01"}},
		{"a column that is named so", "post", "comment on column t.join_date is 'x'", nil},
		{"nothing but a set", "post", "{% set a = 1 %}", []string{"HK06"}},
		{"a call block", "post", "{% call statement() %} analyze {% endcall %}", nil},
		{"ignored", "pre", "-- dex-lint: ignore HK01\ndelete from x", nil},
		{"another one is ignored", "pre", "-- dex-lint: ignore HK02\ndelete from x", []string{"HK01"}},
		{"a log that is no audit", "post", "insert into catalogs select 1, current_date", nil},
		{"a macro", "pre", "{{ tidy() }}", []string{"HK01"}},
		{"a macro that calls itself", "pre", "{{ endless() }}", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text, err := json.Marshal(tt.sql)
			if err != nil {
				t.Fatal(err)
			}
			in := inputOf(t, map[string]string{
				"models/m.sql":    "{{ config(" + tt.event + "_hook=" + string(text) + ") }} select 1 as id",
				"macros/tidy.sql": "{% macro tidy() %}{% do log('x') %} delete from x {% endmacro %}{% macro endless() %}{% if execute %}{{ endless() }}{{ endless() }}{% endif %}{% endmacro %}",
			})
			in.Transactions = true
			if got := codes(Check(in)); !slices.Equal(got, tt.want) {
				t.Errorf("%s: %v, want %v", tt.sql, got, tt.want)
			}
		})
	}
}

// A hook of a folder is one finding, with all its nodes; another severity counts.
func TestOneFindingForAFolder(t *testing.T) {
	in := inputOf(t, map[string]string{
		"dbt_project.yml": "name: shop\nprofile: shop\nmodels:\n  shop:\n    +pre-hook: delete from x\n",
		"models/a.sql":    "select 1 as id", "models/b.sql": "select 1 as id",
	})
	in.Transactions = true
	for i := range in.Hooks {
		in.Hooks[i].Pos.File = "dbt_project.yml"
	}
	found := Check(in)
	if len(found) != 1 || len(found[0].Nodes) != 2 || !Fails(found) {
		t.Fatalf("%+v", found)
	}
	in.Settings.Rules = map[string]Severity{"HK01": Note}
	if found = Check(in); len(found) != 1 || Fails(found) {
		t.Errorf("%+v", found)
	}
	in.Settings.Rules = map[string]Severity{"HK01": Off}
	if found = Check(in); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

// A baseline accepts what was there, wherever it has moved to in its file, and not
// one more of it.
func TestBaseline(t *testing.T) {
	old := []Finding{
		{Rule: "HK01", Text: "delete from x", Event: "pre-hook"}, {Rule: "HK01", Text: "delete from x", Event: "pre-hook"}, {Rule: "HK02", Text: "drop table t"},
	}
	for i := range old {
		old[i].Pos.File, old[i].Pos.Line = "models/a.sql", i+1
	}
	src, err := NewBaseline(old).JSON()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "baseline.json")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBaseline(path)
	if err != nil {
		t.Fatal(err)
	}
	moved := slices.Clone(old)
	for i := range moved {
		moved[i].Pos.Line += 40
	}
	moved[0].Text = "delete  from\n x"
	if fresh, gone := b.New(moved); len(fresh)+len(gone) != 0 {
		t.Errorf("moved: new %v, gone %v", fresh, gone)
	}
	more := append(slices.Clone(old), old[0])
	if fresh, _ := b.New(more); len(fresh) != 1 {
		t.Errorf("one more: %v", fresh)
	}
	changed := slices.Clone(old)
	changed[2].Text = "drop table u"
	if fresh, gone := b.New(changed); len(fresh) != 1 || len(gone) != 1 || gone[0].Rule != "HK02" {
		t.Errorf("changed: new %v, gone %v", fresh, gone)
	}
	if err := os.WriteFile(path, []byte(`{"version": 9}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadBaseline(path); err == nil {
		t.Error("a baseline of another version is read")
	}
}

func TestSARIF(t *testing.T) {
	found := []Finding{{Rule: "HK01", Severity: Warn, Message: "m", Hint: "h", Nodes: []string{"model.a"}, Text: "x"}, {Rule: "OP02", Severity: Note, Message: "n"}}
	found[0].Pos.File, found[0].Pos.Line = "models/a.sql", 3
	src, err := SARIF(found, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	var log struct {
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct{ Rules []struct{ ID string } }
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(src, &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || len(run.Results) != 2 || len(run.Tool.Driver.Rules) != len(Rules()) {
		t.Fatalf("%s", src)
	}
	for _, r := range run.Results {
		if run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("%s stands under rule %d", r.RuleID, r.RuleIndex)
		}
	}
	at := run.Results[0].Locations[0].PhysicalLocation
	if at.ArtifactLocation.URI != "models/a.sql" || at.Region.StartLine != 3 || at.Region.StartColumn != 1 || run.Results[0].Level != "warning" {
		t.Errorf("%+v", run.Results[0])
	}
	if len(run.Results[1].Locations) != 0 || run.Results[1].Level != "note" {
		t.Errorf("%+v", run.Results[1])
	}
}
