package run_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/result"
)

// kinds are small projects, each with a node `a` of another kind that reads src.
var kinds = []struct {
	name  string
	files files
	grows bool // with each row that src gets, so does a
}{
	{"table", files{"models/a.sql": "{{ config(materialized='table') }} select * from src"}, true},
	{"table with hooks", files{"models/a.sql": `{{ config(materialized='table',
		pre_hook=[{'sql': "insert into log values ('out')", 'transaction': false}, "insert into log values ('in')"],
		post_hook=["insert into log values ('in')", {'sql': "insert into log values ('out')", 'transaction': false}]) }}
		select * from src`}, true},
	{"view", files{"models/a.sql": "select * from src"}, true},
	{"append", files{"models/a.sql": "{{ config(materialized='incremental', incremental_strategy='append') }} select * from src {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}"}, true},
	{"delete+insert", files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert') }} select * from src"}, true},
	{"merge", files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }} select * from src"}, true},
	{"snapshot", files{"snapshots/a.sql": "{% snapshot a %}{{ config(unique_key='id', strategy='check', check_cols='all') }} select * from src{% endsnapshot %}"}, true},
	{"seed", files{"seeds/a.csv": "id\n1\n"}, false},
}

func at(n int, fired func(faulty.Call) error) func(faulty.Call) error {
	return func(c faulty.Call) error {
		if c.N == n {
			return fired(c)
		}
		return nil
	}
}

// TestEveryCallFails lets a run of each kind of node fail at its first call to the
// database, then at its second, and so on: before the call, and with an answer
// that gets lost. What stood before must stand, or what was asked for; and the
// next run must work.
func TestEveryCallFails(t *testing.T) {
	everyCall(t, "before", func(n int, _ func()) faulty.Watch { return faulty.Watch{Before: at(n, faulty.Broken)} })
	everyCall(t, "after", func(n int, _ func()) faulty.Watch { return faulty.Watch{After: at(n, faulty.Broken)} })
}

// TestCancelAtEveryCall cancels the run at each call in turn.
func TestCancelAtEveryCall(t *testing.T) {
	everyCall(t, "cancel", func(n int, cancel func()) faulty.Watch {
		return faulty.Watch{Before: at(n, func(faulty.Call) error {
			cancel()
			return nil
		})}
	})
}

func everyCall(t *testing.T, how string, watch func(n int, cancel func()) faulty.Watch) {
	for _, k := range kinds {
		t.Run(how+" "+k.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, with(k.files, "models/child.sql", "select count(*) as n from {{ ref('a') }}"))
			h.sql("create table src(id int); insert into src values (1); create table log(what varchar)")
			h.allWell("first run", h.build())
			tr := trouble{h, how, k.grows, 1}
			n := 1
			for tr.at(n, watch) {
				n++
			}
			if n < 8 {
				t.Errorf("only %d calls reached the database", n)
			}
		})
	}
}

func with(f files, name, text string) files {
	out := files{name: text}
	for k, v := range f {
		out[k] = v
	}
	return out
}

// trouble is a project whose runs go wrong in turn.
type trouble struct {
	*house
	how   string
	grows bool
	rows  int // of a
}

// at has one run that goes wrong at the n-th call, and one that must repair it. It
// is false where the first had fewer calls.
func (tr *trouble) at(n int, watch func(n int, cancel func()) faulty.Watch) bool {
	h := tr.house
	h.t.Helper()
	old := tr.rows
	h.sql("insert into src select max(id) + 1 from src")
	if tr.grows {
		tr.rows++
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h.db.Watch(watch(n, cancel))
	results, err := h.command(ctx, "build")
	calls := h.db.Calls()
	h.db.Watch(faulty.Watch{})
	if len(calls) < n {
		must(h.t, err)
		h.allWell("run without fault", h.byName(results))
		return false
	}
	where := fmt.Sprintf("%s %d, %.60q", tr.how, n, calls[n-1].SQL)
	h.failed(where, results, err)
	h.whole(where, old, tr.rows)
	h.cacheTellsTruth()
	h.allWell("run after "+where, h.build())
	h.want("select count(*) from dw.a", fmt.Sprint(tr.rows))
	h.want("select n from dw.child", fmt.Sprint(tr.rows))
	h.want("select string_agg(table_name, ' ' order by table_name) from information_schema.tables where table_schema = 'dw'", "a child")
	if h.t.Failed() {
		h.t.Fatalf("the calls of %s:\n%s", where, list(calls))
	}
	return true
}

// failed checks the results of a run that went wrong: somebody tells of it, and
// nothing ran behind what failed.
func (h *house) failed(where string, results []result.Result, err error) {
	h.t.Helper()
	got := h.byName(results)
	a, child := got["a"], got["child"]
	switch {
	case err != nil && len(results) == 0: // before any node began
	case a.Status == result.Error && child.Status == result.Skipped && a.Message != "" && a.Err != nil:
	case a.Status == result.Success && child.Status == result.Error && child.Message != "":
	case err != nil && a.Status != "" && child.Status == result.Skipped: // cancelled
	default:
		h.t.Errorf("%s: results %s, error %v", where, h.statuses(results), err)
	}
}

// whole checks that a is as it was or as it was to be, and that nobody still has
// a transaction open that keeps it from being changed.
func (h *house) whole(where string, old, new int) {
	h.t.Helper()
	got, err := h.query("select count(*) from dw.a")
	if err != nil || got != fmt.Sprint(old) && got != fmt.Sprint(new) {
		h.t.Errorf("%s: a has %s rows (%v), not %d or %d", where, got, err, old, new)
	}
	h.sql("begin; insert into src values (99); rollback")
}

func (h *house) allWell(what string, results map[string]result.Result) {
	h.t.Helper()
	if len(results) == 0 {
		h.t.Errorf("%s: no results", what)
	}
	for name, r := range results {
		if r.Status != result.Success && r.Status != result.Pass {
			h.t.Errorf("%s: %s: %s: %s", what, name, r.Status, r.Message)
		}
	}
}

func list(calls []faulty.Call) string {
	var out []string
	for _, c := range calls {
		out = append(out, fmt.Sprintf("%d %s: %s", c.N, c.Conn, strings.Join(strings.Fields(c.SQL), " ")))
	}
	return strings.Join(out, "\n")
}

// TestRollback: where a statement in a transaction fails, the next thing that the
// connection hears is ROLLBACK.
func TestRollback(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": "{{ config(materialized='table', post_hook='select broken') }} select 1 as id"})
	h.db.Watch(faulty.Watch{})
	r := h.build()["a"]
	if r.Status != result.Error || r.Hook != "select broken" {
		t.Errorf("status %s, hook %q: %s", r.Status, r.Hook, r.Message)
	}
	calls := h.db.Calls()
	if last := calls[len(calls)-1]; last.Conn != "model.shop.a" || last.SQL != "ROLLBACK" {
		t.Errorf("no rollback at the end of\n%s", list(calls))
	}
	h.want("select count(*) from information_schema.tables where table_schema = 'dw'", "0")
}
