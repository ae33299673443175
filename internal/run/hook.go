package run

import (
	"context"
	"fmt"
	"strings"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// HookAborted is a template of an on-run hook that failed: dbt gives the command
// up (exit 2), while a statement that failed only fails the hook.
type HookAborted struct {
	Hook    manifest.ID
	Message string
	Err     error
}

func (e *HookAborted) Error() string { return e.Message }

// Unwrap gives the template's error.
func (e *HookAborted) Unwrap() error { return e.Err }

// hooks runs the on-run hooks of one phase in order, outside of transactions, on
// one session. After the first that fails the others are skipped, but for those that
// are there for failures. outcome is how the invocation has gone so far, why what it
// failed with. The second result reports whether all went well. dbt: safe_run_hooks.
func (e *Executor) hooks(ctx context.Context, name string, ids []manifest.ID, extra map[string]value.Value, outcome result.Status, why error) ([]result.Result, bool, error) {
	if len(ids) == 0 {
		return nil, true, nil
	}
	s := session.New(e.Inv.Adapter, "master", &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	p := &phase{e, name, len(ids), s, extra, outcome, why}
	unready := s.Clear(ctx)
	if unready != nil {
		s.Close()
		s.Explicit()
	}
	var out []result.Result
	ok := true
	for i, id := range ids {
		e.reach(id, i+1)
		if e.onRunLeftOut(e.Inv.Manifest.Nodes[id], name) {
			continue
		}
		if unready != nil { // the first hook is the one that finds no database
			out = append(out, p.unable(e.Inv.Manifest.Nodes[id], i, unready))
			ok, p.outcome, p.why, unready = false, result.Error, unready, nil
			continue
		}
		res, err := p.next(ctx, e.Inv.Manifest.Nodes[id], i, ok)
		if err != nil {
			rest, _ := p.anyway(ctx, ids, i+1, err)
			return append(out, rest...), false, err
		}
		if res.Status.Failed() {
			ok, p.outcome = false, result.Error
			if p.why == nil {
				p.why = res.Err
			}
		}
		out = append(out, res)
	}
	return out, ok, nil
}

// unable is the result of a hook that could not be begun.
func (p *phase) unable(n *manifest.Node, i int, err error) result.Result {
	name, one, now := fmt.Sprintf("%s.%s.%d", n.Package, p.name, i), int64(1), time.Now()
	res := result.Result{
		Node: string(n.ID), Status: result.Error, Message: fmt.Sprintf("%s failed, error:\n %s", name, err), Failures: &one, Thread: "main", Rows: -1,
		Err: err, Hook: n.Raw, Timing: []result.Timing{{Name: "compile", Start: now, End: now}, {Name: "execute", Start: now, End: now}},
	}
	p.e.hookEnd(n, name, i, p.total, res)
	p.e.accountHook(n, onRun(n, p.name), now, p.session, res, err)
	return res
}

// next runs one hook, or skips it where one before it has failed. The error is that
// of a template, which gives the command up.
func (p *phase) next(ctx context.Context, n *manifest.Node, i int, ok bool) (result.Result, error) {
	e, name := p.e, fmt.Sprintf("%s.%s.%d", n.Package, p.name, i)
	h, err := mapHook(n, p.name)
	if err != nil {
		return result.Result{}, err
	}
	if h != nil && (ok || runsAnyway(h)) {
		res := p.run(ctx, n, h, name, i)
		if res.Status.Failed() {
			e.Inv.Cache.Doubt(p.session.Touched)
		}
		return res, nil
	}
	if !ok {
		res := skippedHook(n, name)
		e.hookEnd(n, name, i, p.total, res)
		e.leaveHooks([]manifest.ID{n.ID}, 0, p.name, result.EarlierHookFailed)
		return res, nil
	}
	began := time.Now()
	d := onRun(n, p.name)
	res, err := p.hook(ctx, d, n, name, i)
	if err != nil || res.Status != result.Success {
		e.Inv.Cache.Doubt(p.session.Touched)
	}
	e.accountHook(n, d, began, p.session, res, err)
	return res, err
}

// anyway runs those of the hooks from the given one on that are there for failures,
// and ends the accounts of the others: the command was given up.
func (p *phase) anyway(ctx context.Context, ids []manifest.ID, from int, why error) ([]result.Result, error) {
	p.outcome, p.why = result.Error, why
	var out []result.Result
	for i, id := range ids[min(from, len(ids)):] {
		n := p.e.Inv.Manifest.Nodes[id]
		h, err := mapHook(n, p.name)
		if err != nil {
			return out, err
		}
		if p.e.onRunLeftOut(n, p.name) {
			continue
		}
		if h == nil || !runsAnyway(h) || ctx.Err() != nil {
			p.e.leaveHooks([]manifest.ID{id}, 0, p.name, result.EarlierHookFailed)
			continue
		}
		p.e.reach(id, from+i+1)
		out = append(out, p.run(ctx, n, h, fmt.Sprintf("%s.%s.%d", n.Package, p.name, from+i), from+i))
	}
	return out, nil
}

// onRunLeftOut ends the account of an on-run hook that is left out by a flag or by
// dex.yml: it has no row in run_results.json, as if it were not declared.
func (e *Executor) onRunLeftOut(n *manifest.Node, phase string) bool {
	d := onRun(n, phase)
	if h, err := mapHook(n, phase); err == nil && h != nil {
		d.hook, d.rec.Kind, d.rec.On = *h, h.Kind(), h.Outcome()
		if h.Name != "" {
			d.rec.Name = h.Name
		}
	}
	if !e.leftOut(d) {
		return false
	}
	e.file(d.rec)
	e.tellHook(&d.rec, mainThread, e.info(n))
	return true
}

// reach notes that a hook had its turn, and at which place.
func (e *Executor) reach(id manifest.ID, place int) {
	if e.reached == nil {
		e.reached = map[manifest.ID]int{}
	}
	e.reached[id] = place
}

// Reached gives the on-run hooks that had their turn, each with its place over
// all packages, from 1.
func (e *Executor) Reached() map[manifest.ID]int { return e.reached }

// accountHook files how an on-run hook ended.
func (e *Executor) accountHook(n *manifest.Node, d *declared, began time.Time, s *session.Session, res result.Result, err error) {
	d.rec.SQL, d.rec.StartedAt, d.rec.Attempts = strings.TrimSpace(res.Code), began, 1
	if !d.ended() { // else its channel is switched off
		d.wentWell(s.Last.Rows)
	}
	if err == nil {
		err = res.Err
	}
	if err != nil {
		a := &Around{e: e, id: string(n.ID)}
		d.rec.Status, d.rec.Reason, d.rec.Err = result.Error, "", a.errorOf(err)
	}
	e.file(d.rec)
	e.tellHook(&d.rec, mainThread, e.info(n))
}

// leaveHooks files that the on-run hooks from the given one on did not run.
func (e *Executor) leaveHooks(ids []manifest.ID, from int, phase string, why result.Reason) {
	for _, id := range ids[from:] {
		d := onRun(e.Inv.Manifest.Nodes[id], phase)
		d.leave(why, "")
		e.file(d.rec)
		e.tellHook(&d.rec, mainThread, e.info(e.Inv.Manifest.Nodes[id]))
	}
}

// onRun is the account of an on-run hook that does not run by Around.
func onRun(n *manifest.Node, phase string) *declared {
	h := manifest.Hook{SQL: n.Raw}
	if m, err := mapHook(n, phase); err == nil && m != nil {
		h = *m
	}
	d := &declared{hook: h, rec: result.Hook{
		Node: string(n.ID), Name: h.Name, Event: phase, Kind: h.Kind(), On: h.Outcome(), Index: n.HookIndex, Origin: n.Pos, Written: n.Raw, Rows: -1, Extended: h.Extended,
	}}
	if h.Name == "" {
		d.rec.Name = fmt.Sprintf("%s.%d", phase, n.HookIndex)
	}
	return d
}

const mainThread = "MainThread"

func skippedHook(n *manifest.Node, name string) result.Result {
	one := int64(1)
	return result.Result{Node: string(n.ID), Status: result.Skipped, Message: name + " skipped", Failures: &one, Thread: "main", Rows: -1}
}

// hook renders and sends one hook of dbt's; d is its account.
func (p *phase) hook(ctx context.Context, d *declared, n *manifest.Node, name string, i int) (result.Result, error) {
	e, s, total := p.e, p.session, p.total
	info := e.info(n)
	s.Info = info
	start := time.Now()
	code, f, err := e.Compiler.Compile(ctx, n, s, mainThread, p.extra)
	if err != nil {
		return result.Result{}, &HookAborted{n.ID, f.Message(err), err}
	}
	if e.WriteCompiled != nil {
		if err := e.WriteCompiled(n, "", code.Code); err != nil {
			return result.Result{}, err
		}
	}
	compiled := time.Now()
	e.Sink.Emit(event.Event{Time: compiled, Level: event.Info, Thread: mainThread, Data: event.LogHookStartLine{Statement: name, Index: i + 1, Total: total, NodeInfo: info}})
	zero := int64(0)
	res := result.Result{
		Node: string(n.ID), Status: result.Success, Message: name + " passed", Failures: &zero, Thread: "main", Rows: -1,
		Compiled: true, Code: code.Code, CTEs: code.CTEs,
	}
	if err := p.send(ctx, d, n, code.Code); err != nil {
		one := int64(1)
		res.Status, res.Failures, res.Err, res.Hook = result.Error, &one, err, n.Raw
		res.Message = fmt.Sprintf("%s failed, error:\n %s", name, err)
	}
	end := time.Now()
	res.Timing = []result.Timing{{Name: "compile", Start: start, End: compiled}, {Name: "execute", Start: compiled, End: end}}
	res.Elapsed = end.Sub(start)
	e.hookEnd(n, name, i, total, res)
	return res, nil
}

// send sends a hook's statement, or the notification that it calls for; one that
// rendered to nothing is not sent.
func (p *phase) send(ctx context.Context, d *declared, n *manifest.Node, sql string) error {
	// dbt: what a hook renders to may be a JSON object with its sql.
	if h, err := manifest.HookOf(value.Str(sql)); err == nil {
		sql = h.SQL
	}
	if isBlank(sql) {
		return nil
	}
	a := &Around{e: p.e, id: string(n.ID), Node: n, Session: p.session, Thread: mainThread}
	a.over(p.outcome, p.failure(a))
	if call, ok := a.notifies(sql); ok {
		d.rec.StartedAt = time.Now()
		return a.sendCall(ctx, d, call)
	}
	_, _, err := p.session.Execute(ctx, sql, false, false, 0)
	return err
}

// failure is what the invocation failed with; nil where it has not.
func (p *phase) failure(a *Around) *result.HookError {
	if p.why == nil {
		return nil
	}
	return a.errorOf(p.why)
}

func (e *Executor) hookEnd(n *manifest.Node, name string, i, total int, res result.Result) {
	e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Info, Thread: mainThread, Data: event.LogHookEndLine{
		Statement: name, Status: string(res.Status), Index: i + 1, Total: total, ExecutionTime: res.Elapsed.Seconds(), NodeInfo: e.info(n),
	}})
}

func isBlank(s string) bool {
	for _, r := range s {
		if r != ' ' && r != '\t' && r != '\n' && r != '\r' {
			return false
		}
	}
	return true
}

// endContext is what on-run-end hooks see: results, schemas, database_schemas.
func (e *Executor) endContext(results []result.Result) map[string]value.Value {
	schemas, pairs := value.NewList(), value.NewList()
	seen, seenPair := map[string]bool{}, map[[2]string]bool{}
	list := value.NewList()
	for i := range results {
		r := &results[i]
		n := e.Inv.Manifest.Node(manifest.ID(r.Node))
		if n == nil {
			continue
		}
		list.Elems = append(list.Elems, render.ResultValue(r, n))
		if !relational(n) || r.Status == result.Error || r.Status == result.Fail || r.Status == result.Skipped {
			continue
		}
		if !seen[n.Schema] {
			seen[n.Schema] = true
			schemas.Elems = append(schemas.Elems, value.Str(n.Schema))
		}
		if p := [2]string{n.Database, n.Schema}; !seenPair[p] {
			seenPair[p] = true
			pairs.Elems = append(pairs.Elems, value.NewTuple(value.Str(n.Database), value.Str(n.Schema)))
		}
	}
	return map[string]value.Value{"results": list, "schemas": schemas, "database_schemas": pairs}
}

// relational reports whether a node stands in the database under its own name.
func relational(n *manifest.Node) bool {
	switch n.Kind {
	case manifest.KindModel, manifest.KindSeed, manifest.KindSnapshot, manifest.KindFunction:
		return !n.Ephemeral()
	}
	return false
}
