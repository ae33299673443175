package engine

import (
	"context"

	"dex/internal/adapter"
	"dex/internal/operation"
)

// opening is a database that is opened while other things are looked at.
type opening struct {
	cancel context.CancelFunc
	done   chan struct{}
	a      adapter.Adapter // with err: once done is closed
	err    error
}

// openAhead begins to open the database that an operation will need, while the values
// of its parameters and its last runs are looked at. Only where nobody can tell: the
// opening changes nothing, and neither a person nor another process is waited for,
// since a file that is open may shut others out. What the opening fails with is told
// when the database's turn comes, behind the faults of all that stands before it.
func (w *work) openAhead(ctx context.Context, op *operation.Operation) {
	still, ok := w.profile.Credentials.(adapter.Still)
	if !ok || !still.Still() || w.previewing() || op.Confirm != "" || op.Concurrency != nil || w.needsApproval(op) {
		return
	}
	w.gc.restore() // the database wants the memory
	ctx, cancel := context.WithCancel(ctx)
	o := &opening{cancel: cancel, done: make(chan struct{})}
	w.opening = o
	go func() {
		defer close(o.done)
		o.a, o.err = w.driver.Open(ctx, w.profile.Credentials, adapter.Options{Threads: w.profile.Threads})
	}()
}

// opened takes the database that has been opened ahead.
func (w *work) opened() error {
	o := w.opening
	w.opening = nil
	<-o.done
	o.cancel()
	if o.err != nil {
		return &TargetError{Target: w.profile.Credentials.Unique(), Err: o.err}
	}
	w.adapter, w.render.Adapter = o.a, o.a
	return nil
}

// dropOpening closes a database that has been opened ahead and is not wanted, or not
// yet: before a person is asked.
func (w *work) dropOpening() {
	o := w.opening
	if o == nil {
		return
	}
	w.opening = nil
	o.cancel() // it may be waiting for its next attempt
	<-o.done
	if o.err == nil {
		_ = o.a.Close() // nothing has been done in it
	}
}
