package run

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"dex/internal/event"
	"dex/internal/eventtime"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// microbatch runs a model batch by batch: the first by itself, for it makes the
// relation and tells whether the rest can work; those in the middle side by side
// where they may and workers are free; the last by itself again. dbt:
// MicrobatchModelRunner.execute.
func (w *worker) microbatch(ctx context.Context, n *manifest.Node, s *session.Session, res result.Result) result.Result {
	for _, name := range []string{"compile", "execute"} { // dbt: the model itself is never compiled
		res.Timing = append(res.Timing, result.Timing{Name: name, Start: time.Now(), End: time.Now()})
	}
	s.Info.NodeStatus = "executing"
	w.emit(event.Debug, event.NodeExecuting{NodeInfo: s.Info})
	f := w.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread = s, w.name
	exists, incremental, err := w.target(f, n)
	if err != nil {
		return failed(res, f, err)
	}
	spans, err := w.spansOf(n, incremental)
	if err != nil {
		return failed(res, f, err)
	}
	b := &batches{node: n, spans: spans, done: make([]result.Status, len(spans)), exists: exists}
	if len(spans) > 0 {
		// dbt makes the table anew where the former invocation had --full-refresh, and
		// loses the batches that went well.
		b.all(ctx, w, s, incremental || exists && w.Microbatch.Previous[n.ID] != nil)
	}
	res = merge(res, spans, b.done, w.Microbatch.Previous[n.ID])
	if res.Status == result.Success {
		f.Write = w.writesRun(n)
		if err := w.point(f, n, w.Inv.RelationOf(n)); err != nil {
			res = failed(res, f, err)
		}
	}
	res.Timing[1].End = time.Now()
	return res
}

// writesRun is what write() does with the statement that builds n; nil where
// nothing is kept.
func (w *worker) writesRun(n *manifest.Node) func(sql string) error {
	if w.WriteRun == nil {
		return nil
	}
	return func(sql string) error { return w.WriteRun(n, "", sql) }
}

// batches are those of one model under way.
type batches struct {
	node  *manifest.Node
	spans []eventtime.Span
	done  []result.Status // "" is not begun

	exists bool // the model's relation is there
	skip   bool // the first one failed
}

// all runs the batches.
func (b *batches) all(ctx context.Context, w *worker, s *session.Session, incremental bool) {
	last := len(b.spans) - 1
	b.run(ctx, w, s, 0, incremental)
	b.skip = b.done[0] != result.Success
	b.exists = b.exists || !b.skip
	if !b.skip && b.exists && last > 2 && w.besides(b.node) {
		b.middle(ctx, w, s)
	} else {
		for i := 1; i < last; i++ {
			b.run(ctx, w, s, i, true)
		}
	}
	if last > 0 {
		b.run(ctx, w, s, last, true)
	}
}

// middle runs all but the first and the last batch: on this worker, and on every
// other that has nothing to do. A worker is taken for one batch at a time, so that
// nodes that have become ready do not wait for a long model.
func (b *batches) middle(ctx context.Context, w *worker, s *session.Session) {
	todo := make(chan int, len(b.spans))
	for i := 1; i < len(b.spans)-1; i++ {
		todo <- i
	}
	close(todo)
	var others sync.WaitGroup
	for i := range todo {
		b.lend(ctx, w, todo, &others)
		b.run(ctx, w, s, i, true)
	}
	others.Wait()
}

// lend gives batches to the workers that are free now.
func (b *batches) lend(ctx context.Context, w *worker, todo <-chan int, others *sync.WaitGroup) {
	for len(todo) > 0 {
		select {
		case name := <-w.threads:
			i, ok := <-todo
			if !ok {
				w.threads <- name
				return
			}
			others.Add(1)
			go func() {
				defer others.Done()
				b.alone(ctx, &worker{Executor: w.Executor, name: name}, i)
				w.threads <- name
				b.lend(ctx, w, todo, others)
			}()
		default:
			return
		}
	}
}

// alone runs a batch on a session of its own.
func (b *batches) alone(ctx context.Context, w *worker, i int) {
	s := session.New(w.Inv.Adapter, string(b.node.ID), &w.Sessions)
	s.Info, s.Thread = w.info(b.node), w.name
	defer s.Close()
	b.run(ctx, w, s, i, true)
}

// run runs one batch, or reports why it does not run, and notes how it ended.
// incremental says that it adds to what is there.
func (b *batches) run(ctx context.Context, w *worker, s *session.Session, i int, incremental bool) {
	if cancelled(ctx) {
		return
	}
	one := &batch{worker: w, node: ofBatch(b.node, b.spans[i], i == 0, i == len(b.spans)-1), span: b.spans[i], index: i + 1, total: len(b.spans), session: s, incremental: incremental}
	if b.skip {
		one.ended("skipped", event.Info, 0)
		b.done[i] = result.Skipped
		return
	}
	b.done[i] = one.run(ctx)
	s.Part()
}

// batch is one batch of a model.
type batch struct {
	*worker
	node         *manifest.Node
	span         eventtime.Span
	index, total int
	session      *session.Session
	incremental  bool
}

func (b *batch) size() eventtime.Size { return eventtime.Size(b.node.Config.Str("batch_size")) }

func (b *batch) label() string { return b.size().Label(b.span.Start) }

func (b *batch) description() string {
	return "batch " + b.label() + " of " + b.node.Schema + "." + b.node.Alias
}

// run carries the batch out. What goes wrong is told here: of the model's result,
// nothing but the number of batches remains.
func (b *batch) run(ctx context.Context) result.Status {
	start, s := time.Now(), b.session
	b.emit(event.Info, event.LogStartBatch{Description: b.description(), BatchIndex: b.index, TotalBatches: b.total, NodeInfo: s.Info})
	res := b.guarded(ctx)
	if res.Status != result.Success {
		b.blame(res.Err)
	}
	undone := res.Status != result.Success || s.InTransaction()
	s.Close() // takes back what is open. dbt: each batch has a connection of its own
	if undone {
		b.doubt(s)
	}
	if res.Status != result.Success {
		b.emit(event.Error, event.GenericExceptionOnRun{UniqueID: string(b.node.ID), Exc: res.Message, NodeInfo: s.Info})
		b.ended("error", event.Error, time.Since(start))
		return res.Status
	}
	b.ended(res.Message, event.Info, time.Since(start))
	return result.Success
}

// blame notes on the account of the model's hooks what its batch failed with.
func (b *batch) blame(err error) {
	if b.around != nil && err != nil && b.hooked() {
		b.around.bodyErr = err
		b.around.blame(err)
	}
}

// hooked reports whether the batch runs hooks of the model: the first runs those
// before, the last those behind.
func (b *batch) hooked() bool { return b.index == 1 || b.index == b.total }

// guarded is build, whatever happens: a panic is a fault of dex, and ends this
// batch alone.
func (b *batch) guarded(ctx context.Context) (res result.Result) {
	defer func() {
		if r := recover(); r != nil {
			res = result.Result{Status: result.Error, Message: fmt.Sprintf("dex met a fault of its own in %s: %v\n%s", b.node.ID, r, debug.Stack())}
		}
	}()
	return b.build(ctx)
}

func (b *batch) ended(status string, level event.Level, took time.Duration) {
	b.emit(level, event.LogBatchResult{
		Description: b.description(), Status: status, BatchIndex: b.index, TotalBatches: b.total,
		ExecutionTime: took.Seconds(), NodeInfo: b.session.Info,
	})
}

// build compiles the model for the batch and calls its materialization.
func (b *batch) build(ctx context.Context) result.Result {
	res := result.Result{Node: string(b.node.ID), Status: result.Success, Rows: -1}
	n, s := b.node, b.session
	code, f, err := b.Compiler.CompileBatch(ctx, n, b.span, s, b.name)
	if err == nil && b.WriteCompiled != nil {
		err = b.WriteCompiled(n, b.label(), code.Code)
	}
	if err != nil {
		return failed(res, f, err)
	}
	f = b.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Code, f.Limit, f.Batch = s, b.name, code.Code, b.Compiler.Limit, &b.span
	if b.index == 1 {
		if err := b.lend(ctx, n, code.CTEs, s); err != nil {
			return failed(res, f, err)
		}
	}
	if b.hooked() {
		b.around.watch(f)
	}
	if b.WriteRun != nil {
		f.Write = func(sql string) error { return b.WriteRun(n, b.label(), sql) }
	}
	if b.incremental {
		// The relation is there and holds the batches before: macros must not think
		// that it is to be made anew, whatever the flags say.
		f.Replace("is_incremental", always("is_incremental", true))
		f.Replace("should_full_refresh", always("should_full_refresh", false))
	}
	return b.materialize(f, n, res)
}
