package run_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/jinja/value"
	"dex/internal/result"
)

// deep has every fault happen at every call. Without it every call is visited by one of
// the faults, by another one in each kind and act.
var deep = flag.Bool("faults.all", false, "let every fault happen at every call")

// fault is a way in which a call goes wrong.
type fault struct {
	name string
	// lost says that the call may have been carried out all the same.
	lost bool
	// cancels says that it is the whole run that is given up.
	cancels bool
	// at arms the fault for the n-th call from now on. cancel gives the run up.
	at func(h *house, n int, cancel func()) faulty.Watch
}

func before(f func(h *house, c faulty.Call) error) func(*house, int, func()) faulty.Watch {
	return func(h *house, n int, _ func()) faulty.Watch {
		return faulty.Watch{Before: at(n, func(c faulty.Call) error { return f(h, c) })}
	}
}

func at(n int, fired func(faulty.Call) error) func(faulty.Call) error {
	return func(c faulty.Call) error {
		if c.N == n {
			return fired(c)
		}
		return nil
	}
}

// failing sends a statement on the session in place of the call, which must fail.
func failing(sql string, within time.Duration) func(*house, faulty.Call) error {
	return func(h *house, c faulty.Call) error {
		ctx, cancel := context.WithTimeout(context.Background(), within)
		defer cancel()
		if _, _, err := c.On.Execute(ctx, sql, true, 0); err != nil {
			return err
		}
		return errors.New("the test's own statement was to fail")
	}
}

// duckdbFaults are what can befall a call of a database in the process.
var duckdbFaults = []fault{
	{name: "refused", at: before(func(_ *house, c faulty.Call) error { return faulty.Broken(c) })},
	{name: "answer lost", lost: true, at: func(_ *house, n int, _ func()) faulty.Watch { return faulty.Watch{After: at(n, faulty.Broken)} }},
	{name: "error", at: before(failing("select error('broken on purpose')", time.Minute))},
	{name: "time-out", at: before(failing("select count(*) from range(1000000000) a, range(1000000000) b", 2*time.Millisecond))},
	{name: "cancelled", cancels: true, at: func(_ *house, n int, cancel func()) faulty.Watch {
		return faulty.Watch{Before: at(n, func(faulty.Call) error { cancel(); return nil })}
	}},
}

// TestFaults lets runs of each kind of node go wrong at their first call to the
// database, then at their second, and so on, in every way that a call can. What stood
// before must stand, or what was asked for; what was said of it must be true; and the
// next run must bring what runs without faults would have brought.
func TestFaults(t *testing.T) {
	everyFault(t, onDuckDB, duckdbFaults)
}

func everyFault(t *testing.T, on place, faults []fault) {
	for i := range kinds {
		k := &kinds[i]
		if k.only != "" && k.only != on.name() {
			continue
		}
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			tr := &trouble{house: newHouseOn(t, on, k.project()), kind: k}
			tr.twin = &twin{trouble: &trouble{house: newHouseOn(t, on, k.project()), kind: k}}
			for j, a := range acts {
				if (k.macro != "" || k.standing != "") && !a.first || a.full && !k.refreshes() {
					continue
				}
				t.Run(a.name, func(t *testing.T) { tr.every(t, a, i+2*j, faults) })
			}
		})
	}
}

// every has faults happen in an act, call by call. shift says with which one it begins.
func (tr *trouble) every(t *testing.T, a act, shift int, faults []fault) {
	tr.begin(t, a)
	tr.twin.begin(t, a)
	tr.twin.seen = nil
	for n, more := 1, true; more; n++ {
		for i := range faults {
			if *deep || (n+i+shift)%len(faults) == 0 {
				tr.fault = &faults[i]
				more = tr.at(n)
			}
		}
	}
}

// trouble is a project whose runs go wrong in turn.
type trouble struct {
	*house
	*kind
	act
	fault *fault
	twin  *twin
	steps int
}

// begin makes what an act begins with.
func (tr *trouble) begin(t *testing.T, a act) {
	t.Helper()
	tr.t, tr.act, tr.steps = t, a, 0
	tr.inv.Flags.SetStr("FULL_REFRESH", value.Bool(a.full))
	tr.inv.Strict = tr.strict
	tr.exec.Microbatch.Now = time.Date(2026, 1, 3, 12, 0, 0, 0, time.UTC)
	tr.exec.Pause = func(context.Context, time.Duration) error { return nil }
	tr.sql(empty + "; drop table if exists src; drop table if exists log")
	tr.sql("create table src(id int, val int, ts timestamp); insert into src values (1, 0, timestamp '2026-01-01 01:00:00'); create table log(what varchar(20))")
	tr.stand()
	if !a.first {
		tr.well("first run", tr.again())
	}
}

// empty takes away what runs have made.
const empty = "drop schema if exists dw cascade; drop schema if exists dw_dbt_test__audit cascade; create schema dw"

func (tr *trouble) stand() {
	if tr.standing != "" {
		tr.sql(tr.standing)
	}
	if tr.seeds {
		tr.writeSeed()
	}
}

func (tr *trouble) writeSeed() {
	must(tr.t, os.WriteFile(filepath.Join(tr.dir, "seeds", "a.csv"), fmt.Appendf(nil, "id,val\n1,%d\n%d,2\n", tr.steps, tr.steps+2), 0o644))
}

// step changes what the next run finds.
func (tr *trouble) step() {
	tr.t.Helper()
	tr.steps++
	if tr.first {
		tr.sql(empty)
		tr.steps = 1
		tr.stand()
		return
	}
	if tr.seeds {
		tr.writeSeed()
	}
	tr.sql("update src set val = val + 1 where id = 1; insert into src select max(id) + 1, 0, timestamp '2026-01-01 01:00:00' + (max(id) % 3) * interval '1 day' from src")
}

// carry runs the kind's command.
func (tr *trouble) carry(ctx context.Context) ([]result.Result, error) {
	if tr.macro == "" {
		return tr.command(ctx, "build")
	}
	return tr.operation(ctx, tr.macro)
}

// again is a run that must come to its end.
func (tr *trouble) again() []result.Result {
	tr.t.Helper()
	tr.sql("delete from log")
	results, err := tr.carry(context.Background())
	must(tr.t, err)
	return results
}

// state is what the database holds: by relation, and the rows of log.
func (tr *trouble) state() map[string]string {
	tr.t.Helper()
	out := map[string]string{}
	for _, r := range tr.relations() {
		out[r.Identifier] = string(r.Type)
		if r.Identifier != "a" || tr.look == "" {
			out[r.Identifier] += ": " + tr.rows("select * from "+r.Schema+"."+r.Identifier)
		}
	}
	if tr.look != "" {
		if got, err := tr.query(tr.look); err == nil {
			out["a"] += ": " + got
		}
	}
	return out
}

// log is what hooks have written.
func (tr *trouble) log() string { return tr.rows("select what from log") }

// twin is the same project without faults.
type twin struct {
	*trouble
	seen []outcome // by step
}

// outcome is what a run without faults leaves.
type outcome struct {
	state map[string]string
	log   string
}

// outcome gives what stands behind the n-th run without faults; the 0-th is what stood
// before.
func (w *twin) outcome(n int) outcome {
	if len(w.seen) == 0 {
		w.seen = append(w.seen, outcome{state: w.state()})
	}
	for len(w.seen) <= n {
		w.step()
		results := w.again()
		w.well("run of the twin", results)
		w.seen = append(w.seen, outcome{w.state(), w.log()})
	}
	return w.seen[n]
}

// at has one run that goes wrong at the n-th call, and one that must repair it. It
// is false where the first had fewer calls.
func (tr *trouble) at(n int) bool {
	tr.t.Helper()
	tr.step()
	tr.sql("delete from log")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	tr.db.Watch(tr.fault.at(tr.house, n, cancel))
	results, err := tr.carry(ctx)
	calls := tr.db.Calls()
	tr.db.Watch(faulty.Watch{})
	old, want := tr.twin.outcome(tr.steps-1), tr.twin.outcome(tr.steps)
	if len(calls) < n {
		must(tr.t, err)
		tr.well("run without fault", results)
		tr.same("run without fault", want)
		return false
	}
	tr.where = fmt.Sprintf("%s at %d %s, %.60q", tr.fault.name, n, calls[n-1].Conn, strings.Join(strings.Fields(calls[n-1].SQL), " "))
	tr.told(results, err, calls[n-1])
	tr.whole(old.state, want.state)
	tr.accounts(calls[n-1])
	tr.closed()
	tr.cacheTellsTruth()
	tr.well("run after "+tr.where, tr.again())
	tr.same("run after "+tr.where, want)
	if tr.t.Failed() {
		tr.t.Fatalf("%s\nthe calls:\n%s", tr.statuses(results), list(calls))
	}
	return true
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
