package run

import (
	"context"
	"time"

	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/plan"
	"dex/internal/session"
)

// brokenModel is an ephemeral model that does not compile.
type brokenModel struct {
	node    *manifest.Node
	message string
}

// brokenBefore compiles the selected ephemeral models that a node refers to, and those
// before these; it gives the first that fails. In dbt they are nodes of the run, and
// what lies behind a failed one is skipped; one that is not selected is compiled with
// the node that inlines it, and its error is that node's.
func (w *worker) brokenBefore(ctx context.Context, p *plan.Plan, n *manifest.Node) *brokenModel {
	if len(p.Ephemeral) == 0 || n.Kind == manifest.KindUnitTest {
		return nil
	}
	left := make(map[*manifest.Node]bool, len(p.Ephemeral))
	for _, e := range p.Ephemeral {
		left[e] = true
	}
	return w.brokenOf(ctx, left, n)
}

// brokenOf looks before n for the models that are left, each once.
func (w *worker) brokenOf(ctx context.Context, left map[*manifest.Node]bool, n *manifest.Node) *brokenModel {
	for _, id := range n.Parents {
		e := w.Inv.Manifest.Nodes[id]
		if e == nil || !left[e] {
			continue
		}
		delete(left, e)
		if b := w.brokenOf(ctx, left, e); b != nil {
			return b
		}
		if b := w.broken(ctx, e); b != nil {
			return b
		}
	}
	return nil
}

func (w *worker) broken(ctx context.Context, e *manifest.Node) *brokenModel {
	s := session.New(w.Inv.Adapter, string(e.ID), &w.Sessions)
	s.Info, s.Thread = w.info(e), w.name
	defer s.Close()
	_, frame, err := w.Compiler.Ephemeral(ctx, e, s, w.name)
	if err == nil || ctx.Err() != nil {
		return nil // one that was stopped is told with the node
	}
	return &brokenModel{node: e, message: frame.Message(err)}
}

// skipBroken reports a node that stands behind an ephemeral model that does not
// compile, with the error of that
// where it has not been told. dbt: BaseRunner.on_skip.
func (r *runState) skipBroken(ctx context.Context, j placed, b *brokenModel) {
	told := false
	for _, other := range r.broken {
		told = told || other.node == b.node
	}
	r.broken[j.at] = b
	r.skipAs(ctx, j, b.node, causedBy(j.node, b.node))
	if told {
		return
	}
	info := r.e.info(b.node)
	for _, d := range []event.Data{
		event.RunResultFailure{ResourceType: string(b.node.Kind), NodeName: b.node.Name, Path: b.node.OriginalFilePath, NodeInfo: info},
		event.RunResultError{Msg: b.message, NodeInfo: info},
	} {
		r.e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Error, Thread: mainThread, Data: d})
	}
}

// causedBy is why a node is skipped that needs an ephemeral model which failed.
func causedBy(n, ephemeral *manifest.Node) string {
	return "Compilation Error in " + string(n.ID) + ", caused by compilation error in referenced ephemeral model " + string(ephemeral.ID)
}
