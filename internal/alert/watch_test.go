package alert

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/notify"
	"dex/internal/result"
	"dex/internal/store"
	"dex/internal/store/sqlite"
)

// desk is what runs of one project leave in their outbox.
type desk struct {
	t      *testing.T
	store  *sqlite.Store
	config *notify.Config
	at     time.Time
	runs   int
	read   map[string]bool
	failed []string
}

func newDesk(t *testing.T, rules ...*notify.Rule) *desk {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "dex.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	c := &notify.Config{Channels: []*notify.Channel{{Name: "a", Type: "slack", Enabled: true}}, Rules: rules, Delivery: notify.DefaultDelivery}
	for _, r := range rules {
		r.Channels = []string{"a"}
		if r.Name == "" {
			r.Name = "r"
		}
		if r.SummarizeAfter == 0 {
			r.SummarizeAfter = 3
		}
	}
	return &desk{t: t, store: s, config: c, at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), read: map[string]bool{}}
}

// run is one invocation: nodes end as told, "m1:error m2:success". It gives the
// messages that were stored, as "event title".
func (d *desk) run(nodes string, end Run) []notify.Message {
	d.t.Helper()
	d.runs++
	d.at = d.at.Add(time.Hour)
	open := func(context.Context) (store.Outbox, error) { return d.store, nil }
	now := func() time.Time { return d.at }
	out := &notify.Outbox{Config: d.config, Open: open, Now: now}
	w := &Watch{
		Config: d.config, Sender: out, Troubles: &notify.Troubles{Marks: open, Sender: out, Now: now}, Now: now, Stored: func() bool { return true },
		Failed:   func(err error) { d.failed = append(d.failed, err.Error()) },
		Facts:    Facts{Project: "shop", Target: "prod", Command: "build", Invocation: fmt.Sprint("inv", d.runs), Commit: func() string { return "c0ffee" }, TargetValue: value.NewDict(0)},
		Selected: map[*notify.Rule]map[string]bool{},
	}
	ids := map[string]bool{}
	var results []result.Result
	for _, n := range strings.Fields(nodes) {
		name, status, _ := strings.Cut(n, ":")
		ids[name] = true
		results = append(results, result.Result{Node: name, Status: result.Status(status), Message: "Error in " + name + "\n  the reason"})
	}
	for _, r := range d.config.Rules {
		if r.Nodes {
			w.Selected[r] = ids
		}
	}
	w.Begin(d.t.Context())
	for _, r := range results {
		w.Emit(event.Event{Data: event.NodeFinished{NodeInfo: &event.NodeInfo{UniqueID: r.Node}, Result: &event.RunResult{Status: string(r.Status), Message: r.Message}}})
	}
	end.Results = results
	w.End(d.t.Context(), end)
	return d.unread()
}

func (d *desk) unread() []notify.Message {
	d.t.Helper()
	all, err := d.store.Notices(d.t.Context(), store.NoticeFilter{})
	if err != nil {
		d.t.Fatal(err)
	}
	slices.Reverse(all)
	var out []notify.Message
	for _, n := range all {
		if d.read[n.ID] {
			continue
		}
		d.read[n.ID] = true
		var m notify.Message
		if err := json.Unmarshal(n.Body, &m); err != nil {
			d.t.Fatal(err)
		}
		out = append(out, m)
	}
	return out
}

func told(ms []notify.Message) string {
	var out []string
	for _, m := range ms {
		out = append(out, m.Event+" "+strings.TrimPrefix(m.Title, "[prod] shop: "))
	}
	return strings.Join(out, "; ")
}

func (d *desk) want(nodes, want string) []notify.Message {
	d.t.Helper()
	ms := d.run(nodes, Run{})
	if got := told(ms); got != want {
		d.t.Errorf("run %d, %s:\n got %s\nwant %s", d.runs, nodes, got, want)
	}
	return ms
}

// A trouble is told once over many runs, and its end once, under one key.
func TestTroubleIsToldOnce(t *testing.T) {
	d := newDesk(t, &notify.Rule{Nodes: true, On: []string{"failure", "recovery"}})
	first := d.want("m1:success m2:error", "failure node m2 failed")
	d.want("m1:success m2:error", "")
	d.want("m1:success m2:skipped", "")
	last := d.want("m1:success m2:success", "recovery node m2 recovered")
	d.want("m1:success m2:success", "")
	if first[0].Key == "" || first[0].Key != last[0].Key {
		t.Errorf("keys %q and %q", first[0].Key, last[0].Key)
	}
	if !strings.Contains(last[0].Text, "3h0m") {
		t.Errorf("how long it lasted is not told: %s", last[0].Text)
	}
	again := d.want("m2:fail", "failure node m2 failed")
	if again[0].Effect == first[0].Effect {
		t.Error("a new trouble has the effect of the old one: it would not be stored")
	}
	if len(d.failed) > 0 {
		t.Error(d.failed)
	}
}

func TestWarningsSuccessesSkips(t *testing.T) {
	d := newDesk(t, &notify.Rule{Nodes: true, On: []string{"failure", "warning", "success", "recovery", "skipped"}})
	d.want("t1:warn", "warning node t1 ended with warnings")
	d.want("t1:warn", "")
	d.want("t1:fail", "failure node t1 failed")
	d.want("t1:pass", "recovery node t1 recovered; recovery node t1 recovered")
	d.want("t1:pass m1:skipped", "success node t1 succeeded; skipped node m1 was skipped")
	d.want("t1:pass", "success node t1 succeeded") // each run has its own
}

// Of many failures a few are told one by one, the others together; so is their end.
func TestManyFailures(t *testing.T) {
	d := newDesk(t, &notify.Rule{Nodes: true, On: []string{"failure", "recovery"}})
	var bad, good []string
	for i := range 20 {
		bad = append(bad, fmt.Sprintf("m%02d:error", i))
		good = append(good, fmt.Sprintf("m%02d:success", i))
	}
	ms := d.want(strings.Join(bad, " "), "failure node m00 failed; failure node m01 failed; failure node m02 failed; failure 17 more failures")
	if text := ms[3].Text; strings.Count(text, "•") != 10 || !strings.Contains(text, "and 7 more") || !strings.Contains(text, "m03: the reason") {
		t.Error(text)
	}
	d.want(strings.Join(bad, " "), "") // all of them are known
	d.want(strings.Join(append(good[:10:10], bad[10:]...), " "), "recovery node m00 recovered; recovery node m01 recovered; recovery node m02 recovered")
	over := d.want(strings.Join(good, " "), "recovery the other failures of r are over")
	if over[0].Key != ms[3].Key {
		t.Errorf("keys %q and %q", over[0].Key, ms[3].Key)
	}
	d.want(strings.Join(good, " "), "")
}

func TestRuns(t *testing.T) {
	d := newDesk(t, &notify.Rule{On: []string{"failure", "success", "recovery"}})
	ms := d.want("m1:error m2:success", "failure dex build failed")
	if !strings.Contains(ms[0].Text, "m1: the reason") || !strings.Contains(ms[0].Text, "1 error, 1 success") {
		t.Error(ms[0].Text)
	}
	d.want("m1:error m2:success", "")
	d.want("m1:success m2:success", "recovery dex build recovered")
	d.want("m1:success", "success dex build succeeded")
	if got := told(d.run("", Run{Err: errors.New("the database is locked")})); got != "failure dex build failed" {
		t.Error(got)
	}
	d.want("m1:success", "recovery dex build recovered")
	if got := told(d.run("m1:error", Run{Cancelled: true, Err: context.Canceled})); got != "failure dex build was interrupted" {
		t.Error(got)
	}
}

func TestTemplates(t *testing.T) {
	d := newDesk(t, &notify.Rule{Nodes: true, On: []string{"failure"}, Title: "{{ node.name }} {{ status }}", Message: "{{ error | upper }} {{ commit }} {{ run_url }}"})
	d.config.RunURL = "https://ci.example.com/{{ invocation_id }}"
	ms := d.run("m1:error", Run{})
	if len(ms) != 1 || ms[0].Title != "m1 error" || !strings.Contains(ms[0].Text, "THE REASON c0ffee https://ci.example.com/inv1") || ms[0].URL != "https://ci.example.com/inv1" {
		t.Errorf("%+v", ms)
	}
	for name, template := range map[string]string{"undefined": "{{ nope.x }}", "environment": "{{ env_var('HOME') }}", "endless": "{% for i in range(10000000) %}{% for j in range(10000000) %}x{% endfor %}{% endfor %}"} {
		d = newDesk(t, &notify.Rule{Nodes: true, On: []string{"failure"}, Message: template})
		ms = d.run("m1:error", Run{})
		if len(ms) != 1 || !strings.Contains(ms[0].Text, "the reason") || !strings.Contains(ms[0].Text, "could not be rendered") || len(d.failed) != 1 {
			t.Errorf("%s: %+v %v", name, ms, d.failed)
		}
	}
}
