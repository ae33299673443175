package run

import (
	"context"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// job is one node on its way through a worker.
type job struct {
	node         *manifest.Node
	index, total int
}

// worker runs nodes one after the other; its name is thread_id.
type worker struct {
	*Executor
	name string
}

// run carries out one node whatever happens: a panic is a fault of dex, and ends
// this node alone.
func (w *worker) run(ctx context.Context, j job) (res result.Result) {
	info := nodeInfo(j.node)
	start := time.Now()
	info.NodeStartedAt, info.NodeStatus = stamp(start), "started"
	defer func() {
		if r := recover(); r != nil {
			res = result.Result{
				Node: string(j.node.ID), Status: result.Error, Thread: w.name, Rows: -1,
				Message: fmt.Sprintf("dex met a fault of its own in %s: %v\n%s", j.node.ID, r, debug.Stack()),
			}
		}
		res.Elapsed = time.Since(start)
		info.NodeStatus, info.NodeFinishedAt = string(res.Status), stamp(time.Now())
		w.finished(j, res, info)
	}()
	w.emit(event.Debug, event.NodeStart{NodeInfo: info})
	if w.announces(j.node) {
		w.emit(event.Info, event.LogStartLine{Description: describe(j.node), Index: j.index, Total: j.total, NodeInfo: info})
	}
	s := session.New(w.Inv.Adapter, string(j.node.ID), &w.Sessions)
	s.Info, s.Thread = info, w.name
	defer w.leave(s, &res)
	return w.node(ctx, j.node, s)
}

// leave ends a node's session. What it changed and may have taken back is asked
// for anew when somebody needs to know.
func (w *worker) leave(s *session.Session, res *result.Result) {
	panicked := res.Status == ""
	undone := panicked || res.Status.Failed() || s.InTransaction()
	s.Close()
	if undone {
		w.Inv.Cache.Doubt(s.Touched)
	}
}

// announces reports whether a node has lines of its own: ephemeral models and
// compiled nodes have none.
func (w *worker) announces(n *manifest.Node) bool { return !w.CompileOnly && !n.Ephemeral() }

// node compiles a node and then does what its kind asks for.
func (w *worker) node(ctx context.Context, n *manifest.Node, s *session.Session) result.Result {
	res := result.Result{Node: string(n.ID), Status: result.Success, Thread: w.name, Rows: -1, Relation: n.RelationName}
	if why := w.unbuilt(n); why != "" && !w.CompileOnly {
		res.Status, res.Message = result.Error, why
		return res
	}
	s.Info.NodeStatus = "compiling"
	w.emit(event.Debug, event.NodeCompiling{NodeInfo: s.Info})
	from := time.Now()
	code, frame, err := w.compile(ctx, n, s)
	res.Timing = append(res.Timing, result.Timing{Name: "compile", Start: from, End: time.Now()})
	if err != nil {
		return failed(res, frame, err)
	}
	if n.Kind != manifest.KindSeed {
		res.Compiled, res.Code, res.CTEs, res.Macros, res.References = true, code.Code, code.CTEs, code.Macros, code.References
	}
	if w.CompileOnly || n.Ephemeral() {
		now := time.Now() // dbt has two timings of whatever it compiles
		res.Timing = append(res.Timing, result.Timing{Name: "execute", Start: now, End: now})
		return res
	}
	s.Info.NodeStatus = "executing"
	w.emit(event.Debug, event.NodeExecuting{NodeInfo: s.Info})
	from = time.Now()
	res = w.execute(ctx, n, s, code, res)
	res.Timing = append(res.Timing, result.Timing{Name: "execute", Start: from, End: time.Now()})
	return res
}

// unbuilt says why dex cannot run a node yet; "" where it can. What was declared
// is refused aloud, never passed over.
func (w *worker) unbuilt(n *manifest.Node) string {
	switch {
	case n.Kind == manifest.KindModel && n.Config.Materialized() == "incremental" && n.Config.Str("incremental_strategy") == "microbatch":
		return "Runtime Error in " + n.Where() + "\n  the incremental strategy microbatch is not run by this version of dex: one of append, delete+insert and merge is"
	}
	return ""
}

// compile renders a node's SQL and writes it below target/compiled.
func (w *worker) compile(ctx context.Context, n *manifest.Node, s *session.Session) (Compiled, *render.Frame, error) {
	if n.Kind == manifest.KindSeed {
		return Compiled{}, w.Inv.NewFrame(ctx, render.Run, n), nil
	}
	if n.Ephemeral() {
		return w.Compiler.Ephemeral(ctx, n, s, w.name)
	}
	code, f, err := w.Compiler.Compile(ctx, n, s, w.name, nil)
	if err != nil {
		return code, f, err
	}
	if w.WriteCompiled != nil {
		if err := w.WriteCompiled(n, code.Code); err != nil {
			return code, f, err
		}
	}
	return code, f, nil
}

// execute runs the materialization that n asks for on its session.
func (w *worker) execute(ctx context.Context, n *manifest.Node, s *session.Session, code Compiled, res result.Result) result.Result {
	f := w.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Code, f.Limit = s, w.name, code.Code, w.Compiler.Limit
	if w.WriteRun != nil {
		f.Write = func(sql string) error { return w.WriteRun(n, sql) }
	}
	if n.Kind == manifest.KindSeed && w.ReadSeed != nil {
		f.CSV = func() (value.Value, error) { return w.ReadSeed(n) }
	}
	if n.Kind == manifest.KindTest {
		return w.test(f, n, res)
	}
	return w.materialize(f, n, res)
}

// failed words err as the result of a node.
func failed(res result.Result, f *render.Frame, err error) result.Result {
	res.Status, res.Err = result.Error, err
	res.Message = f.Message(err)
	res.Hook = f.FailedHook(err)
	return res
}

// finished reports a node's end.
func (w *worker) finished(j job, res result.Result, info *event.NodeInfo) {
	if w.announces(j.node) {
		w.emit(levelOf(res.Status), nodeResult(j, res, info))
	}
	w.emit(event.Debug, event.NodeFinished{NodeInfo: info, Result: runResult(res)})
}

func levelOf(s result.Status) event.Level {
	switch {
	case s.Failed():
		return event.Error
	case s == result.Warn:
		return event.Warn
	}
	return event.Info
}

func (w *worker) emit(l event.Level, d event.Data) {
	w.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: w.name})
}

func nodeResult(j job, res result.Result, info *event.NodeInfo) event.NodeResult {
	e := event.NodeResult{
		Kind: string(j.node.Kind), Description: describe(j.node), Index: j.index, Total: j.total, NodeInfo: info,
		ExecutionTime: res.Elapsed.Seconds(), Elapsed: res.Elapsed, Schema: j.node.Schema, Relation: j.node.Alias, Rows: res.Rows,
		Status: res.Message, Hook: res.Hook,
	}
	if j.node.Test != nil {
		e.AttachedNode = string(j.node.Test.Attached)
	}
	if res.Failures != nil {
		e.NumFailures = *res.Failures
	}
	if res.Status != result.Success {
		e.Status = string(res.Status)
	}
	return e
}

func runResult(res result.Result) *event.RunResult {
	r := &event.RunResult{Status: string(res.Status), Message: res.Message, Thread: res.Thread, ExecutionTime: res.Elapsed.Seconds()}
	if res.Failures != nil {
		r.NumFailures = *res.Failures
	}
	for _, t := range res.Timing {
		r.Timing = append(r.Timing, event.Timing{Name: t.Name, Start: t.Start, End: t.End})
	}
	return r
}

// describe is a node in dbt's log lines: "sql table model main.orders".
func describe(n *manifest.Node) string {
	switch n.Kind {
	case manifest.KindSeed:
		return "seed file " + n.Schema + "." + n.Alias
	case manifest.KindSnapshot:
		return "snapshot " + n.Schema + "." + n.Alias
	case manifest.KindTest, manifest.KindUnitTest:
		return "test " + n.Name
	}
	return n.Language + " " + n.Config.Materialized() + " model " + n.Schema + "." + n.Alias
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

// nodeInfo is what the log says of a node with each of its events.
func nodeInfo(n *manifest.Node) *event.NodeInfo {
	return &event.NodeInfo{
		NodePath: n.Path, NodeName: n.Name, UniqueID: string(n.ID), ResourceType: string(n.Kind),
		Materialized: n.Config.Materialized(), NodeChecksum: n.Checksum, Meta: map[string]any{},
		NodeRelation: event.NodeRelation{Database: n.Database, Schema: n.Schema, Alias: n.Alias, RelationName: n.RelationName},
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
