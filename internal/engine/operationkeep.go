package engine

import (
	"context"
	"fmt"

	"dex/internal/artifact"
	"dex/internal/result"
	"dex/internal/store"
)

// runKeeper keeps runs of operations in the project's store.
type runKeeper struct{ w *work }

// Begin implements run.OperationKeeper.
func (k *runKeeper) Begin(ctx context.Context, r *result.Operation) error {
	s, err := k.w.store(ctx)
	if err != nil {
		return fmt.Errorf("the run of %s cannot be recorded, and so is not begun: %w", r.Name, err)
	}
	row, err := k.row(r)
	if err != nil {
		return err
	}
	row.State = store.Running
	if err := k.w.repeated(ctx, s, &row); err != nil {
		return err
	}
	if err := s.BeginOperation(ctx, row); err != nil {
		return err
	}
	return k.w.auditOperation(ctx, "start", row)
}

// End implements run.OperationKeeper.
func (k *runKeeper) End(ctx context.Context, r *result.Operation) error {
	s, err := k.w.store(ctx)
	if err != nil {
		return err
	}
	row, err := k.row(r)
	if err != nil {
		return err
	}
	row.EndedAt = r.StartedAt.Add(r.Elapsed)
	switch r.Status {
	case result.Success:
		row.State = store.Succeeded
	case result.Stopped:
		row.State = store.Stopped
	default:
		row.State = store.Failed
	}
	if err := s.EndOperation(ctx, row); err != nil {
		return fmt.Errorf("the end of the run of %s (%s) cannot be recorded: %w", r.Name, r.Status, err)
	}
	return k.w.auditOperation(ctx, "end", row)
}

// row is a run as the store has it, without secrets.
func (k *runKeeper) row(r *result.Operation) (store.OperationRun, error) {
	row := store.OperationRun{
		ID: r.RunID, Operation: r.Node, Invocation: k.w.inv.ID, Target: r.Target, User: r.User, Owner: store.Owner(),
		PlanHash: r.PlanHash, StartedAt: r.StartedAt, Rows: r.Rows, Log: r.Log,
	}
	params, err := artifact.OperationJSON(r.Params)
	if err != nil {
		return row, err
	}
	all, err := artifact.OperationJSON(artifact.OperationDict(r))
	if err != nil {
		return row, err
	}
	row.Params, row.Result = []byte(k.w.clean(params)), []byte(k.w.clean(all))
	if r.Err != nil {
		row.Error = k.w.clean(r.Err.Message)
	}
	return row, nil
}
