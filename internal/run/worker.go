package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"time"

	"dex/internal/adapter"
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
	skipped      bool // it does not run, but has hooks for that
	idle         bool // there is nothing to run but its hooks
}

// worker runs nodes one after the other; its name is thread_id.
type worker struct {
	*Executor
	name   string
	around *Around // the hooks of the node that it is at work on; nil where that has none
}

// run carries out one node whatever happens: a panic is a fault of dex, and ends
// this node alone.
func (w *worker) run(ctx context.Context, j job) (res result.Result) {
	info := w.info(j.node)
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
		w.around.Close(outcomeOf(res.Status), cancelled(ctx), info)
	}()
	w.emit(event.Debug, event.NodeStart{NodeInfo: info})
	if w.announces(j.node) {
		w.emit(event.Info, event.LogStartLine{Description: w.describe(j.node), Index: j.index, Total: j.total, NodeInfo: info})
	}
	s := session.New(w.Inv.Adapter, string(j.node.ID), &w.Sessions)
	s.Info, s.Thread = info, w.name
	defer w.leave(s, &res)
	if res, ok := w.begin(j.node, s); !ok {
		return res
	}
	if w.Preview != nil && j.node.IsTest() {
		s.Spare()
	}
	rows := w.counted(j.node, s)
	before := rows.before(ctx)
	if res = w.node(ctx, j.node, s); w.Preview != nil {
		res = w.Preview(j.node, res)
	}
	res.RowsBefore, res.RowsAfter = before, rows.after(ctx, &res)
	w.after(ctx, &res, s)
	res.RowsBefore, res.RowsAfter = before, rows.after(ctx, &res)
	return res
}

// begin begins the account of a node's hooks; it is false, with the node's result,
// where they cannot be read.
func (w *worker) begin(n *manifest.Node, s *session.Session) (res result.Result, ok bool) {
	a, err := w.aroundNode(n)
	if err != nil {
		return result.Result{Node: string(n.ID), Status: result.Error, Thread: w.name, Rows: -1, Err: err, Message: err.Error()}, false
	}
	if a != nil {
		a.Session, a.Thread = s, w.name
	}
	w.around = a
	return res, true
}

// after runs the hooks that are there for a node that failed.
func (w *worker) after(ctx context.Context, res *result.Result, s *session.Session) {
	a := w.around
	if a == nil || outcomeOf(res.Status) != result.Error {
		return
	}
	a.Session = s
	err := res.Err
	if err == nil {
		err = a.bodyErr
	}
	if err == nil {
		err = errors.New(res.Message)
	}
	a.blame(err)
	if d := a.failed; d != nil {
		res.HookPos = d.rec.Origin
		res.Hook, res.HookEvent, res.HookIndex, res.HookName = cmp.Or(res.Hook, d.text()), d.rec.Event, d.rec.Index, d.hook.Name
	}
	a.Otherwise(ctx, result.Error, err)
}

// outcomeOf is what hooks are told of a status: success, error or skipped.
func outcomeOf(s result.Status) result.Status {
	switch {
	case s == result.Skipped:
		return result.Skipped
	case s.Failed(), s == "":
		return result.Error
	}
	return result.Success
}

// leave ends a node's session. What it changed and may have taken back is asked
// for anew when somebody needs to know.
func (w *worker) leave(s *session.Session, res *result.Result) {
	panicked := res.Status == ""
	undone := panicked || res.Status.Failed() || s.InTransaction()
	s.Close()
	if undone {
		w.doubt(s)
	}
}

// doubt forgets how the relations stand that a session has made, dropped or renamed, and
// those that its node makes: a materialization tells of them only at its end.
func (w *worker) doubt(s *session.Session) {
	w.Inv.Cache.Doubt(s.Touched)
	n := w.Inv.Manifest.Node(manifest.ID(s.Name))
	if n == nil || !relational(n) && n.Kind != manifest.KindTest {
		return
	}
	own := w.Inv.RelationOf(n).Relation
	for _, suffix := range [...]string{"", "__dbt_tmp", "__dbt_backup"} {
		r := own
		r.Identifier += suffix
		w.Inv.Cache.Doubt([]adapter.Relation{r})
	}
}

// announces reports whether a node has lines of its own: ephemeral models and
// compiled nodes have none.
//
// dbt: nor have clones; their macro says what it did.
func (w *worker) announces(n *manifest.Node) bool {
	return !w.CompileOnly && !w.Clone && !n.Ephemeral()
}

// node compiles a node and then does what its kind asks for.
func (w *worker) node(ctx context.Context, n *manifest.Node, s *session.Session) result.Result {
	res := result.Result{Node: string(n.ID), Status: result.Success, Thread: w.name, Rows: -1, Relation: n.RelationName}
	if n.Kind == manifest.KindUnitTest {
		return w.runUnitTest(ctx, n, s, res)
	}
	if w.batched(n) && !w.CompileOnly && !w.Clone {
		return w.microbatch(ctx, n, s, res)
	}
	s.Info.NodeStatus = "compiling"
	if n.Kind == manifest.KindSource {
		return w.freshness(ctx, n, s, res)
	}
	w.emit(event.Debug, event.NodeCompiling{NodeInfo: s.Info})
	from := time.Now()
	code, frame, err := w.compile(ctx, n, s)
	res.Timing = append(res.Timing, result.Timing{Name: "compile", Start: from, End: time.Now()})
	if err != nil {
		return failed(res, frame, err)
	}
	if n.Kind != manifest.KindSeed && !w.Clone {
		res.Compiled, res.Code, res.CTEs, res.Macros, res.References = true, code.Code, code.CTEs, code.Macros, code.References
	}
	if n.Kind == manifest.KindFunction {
		if res.Bodies, err = w.overloads(ctx, n, s); err != nil {
			return failed(res, frame, err)
		}
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

// runUnitTest compiles and runs a unit test in one: dbt counts both as its
// execution.
func (w *worker) runUnitTest(ctx context.Context, n *manifest.Node, s *session.Session, res result.Result) result.Result {
	if w.CompileOnly {
		return res
	}
	now := time.Now()
	res.Timing = append(res.Timing, result.Timing{Name: "compile", Start: now, End: now})
	s.Info.NodeStatus = "executing"
	w.emit(event.Debug, event.NodeExecuting{NodeInfo: s.Info})
	res.Relation = ""
	f := w.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread = s, w.name
	w.around.watch(f)
	res = w.between(ctx, f, res, func(r result.Result) result.Result {
		r, frame, err := w.unitTest(ctx, n, s, r)
		if err != nil {
			return failed(r, frame, err)
		}
		return r
	})
	res.Timing = append(res.Timing, result.Timing{Name: "execute", Start: now, End: time.Now()})
	return res
}

// compile renders a node's SQL and writes it below target/compiled.
func (w *worker) compile(ctx context.Context, n *manifest.Node, s *session.Session) (Compiled, *render.Frame, error) {
	if n.Kind == manifest.KindSeed || w.Clone && !n.Ephemeral() {
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
		if err := w.WriteCompiled(n, "", code.Code); err != nil {
			return code, f, err
		}
	}
	return code, f, nil
}

// execute runs the materialization that n asks for on its session.
func (w *worker) execute(ctx context.Context, n *manifest.Node, s *session.Session, code Compiled, res result.Result) result.Result {
	f := w.Inv.NewFrame(ctx, render.Run, n)
	f.Session, f.Thread, f.Code, f.Limit = s, w.name, code.Code, w.Compiler.Limit
	if err := w.lend(ctx, n, code.CTEs, s); err != nil {
		return failed(res, f, err)
	}
	w.around.watch(f)
	built := false
	if w.WriteRun != nil {
		f.Write = func(sql string) error {
			built = true
			return w.WriteRun(n, "", sql)
		}
	}
	if n.Kind == manifest.KindSeed && w.ReadSeed != nil {
		f.CSV = func() (value.Value, error) { return w.ReadSeed(n) }
	}
	if w.Clone {
		return w.clone(f, n, res)
	}
	switch n.Kind {
	case manifest.KindTest:
		res = w.between(ctx, f, res, func(r result.Result) result.Result { return w.test(f, n, r) })
	case manifest.KindFunction:
		res = w.function(f, n, res)
	default:
		res = w.materialize(f, n, res)
	}
	res.Built = built
	if w.KeepSeeds && n.Kind == manifest.KindSeed {
		res.Table = seedRows(f)
	}
	return res
}

// seedRows are the rows that a seed's materialization loaded; nil where it kept
// none.
func seedRows(f *render.Frame) value.Value {
	got, ok := f.Result("agate_table")
	if !ok {
		return nil
	}
	t, err := value.GetItem(got, value.Str("table"))
	if err != nil {
		return nil
	}
	return t
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
	if res.Err != nil && res.Status == result.Error {
		w.emit(event.Debug, event.CatchableExceptionOnRun{Exc: res.Message, NodeInfo: info})
	}
	if w.announces(j.node) {
		w.emit(levelOf(res.Status), w.nodeResult(j, res, info))
	}
	w.emit(event.Debug, event.NodeFinished{NodeInfo: info, Result: runResult(res)})
	w.nodeEnded(j.node, &res)
}

func levelOf(s result.Status) event.Level {
	switch {
	case s.Failed() && s != result.PartialSuccess:
		return event.Error
	case s == result.Warn:
		return event.Warn
	}
	return event.Info
}

func (w *worker) emit(l event.Level, d event.Data) {
	w.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: w.name})
}

func (w *worker) nodeResult(j job, res result.Result, info *event.NodeInfo) event.NodeResult {
	e := event.NodeResult{
		Kind: string(j.node.Kind), Description: w.describe(j.node), Index: j.index, Total: j.total, NodeInfo: info,
		ExecutionTime: res.Elapsed.Seconds(), Elapsed: res.Elapsed, Schema: j.node.Schema, Relation: j.node.Alias, Rows: res.Rows,
		Status: res.Message, Hook: res.Hook,
	}
	if j.node.Source != nil {
		e.SourceName, e.Relation = j.node.Source.SourceName, j.node.Name
	}
	if j.node.Test != nil {
		e.AttachedNode = string(j.node.Test.Attached)
	}
	if res.Failures != nil {
		e.NumFailures = *res.Failures
	}
	if res.Status != result.Success && res.Status != result.PartialSuccess || j.node.Kind == manifest.KindFunction {
		e.Status = string(res.Status)
	}
	return e
}

func runResult(res result.Result) *event.RunResult {
	r := &event.RunResult{
		Status: string(res.Status), Message: res.Message, Thread: res.Thread, ExecutionTime: res.Elapsed.Seconds(),
		Response: response(res.Adapter),
	}
	if res.Failures != nil {
		r.NumFailures = *res.Failures
	}
	for _, t := range res.Timing {
		r.Timing = append(r.Timing, event.Timing{Name: t.Name, Start: t.Start, End: t.End})
	}
	return r
}

// describe is a node in dbt's log lines: "sql table model main.orders", with a
// database where that is not the target's.
func (w *worker) describe(n *manifest.Node) string {
	if w.batched(n) {
		return n.Language + " microbatch model " + n.Schema + "." + n.Alias
	}
	relation := n.Schema + "." + n.Alias
	if n.Database != "" && n.Database != w.Inv.Database {
		relation = n.Database + "." + relation
	}
	switch n.Kind {
	case manifest.KindSeed:
		return "seed file " + relation
	case manifest.KindSnapshot:
		return "snapshot " + relation
	case manifest.KindFunction:
		return "function " + relation
	case manifest.KindTest:
		return "test " + n.Name
	case manifest.KindUnitTest:
		return "unit_test " + n.UnitTest.Model + "::" + n.VersionedName()
	case manifest.KindSource:
		return "freshness of " + n.SearchName()
	}
	return n.Language + " " + n.Config.Materialized() + " model " + relation
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000") }

func itoa(n int) string { return strconv.Itoa(n) }
