package run_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/parse/parsetest"
	"dex/internal/result"
	"dex/internal/run"
)

// TestOutcomes runs small graphs and compares the results in their order.
func TestOutcomes(t *testing.T) {
	const broken = "select * from nowhere"
	// Models that are under way when a broken one has failed, for a while and for good.
	const slow = "{{ config(materialized='table') }} select count(*) as n from range(6000) a, range(6000) b where a.range + b.range = 1"
	const endless = "{{ config(materialized='table') }} select count(*) as n from range(100000000) a, range(1000000) b where a.range + b.range = 1"
	after := func(names ...string) string {
		var text strings.Builder
		for _, n := range names {
			fmt.Fprintf(&text, "-- {{ ref('%s') }}\n", n)
		}
		return text.String() + "select 1 as id"
	}
	for _, c := range []struct {
		name    string
		files   files
		command string
		change  func(*run.Executor)
		want    string
	}{
		{name: "all well", files: files{"models/a.sql": "select 1 as id", "models/b.sql": after("a")}, want: "a success, b success"},
		{
			name:  "what stands behind a failure is skipped, the rest is not",
			files: files{"models/a.sql": broken, "models/b.sql": after("a"), "models/c.sql": after("b"), "models/d.sql": "select 1 as id", "models/e.sql": after("d", "b")},
			want:  "a error, d success, b skipped, c skipped, e skipped",
		},
		{
			name:  "through an ephemeral model as well",
			files: files{"models/a.sql": broken, "models/b.sql": "{{ config(materialized='ephemeral') }}" + after("a"), "models/c.sql": after("b")},
			want:  "a error, c skipped",
		},
		{
			name:  "on_error continue",
			files: files{"models/a.sql": "{{ config(on_error='continue') }}" + broken, "models/b.sql": after("a")},
			want:  "a error, b success",
		},
		{
			name:   "fail fast",
			files:  files{"models/a.sql": broken, "models/b.sql": "select 1 as id", "models/c.sql": after("b")},
			change: func(e *run.Executor) { e.FailFast = true },
			want:   "a error, b skipped, c skipped",
		},
		{
			name:   "fail fast lets what runs come to its end where no other node is ready",
			files:  files{"models/a.sql": broken, "models/b.sql": slow, "models/c.sql": after("a", "b")},
			change: func(e *run.Executor) { e.FailFast, e.Threads = true, 2 },
			want:   "a error, b success, c skipped",
		},
		{
			name:   "fail fast gives up what runs when a node is ready",
			files:  files{"models/a.sql": broken, "models/b.sql": endless, "models/c.sql": after("a")},
			change: func(e *run.Executor) { e.FailFast, e.Threads = true, 2 },
			want:   "a error, c skipped, b error",
		},
		{
			name:    "a failing test keeps build from going on",
			files:   files{"models/a.sql": "select null::int as id", "models/a.yml": notNull, "models/b.sql": after("a")},
			command: "build",
			want:    "a success, not_null_a_id fail, b skipped",
		},
		{
			name:    "a test that only warns does not",
			files:   files{"models/a.sql": "select null::int as id", "models/a.yml": strings.Replace(notNull, "not_null", "not_null: {config: {severity: warn}}", 1), "models/b.sql": after("a")},
			command: "build",
			want:    "a success, not_null_a_id warn, b success",
		},
		{
			name:  "a hook that fails keeps nodes from running",
			files: files{"dbt_project.yml": parsetest.PlainProject + "on-run-start: [\"select 1\", \"" + broken + "\", \"select 2\"]\n", "models/a.sql": "select 1 as id"},
			want:  "shop-on-run-start-0 success, shop-on-run-start-1 error, shop-on-run-start-2 skipped, a skipped",
		},
		{
			name:   "unless the project says otherwise",
			files:  files{"dbt_project.yml": parsetest.PlainProject + "on-run-start: [\"" + broken + "\"]\non-run-end: [\"select 1\"]\n", "models/a.sql": "select 1 as id"},
			change: func(e *run.Executor) { e.RunNodesAfterFailedStart = true },
			want:   "shop-on-run-start-0 error, a success, shop-on-run-end-0 success",
		},
		{
			name: "hooks at the end run behind failures and see them",
			files: files{
				"dbt_project.yml": parsetest.PlainProject + "on-run-end: [\"{% if execute and results[0].status != 'error' %}{{ exceptions.raise_compiler_error(results | string) }}{% endif %} select 1\"]\n",
				"models/a.sql":    broken,
			},
			want: "a error, shop-on-run-end-0 success",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, c.files)
			if c.change != nil {
				c.change(&h.exec)
			}
			command := c.command
			if command == "" {
				command = "run"
			}
			results, err := h.command(context.Background(), command)
			must(t, err)
			if got := h.statuses(results); got != c.want {
				t.Errorf("want %s\n got %s", c.want, got)
				for _, r := range results {
					t.Logf("%s: %s", r.Node, r.Message)
				}
			}
		})
	}
}

const notNull = "models:\n- name: a\n  columns:\n  - name: id\n    data_tests: [not_null]\n"

// TestHookAborted: a hook whose template fails ends the command; at the start
// without results, at the end with those so far.
func TestHookAborted(t *testing.T) {
	const bad = "[\"{{ exceptions.raise_compiler_error('stop') if execute }}\"]\n"
	for phase, want := range map[string]string{"on-run-start": "", "on-run-end": "a success"} {
		t.Run(phase, func(t *testing.T) {
			h := newHouse(t, files{"dbt_project.yml": parsetest.PlainProject + phase + ": " + bad, "models/a.sql": "select 1 as id"})
			results, err := h.command(context.Background(), "run")
			var aborted *run.HookAborted
			if !errors.As(err, &aborted) || !strings.Contains(err.Error(), "stop") {
				t.Errorf("error %v, not that of the hook", err)
			}
			if got := h.statuses(results); got != want {
				t.Errorf("results %q, not %q", got, want)
			}
		})
	}
}

// TestPanicStaysInItsNode: a fault of dex itself ends one node; its session is
// given back, and the others go on.
func TestPanicStaysInItsNode(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": "{{ config(materialized='table') }} select 1 as id", "models/b.sql": "select * from {{ ref('a') }}", "models/c.sql": "select 1 as id"})
	h.db.Watch(faulty.Watch{Before: func(c faulty.Call) error {
		if c.Conn == "model.shop.a" && strings.Contains(c.SQL, "create table") {
			panic("a fault of dex")
		}
		return nil
	}})
	got := h.build()
	if a := got["a"]; a.Status != result.Error || !strings.Contains(a.Message, "a fault of dex") {
		t.Errorf("a: %s: %s", a.Status, a.Message)
	}
	if got["b"].Status != result.Skipped || got["c"].Status != result.Success {
		t.Errorf("b %s, c %s", got["b"].Status, got["c"].Status)
	}
	if calls := h.db.Calls(); !slices.ContainsFunc(calls, func(c faulty.Call) bool { return c.Conn == "model.shop.a" && c.SQL == "ROLLBACK" }) {
		t.Errorf("the session's transaction was not rolled back:\n%s", list(calls))
	}
	h.cacheTellsTruth()
	h.db.Watch(faulty.Watch{})
	h.allWell("next run", h.build())
}

// TestManyThreads: with eight workers every node runs once, and none begins
// before its parents have ended. Run it with -race.
func TestManyThreads(t *testing.T) {
	const layers, width = 5, 12
	project := files{"dbt_project.yml": parsetest.PlainProject + "models: {+materialized: table, +post-hook: \"{{ log(this) }}\"}\n"}
	for l := range layers {
		for i := range width {
			text := "select 1 as id"
			if l > 0 {
				text = fmt.Sprintf("select * from {{ ref('m_%d_%d') }} union all select * from {{ ref('e') }} union all select * from {{ ref('m_%d_%d') }}", l-1, i, l-1, (i+5)%width)
			}
			project[fmt.Sprintf("models/m_%d_%d.sql", l, i)] = text
		}
	}
	project["models/e.sql"] = "{{ config(materialized='ephemeral') }} select 2 as id"
	h := newHouse(t, project)
	h.exec.Threads = 8
	var ends order
	h.exec.Sink = &ends
	got := h.build()
	if len(got) != layers*width {
		t.Errorf("%d results for %d nodes", len(got), layers*width)
	}
	h.allWell("run", got)
	for id, began := range ends.began {
		for _, parent := range h.manifest.ParentsOf(manifest.ID(id)) {
			if end, ok := ends.ended[string(parent)]; ok && end > began {
				t.Errorf("%s began before %s ended", id, parent)
			}
		}
	}
	if len(ends.began) != layers*width || len(ends.ended) != layers*width {
		t.Errorf("%d began, %d ended", len(ends.began), len(ends.ended))
	}
	h.cacheTellsTruth()
}

// order notes when nodes begin and end.
type order struct {
	mu           sync.Mutex
	n            int
	began, ended map[string]int
}

// Emit implements event.Sink.
func (o *order) Emit(e event.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began == nil {
		o.began, o.ended = map[string]int{}, map[string]int{}
	}
	o.n++
	switch d := e.Data.(type) {
	case event.LogStartLine:
		o.began[d.NodeInfo.UniqueID] = o.n
	case event.NodeResult:
		o.ended[d.NodeInfo.UniqueID] = o.n
	}
}

// TestEphemeral: an ephemeral model is compiled once, and stands once in a query
// however many ways lead to it, behind what it needs itself.
func TestEphemeral(t *testing.T) {
	const ephemeral = "{{ config(materialized='ephemeral') }}"
	h := newHouse(t, files{
		"models/e1.sql": ephemeral + "{% if execute %}{% do run_query('insert into log values (1)') %}{% endif %}select 1 as id",
		"models/e2.sql": ephemeral + "select * from {{ ref('e1') }}",
		"models/e3.sql": ephemeral + "select * from {{ ref('e1') }} join {{ ref('e2') }} using (id)",
		"models/a.sql":  "select * from {{ ref('e3') }} join {{ ref('e2') }} using (id)",
		"models/b.sql":  "select * from {{ ref('e3') }}",
	})
	h.sql("create table log(n int)")
	h.exec.Threads = 4
	got := h.build()
	h.allWell("run", got)
	for _, name := range []string{"a", "b"} {
		var ids []string
		for _, c := range got[name].CTEs {
			ids = append(ids, strings.TrimPrefix(c.ID, "model.shop."))
		}
		if strings.Join(ids, " ") != "e1 e2 e3" {
			t.Errorf("%s has the CTEs %v", name, ids)
		}
		if n := strings.Count(got[name].Code, "__dbt__cte__e1 as ("); n != 1 {
			t.Errorf("e1 stands %d times in %s:\n%s", n, name, got[name].Code)
		}
	}
}

// TestCancelledBeforeItBegan: nothing runs, and everything is told of.
func TestCancelledBeforeItBegan(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": "select 1 as id"})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	results, err := h.command(ctx, "run")
	if !errors.Is(err, context.Canceled) || len(results) > 0 {
		t.Errorf("results %v, error %v", h.statuses(results), err)
	}
}
