package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"dex/internal/diag"
	"dex/internal/store"
)

// lostRuns is what this process knows of runs that others have left.
type lostRuns struct {
	mu     sync.Mutex
	looked bool
	told   map[string]bool
}

// findLost records, once in an invocation, the runs whose process has ended without a
// word, and tells of each: nobody repeats them without knowing.
func (w *work) findLost(ctx context.Context, s store.Store) error {
	w.lost.mu.Lock()
	defer w.lost.mu.Unlock()
	if w.lost.looked {
		return nil
	}
	open, err := s.OperationRuns(ctx, store.OperationFilter{State: store.Running})
	if err != nil {
		return err
	}
	for _, r := range open {
		if !store.Gone(r.Owner) {
			continue
		}
		r.State, r.EndedAt, r.Error = store.Lost, w.engine.now(), "its process ended without a word"
		found, err := s.LoseOperation(ctx, r.ID, r.EndedAt, r.Error)
		if err != nil {
			return err
		}
		if !found {
			continue // it came to its end in between, or another process was faster
		}
		if err := w.tellLost(&r); err != nil {
			return err
		}
		if err := w.auditOperation(ctx, "end", r); err != nil {
			return err
		}
	}
	w.lost.looked = true
	return nil
}

// tellLost warns of a lost run, once.
func (w *work) tellLost(r *store.OperationRun) error {
	if w.lost.told[r.ID] {
		return nil
	}
	if w.lost.told == nil {
		w.lost.told = map[string]bool{}
	}
	w.lost.told[r.ID] = true
	return w.warnOf(diag.Diagnostic{
		Severity: diag.Warning, Class: diag.Runtime, Code: "operation-lost",
		Summary: fmt.Sprintf("the run of operation %s, %s of %s, ended without a word: what it did may have been committed, or not",
			operationName(r.Operation), r.ID, r.StartedAt.UTC().Format("2006-01-02 15:04:05 MST")),
	})
}

// lostRun gives the last run of an operation where it is lost, and tells of it.
func (w *work) lostRun(ctx context.Context, s store.Store, operation string) (*store.OperationRun, error) {
	if err := w.findLost(ctx, s); err != nil {
		return nil, err
	}
	last, err := s.OperationRuns(ctx, store.OperationFilter{Operation: operation, Limit: 1})
	if err != nil || len(last) == 0 || last[0].State != store.Lost {
		return nil, err
	}
	w.lost.mu.Lock()
	defer w.lost.mu.Unlock()
	return &last[0], w.tellLost(&last[0])
}

// repeated warns where a hook is about to repeat an operation whose last run is lost:
// nobody can be asked there.
func (w *work) repeated(ctx context.Context, s store.Store, r *store.OperationRun) error {
	lost, err := w.lostRun(ctx, s, r.Operation)
	if err != nil || lost == nil || w.order != nil && string(w.order.op.ID) == r.Operation {
		return err
	}
	return w.warnOf(diag.Diagnostic{
		Severity: diag.Warning, Class: diag.Runtime, Code: "operation-repeated",
		Summary: fmt.Sprintf("a hook runs operation %s once more, behind its lost run %s", operationName(r.Operation), lost.ID),
		Hint:    "`dex operation history " + operationName(r.Operation) + "` lists its runs.",
	})
}

// operationName is the name in a unique_id.
func operationName(id string) string { return id[strings.LastIndexByte(id, '.')+1:] }
