package cli

import (
	"strings"
	"sync"
	"time"

	"dex/internal/event"
)

// layout stands between the engine and the sinks: it sets the parts of a run
// apart with empty lines where dbt does, and remembers what the summary needs.
type layout struct {
	sinks event.Fan

	mu      sync.Mutex
	started time.Time         // of the run; zero where nothing ran
	because map[string]string // skipped node to the node that is to blame
}

func newLayout(sinks ...event.Sink) *layout {
	return &layout{sinks: sinks, because: map[string]string{}}
}

// Emit implements event.Sink.
func (l *layout) Emit(e event.Event) {
	before, after := false, false
	switch d := e.Data.(type) {
	case event.RunStarted:
		l.begin(e.Time)
		before, after = true, true
	case event.LogHookStartLine:
		before = d.Index == 1 && !atStart(d.Statement)
	case event.LogHookEndLine:
		after = d.Index == d.Total && atStart(d.Statement)
	case event.NodeSkipped:
		l.skipped(d)
	case event.FinishedRunning, event.EndOfRunSummary, event.StatsLine, event.RunResultFailure, event.SQLCompiledPath, event.CheckNodeTestFailure:
		before = true
	}
	if before {
		l.sinks.Emit(blank(e))
	}
	l.sinks.Emit(e)
	if after {
		l.sinks.Emit(blank(e))
	}
}

// atStart tells on-run-start hooks, "shop.on-run-start.0", from on-run-end's.
func atStart(statement string) bool { return strings.Contains(statement, ".on-run-start.") }

func blank(e event.Event) event.Event {
	return event.Event{Time: e.Time, Level: event.Info, Data: event.Formatting{}, Thread: e.Thread}
}

func (l *layout) begin(at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.started = at
}

func (l *layout) skipped(d event.NodeSkipped) {
	if d.NodeInfo == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.because[d.NodeInfo.UniqueID] = d.Because
}

// took is how long the run has taken until at.
func (l *layout) took(at time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.started.IsZero() {
		return 0
	}
	return at.Sub(l.started)
}

// cause finds the node whose failure is why id was skipped; "" where it was the
// run itself.
func (l *layout) cause(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.because[id]
	for range l.because { // a chain is never longer than that
		next, skipped := l.because[at]
		if !skipped || next == "" {
			break
		}
		at = next
	}
	return at
}
