package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"dex/internal/adapter"
)

// session is one connection to the server. Statements come from one goroutine at a
// time; Cancel may come from any.
type session struct {
	name string
	db   *database
	conn *pgconn.PgConn
	lost error // why the connection can no longer be used

	mu       sync.Mutex // guards what follows
	released bool
	cancel   context.CancelCauseFunc // ends the running statement
}

// errCanceled is the cause where Cancel ended a statement.
var errCanceled = errors.New("the statement was canceled")

// Name implements adapter.Conn.
func (s *session) Name() string { return s.name }

// configure does what psycopg2 and dbt do with a new connection: dates are written as
// ISO 8601 has them, and the role is taken.
func (s *session) configure(ctx context.Context) error {
	if !strings.HasPrefix(s.conn.ParameterStatus("DateStyle"), "ISO") {
		if _, _, err := s.Execute(ctx, "SET DATESTYLE TO 'ISO'", false, 0); err != nil {
			return fmt.Errorf("connect to %s: %w", s.db.creds.Unique(), err)
		}
	}
	if role := s.db.creds.Role; role != "" {
		if _, _, err := s.Execute(ctx, "set role "+role, false, 0); err != nil {
			return fmt.Errorf("connect to %s: role: %w", s.db.creds.Unique(), err)
		}
	}
	return nil
}

// Execute implements adapter.Conn. The text goes as one simple query: the server
// parses it as a whole first, and what is not in a transaction becomes one.
// PostgreSQL: "Simple Query", "Multiple Statements in a Simple Query".
func (s *session) Execute(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	t := &tableTaker{sql: sql, fetch: fetch, limit: limit}
	res, err := s.ask(ctx, simple(sql), t)
	if err != nil {
		return res, nil, err
	}
	return res, t.result(), nil
}

// checkText refuses what cannot be sent.
func checkText(sql string) error {
	if i := strings.IndexByte(sql, 0); i >= 0 {
		return &adapter.DatabaseError{
			Msg:  "the text holds a NUL character (0x00), which Postgres takes for its end: take it out",
			SQL:  sql,
			Line: 1 + strings.Count(sql[:i], "\n"),
		}
	}
	return nil
}

// tableTaker keeps the rows of the last statement of a text, at most limit of them
// where limit > 0: the rest is read and forgotten, since the server tells only behind
// them how many there were.
type tableTaker struct {
	sql     string
	fetch   bool
	limit   int
	tab     *adapter.Table
	readers []reader
}

func (t *tableTaker) begin() { t.tab, t.readers = nil, nil }

func (t *tableTaker) columns(fields []pgproto3.FieldDescription) error {
	if !t.fetch {
		return nil
	}
	t.tab = &adapter.Table{Columns: columnsOf(fields)}
	t.readers = readersOf(fields)
	return nil
}

func (t *tableTaker) row(cells [][]byte) error {
	if !t.fetch || t.limit > 0 && len(t.tab.Rows) >= t.limit {
		return nil
	}
	row, err := readRow(t.readers, cells, t.tab.Columns, t.sql)
	if err != nil {
		return err
	}
	t.tab.Rows = append(t.tab.Rows, row)
	return nil
}

// result is an empty table where the last statement has no rows, and nil where nobody
// wants any.
func (t *tableTaker) result() *adapter.Table {
	if t.fetch && t.tab == nil {
		return &adapter.Table{}
	}
	return t.tab
}

// InTransaction implements adapter.Transactor: a transaction that has failed still stands.
func (s *session) InTransaction() bool { return s.conn.TxStatus() != 'I' }

// Dead implements adapter.Mortal.
func (s *session) Dead() bool { return s.lost != nil || s.conn.IsClosed() }

// Cancel implements adapter.Canceler.
func (s *session) Cancel() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cancel != nil {
		s.cancel(errCanceled)
	}
}

// Release implements adapter.Conn: the connection is closed, and the server rolls back
// what is open.
func (s *session) Release() {
	s.mu.Lock()
	done := s.released
	s.released = true
	s.mu.Unlock()
	if done {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	// What a connection says while it is closed changes nothing any more.
	_ = s.conn.Close(ctx)
}
