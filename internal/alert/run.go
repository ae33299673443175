package alert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"dex/internal/notify"
	"dex/internal/result"
)

// Run is how an invocation ended.
type Run struct {
	Results   []result.Result
	Err       error // what ended it early
	Cancelled bool
	Elapsed   time.Duration
}

// End tells what the rules about runs say, and what those about nodes have kept. It
// may be called without Begin, where the command ended before any node ran.
func (w *Watch) End(ctx context.Context, run Run) {
	w.stop()
	if w.known == nil {
		w.learnTroubles(ctx)
	}
	if !run.Cancelled {
		w.endNodes(ctx)
	}
	for _, r := range w.Config.Rules {
		if !r.Nodes && r.Covers(w.Facts.Target, w.Facts.Command) {
			w.runRule(ctx, r, run)
		}
	}
}

// event is what the end of a run is to rules.
func (run *Run) event() string {
	event := notify.Success
	for i := range run.Results {
		switch s := run.Results[i].Status; {
		case s.Failed():
			return notify.Failure
		case s == result.Warn:
			event = notify.Warning
		}
	}
	if run.Err != nil || run.Cancelled {
		return notify.Failure
	}
	return event
}

func (w *Watch) runRule(ctx context.Context, r *notify.Rule, run Run) {
	name := w.runName(r)
	event := run.event()
	again := false
	switch event {
	case notify.Failure:
		w.raise(ctx, r, name, event, w.runMessage(r, event, run, time.Time{}))
		return
	case notify.Warning:
		if r.Wants(notify.Warning) {
			w.raise(ctx, r, name+"#warning", event, w.runMessage(r, event, run, time.Time{}))
		}
	default:
		again = w.runWell(ctx, r, name+"#warning", run)
	}
	again = w.runWell(ctx, r, name, run) || again
	if event == notify.Success && r.Wants(notify.Success) && !again { // that it is well has been said
		m := w.runMessage(r, event, run, time.Time{})
		m.Effect = strings.Join([]string{w.Facts.Invocation, r.Name, "run", event}, "/")
		w.send(ctx, r, m)
	}
}

func (w *Watch) runWell(ctx context.Context, r *notify.Rule, name string, run Run) bool {
	return w.clear(ctx, r, name, func(since time.Time) notify.Message { return w.runMessage(r, notify.Recovery, run, since) })
}

// runName names the trouble of a run: of its command and what it selects.
func (w *Watch) runName(r *notify.Rule) string {
	name := w.prefix() + r.Name + "/run:" + w.Facts.Command
	if w.Facts.Scope != "" {
		sum := sha256.Sum256([]byte(w.Facts.Scope))
		name += ":" + hex.EncodeToString(sum[:6])
	}
	return name
}
