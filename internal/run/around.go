package run

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// The events of hooks.
const (
	preHook  = "pre-hook"
	postHook = "post-hook"
)

// Around is the hooks around one body - a node, a source, an operation, a phase of
// the invocation - with an account of how each of them ended. It belongs to the
// goroutine that runs the body.
//
// A node's materialization comes to its hooks by itself, and Around is told so
// (render.Hooks). What has no materialization calls Run before and after the body. Where
// the body failed or did not run, Otherwise runs the hooks for that. Close ends the
// account in any case.
type Around struct {
	// Node is what templates see as `model` and `this`; nil of a body that is no node.
	Node *manifest.Node
	// Session is where the hooks run; nil opens one for them, which Close gives back.
	Session *session.Session
	// Frame is where templates are rendered; nil makes one of Node when one is needed.
	Frame   *render.Frame
	Thread  string
	Attempt int // of the body, for one that is tried again; 0 is the first

	e       *Executor
	id      string // of the body
	hooks   []*declared
	running *declared // a plain hook whose turn it is
	lent    *declared // one that the project's own run_hooks has rendered
	failed  *declared // the first that made the body fail
	bodyErr error     // what a batch failed with, which its model does not tell
	own     bool      // the session is Around's own
	why     string    // it was cancelled, where that is known
	view    view
}

// declared is one hook with its account, which is complete once rec.Status is set.
type declared struct {
	hook   manifest.Hook
	rec    result.Hook
	frame  *render.Frame // of the ephemeral model that lends it; nil of one of the body's own
	left   bool          // out, by a flag or a condition: not to be run by anybody
	inside bool          // it ran inside of the body's transaction
}

// text is the hook as messages show it: its statement as it was written, or what it
// calls.
func (d *declared) text() string {
	switch d.rec.Kind {
	case "macro":
		return d.hook.Macro
	case "operation":
		return d.hook.Operation
	case "notify":
		return cmp.Or(d.hook.SQL, d.hook.Message, strings.Join(d.hook.Notify, ", "))
	}
	return d.hook.SQL
}

func (d *declared) ended() bool { return d.rec.Status != "" }

// Around begins the account of a body's hooks; hooks of further events are added by
// Declare.
func (e *Executor) Around(id string, pre, post []manifest.Hook) *Around {
	e.openAccounts()
	a := &Around{e: e, id: id, Attempt: 1}
	a.view.started = time.Now()
	a.Declare(preHook, pre)
	a.Declare(postHook, post)
	return a
}

// Declare adds the hooks of an event: "pre-hook", "post-hook", "on-run-start",
// "on-run-end".
func (a *Around) Declare(event string, hooks []manifest.Hook) {
	all := make([]declared, len(hooks))
	for i := range hooks {
		h, d := &hooks[i], &all[i]
		d.hook = *h
		d.rec = result.Hook{
			Node: a.id, Name: h.Name, Event: event, Kind: h.Kind(), On: h.Outcome(), Index: i, Rows: -1, Extended: h.Extended,
		}
		d.rec.Written = d.text()
		if d.rec.Name == "" {
			d.rec.Name = event + "." + strconv.Itoa(i)
		}
		a.hooks = append(a.hooks, d)
	}
}

// aroundNode is Around for a node that is to run; nil where it has no hooks.
func (e *Executor) aroundNode(n *manifest.Node) (*Around, error) {
	if e.CompileOnly || !n.Config.IsSet(preHook) && !n.Config.IsSet(postHook) || !e.takesHooks(n.Kind) {
		return nil, nil
	}
	h, err := e.hooksOfNode(n)
	if err != nil || len(h.pre)+len(h.post) == 0 {
		return nil, err
	}
	a := e.Around(string(n.ID), h.pre, h.post)
	a.Node = n
	return a, nil
}

// nodeHooks are the hooks of one node, read once per invocation.
type nodeHooks struct{ pre, post []manifest.Hook }

func (e *Executor) hooksOfNode(n *manifest.Node) (*nodeHooks, error) {
	e.openAccounts()
	if h, ok := e.accounts.read.Load(n); ok {
		return h.(*nodeHooks), nil
	}
	pre, err := n.Config.Hooks(preHook)
	if err != nil {
		return nil, err
	}
	post, err := n.Config.Hooks(postHook)
	if err != nil {
		return nil, err
	}
	h := &nodeHooks{pre, post}
	e.accounts.read.Store(n, h)
	return h, nil
}

// takesHooks reports whether pre_hook and post_hook of a kind of node are hooks.
func (e *Executor) takesHooks(k manifest.Kind) bool {
	switch k {
	case manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindFunction:
		return true
	case manifest.KindTest, manifest.KindUnitTest, manifest.KindSource, manifest.KindExposure:
		return e.LateHooks
	}
	return false
}

// hooked reports whether a node has hooks.
func (e *Executor) hooked(n *manifest.Node) bool {
	a, err := e.aroundNode(n)
	return a != nil || err != nil
}

// watch has a frame tell of its node's hooks.
func (a *Around) watch(f *render.Frame) {
	if a != nil {
		a.Frame, a.Session, a.Thread, f.Hooks = f, f.Session, f.Thread, a
	}
}

func (a *Around) find(event string, index int) *declared {
	if index < 0 {
		return a.inlined(event, -1-index)
	}
	if event == preHook && index < len(a.hooks) && a.hooks[index].rec.Event == preHook && a.hooks[index].frame == nil { // where Declare puts them
		return a.hooks[index]
	}
	for _, d := range a.hooks {
		if d.rec.Index == index && d.rec.Event == event && d.frame == nil {
			return d
		}
	}
	return nil
}

// Begin implements render.Hooks.
func (a *Around) Begin(event string, index int, inside bool) (bool, error) {
	d := a.find(event, index)
	if d == nil {
		return true, nil
	}
	if event == postHook {
		a.over(result.Success, nil)
	}
	if d.ended() { // by an overload of a function, or another batch
		return !d.hook.Extended && !d.left && d.frame == nil, nil
	}
	if a.leaveOut(d) {
		return false, nil
	}
	if !d.hook.Extended && d.frame == nil {
		a.turn(d, inside)
		return true, nil
	}
	if d.hook.On == manifest.OnFailure || d.hook.On == manifest.OnSkip {
		return false, nil // its time may come
	}
	return false, a.carryOut(a.Frame.Context(), d, inside)
}

// turn notes that a plain hook is about to run.
func (a *Around) turn(d *declared, inside bool) {
	a.running = d
	a.mark(d)
	d.inside, d.rec.Attempts, d.rec.StartedAt = inside, 1, time.Now()
}

// mark tells the session whose statements come next; nil are the body's own.
func (a *Around) mark(d *declared) {
	switch {
	case a.Session == nil:
	case d == nil:
		a.Session.Hook = nil
	default:
		a.Session.Hook = &session.Hook{Event: d.rec.Event, Index: d.rec.Index, From: d.rec.From}
	}
}

// Send implements render.Hooks.
func (a *Around) Send(sql string) (string, error) {
	d := a.running
	if d == nil {
		return sql, nil
	}
	d.rec.SQL = sql
	a.Session.Last = adapter.Response{Rows: -1}
	if call, ok := a.notifies(sql); ok {
		err := a.sendCall(a.Frame.Context(), d, call)
		if d.ended() { // its channel is switched off
			a.running = nil
			a.mark(nil)
		}
		return "", err
	}
	text, skip := a.firstRun(a.Frame.Context(), d, sql)
	if skip != "" {
		a.running = nil
		a.leaveFirst(d, skip)
		return "", nil
	}
	d.rec.SQL = text
	return text, nil
}

// End implements render.Hooks.
func (a *Around) End() {
	if d := a.running; d != nil {
		a.running = nil
		a.mark(nil)
		d.wentWell(a.Session.Last.Rows)
	}
}

// wentWell ends the account of a hook that did not fail.
func (d *declared) wentWell(rows int64) {
	d.rec.Elapsed = time.Since(d.rec.StartedAt)
	if d.rec.SQL == "" && d.rec.Kind == "sql" {
		d.leave(result.RenderedEmpty, "")
		d.left = false // another time there may be something to do
		return
	}
	d.rec.Status = result.Success
	if d.rec.Kind == "sql" || d.rec.Kind == "macro" || d.rec.Kind == "operation" {
		d.rec.Rows = rows
	}
}

// leave ends the account of a hook that does not run.
func (d *declared) leave(r result.Reason, because string) {
	d.rec.Status, d.rec.Reason, d.rec.Because, d.left = result.Skipped, r, because, true
}

// Rendered implements render.Hooks: where the project has a macro run_hooks of its
// own, a text that it renders is its word that a hook's turn has come, and the next is
// its word that the one before went well.
func (a *Around) Rendered(src, text string) {
	if a.running != nil {
		return
	}
	a.returned()
	for _, d := range a.hooks {
		if d.ended() || d.hook.Extended || d.frame != nil || d.hook.SQL != src {
			continue
		}
		if d.rec.Event == postHook {
			a.over(result.Success, nil)
		}
		a.lent = d
		a.mark(d)
		d.rec.Attempts, d.rec.StartedAt, d.rec.SQL = 1, time.Now(), strings.TrimSpace(text)
		return
	}
}

// returned ends the account of a hook that the project's own macro has run.
func (a *Around) returned() {
	if d := a.lent; d != nil {
		a.lent = nil
		a.mark(nil)
		d.wentWell(-1)
	}
}

// leaveOut reports whether a hook is not to run at all, and says why in its account.
func (a *Around) leaveOut(d *declared) bool {
	if a.e.leftOut(d) {
		return true
	}
	if r, because := a.e.elsewhere(&d.hook); r != "" {
		d.leave(r, because)
		return true
	}
	return false
}

// LeftOut reports whether a hook is left out by LeaveOut.
func (a *Around) LeftOut(event string, index int) bool {
	d := a.find(event, index)
	return d != nil && (d.left || a.e.leftOut(d))
}

// leftOut ends the account of a hook that LeaveOut leaves out.
func (e *Executor) leftOut(d *declared) bool {
	if e.LeaveOut == nil {
		return false
	}
	r, because := e.LeaveOut(&d.hook, &d.rec)
	if r != "" {
		d.leave(r, because)
	}
	return r != ""
}

// elsewhere tells that a hook belongs to other targets or other commands.
func (e *Executor) elsewhere(h *manifest.Hook) (result.Reason, string) {
	if h.Targets != nil && !contains(h.Targets, e.targetName()) {
		return result.OtherTarget, "target is " + e.targetName() + ", the hook is for " + strings.Join(h.Targets, ", ")
	}
	if h.Commands != nil && !contains(h.Commands, e.Inv.Command) {
		return result.OtherCommand, "command is " + e.Inv.Command + ", the hook is for " + strings.Join(h.Commands, ", ")
	}
	return "", ""
}

// Run runs the hooks of an event that the body has come to, for a body without a
// materialization. The error is that of the first hook which makes the body fail;
// those behind it do not run.
func (a *Around) Run(ctx context.Context, event string) error {
	for _, d := range a.hooks {
		if d.rec.Event != event || d.ended() {
			continue
		}
		if event == postHook {
			a.over(result.Success, nil)
		}
		if a.leaveOut(d) || d.hook.On == manifest.OnFailure || d.hook.On == manifest.OnSkip {
			continue
		}
		if err := a.carryOut(ctx, d, false); err != nil {
			return err
		}
	}
	return nil
}

// blame notes which hook err comes from, where it comes from one.
func (a *Around) blame(err error) {
	if a.Session != nil && a.Session.InTransaction() && !a.Session.Autocommits() {
		for _, d := range a.hooks {
			gone := d.inside && d.rec.Status == result.Success && d.rec.Kind != "notify"
			d.rec.RolledBack, d.rec.Unsettled = gone && !a.Session.Unsettled(), gone && a.Session.Unsettled()
		}
	}
	d := a.running
	if d == nil && a.lent != nil && a.Frame != nil && a.Frame.FailedHook(err) != "" {
		d = a.lent
	}
	if d == nil {
		a.returned()
		return
	}
	a.running, a.lent = nil, nil
	d.rec.Elapsed = time.Since(d.rec.StartedAt)
	d.rec.Status, d.rec.Err = result.Error, a.errorOf(err)
	if a.failed == nil {
		a.failed = d
	}
}

// errorOf words an error for the account.
func (a *Around) errorOf(err error) *result.HookError {
	e := &result.HookError{Message: err.Error(), Class: string(a.e.classOf(err))}
	var db *adapter.DatabaseError
	if errors.As(err, &db) {
		e.Message, e.Statement = db.Msg, db.SQL
	}
	return e
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
