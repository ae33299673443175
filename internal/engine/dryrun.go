package engine

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"dex/internal/adapter"
	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/plan"
	"dex/internal/result"
	"dex/internal/run"
	"dex/internal/session"
)

// previewing reports whether the database is asked and not changed.
func (w *work) previewing() bool { return w.inv.DryRun || w.inv.Looking }

// dryRun carries the plan out on a preview of the database, node by node, and keeps
// what was sent. There is no log of it and no result: nothing has been run.
func (w *work) dryRun(ctx context.Context) error {
	e, r := w.executor(), newRecorder()
	e.Threads, e.Preview, e.Sink = 1, r.ended, onlyWarnings{w.engine.Sink}
	e.Sessions.Sink, e.Sessions.Record = e.Sink, r.record
	e.WriteCompiled, e.WriteRun, e.Compiler.Write = nil, nil, nil
	e.LeaveOut, e.Pause = w.leaveOut(), func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	if e.Notifier != nil {
		e.Notifier = &dryNotifier{e.Notifier, r}
	}
	if e.Operator != nil {
		e.Operator = &dryOperator{e.Operator, r}
	}
	p := w.out.Plan
	if err := e.MakeSchemas(ctx, nodesOf(p)); err != nil {
		return err
	}
	if err := w.fillCache(ctx, e); err != nil {
		return err
	}
	results, err := e.Execute(ctx, p)
	w.out.DryRun = w.dryPlan(r, results)
	var aborted *run.HookAborted
	if errors.As(err, &aborted) {
		w.out.DryRun.Step(string(aborted.Hook)).End("error", aborted.Message)
	}
	w.out.Lines = w.dryLines(w.out.DryRun)
	return err
}

// onlyWarnings keeps to itself what is told of a run that is none.
type onlyWarnings struct{ sink event.Sink }

// Emit implements event.Sink.
func (s onlyWarnings) Emit(e event.Event) {
	if s.sink == nil || e.Level != event.Warn {
		return
	}
	switch d := e.Data.(type) {
	case event.NodeResult:
		return
	case event.ProjectWarning:
		if d.Diagnostic.Code == "hook" { // what became of one: nothing
			return
		}
	}
	s.sink.Emit(e)
}

// recorder keeps what sessions send, by the task that each belongs to.
type recorder struct {
	mu     sync.Mutex
	order  []string
	sent   map[string][]session.Statement
	status map[string]dryEnd
}

// dryEnd is how a node's plan ended.
type dryEnd struct{ status, because string }

func newRecorder() *recorder {
	return &recorder{sent: map[string][]session.Statement{}, status: map[string]dryEnd{}}
}

// record is session.Options.Record.
func (r *recorder) record(s session.Statement) {
	r.mu.Lock()
	defer r.mu.Unlock()
	task := ""
	if s.Session.Info != nil {
		task = s.Session.Info.UniqueID
	}
	if _, seen := r.sent[task]; !seen {
		r.order = append(r.order, task)
	}
	// What the session says of itself is of this moment.
	now := *s.Session
	s.Session = &now
	r.sent[task] = append(r.sent[task], s)
}

// ended is run.Executor.Preview. Where a node failed on an answer that a run would
// have given otherwise, its plan ends there, and the nodes behind it go on. Whether
// a test fails is not known: it holds nothing back.
func (r *recorder) ended(n *manifest.Node, res result.Result) result.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	failed := res.Status == result.Error || res.Status == result.RuntimeErr || res.Status == result.PartialSuccess
	switch {
	case failed && n.IsTest() && r.guessed(string(n.ID)):
		r.status[string(n.ID)] = dryEnd{status: "planned"} // its query is the last that it sends
	case failed && r.guessed(string(n.ID)):
		r.status[string(n.ID)] = dryEnd{"incomplete", res.Message}
	case failed:
		r.status[string(n.ID)] = dryEnd{"error", res.Message}
		return res
	default:
		r.status[string(n.ID)] = dryEnd{status: "planned"}
	}
	res.Status, res.Err, res.Message = result.Success, nil, ""
	if n.IsTest() {
		res.Status = result.Pass
	}
	return res
}

// guessed reports whether a task got an answer that a run would have given
// otherwise, or sent what could not be followed.
func (r *recorder) guessed(task string) bool {
	for _, s := range r.sent[task] {
		if s.Response.Guess || s.Response.Note != "" {
			return true
		}
	}
	return false
}

// dryPlan puts together what was recorded and how the tasks ended, in the order of
// the run.
func (w *work) dryPlan(r *recorder, results []result.Result) *artifact.DryRun {
	d := &artifact.DryRun{Meta: w.meta(), Command: w.inv.Command, Target: w.profile.TargetName}
	if p, ok := w.adapter.(adapter.Previewed); ok {
		d.Lacking = p.Lacking()
	}
	if len(r.sent[""]) > 0 {
		d.Steps = append(d.Steps, &artifact.DryStep{Phase: "schemas", Name: "schemas", Status: "planned", Statements: w.dryStatements(r.sent[""])})
	}
	for i := range results {
		d.Steps = append(d.Steps, w.dryStep(r, &results[i]))
	}
	// A task without a result is an on-run hook whose template failed.
	for _, id := range r.order {
		if id != "" && d.Step(id) == nil {
			d.Steps = append(d.Steps, w.dryStep(r, &result.Result{Node: id, Status: result.Error}))
		}
	}
	return d
}

func (w *work) dryStep(r *recorder, res *result.Result) *artifact.DryStep {
	step := &artifact.DryStep{Phase: "nodes", Node: res.Node, Name: res.Node, Status: "planned", Statements: w.dryStatements(r.sent[res.Node])}
	if n := w.node(res.Node); n != nil {
		step.Name, step.Relation = dryName(n), n.RelationName
		if t, _ := w.out.Plan.Find(res.Node); t != nil && t.Phase != plan.Main {
			step.Phase = map[plan.Phase]string{plan.Start: "on-run-start", plan.End: "on-run-end"}[t.Phase]
		}
	}
	end, known := r.status[res.Node]
	switch {
	case known:
		step.Status, step.Because = end.status, w.clean(end.because)
	case res.Status == result.Skipped:
		step.Status, step.Because = "skipped", w.clean(res.Message)
	case res.Status.Failed():
		step.Status, step.Because = "error", w.clean(res.Message)
	}
	return step
}

// dryName is a node for people.
func dryName(n *manifest.Node) string {
	switch {
	case n.Kind == manifest.KindOperation:
		return n.Name
	case n.IsTest():
		return "test " + n.Name
	case n.Kind == manifest.KindModel:
		return "model " + n.Schema + "." + n.Alias + " (" + n.Config.Materialized() + ")"
	case n.Schema == "":
		return string(n.Kind) + " " + n.Name
	}
	return string(n.Kind) + " " + n.Schema + "." + n.Alias
}

func (w *work) dryStatements(sent []session.Statement) []artifact.DryStatement {
	out := make([]artifact.DryStatement, 0, len(sent))
	for _, s := range sent {
		one := artifact.DryStatement{Kind: dryKind(s), Text: w.clean(s.Text), Asked: s.Response.Asked, Note: w.clean(s.Response.Note)}
		if s.Err != nil {
			one.Note = w.clean(s.Err.Error())
		}
		one.Hook = w.dryHook(s.Session)
		out = append(out, one)
	}
	return out
}

func dryKind(s session.Statement) string {
	switch word := strings.ToLower(strings.Trim(s.Text, " \t\n;")); {
	case s.Language != "sql":
		return s.Language
	case word == "begin", word == "commit", word == "rollback":
		return "transaction"
	case s.Response.Asked || s.Response.Guess:
		return "query"
	}
	return "statement"
}

// dryHook names the hook that a session was at work on.
func (w *work) dryHook(s *session.Session) *artifact.DryHook {
	if s.Hook == nil || s.Info == nil {
		return nil
	}
	n := w.out.Manifest.Node(manifest.ID(or(s.Hook.From, s.Info.UniqueID)))
	if n == nil {
		return nil
	}
	h := &artifact.DryHook{Event: s.Hook.Event}
	if hooks, err := n.Config.Hooks(s.Hook.Event); err == nil && s.Hook.Index < len(hooks) {
		h.Name = hooks[s.Hook.Index].Name
	}
	if h.Name == "" {
		h.Name = s.Hook.Event + "." + strconv.Itoa(s.Hook.Index)
	}
	if at := w.project.Origins(n, s.Hook.Event); s.Hook.Index < len(at) {
		h.Origin = at[s.Hook.Index]
	}
	return h
}

// writeDryRun writes dry_run.json.
func (w *work) writeDryRun() error {
	if w.out.DryRun == nil {
		return nil
	}
	path := filepath.Join(w.targetDir(), artifact.DryRunFile)
	if err := artifact.WriteDryRun(path, w.out.DryRun); err != nil {
		return err
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "DryRun", ArtifactPath: path})
	return nil
}
