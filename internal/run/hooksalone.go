package run

import (
	"context"
	"fmt"
	"time"

	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// RunHooks runs hooks of nodes by themselves, without what they stand around: those
// of one event, or of both where it is "", and of one name where that is not "". Each
// node has a session and a transaction of its own; the hooks are accounted for as in a
// run. A post-hook sees a node that went well.
func (e *Executor) RunHooks(ctx context.Context, nodes []*manifest.Node, event, name string) []result.Result {
	e.openAccounts()
	var out []result.Result
	for _, n := range nodes {
		a, err := e.chosenHooks(n, event, name)
		switch {
		case err != nil:
			out = append(out, result.Result{Node: string(n.ID), Status: result.Error, Thread: mainThread, Rows: -1, Err: err, Message: err.Error()})
		case a != nil:
			out = append(out, e.hooksAlone(ctx, n, a))
		}
	}
	return out
}

// HooksNamed lists the names of the hooks that RunHooks would run, in their order.
func (e *Executor) HooksNamed(nodes []*manifest.Node, event, name string) ([]string, error) {
	var out []string
	for _, n := range nodes {
		a, err := e.chosenHooks(n, event, name)
		if err != nil {
			return nil, err
		}
		if a != nil {
			for _, d := range a.hooks {
				out = append(out, d.rec.Name)
			}
		}
	}
	return out, nil
}

// chosenHooks begins the account of some of a node's hooks; nil where it has none of
// them.
func (e *Executor) chosenHooks(n *manifest.Node, event, name string) (*Around, error) {
	a, err := e.aroundNode(n)
	if a == nil || err != nil {
		return nil, err
	}
	kept := a.hooks[:0]
	for _, d := range a.hooks {
		if (event == "" || d.rec.Event == event) && (name == "" || d.rec.Name == name) {
			kept = append(kept, d)
		}
	}
	if a.hooks = kept; len(kept) == 0 {
		return nil, nil
	}
	return a, nil
}

// hooksAlone runs the hooks of one node in the order of a run: outside of the
// transaction before the others ahead of a node, and after them behind it.
func (e *Executor) hooksAlone(ctx context.Context, n *manifest.Node, a *Around) (res result.Result) {
	start, info := time.Now(), e.info(n)
	info.NodeStartedAt, info.NodeStatus = stamp(start), "executing"
	s := session.New(e.Inv.Adapter, string(n.ID), &e.Sessions)
	s.Info, s.Thread = info, mainThread
	f := e.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Limit = s, mainThread, e.Compiler.Limit
	a.watch(f)
	res = result.Result{Node: string(n.ID), Status: result.Success, Thread: mainThread, Rows: -1, Relation: n.RelationName}
	defer func() {
		s.Close()
		res.Elapsed = time.Since(start)
		info.NodeStatus, info.NodeFinishedAt = string(res.Status), stamp(time.Now())
		a.Close(res.Status, cancelled(ctx), info)
	}()
	err := a.side(ctx, preHook, false)
	if err == nil {
		err = a.side(ctx, preHook, true)
	}
	if err == nil {
		err = a.side(ctx, postHook, true)
	}
	if err == nil {
		err = s.CommitIfOpen(ctx)
	}
	if err == nil {
		err = a.side(ctx, postHook, false)
	}
	if err != nil {
		res = failed(res, f, err)
		if a.failed != nil {
			res.Hook = a.failed.text()
		}
		return res
	}
	res.Message = fmt.Sprintf("%d hooks", len(a.hooks))
	return res
}

// side runs the hooks of an event that stand on one side of the transaction.
func (a *Around) side(ctx context.Context, event string, inside bool) error {
	if event == postHook {
		a.over(result.Success, nil)
	}
	for _, d := range a.hooks {
		if d.rec.Event != event || d.hook.Transaction != inside || d.ended() {
			continue
		}
		if a.leaveOut(d) || d.hook.On == manifest.OnFailure || d.hook.On == manifest.OnSkip {
			continue
		}
		if err := a.carryOut(ctx, d, inside); err != nil {
			return err
		}
	}
	return nil
}
