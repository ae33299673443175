package cli

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/engine"
	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/result"
)

var rewrite = flag.Bool("rewrite", false, "write what comes out into the golden files")

// golden holds got against testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s differs (-want +got), see go test -rewrite:\n%s", name, d)
	}
}

// clock is a time that tests turn.
type clock struct{ at time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.at }

func info(id, kind, name string) *event.NodeInfo {
	return &event.NodeInfo{UniqueID: id, ResourceType: kind, NodeName: name, NodePath: name + ".sql"}
}

// step is one event of the script, so long after the one before.
type step struct {
	after time.Duration
	level event.Level
	data  event.Data
}

const ms = time.Millisecond

// aRun is a build in which everything happens once.
func aRun() []step {
	hook := func(id string) *event.NodeInfo { return info(id, "operation", id) }
	a, bad, granted := info("model.shop.a", "model", "a"), info("model.shop.bad", "model", "bad"), info("model.shop.granted", "model", "granted")
	seed, test, warned, behind := info("seed.shop.s1", "seed", "s1"), info("test.shop.t1", "test", "unique_a_id"), info("test.shop.t2", "test", "not_null_a_id"), info("model.shop.behind", "model", "behind")
	return []step{
		{0, event.Info, event.MainReportVersion{Version: "1.12.6", DexVersion: "0.1.0"}},
		{20 * ms, event.Warn, event.NoNodesForCriteria{Spec: "tag:nightly"}},
		{10 * ms, event.Info, event.FoundStats{StatLine: "4 models, 1 seed, 2 operations, 2 data tests, 534 macros"}},
		{0, event.Info, event.RunStarted{NumThreads: 2, TargetName: "dev", NodeCount: 7}},
		{5 * ms, event.Info, event.LogHookStartLine{Statement: "shop.on-run-start.0", Index: 1, Total: 1, NodeInfo: hook("h1")}},
		{5 * ms, event.Info, event.LogHookEndLine{Statement: "shop.on-run-start.0", Status: "success", Index: 1, Total: 1, ExecutionTime: 0.005, NodeInfo: hook("h1")}},
		{5 * ms, event.Info, event.LogStartLine{Description: "sql table model main.a", Index: 1, Total: 7, NodeInfo: a}},
		{0, event.Info, event.LogStartLine{Description: "seed file main.s1", Index: 2, Total: 7, NodeInfo: seed}},
		{10 * ms, event.Debug, event.SQLQuery{ConnName: "model.shop.a", SQL: "create table a as (select 'hunter22' as id)", NodeInfo: a}},
		{0, event.Info, event.JinjaLog{Msg: "a line with hunter22", Info: true, NodeInfo: a}},
		{0, event.Info, event.PrintEvent{Msg: "printed"}},
		{0, event.Warn, event.JinjaLogWarning{Msg: "careful"}},
		{1200 * ms, event.Info, event.NodeResult{Kind: "model", Description: "sql table model main.a", Status: "OK", Index: 1, Total: 7, ExecutionTime: 1.21, NodeInfo: a, Rows: 1234567}},
		{0, event.Info, event.LogStartLine{Description: "sql view model main.bad", Index: 3, Total: 7, NodeInfo: bad}},
		{30 * ms, event.Info, event.NodeResult{Kind: "seed", Description: "seed file main.s1", Status: "INSERT 2", Index: 2, Total: 7, ExecutionTime: 1.25, NodeInfo: seed, Rows: 2}},
		{0, event.Error, event.NodeResult{Kind: "model", Description: "sql view model main.bad", Status: "error", Index: 3, Total: 7, ExecutionTime: 0.03, NodeInfo: bad, Rows: -1}},
		{0, event.Info, event.LogStartLine{Description: "sql incremental model main.granted", Index: 4, Total: 7, NodeInfo: granted}},
		{40 * ms, event.Error, event.NodeResult{Kind: "model", Description: "sql incremental model main.granted", Status: "error", Index: 4, Total: 7, ExecutionTime: 0.04, NodeInfo: granted, Rows: -1, Hook: "grant select on {{ this }}\n  to role reporter"}},
		{0, event.Info, event.LogStartLine{Description: "test unique_a_id", Index: 5, Total: 7, NodeInfo: test}},
		{0, event.Info, event.LogStartLine{Description: "test not_null_a_id", Index: 6, Total: 7, NodeInfo: warned}},
		{3000 * ms, event.Info, event.NodeResult{Kind: "test", Description: "test unique_a_id", Status: "pass", Index: 5, Total: 7, ExecutionTime: 3, NodeInfo: test, Rows: -1}},
		{0, event.Warn, event.NodeResult{Kind: "test", Description: "test not_null_a_id", Status: "warn", NumFailures: 3, Index: 6, Total: 7, ExecutionTime: 3, NodeInfo: warned, Rows: -1}},
		{0, event.Info, event.HookEnd{UniqueID: "test.p.w", Hook: "audit", Event: "post-hook", Kind: "macro", Status: "success", Attempts: 1, ExecutionTime: 0.01, NodeInfo: warned}},
		{0, event.Debug, event.HookEnd{UniqueID: "test.p.w", Hook: "post-hook.1", Event: "post-hook", Kind: "sql", Status: "skipped", Reason: "other_target", Because: "target is dev, the hook is for prod", NodeInfo: warned}},
		{0, event.Info, event.HookEnd{UniqueID: "test.p.w", Hook: "post-hook.2", Event: "post-hook", Kind: "sql", Status: "warn", Msg: "Catalog Error: no such table\nLINE 1", Class: "missing", Attempts: 3, ExecutionTime: 2.5, NodeInfo: warned}},
		{0, event.Info, event.NodeSkipped{ResourceType: "model", Schema: "main", NodeName: "behind", Index: 7, Total: 7, NodeInfo: behind, Because: "model.shop.bad"}},
		{5 * ms, event.Info, event.LogHookStartLine{Statement: "shop.on-run-end.0", Index: 1, Total: 1, NodeInfo: hook("h2")}},
		{5 * ms, event.Info, event.LogHookEndLine{Statement: "shop.on-run-end.0", Status: "success", Index: 1, Total: 1, ExecutionTime: 0.005, NodeInfo: hook("h2")}},
	}
}

// anOutcome is what the engine would hand back after aRun.
func anOutcome() *engine.Outcome {
	m := manifest.New("shop", "duckdb")
	add := func(id manifest.ID, kind manifest.Kind, name, file, materialized string, parents ...manifest.ID) {
		n := &manifest.Node{ID: id, Kind: kind, Package: "shop", Name: name, OriginalFilePath: file, Schema: "main", Alias: name, Parents: parents, Config: manifest.NewConfig(kind)}
		if materialized != "" {
			n.Config.Set("materialized", value.Str(materialized))
		}
		m.Nodes[id] = n
	}
	add("operation.shop.h1", manifest.KindOperation, "shop-on-run-start-0", "./dbt_project.yml", "")
	add("operation.shop.h2", manifest.KindOperation, "shop-on-run-end-0", "./dbt_project.yml", "")
	add("model.shop.a", manifest.KindModel, "a", "models/a.sql", "table")
	add("seed.shop.s1", manifest.KindSeed, "s1", "seeds/s1.csv", "")
	add("model.shop.bad", manifest.KindModel, "bad", "models/bad.sql", "view")
	add("model.shop.granted", manifest.KindModel, "granted", "models/granted.sql", "incremental")
	add("model.shop.tmpl", manifest.KindModel, "tmpl", "models/tmpl.sql", "view")
	add("test.shop.t1", manifest.KindTest, "unique_a_id", "models/s.yml", "")
	add("test.shop.t2", manifest.KindTest, "not_null_a_id", "models/s.yml", "")
	add("model.shop.behind", manifest.KindModel, "behind", "models/behind.sql", "view")
	const comment = "/* {\"app\": \"dbt\"} */\n"
	missing := &adapter.DatabaseError{
		Msg: "Catalog Error: Table with name a does not exist!\nDid you mean \"b\"?\n\nLINE 4:         select * from a\n                              ^",
		SQL: comment + "create view bad as (\n\n        select * from a\n);", Line: 4,
	}
	grant := &adapter.DatabaseError{Msg: "Parser Error: syntax error at or near \"grant\"", SQL: comment + "grant select on granted\n  to role reporter"}
	tmpl := &jinja.Error{Kind: "UndefinedError", Msg: "'nope' is undefined", Template: "models/tmpl.sql", Line: 3, Col: 11, Source: "select {{ nope.x }} as y"}
	three := int64(3)
	out := &engine.Outcome{Manifest: m, Results: []result.Result{
		{Node: "operation.shop.h1", Status: result.Success},
		{Node: "model.shop.a", Status: result.Success, Compiled: true},
		{Node: "seed.shop.s1", Status: result.Success},
		{Node: "model.shop.bad", Status: result.Error, Err: missing, Message: "Runtime Error in model bad (models/bad.sql)\n  Catalog Error: Table with name a does not exist!\n  Did you mean \"b\"?\n  \n  LINE 4:         select * from a\n                                ^"},
		{Node: "model.shop.granted", Status: result.Error, Err: grant, Message: "Runtime Error in model granted (models/granted.sql)\n  Parser Error: syntax error at or near \"grant\"", Hook: "grant select on {{ this }}\n  to role reporter", HookPos: diag.Pos{File: "dbt_project.yml", Line: 7, Col: 13}},
		{Node: "model.shop.tmpl", Status: result.Error, Err: tmpl, Message: "Compilation Error in model tmpl (models/tmpl.sql)\n  'nope' is undefined"},
		{Node: "test.shop.t1", Status: result.Pass},
		{Node: "test.shop.t2", Status: result.Warn, Failures: &three, Message: "Got 3 results, configured to warn if != 0", Relation: `"db"."audit"."not_null_a_id"`},
		{Node: "model.shop.behind", Status: result.Skipped},
		{Node: "operation.shop.h2", Status: result.Success},
	}}
	return out
}

// play sends the script to sinks, turning the clock, and calls each after every
// event.
func play(c *clock, to event.Sink, steps []step, each func(i int)) {
	for i, s := range steps {
		c.at = c.at.Add(s.after)
		to.Emit(event.Event{Time: c.at, Level: s.level, Data: s.data, Thread: "MainThread"})
		if each != nil {
			each(i)
		}
	}
}

// aReport is the report of aRun.
func aReport(l *layout) *report {
	r := newReport(anOutcome(), l.cause)
	r.took = 4321 * ms
	return r
}

func playSummary(c *clock, l *layout) {
	for _, e := range aReport(l).events() {
		e.Time, e.Thread = c.at, "MainThread"
		l.Emit(e)
	}
}

func TestInterruptedNodesAreNoFailures(t *testing.T) {
	out := anOutcome()
	out.Results = []result.Result{
		{Node: "model.shop.a", Status: result.Error, Err: &adapter.DatabaseError{Msg: "INTERRUPT Error: Interrupted!", Err: errors.Join(context.Canceled, errors.New("interrupt signal received"))}},
		{Node: "model.shop.behind", Status: result.Skipped, Message: "Skipped: the run was cancelled"},
	}
	r := newReport(out, func(string) string { return "" })
	if len(r.failures) != 0 || len(r.stopped) != 1 {
		t.Fatalf("failures %d, stopped %v", len(r.failures), r.stopped)
	}
	if d := cmp.Diff([]string{"1 node interrupted: a", "1 node skipped: behind"}, r.notes()); d != "" {
		t.Error(d)
	}
}
