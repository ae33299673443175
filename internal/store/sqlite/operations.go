package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"dex/internal/store"
)

const runColumns = "id, operation, invocation, target, user, state, owner, params, plan_hash, started_at, ended_at, rows, error, result, log"

// BeginOperation implements store.Operations.
func (s *Store) BeginOperation(ctx context.Context, r store.OperationRun) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "insert into operation_runs ("+runColumns+") values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
			r.ID, r.Operation, r.Invocation, r.Target, r.User, r.State, r.Owner, blob(r.Params), r.PlanHash,
			nanos(r.StartedAt), nanos(r.EndedAt), r.Rows, r.Error, blob(r.Result), r.Log)
		if err != nil {
			return fmt.Errorf("record the run of %s: %w", r.Operation, err)
		}
		return nil
	})
}

// EndOperation implements store.Operations.
func (s *Store) EndOperation(ctx context.Context, r store.OperationRun) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `update operation_runs set invocation = ?, target = ?, user = ?, state = ?, owner = ?, params = ?, plan_hash = ?,
			ended_at = ?, rows = ?, error = ?, result = ?, log = ? where id = ?`,
			r.Invocation, r.Target, r.User, r.State, r.Owner, blob(r.Params), r.PlanHash, nanos(r.EndedAt), r.Rows, r.Error, blob(r.Result), r.Log, r.ID)
		return atLeastOne(res, err)
	})
}

// LoseOperation implements store.Operations.
func (s *Store) LoseOperation(ctx context.Context, id string, at time.Time, why string) (lost bool, err error) {
	err = s.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, "update operation_runs set state = ?, ended_at = ?, error = ? where id = ? and state = ?",
			store.Lost, nanos(at), why, id, store.Running)
		if err != nil {
			return fmt.Errorf("record that a run is lost: %w", err)
		}
		n, err := res.RowsAffected()
		lost = n > 0
		return err
	})
	return lost, err
}

// OperationRuns implements store.Operations.
func (s *Store) OperationRuns(ctx context.Context, f store.OperationFilter) ([]store.OperationRun, error) {
	return rows(ctx, s, scanRun, "select "+runColumns+` from operation_runs where (?1 = '' or operation = ?1) and (?2 = '' or id = ?2)
		and (?3 = '' or state = ?3) order by started_at desc, rowid desc limit ?4`, f.Operation, f.ID, f.State, limit(f.Limit))
}

func scanRun(rows *sql.Rows) (r store.OperationRun, err error) {
	var started, ended int64
	err = rows.Scan(&r.ID, &r.Operation, &r.Invocation, &r.Target, &r.User, &r.State, &r.Owner, &r.Params, &r.PlanHash,
		&started, &ended, &r.Rows, &r.Error, &r.Result, &r.Log)
	r.StartedAt, r.EndedAt = moment(started), moment(ended)
	return r, err
}
