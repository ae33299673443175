// Package run carries out a plan: on-run-start hooks, nodes on N workers,
// on-run-end hooks. A node is compiled, and then the macro of its
// materialization runs on one session with its hooks.
//
// It knows plans, templates and sessions; it knows nothing of flags and files:
// those come in as the functions of Executor. Begin with Executor.Execute, then
// worker.go (one node), materialize.go, test.go, unittest.go, function.go,
// hook.go and operation.go.
package run

import (
	"context"
	"sync"
	"time"

	"dex/internal/dag"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/notify"
	"dex/internal/plan"
	"dex/internal/project"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
)

// Executor carries out plans of one invocation. Its fields are set before
// Execute and not changed after.
type Executor struct {
	Inv      *render.Invocation
	Compiler *Compiler
	Sessions session.Options
	Threads  int
	FailFast bool
	// CompileOnly stops each node once it is compiled.
	CompileOnly bool
	// Clone makes nodes from the relations of another environment, in place of
	// running them.
	Clone bool
	// KeepSeeds leaves the rows of each seed that was loaded in its result.
	KeepSeeds bool
	// RunNodesAfterFailedStart keeps nodes running where an on-run-start hook
	// failed. dbt: the flag skip_nodes_if_on_run_start_fails, off.
	RunNodesAfterFailedStart bool
	// Microbatch says which batches microbatch models are run in.
	Microbatch Microbatch
	// WarnError reports whether a warning of that name is to be a fault.
	WarnError func(name string) bool
	// WriteCompiled and WriteRun store a node's SQL below target/; nil stores none.
	WriteCompiled, WriteRun Writer
	// ReadSeed reads a seed's file as a table.
	ReadSeed func(n *manifest.Node) (value.Value, error)
	Sink     event.Sink
	// Operator runs the operations that hooks ask for; nil where the project has none.
	Operator Operator
	// Notifier takes the notifications of hooks; nil where dex.yml has no channels.
	Notifier notify.Sender
	// LeaveOut says of each hook whose turn has come why it is not to run, with the
	// reason in words; "" runs it. Nil runs all.
	LeaveOut func(h *manifest.Hook, rec *result.Hook) (result.Reason, string)
	// FirstRun says what becomes of a hook that reads its node's relation before that is
	// there.
	FirstRun project.FirstRun
	// InlineEphemeral runs the hooks of ephemeral models around the nodes that inline
	// them.
	InlineEphemeral bool
	// LateHooks says that tests, unit tests, sources and exposures have hooks.
	LateHooks bool
	// HookPlace tells where a hook of a node is written; nil knows of none.
	HookPlace func(n *manifest.Node, event string, index int) diag.Pos
	// Pause waits between the attempts of a hook; nil waits by the machine's clock.
	Pause func(ctx context.Context, d time.Duration) error
	// Recorder is told what has ended; nil is nobody.
	Recorder Recorder
	// CountRows says of which nodes the rows are counted before and after; nil is of
	// none.
	CountRows func(n *manifest.Node) bool
	// Preview, if not nil, says that the database is one of Driver.Preview: tests do
	// not ask it. It is told how each node ended and gives what that counts as for the
	// nodes behind it.
	Preview func(n *manifest.Node, res result.Result) result.Result

	accounts *accounts
	// lose drops a hook's account, in tests of what must not get lost.
	lose    func(result.Hook) bool
	reached map[manifest.ID]int // on-run hooks that had their turn
	// threads are the names of the workers that are not at work: a batch of a
	// microbatch model may take one beside its node's own.
	threads chan string
}

// Execute runs p and returns a result for every task, run or skipped. The error
// is about the run itself: a hook's template that failed (*HookAborted), a hook that is
// not accounted for (*HooksUnaccounted), or a cancelled ctx. The results so far come
// with it.
func (e *Executor) Execute(ctx context.Context, p *plan.Plan) ([]result.Result, error) {
	e.openAccounts()
	if err := e.checkHooks(p); err != nil {
		return nil, err
	}
	results, err := e.phases(ctx, p)
	if !e.CompileOnly {
		e.leaveEphemeral(p)
	}
	if err == nil {
		err = e.balance(p)
	}
	return results, err
}

// phases runs the hooks before, the nodes, and the hooks behind.
func (e *Executor) phases(ctx context.Context, p *plan.Plan) ([]result.Result, error) {
	last := hooksOf(p, plan.End)
	results, ok, err := e.hooks(ctx, "on-run-start", hooksOf(p, plan.Start), nil, result.Success, nil)
	if err != nil {
		e.abandon(ctx, p, last, err)
		// dbt: a start hook whose template fails leaves no results at all.
		return nil, err
	}
	var nodes []result.Result
	if ok || e.RunNodesAfterFailedStart {
		nodes = e.walk(ctx, p)
	} else {
		nodes = e.skipAll(ctx, p)
	}
	seen := append(startFailures(results), nodes...)
	results = append(results, nodes...)
	if err := ctx.Err(); err != nil {
		e.leaveHooks(last, 0, "on-run-end", result.Cancelled)
		return results, err
	}
	if len(last) == 0 {
		return results, nil
	}
	outcome, why := outcomeOfRun(ok, nodes)
	end, ok, err := e.hooks(ctx, "on-run-end", last, e.endContext(seen), outcome, why)
	if err == nil && !ok {
		err = ctx.Err() // a hook that was cut off is the run that was given up
	}
	return append(results, end...), err
}

// abandon ends the accounts of all that stands behind a hook which gave the command
// up. The hooks at the end that are there for failures run.
func (e *Executor) abandon(ctx context.Context, p *plan.Plan, last []manifest.ID, why error) {
	for _, t := range p.Tasks {
		if t.Phase == plan.Main {
			e.skippedNode(ctx, t.Node, mainThread, "")
		}
	}
	s := session.New(e.Inv.Adapter, "master", &e.Sessions)
	s.Thread = mainThread
	defer s.Close()
	end := &phase{e, "on-run-end", len(last), s, e.endContext(nil), result.Error, why}
	if _, err := end.anyway(ctx, last, 0, why); err != nil {
		e.accounts.fail(err)
	}
}

// hooksOf lists the on-run hooks of a phase in their order.
func hooksOf(p *plan.Plan, phase plan.Phase) []manifest.ID {
	var out []manifest.ID
	for _, t := range p.Tasks {
		if t.Phase == phase && t.Kind == plan.Hook {
			out = append(out, t.Node.ID)
		}
	}
	return out
}

// startFailures are the start hooks that on-run-end hooks see among `results`.
func startFailures(start []result.Result) []result.Result {
	var out []result.Result
	for _, r := range start {
		if r.Status == result.Error {
			out = append(out, r)
		}
	}
	return out
}

// ended is a node that a worker is done with.
type ended struct {
	placed
	res     result.Result
	skipped bool         // its result is known already
	broken  *brokenModel // of an ephemeral model before it: it has not run
}

// walk runs the nodes of p on the executor's workers, in the order of the plan
// as far as the graph allows.
func (e *Executor) walk(ctx context.Context, p *plan.Plan) []result.Result {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w := p.Walk()
	jobs := make(chan placed)
	done := make(chan ended)
	var wg sync.WaitGroup
	e.threads = make(chan string, max(1, e.Threads))
	for i := range max(1, e.Threads) {
		e.threads <- "Thread-" + itoa(i+1) + " (worker)"
		wg.Add(1)
		go func() {
			defer wg.Done()
			for j := range jobs {
				name := <-e.threads
				d := ended{placed: j, skipped: j.skipped}
				switch w := (&worker{Executor: e, name: name}); {
				case j.skipped:
					e.skippedNode(ctx, j.node, name, "")
				case j.idle:
					d.res = w.idle(ctx, j.job)
				default:
					if d.broken = w.brokenBefore(ctx, p, j.node); d.broken == nil {
						d.res = w.run(ctx, j.job)
					}
				}
				e.threads <- name
				done <- d
			}
		}()
	}
	r := &runState{e: e, plan: p, walk: w, jobs: jobs, done: done, stop: stop, broken: map[int32]*brokenModel{}}
	r.loop(ctx)
	close(jobs)
	wg.Wait()
	if r.failing {
		// dbt: ephemeral models have no results, so that none of them has been run.
		for _, n := range p.Ephemeral {
			res := skipped(n, failedFast)
			if code, ok := e.Compiler.compiled(n.ID); ok {
				res.Compiled, res.Code, res.CTEs = true, code.Code, code.CTEs
			}
			r.results = append(r.results, res)
		}
	}
	return r.results
}

// One runs a single node that stands in no plan.
func (e *Executor) One(ctx context.Context, n *manifest.Node) result.Result {
	e.openAccounts()
	return (&worker{Executor: e, name: mainThread}).run(ctx, job{node: n, index: 1, total: 1})
}

// placed is a job with its number in the graph.
type placed struct {
	job
	at int32
}

// runState is one walk under way. It belongs to the goroutine of loop.
type runState struct {
	e       *Executor
	plan    *plan.Plan
	walk    *dag.Walk
	jobs    chan<- placed
	done    <-chan ended
	stop    func()
	started int // nodes that have a number
	failing bool
	broken  map[int32]*brokenModel // nodes skipped because of an ephemeral model
	results []result.Result
}

// loop hands out what is ready and takes in what has ended, until nothing is
// left. It is the only place that touches the walk.
func (r *runState) loop(ctx context.Context) {
	for !r.walk.Over() {
		for r.walk.Running() < max(1, r.e.Threads) {
			step, ok := r.walk.Next()
			if !ok {
				break
			}
			r.begin(ctx, step)
		}
		if r.walk.Running() == 0 {
			continue
		}
		r.end(ctx, <-r.done)
	}
}

// failedFast is why a node is not begun once another has failed.
const failedFast = "Skipping due to fail_fast"

// begin starts a node, or reports why it does not run.
func (r *runState) begin(ctx context.Context, step dag.Step) {
	t := r.plan.Tasks[step.Node]
	if t.Phase != plan.Main {
		// On-run hooks are carried out by their phase, before and after the walk.
		r.walk.Done(step.Node, true)
		return
	}
	n := t.Node
	r.started++
	j := job{node: n, index: r.started, total: r.plan.Total}
	switch {
	case r.failing:
		// dbt: what runs is given up when the next node comes up, and else runs to its end.
		r.stop()
		r.results = append(r.results, skipped(n, failedFast))
		r.e.skippedNode(ctx, n, mainThread, "fail-fast")
		r.walk.Done(step.Node, true)
	case step.Because >= 0:
		r.skip(ctx, j, step)
	case t.Kind == plan.Exposure && ctx.Err() == nil && r.e.hooked(n):
		j.idle = true
		r.jobs <- placed{j, step.Node}
	case t.Kind == plan.Exposure || t.Kind == plan.SavedQuery:
		r.noOp(j)
		r.walk.Done(step.Node, true)
	case ctx.Err() != nil:
		r.results = append(r.results, skipped(n, "Skipped: the run was cancelled"))
		r.e.skippedNode(ctx, n, mainThread, "")
		r.walk.Done(step.Node, true)
	default:
		r.jobs <- placed{j, step.Node}
	}
}

// noOp reports a node for which there is nothing to do.
func (r *runState) noOp(j job) {
	res := noOp(j.node)
	r.results = append(r.results, res)
	r.e.tellIdle(j, res, r.e.info(j.node))
}

// skip reports a node that stands behind a failed one.
func (r *runState) skip(ctx context.Context, j job, step dag.Step) {
	cause, why := r.plan.Tasks[step.Because].Node, ""
	last := cause
	if step.After >= 0 {
		last = r.plan.NodeAt(step.After)
	}
	if b := r.broken[step.Because]; b != nil {
		r.skipBroken(ctx, placed{j, step.Node}, b)
		return
	}
	if last.Ephemeral() && !j.node.Ephemeral() && j.node.Kind != manifest.KindUnitTest {
		why = causedBy(j.node, last)
	}
	r.skipAs(ctx, placed{j, step.Node}, cause, why)
}

// skipAs reports a node as skipped, and has its hooks for that run.
func (r *runState) skipAs(ctx context.Context, j placed, cause *manifest.Node, why string) {
	r.results = append(r.results, skipped(j.node, why))
	info := r.e.info(j.node)
	info.NodeStatus = string(result.Skipped)
	r.e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Info, Thread: mainThread, Data: event.NodeSkipped{
		ResourceType: string(j.node.Kind), Schema: j.node.Schema, NodeName: j.node.Name, Index: j.index, Total: j.total,
		NodeInfo: info, Because: string(cause.ID),
	}})
	if ctx.Err() == nil && r.e.hooksOnSkip(j.node) {
		j.skipped = true
		r.jobs <- j
		return
	}
	r.e.skippedNode(ctx, j.node, mainThread, "")
	r.walk.Done(j.at, false)
}

// end takes in a finished node.
func (r *runState) end(ctx context.Context, d ended) {
	if d.skipped {
		r.walk.Done(d.at, false)
		return
	}
	if d.broken != nil {
		r.skipBroken(ctx, d.placed, d.broken)
		return
	}
	n := r.plan.Tasks[d.at].Node
	r.results = append(r.results, d.res)
	if r.e.FailFast && d.res.Status.Failed() {
		r.failing = true
	}
	ok := !d.res.Status.Blocks() || n.Config.Str("on_error") == "continue" || n.IsTest() && r.plan.Command != "build"
	r.walk.Done(d.at, ok)
}

// skipAll reports every node as skipped: an on-run-start hook failed.
func (e *Executor) skipAll(ctx context.Context, p *plan.Plan) []result.Result {
	var out []result.Result
	i := 0
	for _, t := range p.Tasks {
		if t.Phase != plan.Main {
			continue
		}
		n := t.Node
		i++
		out = append(out, skipped(n, ""))
		e.Sink.Emit(event.Event{Time: time.Now(), Level: event.Info, Thread: mainThread, Data: event.NodeSkipped{
			ResourceType: string(n.Kind), Schema: n.Schema, NodeName: n.Name, Index: i, Total: p.Total, NodeInfo: e.info(n),
		}})
		e.skippedNode(ctx, n, mainThread, "")
	}
	return out
}

func skipped(n *manifest.Node, why string) result.Result {
	return result.Result{Node: string(n.ID), Status: result.Skipped, Message: why, Thread: mainThread, Relation: n.RelationName, Rows: -1}
}
