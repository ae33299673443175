package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"dex/internal/adapter"
	"dex/internal/audit"
	"dex/internal/dag"
	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/result"
	"dex/internal/run"
	"dex/internal/selector"
	"dex/internal/store"
)

// auditor keeps the records of one invocation. What it is told of waits in a queue:
// a goroutine of its own stores all that waits in one transaction, so that the nodes go
// on meanwhile, and a run of many small nodes needs few transactions.
type auditor struct {
	log   *audit.Log
	conf  *audit.Settings
	facts audit.Entry // what all records of the invocation say
	began time.Time

	mu    sync.Mutex
	queue []audit.Entry
	told  map[string]bool // nodes that there is a record of
	err   error           // of transactions that failed
	over  bool            // wake is closed: the command has ended
	wake  chan struct{}
	done  chan struct{}
}

// longest is the length to which messages are kept.
const longest = 4000

// beginAudit records that the invocation begins, before it changes anything, where
// dex.yml asks for an audit. With `on_error: fail` it does not begin without its record.
func (w *work) beginAudit(ctx context.Context) error {
	conf := &w.project.Dex.Audit
	if !conf.Enabled || w.auditTried {
		return nil
	}
	w.auditTried = true
	chain, err := w.store(ctx)
	if err != nil {
		return w.auditFailed(err)
	}
	a := &auditor{
		log: &audit.Log{Chain: chain, Clean: w.clean, Now: w.engine.Now}, conf: conf, facts: w.auditFacts(ctx), began: w.engine.now(),
		told: map[string]bool{}, wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if conf.Keeps(audit.Run) {
		e := a.entry(audit.Run, "start")
		e.StartedAt = w.started
		if err := a.log.Append(ctx, e); err != nil {
			return w.auditFailed(err)
		}
	}
	w.auditor = a
	go a.keep(context.WithoutCancel(ctx))
	return nil
}

// auditFacts are who runs what, of which commit.
func (w *work) auditFacts(ctx context.Context) audit.Entry {
	return audit.Entry{
		Invocation: w.inv.ID, Project: w.render.Project, Target: w.profile.TargetName, Command: w.inv.Command, Version: w.engine.Version,
		RowsBefore: audit.Unknown, RowsAfter: audit.Unknown, RowsAffected: audit.Unknown, Commit: gitCommit(ctx, w.dir()), User: userName(),
	}
}

// auditFailed tells of records that could not be written: a warning, or an error
// where dex.yml says so.
func (w *work) auditFailed(err error) error {
	if err == nil {
		return nil
	}
	d := diag.Diagnostic{
		Severity: diag.Warning, Class: diag.Runtime, Code: "audit-not-written", Summary: "The audit was not written: " + err.Error(),
		Hint: "`dex audit verify` tells how far the chain goes.",
	}
	if w.project.Dex.Audit.Fail {
		d.Severity = diag.Error
		return &diag.ListError{List: diag.List{d}}
	}
	d.Hint += " With `on_error: fail` in the section audit of dex.yml this is an error."
	return w.warnOf(d)
}

// auditNotice records a notification that was stored.
func (w *work) auditNotice(n store.Notice) {
	if w.auditor == nil {
		return
	}
	e := w.auditor.entry(audit.Notification, "stored")
	e.Name, e.Node, e.Status, e.StartedAt = n.Channel, n.Node, string(store.Pending), n.CreatedAt
	w.record(e)
}

// auditDelivery records how a notification ended, with the invocation that it is of.
func (w *work) auditDelivery(n store.Notice, at store.Attempt, to store.NoticeState) {
	if w.auditor == nil {
		return
	}
	e := w.auditor.entry(audit.Notification, string(to))
	e.Name, e.Node, e.Status, e.Message = n.Channel, n.Node, string(to), at.Error
	e.StartedAt, e.Duration = at.At, at.Elapsed
	if n.Invocation != "" {
		e.Invocation = n.Invocation
	}
	w.record(e)
}

// auditOperation records the beginning or the end ("start", "end") of a run of an
// operation, as the store keeps it. It begins the audit of a command that does nothing
// else. A beginning is on the disk when it returns: before the first statement. With
// `on_error: fail` an error says that it is not.
func (w *work) auditOperation(ctx context.Context, event string, r store.OperationRun) error {
	if err := w.beginAudit(ctx); err != nil || w.auditor == nil {
		return err
	}
	e := w.auditor.entry(audit.Operation, event)
	e.Node, e.Name, e.Status, e.StartedAt = r.Operation, r.ID, string(r.State), r.StartedAt
	if event == "end" {
		e.Message, e.RowsAffected = r.Error, r.Rows
		if r.State != store.Lost { // of which nobody knows when it ended
			e.Duration = r.EndedAt.Sub(r.StartedAt)
		}
	}
	if r.User != "" {
		e.User = r.User
	}
	if r.Invocation != "" { // a lost run is another invocation's
		e.Invocation, e.Target = r.Invocation, r.Target
	}
	w.record(e)
	if event == "start" && w.auditor.conf.Keeps(audit.Operation) {
		w.auditor.store(ctx)
		if err := w.auditor.failure(); err != nil && w.auditor.conf.Fail {
			return w.auditFailed(err)
		}
	}
	return nil
}

// record adds an entry with the facts of the invocation. It does nothing where there
// is no audit, or the kind is not kept.
func (w *work) record(entries ...audit.Entry) {
	if w.auditor != nil {
		w.auditor.put(entries...)
	}
}

// entry is an entry that holds what all of the invocation hold.
func (a *auditor) entry(kind, event string) audit.Entry {
	e := a.facts
	e.Kind, e.Event = kind, event
	return e
}

func (a *auditor) put(entries ...audit.Entry) {
	a.mu.Lock()
	for _, e := range entries {
		if a.conf.Keeps(e.Kind) {
			e.Message = a.cut(e.Message)
			a.queue = append(a.queue, e)
		}
	}
	defer a.mu.Unlock()
	if a.over {
		return
	}
	select {
	case a.wake <- struct{}{}:
	default: // it is awake
	}
}

// cut bounds a message. Secrets are taken out first: behind a cut, what is left of one
// is not known for it.
func (a *auditor) cut(s string) string {
	if len(s) <= longest {
		return s
	}
	if s = a.log.Clean(s); len(s) > longest {
		s = s[:longest] + "…"
	}
	return s
}

// keep stores what waits, until wake is closed.
func (a *auditor) keep(ctx context.Context) {
	defer close(a.done)
	for range a.wake {
		a.store(ctx)
	}
	a.store(ctx)
}

func (a *auditor) store(ctx context.Context) {
	a.mu.Lock()
	batch := a.queue
	a.queue = nil
	a.mu.Unlock()
	if err := a.log.Append(ctx, batch...); err != nil {
		a.mu.Lock()
		a.err = errors.Join(a.err, err)
		a.mu.Unlock()
	}
}

// failure is what has gone wrong so far.
func (a *auditor) failure() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.err
}

// NodeEnded implements run.Recorder.
func (a *auditor) NodeEnded(n *manifest.Node, r *result.Result) {
	a.mu.Lock()
	known := a.told[r.Node]
	a.told[r.Node] = true
	a.mu.Unlock()
	if !known {
		a.put(a.nodeEntry(n, r))
	}
}

func (a *auditor) nodeEntry(n *manifest.Node, r *result.Result) audit.Entry {
	e := a.entry(audit.Node, string(n.Kind))
	switch n.Kind {
	case manifest.KindSQLOperation, manifest.KindMacro:
		e.Kind, e.Event = audit.Operation, "end"
	}
	e.Node, e.Status, e.RowsAffected, e.Duration = r.Node, string(r.Status), r.Rows, r.Elapsed
	if r.Status != result.Success && r.Status != result.Pass {
		e.Message = r.Message
	}
	if len(r.Timing) > 0 {
		e.StartedAt = r.Timing[0].Start
	}
	if r.RowsBefore != nil {
		e.RowsBefore = *r.RowsBefore
	}
	if r.RowsAfter != nil {
		e.RowsAfter = *r.RowsAfter
	}
	return e
}

// HookEnded implements run.Recorder.
func (a *auditor) HookEnded(h *result.Hook) {
	e := a.entry(audit.Hook, h.Event)
	e.Node, e.Name, e.Status, e.Reason = h.Node, h.Name, string(h.Status), string(h.Reason)
	e.StartedAt, e.Duration, e.RowsAffected = h.StartedAt, h.Elapsed, h.Rows
	if h.Status == result.Skipped || h.Rows < 0 {
		e.RowsAffected = audit.Unknown
	}
	if h.Err != nil {
		e.Message = h.Err.Message
	}
	a.put(e)
}

// endAudit records what was skipped, and how the invocation ended; then it brings the
// table in the warehouse up to date. It returns what is to be an error of the command.
func (w *work) endAudit(ctx context.Context, failed error) error {
	a := w.auditor
	if a == nil {
		return nil
	}
	cancelled := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx)
	for i := range w.out.Results {
		r := &w.out.Results[i]
		if w.inv.Command == "hooks run" {
			break // its results are of hooks, which HookEnded was told of; no node was run
		}
		if n := w.auditedNode(r.Node); n.Kind != manifest.KindOperation { // of on-run hooks HookEnded was told
			a.NodeEnded(n, r)
		}
	}
	if a.conf.Keeps(audit.Run) {
		a.put(w.runEntry(a, failed, cancelled))
	}
	a.mu.Lock()
	a.over = true
	close(a.wake)
	a.mu.Unlock()
	<-a.done
	w.auditor = nil
	if a.err != nil {
		return w.auditFailed(a.err)
	}
	if a.conf.Relation == nil || w.adapter == nil {
		return nil
	}
	if err := w.shipAudit(ctx, a); err != nil {
		return w.auditFailed(fmt.Errorf("the records are in the store, and not in the table %s: %w", strings.Join(a.conf.Relation, "."), err))
	}
	return nil
}

// auditedNode finds a node, or stands in for a macro of run-operation.
func (w *work) auditedNode(id string) *manifest.Node {
	if w.out.Manifest != nil {
		if n := w.node(id); n != nil {
			return n
		}
	}
	kind, _, _ := strings.Cut(id, ".")
	return &manifest.Node{ID: manifest.ID(id), Kind: manifest.Kind(kind)}
}

func (w *work) runEntry(a *auditor, failed error, cancelled bool) audit.Entry {
	e := a.entry(audit.Run, "end")
	e.StartedAt, e.Duration = w.started, w.engine.now().Sub(w.started)
	switch {
	case cancelled:
		e.Status = "cancelled"
	case failed != nil:
		e.Status, e.Message = string(result.Error), failed.Error()
	case w.out.Failed() || w.out.Fatal != nil:
		e.Status = string(result.Error)
	default:
		e.Status = string(result.Success)
	}
	return e
}

// shipAudit brings the table in the warehouse up to date.
func (w *work) shipAudit(ctx context.Context, a *auditor) error {
	conn, err := w.adapter.Conn(ctx, "audit")
	if err != nil {
		return err
	}
	defer conn.Release()
	parts := a.conf.Relation
	r := adapter.Relation{Database: w.render.Database, Schema: w.render.Schema, Identifier: parts[len(parts)-1]}
	if len(parts) > 1 {
		r.Schema = parts[len(parts)-2]
	}
	if len(parts) > 2 {
		r.Database = parts[0]
	}
	t := &audit.Table{
		Relation: r, OwnDatabase: strings.EqualFold(r.Database, w.render.Database), Quote: w.adapter.Quote, Type: w.adapter.ConvertType,
		Send: func(ctx context.Context, sql string, fetch bool) (*adapter.Table, error) {
			_, rows, err := conn.Execute(ctx, sql, fetch, 0)
			return rows, err
		},
	}
	_, err = t.Ship(ctx, a.log.Chain, a.facts.Target)
	return err
}

// audited makes an executor tell the auditor what has ended.
func (w *work) audited(e *run.Executor) error {
	if w.auditor == nil {
		return nil
	}
	e.Recorder = w.auditor
	if len(w.auditor.conf.RowsOf) == 0 {
		return nil
	}
	of, err := w.nodesNamed(w.auditor.conf.RowsOf)
	if err != nil {
		return err
	}
	e.CountRows = func(n *manifest.Node) bool { return of[n.ID] }
	return nil
}

// nodesNamed finds the nodes that criteria of selection take.
func (w *work) nodesNamed(criteria []string) (map[manifest.ID]bool, error) {
	indirect, err := selector.ParseIndirect("eager")
	if err != nil {
		return nil, selectionFault(err)
	}
	spec, err := selector.Parse(criteria, nil, indirect)
	if err != nil {
		return nil, selectionFault(err)
	}
	m := w.out.Manifest
	var set dag.Set
	set, _, err = selector.New(m, selector.Options{Glob: w.glob, History: w.comparison()}).Select(spec)
	if err != nil {
		return nil, selectionFault(err)
	}
	out := map[manifest.ID]bool{}
	for _, id := range m.Graph().IDs(set) {
		out[id] = true
	}
	return out, nil
}
