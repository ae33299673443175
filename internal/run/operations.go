package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/session"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// Operations runs the operations of a project: by themselves, and as hooks
// (Operator).
type Operations struct {
	Executor *Executor
	Set      *operation.Set
	// Bind gives an operation's parameters their values.
	Bind func(op *operation.Operation, given []operation.Given) (operation.Values, error)
	// Runners carry out what operations say, by language.
	Runners map[operation.Language]OperationRunner
	Dialect sqltext.Dialect
	// Keep is told of a run before its first statement is sent, and of its end; nil keeps
	// no runs.
	Keep OperationKeeper
	// Slot waits until no more runs of a key are under way than its limit allows; nil
	// never waits.
	Slot func(ctx context.Context, op *operation.Operation, key string) (release func(), err error)
	// Admit refuses to run an operation as a hook; nil admits all.
	Admit func(op *operation.Operation) error
	User  string
	// NewID makes the id of a run.
	NewID func() string
}

// OperationKeeper stores runs.
type OperationKeeper interface {
	Begin(ctx context.Context, r *result.Operation) error
	End(ctx context.Context, r *result.Operation) error
}

// OperationRunner carries out the operations of one language.
type OperationRunner interface {
	// RunOperation carries t out once, and puts what came of it into t.Result. The
	// error is why it failed.
	RunOperation(ctx context.Context, t *OperationTask) error
}

// OperationTask is one run of an operation.
type OperationTask struct {
	Op     *operation.Operation
	Values operation.Values
	Result *result.Operation
	Frame  *render.Frame
	// Guard keeps parameters apart from the text of the author.
	Guard   *value.Guard
	Session *session.Session
	Thread  string
	// Inside says that the run stands in the transaction of a hook's node, which it
	// neither commits nor rolls back.
	Inside bool
	// Dry renders and sends nothing.
	Dry bool
	// Reached is set once the database was asked for anything.
	Reached bool

	ops    *Operations
	around *Around
}

// OperationOrder is what somebody wants run.
type OperationOrder struct {
	Op     *operation.Operation
	Values operation.Values
	Dry    bool
	// Held says that the caller has waited for the operation's turn.
	Held bool
	// Session, Inside, Thread and Names are those of a hook; nil and false without one.
	Session *session.Session
	Inside  bool
	Thread  string
	Names   func(name string) (value.Value, bool)
}

// operationStack is the key of the operations that are under way, one from within
// the other.
type operationStack struct{}

// Run runs an operation with its hooks, as often as its retries say. What went wrong
// is in the result; the error is one of dex's own surroundings, such as a store that
// cannot be written: nothing has been sent then, or the result says what was.
func (o *Operations) Run(ctx context.Context, want OperationOrder) (result.Operation, error) {
	t := o.task(ctx, want)
	stack, _ := ctx.Value(operationStack{}).([]manifest.ID)
	if slices.Contains(stack, t.Op.ID) {
		o.failed(t, cycleError(append(stack, t.Op.ID)))
		return *t.Result, nil
	}
	ctx = context.WithValue(ctx, operationStack{}, append(slices.Clip(stack), t.Op.ID))
	if want.Session == nil {
		t.Session.Explicit()
		defer t.Session.Close()
	} else {
		old := t.Session.Resolve
		defer func() { t.Session.Resolve = old }()
	}
	t.Session.Resolve = t.resolve
	if !want.Dry {
		release, err := o.slot(ctx, t, want.Held)
		if err != nil {
			o.failed(t, err)
			return *t.Result, nil
		}
		defer release()
		if err := o.begin(ctx, t); err != nil {
			return *t.Result, err
		}
	}
	o.withHooks(ctx, t)
	t.Result.Elapsed = time.Since(t.Result.StartedAt)
	if want.Dry || o.Keep == nil {
		return *t.Result, nil
	}
	return *t.Result, o.Keep.End(context.WithoutCancel(ctx), t.Result)
}

func cycleError(ids []manifest.ID) error {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = string(id[strings.LastIndexByte(string(id), '.')+1:])
	}
	return &render.Fault{Class: "Runtime", Msg: "operations call each other without end by their hooks: " + strings.Join(names, " -> ")}
}

func (o *Operations) begin(ctx context.Context, t *OperationTask) error {
	o.tell(t, event.Info, event.OperationStart{UniqueID: t.Result.Node, Operation: t.Op.Name, RunID: t.Result.RunID, Target: t.Result.Target})
	if o.Keep == nil {
		return nil
	}
	return o.Keep.Begin(ctx, t.Result)
}

// task makes the task of an order.
func (o *Operations) task(ctx context.Context, want OperationOrder) *OperationTask {
	e, op := o.Executor, want.Op
	t := &OperationTask{
		Op: op, Values: want.Values, Guard: value.NewGuard(), Session: want.Session, Thread: want.Thread, Inside: want.Inside, Dry: want.Dry, ops: o,
		Result: &result.Operation{
			RunID: o.NewID(), Node: string(op.ID), Name: op.Name, Path: op.Path, Language: string(op.Language), Target: e.targetName(), User: o.User,
			Params: want.Values.Masked(), Status: result.Success, StartedAt: time.Now(), Rows: -1,
		},
	}
	if t.Thread == "" {
		t.Thread = mainThread
	}
	if t.Session == nil {
		t.Session = session.New(e.Inv.Adapter, string(op.ID), &e.Sessions)
		t.Session.Thread = t.Thread
	}
	n := op.Node()
	n.Database, n.Schema = e.Inv.Database, e.Inv.Schema
	f := e.Inv.NewFrame(ctx, render.Run, nil).In(op.Package)
	f.Node, f.Session, f.Thread, f.Guard = n, t.Session, t.Thread, t.Guard
	f.Extra = t.names(want.Names)
	t.Frame = f
	return t
}

// hookNames are what hooks see beside all other names, and hand on to operations.
var hookNames = []string{"status", "rows_affected", "started_at", "completed_at", "attempt", "timing", "error"}

// names are what the operation's template sees beside dbt's names.
func (t *OperationTask) names(of func(string) (value.Value, bool)) map[string]value.Value {
	params := value.NewDict(len(t.Values.List))
	for _, b := range t.Values.List {
		params.SetStr(b.Param.Name, t.Guard.New("params."+b.Param.Name, kindOf(b.Param), b.Value))
	}
	out := map[string]value.Value{
		"params": value.Freeze(params), "dry_run": value.Bool(t.Dry), "this": value.None,
		"return_value": value.NewFunc("return_value", func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			v, err := value.Bind("return_value", args, kw, "value")
			if err != nil {
				return nil, err
			}
			t.Result.Value = value.Copy(v[0])
			return value.Str(""), nil
		}).Guarding(value.CallPlain),
	}
	if of != nil {
		for _, name := range hookNames {
			if v, ok := of(name); ok {
				out[name] = v
			}
		}
	}
	return out
}

func kindOf(p *operation.Param) string {
	if p.Type == operation.List {
		if p.Item == nil {
			return value.ListKind
		}
		return value.ListKind + string(p.Item.Type)
	}
	return string(p.Type)
}

// resolve puts parameters into a statement that is about to be sent.
func (t *OperationTask) resolve(sql string) (string, error) {
	t.Reached = true
	out, err := sqlparam.Resolve(sql, t.Guard, t.ops.Dialect)
	return out.Text, err
}

// withHooks runs the operation between its hooks.
func (o *Operations) withHooks(ctx context.Context, t *OperationTask) {
	var a *Around
	if len(t.Op.PreHooks)+len(t.Op.PostHooks) > 0 && !t.Dry {
		a = o.Executor.Around(t.Result.Node, t.Op.PreHooks, t.Op.PostHooks)
		a.Session, a.Thread, a.Frame, t.Frame.Hooks, t.around = t.Session, t.Thread, t.Frame, a, a
	}
	err := error(nil)
	if a != nil {
		err = a.Run(ctx, preHook)
	}
	if err == nil {
		err = o.attempts(ctx, t)
		if err == nil && a != nil {
			err = a.Run(ctx, postHook)
		}
	}
	if err != nil {
		o.failed(t, err)
		if a != nil && a.failed != nil {
			d := a.failed.rec
			t.Result.Err.Message = fmt.Sprintf("%s %s failed: %s", d.Event, strings.TrimPrefix(d.Name, d.Event+"."), t.Result.Err.Message)
			if t.Result.Committed {
				t.Result.Err.Message += "\nThe operation itself went well, and is committed."
			}
		}
		if ctx.Err() != nil {
			t.Result.Status = result.Stopped
		}
	}
	if a == nil {
		return
	}
	status := result.Success
	if err != nil {
		status = result.Error
		a.Otherwise(ctx, status, err)
	}
	for _, d := range a.hooks {
		if text, err := sqlparam.Resolve(d.rec.SQL, t.Guard, o.Dialect); err == nil {
			d.rec.SQL = text.Text
		} else {
			d.rec.SQL = t.Guard.Reveal(d.rec.SQL)
		}
	}
	a.Close(status, ctx.Err() != nil, nil)
	for _, d := range a.hooks {
		t.Result.Hooks = append(t.Result.Hooks, d.rec)
	}
}

// attempts runs the operation until it goes well or there is no sense in trying
// again: what may have been done must not be done twice, unless the operation is
// idempotent.
func (o *Operations) attempts(ctx context.Context, t *OperationTask) error {
	runner := o.Runners[t.Op.Language]
	if runner == nil {
		return &render.Fault{Class: "Runtime", Msg: fmt.Sprintf("dex cannot run operations in %s", t.Op.Language)}
	}
	for {
		t.Result.Attempts++
		err := o.once(ctx, t, runner)
		if err == nil || ctx.Err() != nil || t.Dry || !o.again(t, err) {
			return err
		}
		wait := backoff(t.Op.Retries, t.Result.Attempts)
		o.tell(t, event.Warn, event.OperationRetried{
			UniqueID: t.Result.Node, Operation: t.Op.Name, Attempt: t.Result.Attempts, Attempts: t.Op.Retries.Attempts,
			Class: string(o.Executor.classOf(err)), Wait: wait.Seconds(), Msg: t.Guard.Reveal(messageOf(err)),
		})
		if o.Executor.pause(ctx, wait) != nil {
			return err
		}
		t.Frame.Forget()
	}
}

func (o *Operations) once(ctx context.Context, t *OperationTask, runner OperationRunner) error {
	within, cancel := limited(ctx, t.Op.Timeout)
	defer cancel()
	defer t.Frame.Within(within)()
	t.Result.Statements, t.Result.Value = nil, nil
	err := runner.RunOperation(within, t)
	if err != nil && t.Op.Timeout > 0 && ctx.Err() == nil && errors.Is(within.Err(), context.DeadlineExceeded) {
		err = operationOverdue(err, t.Op.Timeout)
	}
	return err
}

// operationOverdue words an error as what it is: the database only says that it was
// interrupted.
func operationOverdue(err error, timeout time.Duration) error {
	msg := fmt.Sprintf("the operation was stopped after its timeout of %s", timeout)
	var failed *statementError
	if errors.As(err, &failed) {
		late := *failed
		late.msg, late.cause = msg, errors.Join(context.DeadlineExceeded, err)
		return &late
	}
	return render.Caused(&render.Fault{Msg: msg, Class: "Runtime"}, errors.Join(context.DeadlineExceeded, err))
}

// again reports whether an operation that failed is tried once more.
func (o *Operations) again(t *OperationTask, err error) bool {
	r := t.Op.Retries
	if t.Inside || t.Result.Attempts >= r.Attempts || t.Reached && !t.Op.Idempotent {
		return false
	}
	class := o.Executor.classOf(err)
	if r.On == nil {
		return slices.Contains(passing, class)
	}
	return slices.Contains(r.On, string(class))
}

// failed puts an error into the result.
func (o *Operations) failed(t *OperationTask, err error) {
	t.Result.Status = result.Error
	e := &result.OperationError{Message: t.Guard.Reveal(messageOf(err)), Class: string(o.Executor.classOf(err))}
	var at *statementError
	if errors.As(err, &at) {
		e.Message, e.Statement, e.SQL = t.Guard.Reveal(at.msg), at.number, at.sql
		e.Pos, e.Source = t.place(at.line), t.sourceLine(at.line)
	} else if s := (*scriptError)(nil); errors.As(err, &s) {
		e.Message, e.SQL = t.Guard.Reveal(s.msg), s.sql
		if e.Pos = t.place(s.line); s.line > 0 {
			e.Pos.Line, e.Source = s.line, t.sourceLine(s.line) // Python counts the file's lines
		}
	} else if errors.As(err, new(*adapter.DatabaseError)) {
		var db *adapter.DatabaseError
		errors.As(err, &db)
		e.SQL = db.SQL // of a template's run_query, or of a hook
	} else if _, ok := err.(*render.Fault); ok {
		e.Message = t.Guard.Reveal(t.Frame.Message(err))
	}
	t.Result.Err = e
}

func (o *Operations) tell(t *OperationTask, l event.Level, d event.Data) {
	if t.Dry {
		return
	}
	o.Executor.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: t.Thread})
}

// slot waits for the operation's turn.
func (o *Operations) slot(ctx context.Context, t *OperationTask, held bool) (func(), error) {
	c := t.Op.Concurrency
	if held || c == nil || c.Limit <= 0 || o.Slot == nil {
		return func() {}, nil
	}
	key, err := t.plain(c.Key)
	if err != nil {
		return nil, err
	}
	return o.Slot(ctx, t.Op, key)
}

// plain renders a text that is no SQL: parameters in it are their plain values.
func (t *OperationTask) plain(src string) (string, error) {
	s, err := t.Frame.RenderText("key", src)
	return t.Guard.Reveal(s), err
}
