package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// phase is one of the two sequences of on-run hooks under way.
type phase struct {
	e       *Executor
	name    string // "on-run-start" or "on-run-end"
	total   int
	session *session.Session
	extra   map[string]value.Value
	outcome result.Status // of the invocation so far
	why     error         // it failed; nil where it did not
}

// runsAnyway reports whether an on-run hook that is a map runs though the
// invocation, or a hook before it, has failed.
func runsAnyway(h *manifest.Hook) bool {
	return h.On == manifest.OnFailure || h.On == manifest.OnAlways
}

// mapHook reads an on-run hook that is a map; nil of one that is a text. Where it does
// not say otherwise it runs as one that is a text does: at the end whatever came of the
// invocation.
func mapHook(n *manifest.Node, phase string) (*manifest.Hook, error) {
	if n.Hook == nil {
		return nil, nil
	}
	h, err := n.OnRunHook()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", n.ID, err)
	}
	if _, given := n.Hook.GetStr("on"); !given && phase == "on-run-end" {
		h.On = manifest.OnAlways
	}
	h.Extended = true
	return &h, nil
}

// run carries out one hook that is a map, with all that its keys say.
func (p *phase) run(ctx context.Context, n *manifest.Node, h *manifest.Hook, name string, i int) result.Result {
	e, start := p.e, time.Now()
	info := e.info(n)
	p.session.Info = info
	a := p.around(ctx, n, h)
	d := a.hooks[0]
	e.Sink.Emit(event.Event{Time: start, Level: event.Info, Thread: mainThread, Data: event.LogHookStartLine{Statement: name, Index: i + 1, Total: p.total, NodeInfo: info}})
	var err error
	switch {
	case p.outcome == result.Error && (h.On == manifest.OnSuccess || h.On == manifest.OnSkip):
		d.leave(result.OtherOutcome, "on: "+d.rec.On)
	case p.outcome == result.Error:
		a.Otherwise(ctx, result.Error, p.why)
	default:
		a.over(result.Success, nil)
		err = a.Run(ctx, p.name)
	}
	if err != nil {
		a.blame(err)
	}
	a.Close(p.outcome, cancelled(ctx), info)
	res := p.result(n, d, name, a.Frame, err)
	res.Elapsed = time.Since(start)
	res.Timing = []result.Timing{{Name: "compile", Start: start, End: start}, {Name: "execute", Start: start, End: time.Now()}}
	e.hookEnd(n, name, i, p.total, res)
	return res
}

// around is the account of one hook, which sees the invocation as its body.
func (p *phase) around(ctx context.Context, n *manifest.Node, h *manifest.Hook) *Around {
	a := p.e.Around(string(n.ID), nil, nil)
	a.Declare(p.name, []manifest.Hook{*h})
	a.Node, a.Session, a.Thread = n, p.session, mainThread
	a.view.started = p.e.Inv.StartedAt
	d := a.hooks[0]
	d.rec.Index, d.rec.Origin = n.HookIndex, n.Pos
	if h.Name == "" {
		d.rec.Name = fmt.Sprintf("%s.%d", p.name, n.HookIndex)
	}
	f := p.e.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Extra, f.Hooks = p.session, mainThread, p.extra, a
	a.Frame = f
	return a
}

// result is the hook's row in run_results.json. One that had nothing to do is no
// failure: it is a no-op.
func (p *phase) result(n *manifest.Node, d *declared, name string, f *render.Frame, err error) result.Result {
	zero, one := int64(0), int64(1)
	res := result.Result{
		Node: string(n.ID), Status: result.Success, Message: name + " passed", Failures: &zero, Thread: "main", Rows: -1,
		Compiled: true, Code: d.rec.SQL,
	}
	switch d.rec.Status {
	case result.Error:
		res.Status, res.Failures, res.Hook = result.Error, &one, d.text()
		res.Err = err
		if res.Err == nil {
			res.Err = errors.New(d.rec.Err.Message)
		}
		res.HookPos = n.Pos
		res.Message = fmt.Sprintf("%s failed, error:\n %s", name, d.rec.Err.Message)
	case result.Warn:
		res.Message = name + " failed, which is a warning: " + firstLineOf(d.rec.Err.Message)
	case result.Skipped:
		res.Status = result.NoOp
		res.Message = name + " did not run: " + string(d.rec.Reason)
	}
	return res
}

// outcomeOfRun tells how an invocation has ended so far: by its results, and by
// whether its on-run-start hooks went well.
func outcomeOfRun(started bool, results []result.Result) (result.Status, error) {
	failed := 0
	for i := range results {
		if results[i].Status.Failed() {
			failed++
		}
	}
	switch {
	case !started:
		return result.Error, errors.New("an on-run-start hook failed")
	case failed == 1:
		return result.Error, errors.New("1 node failed")
	case failed > 1:
		return result.Error, fmt.Errorf("%d nodes failed", failed)
	}
	return result.Success, nil
}
