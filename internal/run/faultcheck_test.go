package run_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/manifest"
	"dex/internal/result"
)

// well holds a run to have gone well, with all its nodes.
func (h *house) well(what string, results []result.Result) {
	h.t.Helper()
	if len(results) == 0 {
		h.t.Errorf("%s: no results", what)
	}
	for _, r := range results {
		if r.Status != result.Success && r.Status != result.Pass && r.Status != result.NoOp {
			h.t.Errorf("%s: %s: %s: %s", what, r.Node, r.Status, r.Message)
		}
	}
}

// told holds the results of a run that went wrong: somebody tells of it, and nothing ran
// behind what failed.
func (tr *trouble) told(results []result.Result, err error, call faulty.Call) {
	tr.t.Helper()
	status := map[string]result.Status{}
	bad := 0
	for _, r := range results {
		if _, twice := status[r.Node]; twice {
			tr.t.Errorf("%s: two results of %s", tr.where, r.Node)
		}
		status[r.Node] = r.Status
		if r.Status.Failed() {
			bad++
			if r.Message == "" || r.Err == nil && r.Status == result.Error && r.Batches == nil {
				tr.t.Errorf("%s: %s is %s, and nobody says why: %q, %v", tr.where, r.Node, r.Status, r.Message, r.Err)
			}
		}
	}
	for _, r := range results {
		tr.behind(r, status)
	}
	harmless := call.SQL == "ROLLBACK" || tr.lenient
	switch {
	case tr.fault.cancels && !errors.Is(err, context.Canceled):
		tr.t.Errorf("%s: cancelled, and the error is %v", tr.where, err)
	case err != nil && len(results) == 0:
		if strings.Contains(call.Conn, ".") && !tr.fault.cancels {
			tr.t.Errorf("%s: no results: %v", tr.where, err)
		}
	case err != nil && !tr.fault.cancels:
		tr.t.Errorf("%s: %v", tr.where, err)
	case err == nil && bad == 0 && !harmless:
		tr.t.Errorf("%s: all went well: %s", tr.where, tr.statuses(results))
	}
	if tr.macro == "" && len(results) > 0 && len(results) < len(tr.planned) && !tr.aborted(err) {
		tr.t.Errorf("%s: %d results of %d: %s", tr.where, len(results), len(tr.planned), tr.statuses(results))
	}
	if call.SQL == "COMMIT" && tr.fault.lost {
		tr.unsure(results, err)
	}
}

// aborted reports whether a run may lack results: it was given up.
func (tr *trouble) aborted(err error) bool { return err != nil }

// behind holds what stands behind a node that did not go well to be skipped.
func (tr *trouble) behind(r result.Result, status map[string]result.Status) {
	tr.t.Helper()
	for _, p := range tr.manifest.ParentsOf(manifest.ID(r.Node)) {
		parent, known := status[string(p)]
		if known && parent.Blocks() && r.Status != result.Skipped {
			tr.t.Errorf("%s: %s is %s behind %s, which is %s", tr.where, r.Node, r.Status, p, parent)
		}
	}
	if r.Status == result.Skipped && !tr.fault.cancels {
		for _, s := range status {
			if s.Blocks() && s != result.Skipped {
				return
			}
		}
		tr.t.Errorf("%s: %s is skipped, and nothing has failed", tr.where, r.Node)
	}
}

// unsure holds the message of a COMMIT without an answer to say that nobody knows.
func (tr *trouble) unsure(results []result.Result, err error) {
	tr.t.Helper()
	const words = "is kept or taken back is not known"
	for _, r := range results {
		if strings.Contains(r.Message, words) || r.Batches != nil {
			return
		}
	}
	if err != nil && strings.Contains(err.Error(), words) {
		return
	}
	tr.t.Errorf("%s: the answer to COMMIT was lost, and nobody says that it is not known what became of it", tr.where)
}

// whole holds each relation to be as it was or as it was to be, and none to be there that
// nobody asked for, but for those that the next run takes away.
func (tr *trouble) whole(old, want map[string]string) {
	tr.t.Helper()
	got := tr.state()
	for name := range maps.Keys(want) {
		g, there := got[name]
		if !there && name == tr.loses || there && name == "a" && tr.piecemeal == tr.on.name() {
			continue
		}
		if name == "a" && tr.batches && tr.days(g, old[name], want[name]) {
			continue
		}
		if was, stood := old[name]; g != want[name] && (g != was || stood != there) {
			tr.t.Errorf("%s: %s is\n%s\nneither\n%s\nnor\n%s", tr.where, name, shown(g, there), shown(was, stood), want[name])
		}
	}
	for name := range got {
		if _, wanted := want[name]; !wanted && !strings.Contains(name, "__dbt_") {
			tr.t.Errorf("%s: %s is there, which nobody asked for", tr.where, name)
		}
	}
}

var dated = regexp.MustCompile(`2026-01-\d\d`)

// days reports whether each day of a relation is as it was or as it was to be. Where it is
// made anew, a day may be yet to come.
func (tr *trouble) days(got, old, want string) bool {
	split := func(state string) map[string]string {
		out := map[string]string{}
		for _, row := range strings.Split(strings.TrimPrefix(state, "table: "), ", ") {
			out[dated.FindString(row)] += row + "\n"
		}
		return out
	}
	g, o, w := split(got), split(old), split(want)
	for d := range w {
		if g[d] != w[d] && g[d] != o[d] && (g[d] != "" || !tr.full) {
			return false
		}
	}
	return true
}

func shown(s string, there bool) string {
	if !there {
		return "absent"
	}
	return s
}

// same holds the database to hold what it would have without faults, and nothing beside.
func (tr *trouble) same(when string, want outcome) {
	tr.t.Helper()
	got := outcome{tr.state(), tr.log()}
	if !maps.Equal(got.state, want.state) {
		tr.t.Errorf("%s: there is\n%v\nwithout faults it would be\n%v", when, got.state, want.state)
	}
	if got.log != want.log {
		tr.t.Errorf("%s: hooks wrote\n%s\nwithout faults\n%s", when, got.log, want.log)
	}
}

// closed holds all sessions to be given back, and their transactions to be over.
func (tr *trouble) closed() {
	tr.t.Helper()
	if n := tr.db.Held(); n != 0 {
		tr.t.Errorf("%s: %d sessions are not given back", tr.where, n)
	}
	tr.sql("begin; update src set val = val where id = 1; delete from log where false; rollback")
	if tr.relay != nil {
		tr.nobodyElse()
	}
}

// nobodyElse waits for the server to notice that sessions have ended. Every one but the
// test's own must.
func (tr *trouble) nobodyElse() {
	tr.t.Helper()
	const others = "select pid, state, query from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		got := tr.must(others)
		if got == "" {
			return
		}
		if time.Now().After(end) {
			tr.t.Fatalf("%s: sessions are left on the server: %s", tr.where, got)
		}
	}
}

var inserted = regexp.MustCompile(`insert into log values \('([^']+)'\)`)

// accounts holds what is said of hooks against what they have written.
func (tr *trouble) accounts(call faulty.Call) {
	tr.t.Helper()
	wrote := map[string]int{}
	for _, what := range strings.Split(tr.log(), ", ") {
		wrote[what]++
	}
	for _, x := range tr.ran.Hooks() {
		m := inserted.FindStringSubmatch(x.Written)
		if m == nil {
			continue
		}
		what := m[1]
		least, most := 0, 0
		if x.Status == result.Success && !x.RolledBack {
			least, most = 1, 1
		}
		if x.Unsettled {
			least = 0
		}
		if tr.fault.lost && strings.Contains(call.SQL, what) {
			least, most = 0, max(1, x.Attempts)
		}
		if tr.fault.lost && call.SQL == "COMMIT" && x.On == "always" {
			most = 2 // nobody knew whether what it did in the transaction was kept
		}
		if x.Status == "" || wrote[what] < least || wrote[what] > most {
			tr.t.Errorf("%s: the hook %s of %s is %s, rolled back %t, unsettled %t, %d attempts (%v); it has written %d times",
				tr.where, x.Name, x.Node, x.Status, x.RolledBack, x.Unsettled, x.Attempts, x.Err, wrote[what])
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

// relations lists what stands in the schemas of the project.
func (h *house) relations() []adapter.Relation {
	h.t.Helper()
	rels, err := h.own().Relations(context.Background(), h.inv.Database, []string{"dw", "dw_dbt_test__audit"})
	must(h.t, err)
	slices.SortFunc(rels, func(a, b adapter.Relation) int { return strings.Compare(a.Identifier, b.Identifier) })
	return rels
}

// must gives the rows of a query.
func (h *house) must(text string) string {
	h.t.Helper()
	got, err := h.query(text)
	must(h.t, err)
	return got
}

// rows gives the rows of a query, sorted.
func (h *house) rows(text string) string {
	h.t.Helper()
	rows := strings.Split(h.must(text), ", ")
	slices.Sort(rows)
	return strings.Join(rows, ", ")
}
