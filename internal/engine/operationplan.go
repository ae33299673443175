package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/result"
	"dex/internal/session"
	"dex/internal/sqltext"
)

// planScript shows what the operation would send, and sends none of it: on a preview of
// the database, which changes nothing.
func planScript(ctx context.Context, w *work) error {
	ops := w.operationsRunner(w.executor())
	plan, err := w.plan(ctx, ops)
	if err != nil {
		return err
	}
	if err := w.explain(ctx, &plan); err != nil {
		return err
	}
	w.out.OperationRuns = append(w.out.OperationRuns, plan)
	w.out.Lines, err = w.planLines(&plan)
	return err
}

// explained are the statements that databases explain.
var explained = map[string]bool{"select": true, "with": true, "insert": true, "update": true, "delete": true, "merge": true, "from": true, "values": true, "create": true, "copy": true}

// explain asks the database how it would carry out the statements. What it will not
// explain, since a relation is made by the statement before it, say, is shown without.
func (w *work) explain(ctx context.Context, r *result.Operation) error {
	if w.adapter == nil || !w.inv.OperationFlags.Explain {
		return nil
	}
	options := w.sessions()
	options.Sink = nil
	s := session.New(w.adapter, "plan of "+r.Name, &options)
	defer s.Close()
	for i := range r.Statements {
		st := &r.Statements[i]
		bare := strings.TrimSpace(sqltext.StripComments(st.SQL, sqltext.Of(w.profile.Type)))
		if words := strings.Fields(strings.ToLower(bare)); len(words) > 0 && explained[words[0]] {
			_, table, err := s.Execute(ctx, "explain "+bare, false, true, 0)
			if st.Plan, err = planOf(table, err); err != nil {
				return fmt.Errorf("explain statement %d: %w", i+1, err)
			}
		}
		// What it does to the catalog, the statements behind it find done in the preview.
		resp, _, err := s.Execute(ctx, st.SQL, false, false, 0)
		var db *adapter.DatabaseError
		switch {
		case err != nil && !errors.As(err, &db):
			return fmt.Errorf("preview statement %d: %w", i+1, err)
		case err != nil:
			st.Plan = "would fail: " + firstLine(db.Msg)
		case resp.Note != "":
			st.Plan = strings.TrimLeft(st.Plan+"\nnote: "+firstLine(resp.Note), "\n")
		}
	}
	return nil
}

// planOf is what EXPLAIN gave. A statement that the database will not explain has no
// plan.
func planOf(t *adapter.Table, err error) (string, error) {
	var db *adapter.DatabaseError
	switch {
	case errors.As(err, &db):
		return "not explained: " + firstLine(db.Msg), nil
	case err != nil:
		return "", err
	}
	return explanation(t), nil
}

// explanation is the text of an EXPLAIN: its last column, row by row.
func explanation(t *adapter.Table) string {
	if t == nil {
		return ""
	}
	var lines []string
	for _, row := range t.Rows {
		if len(row) > 0 {
			lines = append(lines, value.ToStr(row[len(row)-1]))
		}
	}
	return strings.Join(lines, "\n")
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
