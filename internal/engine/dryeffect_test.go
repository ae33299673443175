package engine

import (
	"context"
	"testing"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/notify"
	"dex/internal/run"
	"dex/internal/session"
)

// forbidden fails a test that reaches what a dry run must leave alone.
type forbidden struct{ t *testing.T }

func (f forbidden) Send(context.Context, []string, notify.Message) error {
	f.t.Error("a notification was sent")
	return nil
}

func (f forbidden) Check(string) error { return nil }

func (f forbidden) Channel(kind string) (string, bool) { return kind, kind == "slack" }

func (f forbidden) CheckOperation(string) error { return nil }

func (f forbidden) RunOperation(context.Context, run.OperationCall) run.OperationDone {
	f.t.Error("an operation was run")
	return run.OperationDone{}
}

// TestDryEffects: notifications and operations are told at the place of their hook,
// and neither sent nor run.
func TestDryEffects(t *testing.T) {
	r := newRecorder()
	n := &dryNotifier{forbidden{t}, r}
	if name, ok := n.Channel("slack"); name != "slack" || !ok {
		t.Error("the channels are those of dex.yml")
	}
	err := n.Send(context.Background(), []string{"slack", "oncall"}, notify.Message{Text: "built", Severity: "info", Key: "model.shop.a", Effect: "id/model.shop.a/post-hook/2/1"})
	if err != nil {
		t.Fatal(err)
	}
	params := value.NewDict(1)
	params.SetStr("role", value.Str("reader"))
	o := &dryOperator{forbidden{t}, r}
	s := &session.Session{Info: &event.NodeInfo{UniqueID: "model.shop.a"}, Hook: &session.Hook{Event: "post-hook", Index: 3}}
	if done := o.RunOperation(context.Background(), run.OperationCall{Name: "grant", Params: params, Session: s}); done.Err != nil {
		t.Fatal(done.Err)
	}
	sent := r.sent["model.shop.a"]
	if len(sent) != 2 {
		t.Fatalf("%d records", len(sent))
	}
	for i, want := range []struct {
		kind, text string
		index      int
	}{{"notification", "to slack, oncall (info): built", 2}, {"operation", "grant {'role': 'reader'}", 3}} {
		got := sent[i]
		if dryKind(got) != want.kind || got.Text != want.text || got.Session.Hook == nil || got.Session.Hook.Index != want.index {
			t.Errorf("%s %q of %+v, not %+v", dryKind(got), got.Text, got.Session.Hook, want)
		}
	}
}
