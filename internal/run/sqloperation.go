package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja"
	"dex/internal/render"
	"dex/internal/result"
	"dex/internal/sqlparam"
	"dex/internal/sqltext"
)

// SQLOperations carries out operations in SQL: the text is rendered, its parameters
// are put in, and it is cut into statements, which are sent one after the other.
type SQLOperations struct{}

// statementError is a statement of an operation that failed.
type statementError struct {
	msg    string
	number int // from 1
	line   int // of the source
	sql    string
	cause  error
}

func (e *statementError) Error() string { return e.msg }

func (e *statementError) Unwrap() error { return e.cause }

// script is an operation's text, ready to be sent.
type script struct {
	tpl        *jinja.Template
	marked     string // as it was rendered, with marks
	origins    []jinja.Origin
	sql        sqlparam.SQL
	statements []sqltext.Statement
}

// RunOperation implements OperationRunner.
func (SQLOperations) RunOperation(ctx context.Context, t *OperationTask) error {
	own := !t.Inside && (t.Op.Transaction == nil || *t.Op.Transaction)
	t.Result.Transaction = own
	if own && !t.Dry {
		if err := t.Session.Begin(ctx); err != nil {
			return err
		}
	}
	s, err := t.script()
	if err == nil {
		t.describe(s)
		if t.Dry {
			t.Result.Status = result.Skipped
			return nil
		}
		err = t.sendAll(ctx, s, own)
	}
	if err != nil {
		return t.takeBack(ctx, err)
	}
	if t.Session.InTransaction() && !t.Inside {
		if err := t.Session.Commit(ctx); err != nil {
			return t.takeBack(ctx, err)
		}
	}
	t.Result.Committed = !t.Inside && t.Reached
	return nil
}

// takeBack rolls back what is open after err.
func (t *OperationTask) takeBack(ctx context.Context, err error) error {
	if t.Inside || !t.Session.InTransaction() {
		return err
	}
	if fail := t.Session.Rollback(context.WithoutCancel(ctx)); fail != nil {
		t.Session.Close() // whatever it held, the next statement has a new one
	}
	return err
}

// script renders the text and cuts it.
func (t *OperationTask) script() (*script, error) {
	s := &script{}
	var err error
	if s.tpl, s.marked, s.origins, err = t.Frame.RenderTraced(t.Op.Path, t.Op.Raw); err != nil {
		return nil, err
	}
	if s.sql, err = sqlparam.Resolve(s.marked, t.Guard, t.ops.Dialect); err != nil {
		return nil, t.misplaced(s, err)
	}
	s.statements = sqltext.Split(s.sql.Text, t.ops.Dialect)
	return s, nil
}

// misplaced is a value that cannot stand where the template prints it.
func (t *OperationTask) misplaced(s *script, err error) error {
	var at *sqlparam.Error
	if !errors.As(err, &at) {
		return err
	}
	return &statementError{msg: at.Error(), line: s.tpl.Line(s.marked, s.origins, at.Offset), cause: render.Caused(&render.Fault{Class: diag.Compilation, Msg: at.Error()}, err)}
}

// describe puts the statements into the result, and what they come to as a plan.
func (t *OperationTask) describe(s *script) {
	for _, one := range s.statements {
		t.Result.Statements = append(t.Result.Statements, result.OperationStatement{
			SQL: one.Text, Line: t.place(s.line(one.Offset + sqltext.Begins(one.Text, t.ops.Dialect))).Line, Status: result.Skipped, Rows: -1,
		})
	}
	t.Result.PlanHash = t.PlanHash()
}

// PlanHash is a hash of what the operation does: its statements as they are sent, the
// target, whose they are, and the words that decide how they are sent.
func (t *OperationTask) PlanHash() string {
	h := sha256.New()
	add := func(parts ...string) {
		for _, p := range parts {
			fmt.Fprintf(h, "%d:%s\n", len(p), p)
		}
	}
	r := t.Result
	add("dex operation plan 1", r.Node, r.Target, r.User, fmt.Sprint(r.Transaction))
	for _, st := range r.Statements {
		add(st.SQL)
	}
	for _, hook := range append(t.Op.PreHooks[:len(t.Op.PreHooks):len(t.Op.PreHooks)], t.Op.PostHooks...) {
		add(hook.Kind(), hook.SQL, hook.Macro, hook.Operation, hook.Outcome())
	}
	return hex.EncodeToString(h.Sum(nil))
}

// line is the line of the source that a place of the SQL comes from.
func (s *script) line(offset int) int {
	at, before := offset, sqlparam.Span{}
	for _, sp := range s.sql.Spans {
		if sp.From > offset {
			break
		}
		before = sp
	}
	switch {
	case before.MarkEnd == 0:
	case offset < before.To:
		at = before.Mark
	default:
		at = before.MarkEnd + offset - before.To
	}
	return s.tpl.Line(s.marked, s.origins, min(at, len(s.marked)))
}

// sendAll sends the statements. The first that fails ends it.
func (t *OperationTask) sendAll(ctx context.Context, s *script, own bool) error {
	for i := range s.statements {
		if t.Inside && steersTransactions(s.statements[i].Text, t.ops.Dialect) {
			return &statementError{
				msg: "as a hook the operation stands in the transaction of its node, which it may not begin, commit or roll back. " +
					"Declare the hook with transaction: false, or leave the statement out",
				number: i + 1, line: s.line(s.statements[i].Offset), sql: s.statements[i].Text,
			}
		}
	}
	total := int64(-1)
	for i := range s.statements {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !own && !t.Inside && t.Session.InTransaction() { // a template began one
			if err := t.Session.Commit(ctx); err != nil {
				return err
			}
		}
		if err := t.send(ctx, s, i, own || t.Inside); err != nil {
			return err
		}
		if st := &t.Result.Statements[i]; st.Columns == nil && st.Rows >= 0 {
			total = max(total, 0) + st.Rows
		}
		t.Result.Rows = total
		t.Result.Committed = t.Result.Committed || !own && !t.Inside
	}
	return nil
}

// send sends one statement.
func (t *OperationTask) send(ctx context.Context, s *script, i int, begin bool) error {
	st, keep := &t.Result.Statements[i], t.Op.MaxRows
	if keep == 0 {
		keep = 500
	}
	st.StartedAt = time.Now()
	t.Reached = true
	resolve := t.Session.Resolve
	t.Session.Resolve = nil // it is resolved, and a value in it is no mark
	resp, table, err := t.Session.Execute(ctx, st.SQL, begin, true, keep+1)
	t.Session.Resolve = resolve
	st.Elapsed = time.Since(st.StartedAt)
	if err != nil {
		st.Status = result.Error
		return t.statementFailed(s, i, err)
	}
	st.Status, st.Rows, st.Message = result.Success, resp.Rows, resp.Message
	if table != nil && asks(st.SQL, t.ops.Dialect) {
		names := make([]string, len(table.Columns))
		for k, c := range table.Columns {
			names[k] = c.Name
		}
		st.Keep(names, table.Rows, keep)
		if st.Rows < 0 && !st.More {
			st.Rows = int64(len(st.Data))
		}
	}
	t.ops.tell(t, event.Info, event.OperationStatement{
		UniqueID: t.Result.Node, Operation: t.Op.Name, Index: i + 1, Total: len(s.statements), Line: st.Line, SQL: st.SQL[sqltext.Begins(st.SQL, t.ops.Dialect):], Rows: st.Rows, Elapsed: st.Elapsed.Seconds(), Status: string(st.Status),
		Given: st.Columns != nil,
	})
	return nil
}

func (t *OperationTask) statementFailed(s *script, i int, err error) error {
	st := &t.Result.Statements[i]
	offset := s.statements[i].Offset + sqltext.Begins(st.SQL, t.ops.Dialect)
	var db *adapter.DatabaseError
	msg := err.Error()
	if errors.As(err, &db) {
		msg = db.Msg
		if n := lineStart(st.SQL, db.Line); n > 0 {
			offset = s.statements[i].Offset + n
		}
	}
	st.Message = msg
	t.ops.tell(t, event.Info, event.OperationStatement{
		UniqueID: t.Result.Node, Operation: t.Op.Name, Index: i + 1, Total: len(s.statements), Line: st.Line, SQL: st.SQL[sqltext.Begins(st.SQL, t.ops.Dialect):], Rows: -1, Elapsed: st.Elapsed.Seconds(), Status: string(st.Status),
	})
	return &statementError{msg: msg, number: i + 1, line: s.line(offset), sql: st.SQL, cause: err}
}

// lineStart is where line n of a text begins, from 1; 0 for lines that it has not.
func lineStart(s string, n int) int {
	at := 0
	for ; n > 1; n-- {
		i := strings.IndexByte(s[at:], '\n')
		if i < 0 {
			return 0
		}
		at += i + 1
	}
	return at
}

// asks reports whether what a statement gives are rows that somebody asked for, and
// not a count of what it changed.
func asks(sql string, d sqltext.Dialect) bool {
	words := strings.Fields(strings.ToLower(sqltext.StripComments(sql, d)))
	if len(words) == 0 {
		return false
	}
	switch strings.TrimLeft(words[0], "(") {
	case "insert", "update", "delete", "merge":
		return slices.Contains(words, "returning")
	case "create", "drop", "alter", "copy", "truncate", "grant", "revoke", "comment", "set", "reset", "attach", "detach", "begin", "commit", "rollback", "vacuum", "checkpoint", "use", "install", "load":
		return false
	}
	return true
}

// steersTransactions reports a statement that begins or ends a transaction.
func steersTransactions(sql string, d sqltext.Dialect) bool {
	words := strings.Fields(strings.ToLower(sqltext.StripComments(sql, d)))
	if len(words) == 0 {
		return false
	}
	switch strings.TrimRight(words[0], ";") {
	case "begin", "commit", "rollback", "end", "abort":
		return true
	case "start":
		return len(words) > 1 && words[1] == "transaction"
	}
	return false
}

// place is a line of the operation's text in its file.
func (t *OperationTask) place(line int) diag.Pos {
	if line == 0 {
		return diag.Pos{}
	}
	return diag.Pos{File: t.Op.Pos.File, Line: max(t.Op.Pos.Line, 1) + line - 1, Col: 1}
}

func (t *OperationTask) sourceLine(line int) string {
	lines := strings.Split(t.Op.Raw, "\n")
	if line < 1 || line > len(lines) {
		return ""
	}
	return strings.TrimRight(lines[line-1], "\r")
}
