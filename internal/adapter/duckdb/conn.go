package duckdb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// session is one connection to the instance. Statements come from one goroutine
// at a time; Cancel may come from any.
type session struct {
	name string
	db   *database

	mu       sync.Mutex // guards conn against Cancel, and cancel
	conn     mapping.Connection
	released bool
	cancel   context.CancelCauseFunc // ends the running Execute
}

// errCanceled is the cause where Cancel ended a statement.
var errCanceled = errors.New("the statement was canceled")

// Name implements adapter.Conn.
func (s *session) Name() string { return s.name }

// configure applies what dbt-duckdb applies to each cursor: the settings.
func (s *session) configure(ctx context.Context) error {
	for _, o := range s.db.creds.sessionSettings() {
		if _, _, err := s.run(ctx, "SET "+o.name+" = '"+escape(o.value)+"'", false, 0); err != nil {
			return fmt.Errorf("connect to %s: settings: %s: %w", s.db.creds.Unique(), o.name, err)
		}
	}
	return nil
}

// Execute implements adapter.Conn. The text is parsed as a whole first, so a
// syntax error anywhere keeps all of it from running.
func (s *session) Execute(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	attempts := max(1, s.db.creds.Retries.QueryAttempts)
	for n := 0; ; n++ {
		res, tab, err := s.run(ctx, sql, fetch, limit)
		if err == nil || n+1 >= attempts || !s.db.creds.Retries.covers(err) {
			return res, tab, err
		}
		if s.db.pause(ctx, time.Second<<min(n, 10)) != nil {
			return res, tab, err
		}
	}
}

// ExecuteArgs implements adapter.Binder: one statement with ? for each argument.
func (s *session) ExecuteArgs(ctx context.Context, sql string, args []value.Value) (adapter.Response, error) {
	res, _, err := s.within(ctx, func(ctx context.Context) (adapter.Response, *adapter.Table, error) {
		return s.statements(ctx, sql, args, false, 0)
	})
	return res, err
}

func (s *session) run(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	return s.within(ctx, func(ctx context.Context) (adapter.Response, *adapter.Table, error) {
		return s.statements(ctx, sql, nil, fetch, limit)
	})
}

// within gives f a context that Cancel ends, and interrupts DuckDB when it ends.
func (s *session) within(ctx context.Context, f func(context.Context) (adapter.Response, *adapter.Table, error)) (adapter.Response, *adapter.Table, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s.mu.Lock()
	if s.released {
		s.mu.Unlock()
		return adapter.Response{}, nil, fmt.Errorf("execute on %s: the session was released", s.name)
	}
	s.cancel = cancel
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.cancel = nil
		s.mu.Unlock()
	}()

	over, idle := make(chan struct{}), make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(idle)
		interrupt(s.conn, over)
	})
	res, tab, err := f(ctx)
	close(over)
	if !stop() {
		<-idle // an interrupt must not hit the session's next statement
	}
	return res, tab, err
}

// interruptEvery is the pace at which an interrupt is repeated: DuckDB forgets
// one that arrives between two of a text's statements.
const interruptEvery = 5 * time.Millisecond

func interrupt(c mapping.Connection, over <-chan struct{}) {
	tick := time.NewTicker(interruptEvery)
	defer tick.Stop()
	for {
		select {
		case <-over:
			return
		default:
		}
		mapping.Interrupt(c)
		select {
		case <-over:
			return
		case <-tick.C:
		}
	}
}

func (s *session) statements(ctx context.Context, sql string, args []value.Value, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	ok := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	if strings.IndexByte(sql, 0) >= 0 {
		return ok, nil, &adapter.DatabaseError{Msg: "Parser Error: the text holds a NUL character", SQL: sql}
	}
	if ctx.Err() != nil {
		return ok, nil, canceled(ctx, sql)
	}
	s.db.noteKeys(sql)
	var parsed mapping.ExtractedStatements
	count := mapping.ExtractStatements(s.conn, sql, &parsed)
	defer mapping.DestroyExtracted(&parsed)
	if count == 0 {
		if msg := mapping.ExtractStatementsError(parsed); msg != "" {
			return ok, nil, databaseError(msg, sql)
		}
		return ok, emptyTable(fetch), nil
	}
	for i := mapping.IdxT(0); ; i++ {
		last := i == count-1
		res, tab, err := s.statement(ctx, parsed, i, sql, args, fetch && last, limit)
		if err != nil {
			placeError(err, sql, int(i), int(count))
		}
		if last || err != nil {
			return res, tab, err
		}
	}
}

// placeError gives an error the line on which its statement begins: of several
// statements DuckDB names no line.
func placeError(err error, sql string, i, count int) {
	e, ok := err.(*adapter.DatabaseError)
	if !ok || e.Line > 0 || count == 1 {
		return
	}
	if parts := sqltext.Split(sql, sqltext.DuckDB); len(parts) == count {
		e.Line = parts[i].Line
	}
}

func (s *session) statement(ctx context.Context, parsed mapping.ExtractedStatements, i mapping.IdxT, sql string, args []value.Value, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	out := adapter.Response{Message: "OK", Rows: -1, Unsaid: true}
	var stmt mapping.PreparedStatement
	state := mapping.PrepareExtractedStatement(s.conn, parsed, i, &stmt)
	defer mapping.DestroyPrepare(&stmt)
	if state == mapping.StateError {
		return out, nil, s.fault(ctx, mapping.PrepareError(stmt), sql)
	}
	if err := bind(stmt, args); err != nil {
		return out, nil, err
	}
	if ctx.Err() != nil {
		return out, nil, canceled(ctx, sql)
	}
	var res mapping.Result
	msg := execute(stmt, &res)
	defer mapping.DestroyResult(&res)
	if msg != "" {
		return out, nil, s.fault(ctx, msg, sql)
	}
	if mapping.ResultReturnType(res) == mapping.ResultTypeChangedRows {
		out.Rows = int64(mapping.RowsChanged(&res))
	}
	counts := countsRows(stmt, &res)
	if !fetch && !counts {
		return out, nil, nil
	}
	tab, err := s.fetch(ctx, &res, sql, limit)
	if counts && err == nil && len(tab.Rows) == 1 {
		if n, ok := tab.Rows[0][0].(value.Int); ok {
			out.Rows = int64(n)
		}
	}
	if !fetch {
		tab = nil
	}
	return out, tab, err
}

// The waits between two looks at a statement that DuckDB's own threads are busy
// with: short at first, since most are done at once.
const (
	firstWait = 20 * time.Microsecond
	lastWait  = time.Millisecond
)

// execute runs a prepared statement and gives DuckDB's message where it fails.
// DuckDB's plain call spins while its own threads do the rest of the work, which
// costs a core, and on small statements a quarter of all time.
func execute(stmt mapping.PreparedStatement, res *mapping.Result) string {
	return executeAs(mapping.PendingPrepared, stmt, res)
}

func executeAs(begin func(mapping.PreparedStatement, *mapping.PendingResult) mapping.State, stmt mapping.PreparedStatement, res *mapping.Result) string {
	var pending mapping.PendingResult
	state := begin(stmt, &pending)
	defer mapping.DestroyPending(&pending)
	if state == mapping.StateError {
		return mapping.PendingError(pending)
	}
	for wait := firstWait; ; {
		switch mapping.PendingExecuteTask(pending) {
		case mapping.PendingStateResultNotReady:
			wait = firstWait
			continue
		case mapping.PendingStateNoTasksAvailable:
			time.Sleep(wait)
			wait = min(2*wait, lastWait)
			continue
		case mapping.PendingStateError:
			if msg := mapping.PendingError(pending); msg != "" {
				return msg
			}
		}
		break
	}
	// Ready, or in a state that only DuckDB's own loop knows.
	if mapping.ExecutePending(pending, res) == mapping.StateError {
		return mapping.ResultError(res)
	}
	return ""
}

// countsRows tells that a result is the number of rows that CREATE TABLE AS or
// COPY wrote, which DuckDB hands out as a row.
func countsRows(stmt mapping.PreparedStatement, res *mapping.Result) bool {
	switch mapping.PreparedStatementType(stmt) {
	case mapping.StatementTypeCreate, mapping.StatementTypeCopy:
		return mapping.ColumnCount(res) == 1 && mapping.ColumnName(res, 0) == "Count"
	}
	return false
}

// fault makes the error of a statement: DuckDB's words, and the context's error
// where that is why DuckDB stopped.
func (s *session) fault(ctx context.Context, msg, sql string) error {
	if ctx.Err() != nil && strings.HasPrefix(msg, "INTERRUPT Error") {
		return canceled(ctx, sql)
	}
	return databaseError(msg, sql)
}

func canceled(ctx context.Context, sql string) error {
	return &adapter.DatabaseError{Msg: "INTERRUPT Error: Interrupted!", SQL: sql, Err: errors.Join(ctx.Err(), context.Cause(ctx))}
}

func databaseError(msg, sql string) error {
	e := &adapter.DatabaseError{Msg: msg, SQL: sql}
	if m := linePattern.FindStringSubmatch(msg); m != nil {
		e.Line, _ = strconv.Atoi(m[1]) // the pattern lets digits alone through
	}
	return e
}

func emptyTable(fetch bool) *adapter.Table {
	if fetch {
		return &adapter.Table{}
	}
	return nil
}

// Cancel implements adapter.Canceler.
func (s *session) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(errCanceled)
	}
}

// Release implements adapter.Conn. DuckDB rolls back what is open.
func (s *session) Release() {
	if s.disconnect() {
		s.db.released()
	}
}

func (s *session) disconnect() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return false
	}
	s.released = true
	mapping.Disconnect(&s.conn)
	return true
}

func escape(s string) string { return strings.ReplaceAll(s, "'", "''") }
