package run

import (
	"context"
	"strings"
	"time"

	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// between runs what has no materialization - a test, the freshness of a source -
// between its hooks. They commit by themselves: a test has no transaction that anybody
// would commit. What it has left open is taken back before the post-hooks; where it
// failed, worker.after comes to the hooks for that.
func (w *worker) between(ctx context.Context, f *render.Frame, res result.Result, body func(result.Result) result.Result) result.Result {
	a := w.around
	if a == nil {
		return body(res)
	}
	if err := a.Run(ctx, preHook); err != nil {
		return failed(res, f, err)
	}
	if res = body(res); outcomeOf(res.Status) != result.Success {
		return res
	}
	err := a.Session.Rollback(ctx)
	if err == nil {
		err = a.Run(ctx, postHook)
	}
	if err != nil {
		res.Failures = nil
		return failed(res, f, err)
	}
	return res
}

// idle runs the hooks of an exposure, which has nothing else to run: its parents
// are built.
func (w *worker) idle(ctx context.Context, j job) result.Result {
	n, info := j.node, w.info(j.node)
	res := noOp(n)
	s := session.New(w.Inv.Adapter, string(n.ID), &w.Sessions)
	s.Info, s.Thread = info, w.name
	defer s.Close()
	if out, ok := w.begin(n, s); !ok {
		res.Status, res.Err, res.Message = out.Status, out.Err, out.Message
	} else if w.around != nil {
		start := time.Now()
		f := w.around.frame()
		res = w.between(ctx, f, res, func(r result.Result) result.Result { return r })
		res.Elapsed = time.Since(start)
		w.after(ctx, &res, s)
	}
	w.tellIdle(j, res, info)
	w.around.Close(outcomeOf(res.Status), cancelled(ctx), info)
	return res
}

// noOp is the result of a node of a build for which there is nothing to do: it
// stands in the graph for others to see.
func noOp(n *manifest.Node) result.Result {
	res := skipped(n, "NO-OP")
	now := time.Now() // dbt times it as it times what runs
	res.Status, res.Failures = result.NoOp, new(int64)
	res.Timing = []result.Timing{{Name: "compile", Start: now, End: now}, {Name: "execute", Start: now, End: now}}
	return res
}

// tellIdle reports the end of such a node.
func (e *Executor) tellIdle(j job, res result.Result, info *event.NodeInfo) {
	info.NodeStatus = string(res.Status)
	e.Sink.Emit(event.Event{Time: time.Now(), Level: levelOf(res.Status), Thread: mainThread, Data: event.NodeResult{
		Kind: string(j.node.Kind), Description: strings.ReplaceAll(string(j.node.Kind), "_", " ") + " " + j.node.Name, Status: string(res.Status), Index: j.index, Total: j.total, NodeInfo: info,
		Rows: -1, Elapsed: res.Elapsed, ExecutionTime: res.Elapsed.Seconds(), Hook: res.Hook,
	}})
}
