package engine

import (
	"strings"
	"testing"
	"time"

	"dex/internal/audit"
	"dex/internal/profile"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/store"
)

// A run of an operation leaves two records, without secrets, between those of its
// command; a kind that is not kept leaves none.
func TestAuditOfOperations(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	clean := func(s string) string { return strings.ReplaceAll(s, "sesame", "*****") }
	w := newWork(&Engine{Clean: clean, Version: "0.1"}, Invocation{ID: "inv", Command: "operation-run", ProjectDir: dir})
	defer w.close()
	w.project = &project.Project{Dex: project.Dex{Audit: audit.Settings{Enabled: true, Kinds: []string{audit.Run, audit.Operation}}}}
	w.profile, w.render = &profile.Profile{TargetName: "dev"}, &render.Invocation{Project: "shop"}
	began := time.Now()
	r := store.OperationRun{ID: "r1", Operation: "script.shop.grant", State: store.Running, StartedAt: began, Rows: -1, User: "ann"}
	if err := w.auditOperation(ctx, "start", r); err != nil {
		t.Fatal(err)
	}
	r.State, r.EndedAt, r.Rows, r.Error = store.Failed, began.Add(2*time.Second), 3, "no role sesame"
	if err := w.auditOperation(ctx, "end", r); err != nil {
		t.Fatal(err)
	}
	w.auditNotice(store.Notice{Channel: "oncall"}) // of a kind that is not kept
	if err := w.endAudit(ctx, nil); err != nil {
		t.Fatal(err)
	}
	s, err := w.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	all, err := audit.List(ctx, s, audit.Filter{})
	if err != nil || len(all) != 4 {
		t.Fatalf("%d records, %v", len(all), err)
	}
	for i, want := range []string{"run start", "operation start", "operation end", "run end"} {
		if got := all[i].Entry.Kind + " " + all[i].Entry.Event; got != want {
			t.Errorf("record %d is %s, not %s", i+1, got, want)
		}
	}
	if e := all[2].Entry; e.Status != "error" || e.Duration != 2*time.Second || e.RowsAffected != 3 || e.User != "ann" || e.Name != "r1" || e.Message != "no role *****" || e.Target != "dev" {
		t.Errorf("the end is %+v", e)
	}
	if rep, err := audit.Verify(ctx, s, ""); err != nil || rep.Break != nil {
		t.Errorf("%+v, %v", rep.Break, err)
	}
}
