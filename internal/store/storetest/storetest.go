// Package storetest is what every store must do, as tests. An implementation calls
// Exercise.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"dex/internal/store"
)

// Exercise holds a store to its interfaces. open opens the same store each time that
// it is called in one test, and a new one in each test.
func Exercise(t *testing.T, open func(t *testing.T) func() store.Store) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func() store.Store)
	}{
		{"notices", notices},
		{"claims", claims},
		{"settled late", settledLate},
		{"revived", revived},
		{"marks", marks},
		{"chain", chain},
		{"chain by many", chainByMany},
		{"operations", operations},
		{"unknown ids", unknown},
		{"cancelled", cancelled},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456789, time.UTC)

// Notice is a pending notice, for tests.
func Notice(id string) store.Notice {
	return store.Notice{
		ID: id, Key: "effect-" + id, Channel: "oncall", Body: []byte(`{"text": "` + id + `"}`),
		Invocation: "inv", Node: "model.shop.orders", State: store.Pending, CreatedAt: noon, NextAt: noon,
	}
}

func notices(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	for i, id := range []string{"a", "b", "c"} {
		n := Notice(id)
		n.CreatedAt = noon.Add(time.Duration(i) * time.Second)
		if put, err := s.PutNotice(ctx, n); err != nil || !put {
			t.Fatal(put, err)
		}
	}
	twin := Notice("d")
	twin.Key = "effect-a"
	if put, err := s.PutNotice(ctx, twin); err != nil || put {
		t.Fatalf("a second notice of one effect: put %v, %v", put, err)
	}
	s = again(t, s, open)
	found, err := s.Notices(ctx, store.NoticeFilter{})
	if err != nil || fmt.Sprint(ids(found)) != "[c b a]" {
		t.Fatalf("newest first: %v, %v", ids(found), err)
	}
	want := Notice("a")
	if got := fmt.Sprintf("%+v", found[2]); got != fmt.Sprintf("%+v", want) {
		t.Errorf("a notice came back as\n%s, not\n%+v", got, want)
	}
	for f, want := range map[store.NoticeFilter]string{
		{ID: "b"}: "[b]", {Limit: 2}: "[c b]", {Channel: "other"}: "[]", {Channel: "oncall", State: store.Pending}: "[c b a]",
		{State: store.Dead}: "[]", {Invocation: "inv", Limit: 1}: "[c]", {Invocation: "' or 1=1 --"}: "[]",
	} {
		if found, err := s.Notices(ctx, f); err != nil || fmt.Sprint(ids(found)) != want {
			t.Errorf("%+v finds %v (%v), not %s", f, ids(found), err, want)
		}
	}
}

func claims(t *testing.T, open func() store.Store) {
	ctx, s, other := t.Context(), open(), open()
	late := Notice("late")
	late.NextAt = noon.Add(time.Hour)
	for _, n := range []store.Notice{Notice("1"), Notice("2"), Notice("3"), late} {
		put(t, s, n)
	}
	lease := noon.Add(time.Minute)
	first := claim(t, s, noon, lease, 2)
	if fmt.Sprint(ids(first)) != "[1 2]" || !first[0].NextAt.Equal(lease) {
		t.Fatalf("claimed %v, until %v", ids(first), first[0].NextAt)
	}
	if got := claim(t, other, noon, lease, 10); fmt.Sprint(ids(got)) != "[3]" {
		t.Errorf("another claims %v of what is left", ids(got))
	}
	if got := claim(t, s, noon, lease, 10); len(got) != 0 {
		t.Errorf("claimed twice: %v", ids(got))
	}
	if got := claim(t, other, lease, lease.Add(time.Minute), 10); fmt.Sprint(ids(got)) != "[1 2 3]" {
		t.Errorf("when leases are over: %v", ids(got))
	}
	// Delivered and dead ones are never claimed.
	for id, to := range map[string]store.NoticeState{"1": store.Delivered, "2": store.Dead, "3": store.Pending} {
		if err := s.SettleNotice(ctx, store.Attempt{Notice: id, At: noon, Elapsed: 3 * time.Second, Status: 429, Error: "slow down"}, to, lease.Add(5*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if got := claim(t, s, lease.Add(5*time.Minute), noon.Add(2*time.Hour), 10); fmt.Sprint(ids(got)) != "[3]" || got[0].Attempts != 1 || got[0].Error != "slow down" {
		t.Errorf("after their attempts: %+v", got)
	}
	tries, err := s.NoticeAttempts(ctx, "3")
	if err != nil || len(tries) != 1 || fmt.Sprintf("%+v", tries[0]) != fmt.Sprintf("%+v", store.Attempt{Notice: "3", Number: 1, At: noon, Elapsed: 3 * time.Second, Status: 429, Error: "slow down"}) {
		t.Errorf("attempts: %+v, %v", tries, err)
	}
}

func settledLate(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	put(t, s, Notice("a"))
	for _, to := range []store.NoticeState{store.Delivered, store.Pending, store.Dead} {
		if err := s.SettleNotice(ctx, store.Attempt{Notice: "a", At: noon, Error: string(to)}, to, noon); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Notices(ctx, store.NoticeFilter{ID: "a"})
	if err != nil || len(found) != 1 || found[0].State != store.Delivered || found[0].Attempts != 3 {
		t.Errorf("a delivered notice became %+v (%v)", found, err)
	}
	if tries, err := s.NoticeAttempts(ctx, "a"); err != nil || len(tries) != 3 || tries[2].Number != 3 {
		t.Errorf("attempts: %+v, %v", tries, err)
	}
}

func revived(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	put(t, s, Notice("a"))
	if err := s.SettleNotice(ctx, store.Attempt{Notice: "a", At: noon}, store.Dead, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if err := s.ReviveNotice(ctx, "a", noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if got := claim(t, s, noon, noon, 1); len(got) != 0 {
		t.Errorf("claimed before its time: %+v", got)
	}
	if got := claim(t, s, noon.Add(time.Minute), noon.Add(time.Hour), 1); len(got) != 1 || got[0].Attempts != 1 {
		t.Errorf("a revived notice: %+v", got)
	}
}

func marks(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	for _, step := range []struct{ name, value, was string }{
		{"trouble:a%b", "1", ""}, {"trouble:a%b", "2", "1"}, {"trouble:axb", "3", ""}, {"other", "4", ""}, {"trouble:gone", "5", ""}, {"trouble:gone", "", "5"}, {"never", "", ""},
	} {
		was, err := s.Mark(ctx, step.name, step.value)
		if err != nil || was != step.was {
			t.Fatalf("mark %s: %q, %v, want %q", step.name, was, err, step.was)
		}
	}
	s = again(t, s, open)
	for prefix, want := range map[string]string{"trouble:": "map[trouble:a%b:2 trouble:axb:3]", "trouble:a%": "map[trouble:a%b:2]", "": "map[other:4 trouble:a%b:2 trouble:axb:3]", "no": "map[]"} {
		if got, err := s.Marks(ctx, prefix); err != nil || fmt.Sprint(got) != want {
			t.Errorf("marks %q: %v (%v), want %s", prefix, got, err, want)
		}
	}
}

// links makes n records behind the given end; their hash tells their place.
func links(kind string, n int) func(int64, string) []store.Record {
	return func(seq int64, hash string) []store.Record {
		var out []store.Record
		for range n {
			r := store.Record{Seq: seq + 1, At: noon, Kind: kind, Body: []byte(`{}`), Prev: hash, Hash: fmt.Sprintf("%s>%d", kind, seq+1)}
			out = append(out, r)
			seq, hash = r.Seq, r.Hash
		}
		return out
	}
}

func chain(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	if h, err := s.Head(ctx); err != nil || h != (store.Head{}) {
		t.Fatalf("the head of an empty chain is %+v, %v", h, err)
	}
	for _, n := range []int{1, 0, 3} {
		if err := s.AppendRecords(ctx, links("node", n)); err != nil {
			t.Fatal(err)
		}
	}
	s = again(t, s, open)
	if h, err := s.Head(ctx); err != nil || h != (store.Head{Seq: 4, Hash: "node>4"}) {
		t.Errorf("the head is %+v, %v", h, err)
	}
	got, err := s.Records(ctx, 2, 2)
	if err != nil || len(got) != 2 || got[0].Seq != 2 || got[0].Prev != "node>1" || got[1].Hash != "node>3" || !got[1].At.Equal(noon) || string(got[1].Body) != "{}" || got[1].Kind != "node" {
		t.Errorf("records from 2: %+v, %v", got, err)
	}
	if got, err := s.Records(ctx, 0, 0); err != nil || len(got) != 4 {
		t.Errorf("all records: %+v, %v", got, err)
	}
	if got, err := s.Records(ctx, 5, 10); err != nil || len(got) != 0 {
		t.Errorf("behind the end: %+v, %v", got, err)
	}
	// One bad record leaves nothing of its batch.
	err = s.AppendRecords(ctx, func(seq int64, hash string) []store.Record {
		r := links("twice", 1)(seq, hash)
		return append(r, r...)
	})
	if err == nil {
		t.Error("a number was given twice")
	}
	if h, err := s.Head(ctx); err != nil || h.Seq != 4 {
		t.Errorf("after a batch that failed the head is %+v, %v", h, err)
	}
}

// chainByMany appends from many goroutines through two openings of one store.
func chainByMany(t *testing.T, open func() store.Store) {
	ctx, all := t.Context(), []store.Store{open(), open()}
	var wait sync.WaitGroup
	for w := range 4 {
		wait.Go(func() {
			for range 10 {
				if err := all[w%2].AppendRecords(ctx, links(fmt.Sprint("w", w), 2)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	got, err := all[0].Records(ctx, 1, 0)
	if err != nil || len(got) != 80 {
		t.Fatalf("%d records, %v", len(got), err)
	}
	prev := ""
	for i, r := range got {
		if r.Seq != int64(i+1) || r.Prev != prev {
			t.Fatalf("record %d has number %d and follows %q, not %q", i+1, r.Seq, r.Prev, prev)
		}
		prev = r.Hash
	}
}

// Run is a run of an operation under way, for tests.
func Run(id, operation string, at time.Time) store.OperationRun {
	return store.OperationRun{
		ID: id, Operation: operation, Invocation: "inv", Target: "dev", User: "ann", State: store.Running, Owner: "host 17 1",
		Params: []byte(`{"role": "x"}`), PlanHash: "f00", StartedAt: at, Rows: -1,
	}
}

func operations(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	for i, op := range []string{"script.shop.grant", "script.shop.vacuum", "script.shop.grant"} {
		if err := s.BeginOperation(ctx, Run(fmt.Sprint("r", i), op, noon.Add(time.Duration(i)*time.Minute))); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.BeginOperation(ctx, Run("r0", "script.shop.grant", noon)); err == nil {
		t.Error("one run was begun twice")
	}
	end := Run("r2", "script.shop.grant", noon.Add(2*time.Minute))
	end.State, end.EndedAt, end.Rows, end.Error, end.Result, end.Log = store.Failed, noon.Add(time.Hour), 7, "boom", []byte(`[1]`), "logs/x"
	if err := s.EndOperation(ctx, end); err != nil {
		t.Fatal(err)
	}
	s = again(t, s, open)
	found, err := s.OperationRuns(ctx, store.OperationFilter{ID: "r2"})
	if err != nil || len(found) != 1 || fmt.Sprintf("%+v", found[0]) != fmt.Sprintf("%+v", end) {
		t.Errorf("a run came back as\n%+v (%v), not\n%+v", found, err, end)
	}
	for id, want := range map[string]bool{"r1": true, "r2": false} { // r2 has ended: that stays
		if lost, err := s.LoseOperation(ctx, id, noon.Add(time.Hour), "gone"); err != nil || lost != want {
			t.Errorf("%s is lost: %v, %v", id, lost, err)
		}
	}
	if lost, err := s.OperationRuns(ctx, store.OperationFilter{State: store.Lost}); err != nil || len(lost) != 1 || lost[0].ID != "r1" || lost[0].Error != "gone" || !lost[0].EndedAt.Equal(noon.Add(time.Hour)) {
		t.Errorf("lost are %+v, %v", lost, err)
	}
	for f, want := range map[store.OperationFilter]string{
		{}: "[r2 r1 r0]", {Operation: "script.shop.grant"}: "[r2 r0]", {State: store.Running}: "[r0]", {Limit: 1}: "[r2]", {Operation: "no"}: "[]",
	} {
		found, err := s.OperationRuns(ctx, f)
		var got []string
		for _, r := range found {
			got = append(got, r.ID)
		}
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%+v finds %v (%v), not %s", f, got, err, want)
		}
	}
}

func unknown(t *testing.T, open func() store.Store) {
	ctx, s := t.Context(), open()
	for name, err := range map[string]error{
		"settle": s.SettleNotice(ctx, store.Attempt{Notice: "no"}, store.Dead, noon),
		"revive": s.ReviveNotice(ctx, "no", noon),
		"end":    s.EndOperation(ctx, store.OperationRun{ID: "no"}),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s of an unknown id: %v", name, err)
		}
	}
	if tries, err := s.NoticeAttempts(ctx, "no"); err != nil || len(tries) != 0 {
		t.Errorf("attempts of an unknown id: %v, %v", tries, err)
	}
}

// cancelled calls with a context that is over: nothing is written, and the store is
// as good as before.
func cancelled(t *testing.T, open func() store.Store) {
	s := open()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.PutNotice(over, Notice("a")); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v", err)
	}
	if found, err := s.Notices(t.Context(), store.NoticeFilter{}); err != nil || len(found) != 0 {
		t.Errorf("after a cancelled call: %v, %v", ids(found), err)
	}
}

func again(t *testing.T, s store.Store, open func() store.Store) store.Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return open()
}

func put(t *testing.T, s store.Store, n store.Notice) {
	t.Helper()
	if ok, err := s.PutNotice(t.Context(), n); err != nil || !ok {
		t.Fatal(ok, err)
	}
}

func claim(t *testing.T, s store.Store, now, until time.Time, n int) []store.Notice {
	t.Helper()
	got, err := s.ClaimNotices(t.Context(), now, until, n)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ids(l []store.Notice) []string {
	out := []string{}
	for _, n := range l {
		out = append(out, n.ID)
	}
	return out
}
