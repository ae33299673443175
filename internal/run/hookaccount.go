package run

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/plan"
	"dex/internal/result"
	"dex/internal/session"
)

// accounts gathers how hooks ended, from all workers.
type accounts struct {
	mu   sync.Mutex
	list []result.Hook
	err  error    // a warning that is to be a fault
	read sync.Map // *manifest.Node to *nodeHooks
}

// openAccounts makes room for the accounts of an invocation. It is called before
// workers are at work.
func (e *Executor) openAccounts() {
	if e.accounts == nil {
		e.accounts = &accounts{}
	}
}

// file keeps an account that is complete.
func (e *Executor) file(h result.Hook) {
	if e.Recorder != nil {
		e.Recorder.HookEnded(&h)
	}
	c := e.accounts
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.lose == nil || !e.lose(h) {
		c.list = append(c.list, h)
	}
}

func (c *accounts) fail(err error) {
	if err == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
	}
}

// Hooks gives the account of every hook so far.
func (e *Executor) Hooks() []result.Hook {
	if e.accounts == nil {
		return nil
	}
	e.accounts.mu.Lock()
	defer e.accounts.mu.Unlock()
	return slices.Clone(e.accounts.list)
}

// Otherwise runs the hooks for a body that failed or did not run: those with `on:
// failure` or `skip`, and `always`. What the session has open is taken back first. A
// failure here is recorded, and is never the body's.
func (a *Around) Otherwise(ctx context.Context, status result.Status, bodyErr error) {
	if a == nil || ctx.Err() != nil || !a.waiting(status) {
		return
	}
	if a.Session.InTransaction() || a.Session.Within() {
		if !a.Session.Autocommits() {
			a.undo()
		}
		if err := a.Session.Rollback(context.WithoutCancel(ctx)); err != nil {
			a.Session.Close() // whatever it held, the next statement has a new one
		}
	}
	if a.Session.Dead() {
		a.Session.Close()
	}
	a.Session.Explicit() // nobody would commit what these hooks do
	var why *result.HookError
	if bodyErr != nil {
		why = a.errorOf(bodyErr)
	}
	a.over(status, why)
	if a.Frame != nil {
		a.Frame.Hooks = a
	}
	for _, d := range a.hooks {
		if d.ended() || !wants(d, status) || a.leaveOut(d) {
			continue
		}
		if err := a.carryOut(ctx, d, false); err != nil && ctx.Err() == nil {
			a.warn(d, "failed: "+firstLineOf(messageOf(err)))
		}
	}
}

// wants reports whether a hook is there for a body that ended so.
func wants(d *declared, status result.Status) bool {
	if d.rec.Event == preHook || d.rec.Event == "on-run-start" {
		return false
	}
	switch d.hook.On {
	case manifest.OnAlways:
		return true
	case manifest.OnFailure:
		return status == result.Error
	case manifest.OnSkip:
		return status == result.Skipped
	}
	return false
}

func (a *Around) waiting(status result.Status) bool {
	return slices.ContainsFunc(a.hooks, func(d *declared) bool { return (!d.ended() || d.undone()) && wants(d, status) })
}

// undone reports whether a hook with `on: always` ran in a transaction that is taken
// back now: it has to run again.
func (d *declared) undone() bool {
	return d.hook.On == manifest.OnAlways && d.inside && d.rec.Status == result.Success && d.rec.Kind != "notify"
}

func (a *Around) undo() {
	for _, d := range a.hooks {
		if d.undone() {
			d.rec.Status, d.rec.RolledBack, d.rec.Unsettled, d.rec.Attempts = "", false, false, 0 // it has all its attempts again
		}
	}
}

// Close ends the account: what has not run gets its reason, all of it is filed, and
// told to the views. cancelled says that the invocation was given up.
func (a *Around) Close(status result.Status, cancelled bool, info *event.NodeInfo) {
	if a == nil {
		return
	}
	a.returned()
	if a.own {
		defer a.Session.Close()
	}
	for _, d := range a.hooks {
		if !d.ended() {
			d.leave(a.reason(d, status, cancelled))
		}
		if d.rec.Status == result.Warn && d.hook.OnError == manifest.Warn {
			a.warn(d, "failed: "+firstLineOf(d.rec.Err.Message))
		}
		a.e.file(d.rec)
		a.e.tellHook(&d.rec, a.Thread, info)
	}
}

// reason is why a hook that nobody came to did not run.
func (a *Around) reason(d *declared, status result.Status, cancelled bool) (result.Reason, string) {
	if r, because := a.e.elsewhere(&d.hook); r != "" {
		return r, because
	}
	switch {
	case cancelled:
		return result.Cancelled, a.why
	case status == result.Skipped && d.hook.On != manifest.OnFailure:
		return result.NodeSkipped, ""
	case d.hook.On == manifest.OnFailure, d.hook.On == manifest.OnSkip:
		return result.OtherOutcome, "on: " + d.rec.On
	case a.failed != nil && status == result.Error:
		return result.EarlierHookFailed, a.failed.label()
	case status == result.Error:
		return result.NodeFailed, ""
	}
	return a.uncalled(d)
}

// uncalled is why the materialization of a node that went well did not come to a hook.
func (a *Around) uncalled(d *declared) (result.Reason, string) {
	if a.Node == nil {
		return result.NotCalled, ""
	}
	switch name := a.Node.Config.Materialized(); {
	case name == "materialized_view", a.e.batched(a.Node), a.e.Clone:
		return result.NothingToDo, "the relation stayed as it was"
	case a.Node.Kind == manifest.KindFunction:
		name = "function"
		fallthrough
	default:
		why := "the materialization " + name + " did not run it"
		if (d.hook.Extended || d.frame != nil) && a.Frame != nil && a.Frame.OwnRunHooks() {
			why = "the project's own macro run_hooks did not run it"
		}
		a.warn(d, "did not run: "+why)
		return result.NotCalled, why
	}
}

// warn tells of a hook that did not do what it was there for.
func (a *Around) warn(d *declared, what string) {
	a.e.accounts.fail(a.e.Inv.Warner.Warn(event.ProjectWarning{Diagnostic: diag.Diagnostic{
		Severity: diag.Warning, Class: diag.Runtime, Code: "hook", Pos: a.e.hookPlace(a.Node, &d.rec), Node: a.id,
		Summary: fmt.Sprintf("The %s of %s %s", d.label(), a.id, what),
	}}))
}

// tellHook tells of a hook's end. What dbt's own hooks do is told where all is told,
// but for a failure.
func (e *Executor) tellHook(h *result.Hook, thread string, info *event.NodeInfo) {
	level := event.Debug
	own := h.Event == preHook || h.Event == postHook // on-run hooks have lines as dbt has them
	if own && h.Extended && h.Status != result.Skipped {
		level = event.Info
	}
	end := event.HookEnd{
		UniqueID: h.Node, Hook: h.Name, Event: h.Event, Kind: h.Kind, Status: string(h.Status), Reason: string(h.Reason), Because: h.Because,
		Attempts: h.Attempts, ExecutionTime: h.Elapsed.Seconds(), NodeInfo: info,
	}
	if h.Err != nil {
		end.Msg, end.Class = h.Err.Message, h.Err.Class
	}
	e.Sink.Emit(event.Event{Time: time.Now(), Level: level, Thread: thread, Data: end})
}

// skippedNode ends the account of a node that does not run, behind the hooks that
// are there for that.
func (e *Executor) skippedNode(ctx context.Context, n *manifest.Node, thread, because string) {
	a, err := e.aroundNode(n)
	if a == nil {
		e.accounts.fail(err)
		return
	}
	info := e.info(n)
	a.Thread = thread
	if ctx.Err() == nil && a.waiting(result.Skipped) {
		s := session.New(e.Inv.Adapter, string(n.ID), &e.Sessions)
		s.Info, s.Thread = info, thread
		a.Session = s
		a.Otherwise(ctx, result.Skipped, nil)
		s.Close()
	}
	a.why = because
	a.Close(result.Skipped, ctx.Err() != nil, info)
}

// hooksOnSkip reports whether a node has hooks for the case that it does not run.
func (e *Executor) hooksOnSkip(n *manifest.Node) bool {
	a, err := e.aroundNode(n)
	return err == nil && a != nil && a.waiting(result.Skipped)
}

// leaveEphemeral ends the accounts of ephemeral models, whose hooks nothing runs.
func (e *Executor) leaveEphemeral(p *plan.Plan) {
	var names []string
	count := 0
	lent := e.lentOut()
	why, because := e.uninlined()
	for _, n := range p.Ephemeral {
		if lent[string(n.ID)] {
			continue
		}
		a, err := e.aroundNode(n)
		if a == nil {
			e.accounts.fail(err)
			continue
		}
		for _, d := range a.hooks {
			d.leave(why, because)
		}
		count += len(a.hooks)
		names = append(names, n.Name)
		a.Thread = mainThread
		a.Close(result.Success, false, e.info(n))
	}
	if count == 0 || e.InlineEphemeral {
		return
	}
	what, of := "1 hook", "the ephemeral model "+names[0]
	if count > 1 {
		what = fmt.Sprintf("%d hooks", count)
	}
	if len(names) > 1 {
		of = fmt.Sprintf("%d ephemeral models", len(names))
	}
	e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Info, Thread: mainThread, Data: event.HooksLeftOut{
		Msg: what + " of " + of + " did not run: an ephemeral model has no statement of its own (dex.yml: hooks: {ephemeral: inline})",
	}})
}

// HooksUnaccounted is a run that cannot say what became of hooks.
type HooksUnaccounted struct{ Hooks []string }

func (e *HooksUnaccounted) Error() string {
	return "dex lost the account of " + strings.Join(e.Hooks, ", ") + ": whether it ran is not known. This is a fault of dex; please report it"
}

// balance holds the accounts against what was declared: every hook of every node of
// the plan, and every on-run hook, must have one.
func (e *Executor) balance(p *plan.Plan) error {
	if e.CompileOnly {
		return nil
	}
	type key struct {
		node, event string
		index       int
	}
	have := map[key]bool{}
	for _, h := range e.Hooks() {
		have[key{cmp.Or(h.From, h.Node), h.Event, h.Index}] = true
	}
	var lost []string
	check := func(id string, event string, index int) {
		if !have[key{id, event, index}] {
			lost = append(lost, fmt.Sprintf("the %s %d of %s", event, index, id))
		}
	}
	for _, t := range p.Tasks {
		if t.Kind == plan.Hook {
			check(string(t.Node.ID), phaseOf(t.Phase), t.Node.HookIndex)
		}
	}
	for _, n := range planned(p) {
		a, err := e.aroundNode(n)
		if err != nil {
			return err
		}
		if a != nil {
			for _, d := range a.hooks {
				check(string(n.ID), d.rec.Event, d.rec.Index)
			}
		}
	}
	if len(lost) > 0 {
		return &HooksUnaccounted{lost}
	}
	e.accounts.mu.Lock()
	defer e.accounts.mu.Unlock()
	return e.accounts.err
}

func phaseOf(p plan.Phase) string {
	if p == plan.Start {
		return "on-run-start"
	}
	return "on-run-end"
}

func firstLineOf(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
