package engine

import (
	"context"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/store"
	"dex/internal/store/sqlite"
)

const grantSQL = `{{ config(params=[
    {'name': 'role', 'type': 'identifier'},
    {'name': 'since', 'type': 'date', 'default': "{{ var('since', '2024-02-03') }}"},
    {'name': 'token', 'type': 'secret', 'env': 'TOKEN'},
]) }}
select 1
`

// ended is a process of this host that has ended.
func ended(t *testing.T) string {
	t.Helper()
	child := exec.Command("true")
	if err := child.Run(); err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(store.Owner())
	return words[0] + " " + strconv.Itoa(child.Process.Pid) + " 1@gone"
}

// TestOperationHistory: runs come newest first, by name and state; one whose process
// is gone is lost; a broken project has its history still.
func TestOperationHistory(t *testing.T) {
	ctx := context.Background()
	dir := write(t, map[string]string{"dbt_project.yml": shop, "operations/grant.sql": grantSQL, "models/broken.sql": "{{ not"})
	s, err := sqlite.OpenBelow(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	runs := []store.OperationRun{
		{ID: "1", Operation: "script.shop.grant", State: store.Succeeded, Owner: ended(t), User: "ada", Target: "dev", Rows: 3, EndedAt: at.Add(1500 * time.Millisecond), Params: []byte(`{"role": "a b", "token": "*****", "code": null}`), Log: "logs/1.log"},
		{ID: "2", Operation: "script.shop.grant", State: store.Failed, Owner: ended(t), User: "ada", Target: "prod", Rows: -1, EndedAt: at.Add(time.Minute), Error: "no such role\nanywhere"},
		{ID: "3", Operation: "script.shop.tidy", State: store.Running, Owner: ended(t), User: "bob", Target: "dev", Rows: -1},
		{ID: "4", Operation: "script.util.clean", State: store.Running, Owner: store.Owner(), User: "bob", Target: "dev", Rows: -1},
	}
	for i, r := range runs {
		r.StartedAt = at.Add(time.Duration(i) * time.Second)
		if err := s.BeginOperation(ctx, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ids := func(change func(*Invocation)) string {
		out, err := invoke(t, dir, "operation history", func(inv *Invocation) {
			inv.Output, inv.Limit = "json", -1
			change(inv)
		})
		if err != nil {
			return err.Error()
		}
		var got []string
		for _, l := range out.Lines {
			v, err := value.ParseJSON([]byte(l))
			if err != nil {
				t.Fatal(err)
			}
			d := v.(*value.Dict)
			id, _ := d.GetStr("id")
			status, _ := d.GetStr("status")
			got = append(got, value.ToStr(id)+" "+value.ToStr(status))
		}
		return strings.Join(got, ", ")
	}
	for _, c := range []struct {
		want   string
		change func(*Invocation)
	}{
		{"4 running, 3 lost, 2 error, 1 success", func(*Invocation) {}},
		{"4 running, 3 lost", func(inv *Invocation) { inv.Limit = 2 }},
		{"2 error, 1 success", func(inv *Invocation) { inv.Operation = "grant" }},
		{"2 error", func(inv *Invocation) { inv.Operation, inv.Limit = "shop.grant", 1 }},
		{"4 running", func(inv *Invocation) { inv.Operation = "script.util.clean" }},
		{"3 lost", func(inv *Invocation) { inv.Status = "lost" }},
		{"4 running", func(inv *Invocation) { inv.Status = "running" }},
		{"", func(inv *Invocation) { inv.Operation, inv.Status = "grant", "lost" }},
		{"", func(inv *Invocation) { inv.Operation = "somethingelse" }},
	} {
		if got := ids(c.change); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	if got := ids(func(inv *Invocation) { inv.Operation = "grnat" }); !strings.Contains(got, "Did you mean 'grant'?") {
		t.Error(got)
	}
	out, err := invoke(t, dir, "operation history", func(inv *Invocation) { inv.Operation, inv.Limit = "grant", 20 })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"STARTED (UTC)        OPERATION   STATUS   TIME    ROWS  BY   TARGET  PARAMETERS",
		"2026-05-04 03:02:02  shop.grant  error    59.00s        ada  prod",
		"    no such role",
		"2026-05-04 03:02:01  shop.grant  success  1.50s   3     ada  dev     role=a b token=*****",
		"    log: logs/1.log",
	}
	if d := cmp.Diff(want, out.Lines); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestBindParams: the command line's values, the environment and defaults come
// together, and secrets are learnt before a fault could tell them.
func TestBindParams(t *testing.T) {
	dir := write(t, map[string]string{"dbt_project.yml": shop, "operations/grant.sql": grantSQL})
	var learnt []string
	e := &Engine{
		Getenv: func(name string) (string, bool) { return "from the environment", name == "TOKEN" },
		Learn:  func(s []string) { learnt = append(learnt, s...) },
	}
	bind := func(p ParamSources) (operation.Values, error) {
		w := newWork(e, Invocation{ID: "x", Command: "operation list", ProjectDir: dir, Params: p})
		defer w.close()
		for _, s := range []stage{loadProject, parseProject, readOperations} {
			if err := s(context.Background(), w); err != nil {
				t.Fatal(err)
			}
		}
		op, err := w.findOperation("grant")
		if err != nil {
			t.Fatal(err)
		}
		return w.bindParams(context.Background(), op)
	}
	got, err := bind(ParamSources{Pairs: []string{"role=reader"}})
	if err != nil {
		t.Fatal(err)
	}
	if s := value.ToStr(got.Dict()); s != "{'role': 'reader', 'since': datetime.date(2024, 2, 3), 'token': 'from the environment'}" {
		t.Error(s)
	}
	if len(learnt) != 1 || learnt[0] != "from the environment" {
		t.Errorf("learnt %q", learnt)
	}
	learnt = nil
	_, err = bind(ParamSources{Pairs: []string{"rol=reader", "token=canary"}, Text: "{since: never}"})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Fatal(err)
	}
	for _, want := range []string{"Did you mean 'role'?", "parameter role is missing", "'never' is not a date"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if len(learnt) == 0 || learnt[0] != "canary" {
		t.Errorf("learnt %q", learnt)
	}
	if l, ok := err.(*diag.ListError); !ok || len(l.List) != 3 {
		t.Errorf("%v", err)
	}
	if _, err := bind(ParamSources{File: "absent.yml"}); err == nil || !strings.Contains(err.Error(), "--params-file") {
		t.Error(err)
	}
}
