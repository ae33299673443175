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
// one session. After the first that fails the others are skipped. The second
// result reports whether all went well. dbt: safe_run_hooks.
func (e *Executor) hooks(ctx context.Context, phase string, ids []manifest.ID, extra map[string]value.Value) ([]result.Result, bool, error) {
	if len(ids) == 0 {
		return nil, true, nil
	}
	s := session.New(e.Inv.Adapter, "master", &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	var out []result.Result
	ok := true
	for i, id := range ids {
		n := e.Inv.Manifest.Nodes[id]
		began := time.Now()
		e.reach(id, i+1)
		name := fmt.Sprintf("%s.%s.%d", n.Package, phase, i)
		if !ok {
			out = append(out, skippedHook(n, name))
			e.hookEnd(n, name, i, len(ids), out[len(out)-1])
			e.leaveHooks(ids[i:i+1], 0, phase, result.EarlierHookFailed)
			continue
		}
		res, err := e.hook(ctx, s, n, name, i, len(ids), extra)
		if err != nil || res.Status != result.Success {
			e.Inv.Cache.Doubt(s.Touched)
		}
		e.accountHook(n, phase, began, s, res, err)
		if err != nil {
			e.leaveHooks(ids, i+1, phase, result.EarlierHookFailed)
			return out, false, err
		}
		ok = res.Status == result.Success
		out = append(out, res)
	}
	return out, ok, nil
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
func (e *Executor) accountHook(n *manifest.Node, phase string, began time.Time, s *session.Session, res result.Result, err error) {
	d := onRun(n, phase)
	d.rec.SQL, d.rec.StartedAt, d.rec.Attempts = strings.TrimSpace(res.Code), began, 1
	d.wentWell(s.Last.Rows)
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

// onRun is the account of an on-run hook of dbt's form.
func onRun(n *manifest.Node, phase string) *declared {
	return &declared{hook: manifest.Hook{SQL: n.Raw}, rec: result.Hook{
		Node: string(n.ID), Name: fmt.Sprintf("%s.%d", phase, n.HookIndex), Event: phase, Kind: "sql", On: "success",
		Index: n.HookIndex, Origin: n.Pos, Rows: -1,
	}}
}

const mainThread = "MainThread"

func skippedHook(n *manifest.Node, name string) result.Result {
	one := int64(1)
	return result.Result{Node: string(n.ID), Status: result.Skipped, Message: name + " skipped", Failures: &one, Thread: "main", Rows: -1}
}

// hook renders and sends one hook.
func (e *Executor) hook(ctx context.Context, s *session.Session, n *manifest.Node, name string, i, total int, extra map[string]value.Value) (result.Result, error) {
	info := e.info(n)
	s.Info = info
	start := time.Now()
	code, f, err := e.Compiler.Compile(ctx, n, s, mainThread, extra)
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
	if err := e.sendHook(ctx, s, code.Code); err != nil {
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

// sendHook sends a hook's statement; one that rendered to nothing is not sent.
func (e *Executor) sendHook(ctx context.Context, s *session.Session, sql string) error {
	// dbt: what a hook renders to may be a JSON object with its sql.
	if h, err := manifest.HookOf(value.Str(sql)); err == nil {
		sql = h.SQL
	}
	if isBlank(sql) {
		return nil
	}
	_, _, err := s.Execute(ctx, sql, false, false, 0)
	return err
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
