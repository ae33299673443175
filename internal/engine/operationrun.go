package engine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"dex/internal/artifact"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/run"
	"dex/internal/sqltext"
	"dex/internal/store"
)

// OperationFlags say how `operation run` and `operation plan` go about it.
type OperationFlags struct {
	// Yes confirms what has to be confirmed. Ask asks a person; nil is nobody there.
	Yes bool
	Ask func(question string) bool
	// Approved is the hash of a plan that has been approved.
	Approved string
	// Explain has a plan ask the database how it would run each statement.
	Explain bool
	// Rehearse runs the script of a Python operation with dex.dry_run set.
	Rehearse bool
}

// order is an operation with the values of its parameters, ready to be run.
type order struct {
	op     *operation.Operation
	values operation.Values
	held   bool // its turn has come: see awaitTurn
}

// prepareOperation finds the operation and binds its parameters. All that can be
// refused without a database is refused here.
func prepareOperation(ctx context.Context, w *work) error {
	op, err := w.findOperation(w.inv.Operation)
	if err != nil {
		return err
	}
	if !op.RunsOn(w.profile.TargetName) {
		return w.take(diag.List{{
			Class: diag.Runtime, Code: "operation-target", Where: op.Where(),
			Summary: fmt.Sprintf("operation %s does not run on target %s", op.Name, w.profile.TargetName),
			Hint:    "It runs on: " + strings.Join(op.Targets, ", ") + ". Name one of them with --target.",
		}})
	}
	if w.inv.Command == "operation run" {
		w.openAhead(ctx, op)
	}
	values, err := w.bindParams(ctx, op)
	if err != nil {
		return err
	}
	w.order = &order{op: op, values: values}
	if w.inv.DryRun {
		return nil
	}
	return w.confirmed(ctx, op)
}

// confirmed asks for the words that an operation wants confirmed, and whether to go
// on where its last run is lost.
func (w *work) confirmed(ctx context.Context, op *operation.Operation) error {
	var lost *store.OperationRun
	s, err := w.storeThere(ctx)
	if err == nil && s != nil {
		lost, err = w.lostRun(ctx, s, string(op.ID))
	}
	if err != nil {
		return fmt.Errorf("operation %s has not been run, since its earlier runs cannot be read: %w", op.Name, err)
	}
	var questions []string
	if lost != nil && !op.Idempotent {
		questions = append(questions, "Look what it has done. Run it again?")
	}
	if op.Confirm != "" {
		questions = append(questions, op.Confirm)
	}
	if len(questions) > 0 && !w.inv.OperationFlags.Yes {
		w.dropOpening() // nobody is shut out while a person thinks
	}
	for _, q := range questions {
		if w.inv.OperationFlags.Yes || w.inv.OperationFlags.Ask != nil && w.inv.OperationFlags.Ask(q) {
			continue
		}
		return w.take(diag.List{{
			Class: diag.Runtime, Code: "operation-unconfirmed", Where: op.Where(),
			Summary: fmt.Sprintf("operation %s has not been run: it has to be confirmed\n%s", op.Name, q), Hint: "--yes confirms it.",
		}})
	}
	return nil
}

// awaitTurn waits until the operation's concurrency lets it run. It comes before the
// database is opened, which lets one process in alone where it is a file. The turn ends
// with the work.
func awaitTurn(ctx context.Context, w *work) error {
	c := w.order.op.Concurrency
	if c == nil || c.Limit <= 0 {
		return nil
	}
	f := w.render.NewFrame(ctx, render.Compile, nil).In(w.order.op.Package)
	f.Extra = map[string]value.Value{"params": w.order.values.Dict()}
	key, err := f.RenderText("concurrency", c.Key)
	if err != nil {
		return err
	}
	release, err := w.slot(ctx, w.order.op, key)
	if err != nil {
		return err
	}
	w.closing = append(w.closing, release)
	w.order.held = true
	return nil
}

// operationsRunner makes what runs operations, for the command and for hooks.
func (w *work) operationsRunner(e *run.Executor) *run.Operations {
	ops := &run.Operations{
		Executor: e, Set: w.operations, Dialect: sqltext.Of(w.profile.Type), User: userName(), NewID: uuid.NewString, Keep: &runKeeper{w}, Slot: w.slot, Admit: w.admit,
		Runners: map[operation.Language]run.OperationRunner{operation.SQL: run.SQLOperations{}, operation.Python: w.pythonOperations()},
		Bind: func(op *operation.Operation, given []operation.Given) (operation.Values, error) {
			w.learn(operation.Hidden(op, given))
			values, faults := operation.Bind(op, given, w.env, func(src string) (value.Value, error) {
				return w.render.NativeWith(context.Background(), src, nil)
			})
			w.learn(values.Secrets())
			return values, faults.Err()
		},
	}
	if w.previewing() { // nothing is run
		ops.Keep, ops.Slot = nil, nil
	}
	return ops
}

// admit refuses operations that may not run as hooks on this target.
func (w *work) admit(op *operation.Operation) error {
	if !op.RunsOn(w.profile.TargetName) {
		return fmt.Errorf("operation %s does not run on target %s, only on %s", op.Name, w.profile.TargetName, strings.Join(op.Targets, ", "))
	}
	if w.needsApproval(op) {
		return fmt.Errorf("operation %s needs approval on target %s, which a hook cannot have: run it with dex operation run", op.Name, w.profile.TargetName)
	}
	return nil
}

func (w *work) needsApproval(op *operation.Operation) bool {
	a := op.Approval
	return a != nil && (a.Targets == nil || slices.Contains(a.Targets, w.profile.TargetName))
}

// slot waits for an operation's turn among the runs of its key.
func (w *work) slot(ctx context.Context, op *operation.Operation, key string) (func(), error) {
	return store.TakeSlot(ctx, filepath.Join(w.dir(), ".dex", "slots"), string(op.ID)+"\x00"+key, op.Concurrency.Limit, func() {
		w.engine.emit(event.Info, event.Note{Msg: fmt.Sprintf("Waiting: %s of operation %s under way, as many as may be at once.", plural(op.Concurrency.Limit, "run"), op.Name)})
	})
}

// runScript runs the operation.
func runScript(ctx context.Context, w *work) error {
	e := w.executor()
	ops := w.operationsRunner(e)
	if w.needsApproval(w.order.op) {
		if err := w.approved(ctx, ops); err != nil {
			return err
		}
	}
	if err := w.beginAudit(ctx); err != nil {
		return err
	}
	if err := w.audited(e); err != nil {
		return err
	}
	done, err := ops.Run(ctx, run.OperationOrder{Op: w.order.op, Values: w.order.values, Held: w.order.held})
	w.out.OperationRuns = append(w.out.OperationRuns, done)
	w.engine.emit(event.Info, event.OperationEnd{
		UniqueID: done.Node, Operation: done.Name, RunID: done.RunID, Status: string(done.Status), Statements: len(done.Statements), Rows: done.Rows, Elapsed: done.Elapsed.Seconds(),
	})
	err = errors.Join(err, w.writeHookResults(), w.writeOperationResults())
	if err != nil {
		return err
	}
	if op := w.order.op; done.Status == result.Success && op.Language == operation.SQL && !done.Committed && done.Value == nil {
		if err := w.warnOf(diag.Diagnostic{
			Severity: diag.Warning, Class: diag.Runtime, Code: "operation-empty", Where: op.Where(),
			Summary: "operation " + op.Name + " has sent nothing: its text came to no statement",
		}); err != nil {
			return err
		}
	}
	if done.Err != nil {
		w.out.OperationFaults.Add(operationDiagnostic(w.order.op, &done))
	}
	w.out.Lines, err = w.operationLines(&done)
	if err == nil && done.Status == result.Stopped {
		return ctx.Err()
	}
	return err
}

// approved refuses an operation whose plan nobody has approved. A plan is made of
// what is known without asking the database.
func (w *work) approved(ctx context.Context, ops *run.Operations) error {
	plan, err := w.plan(ctx, ops)
	if err != nil {
		return err
	}
	if plan.PlanHash == w.inv.OperationFlags.Approved {
		return nil
	}
	op, a := w.order.op, w.order.op.Approval
	who := fmt.Sprintf("by %s", strings.Join(a.By, ", "))
	if a.Count > 1 {
		who = fmt.Sprintf("by %d of %s", a.Count, strings.Join(a.By, ", "))
	}
	summary := fmt.Sprintf("operation %s needs approval %s on target %s; its plan is %s", op.Name, who, w.profile.TargetName, plan.PlanHash)
	hint := "Have the plan approved (dex operation plan shows it), then run it with --approved-plan " + plan.PlanHash + "."
	if w.inv.OperationFlags.Approved != "" {
		summary += "\nThe plan that was approved, " + w.inv.OperationFlags.Approved + ", is another one: the operation, its parameters, the target or the user are not the same."
	}
	return w.take(diag.List{{Class: diag.Runtime, Code: "operation-unapproved", Where: op.Where(), Summary: summary, Hint: hint}})
}

// plan renders the operation and sends nothing.
func (w *work) plan(ctx context.Context, ops *run.Operations) (result.Operation, error) {
	e := ops.Executor
	old := e.Sessions
	e.Sessions.Offline, e.Sessions.OfflineWord, e.Sessions.ReadOnly = !w.inv.Looking, errOperationPreview, true
	e.Sessions.Sink = event.Discard
	if w.rehearsing() {
		e.Sessions.Offline = false // the script's queries are answered
	}
	defer func() { e.Sessions = old }()
	plan, err := ops.Run(ctx, run.OperationOrder{Op: w.order.op, Values: w.order.values, Dry: true})
	if err == nil && plan.Err != nil {
		return plan, w.operationFault(&plan)
	}
	return plan, err
}

// errOperationPreview is the database asked by an operation that is only planned.
var errOperationPreview = errors.New("a plan does not ask the database: what the operation asks by run_query, statement or adapter while it is rendered is answered only with --introspect, which lets it read")

// operationFault is a failure before anything was sent, as one of the command.
func (w *work) operationFault(r *result.Operation) error {
	return w.take(diag.List{operationDiagnostic(w.order.op, r)})
}

func operationDiagnostic(op *operation.Operation, r *result.Operation) diag.Diagnostic {
	d := diag.Diagnostic{Class: diag.Runtime, Code: "operation-failed", Node: r.Node, Where: op.Where(), Summary: r.Err.Message, Pos: r.Err.Pos, Source: r.Err.Source}
	if r.Err.Class == "template" {
		d.Class = diag.Compilation
	}
	if n := len(r.Statements); n > 1 && r.Err.Statement > 0 {
		d.Summary += fmt.Sprintf("\nin statement %d of %d", r.Err.Statement, n)
	}
	return d
}

// writeOperationResults writes operation_results.json.
func (w *work) writeOperationResults() error {
	if !w.inv.WriteJSON {
		return nil
	}
	path := filepath.Join(w.targetDir(), artifact.OperationResultsFile)
	if err := artifact.WriteOperationResults(path, &artifact.OperationResults{Meta: w.meta(), Operations: w.out.OperationRuns, Clean: w.clean}); err != nil {
		return fmt.Errorf("write %s: %w", artifact.OperationResultsFile, err)
	}
	w.engine.emit(event.Debug, event.ArtifactWritten{ArtifactType: "OperationResults", ArtifactPath: path})
	return nil
}

// operationOfName runs the operation of the name that run-operation was given for a
// macro's: where there is no such macro. --args are its parameters. A project without
// dex.yml is dbt's, to which such a name is an error.
func (w *work) operationOfName(ctx context.Context) (bool, error) {
	if !w.project.Dex.Present {
		return false, nil
	}
	if err := readOperations(ctx, w); err != nil {
		return true, err
	}
	if _, err := w.findOperation(w.inv.Macro); err != nil {
		return false, nil
	}
	w.inv.Operation = w.inv.Macro
	given := w.inv.Args
	if given == nil {
		given = value.NewDict(0)
	}
	params, err := artifact.OperationJSON(given)
	if err != nil {
		return true, err
	}
	w.inv.Params = ParamSources{Text: params}
	if err := prepareOperation(ctx, w); err != nil {
		return true, err
	}
	return true, runScript(ctx, w)
}
