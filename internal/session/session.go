// Package session is one task's session with the database as dbt keeps it: when
// a transaction is begun, that a commit without one is refused, what is rolled
// back at the end, and a record of every statement in the event stream.
//
// It knows the adapter seam and the event stream; it knows nothing of templates
// and nodes. Begin with Session.
package session

import (
	"context"
	"errors"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja/value"
)

// Options say how sessions of one invocation behave.
type Options struct {
	AdapterType string
	// Comment is put around each statement: dbt's query-comment. Nil leaves
	// statements as they are.
	Comment func(conn, sql string) string
	// NoTransactions suppresses BEGIN and COMMIT (dbt-duckdb: disable_transactions).
	NoTransactions bool
	// Offline refuses to open a connection: --no-introspect.
	Offline bool
	Sink    event.Sink
}

// Session is one connection with dbt's bookkeeping of transactions. It is opened
// at the first statement, so a task that sends none costs no connection. It
// belongs to one goroutine.
type Session struct {
	Name string
	// Info is the node that statements are reported under; may be nil.
	Info *event.NodeInfo
	// Thread is the worker that holds the session, for the log.
	Thread string
	// Touched are the relations that the task made, dropped or renamed. Where it
	// fails or its transaction is rolled back, nobody knows how they stand.
	Touched []adapter.Relation

	// Last is what the database said of the last statement that it carried out.
	Last adapter.Response

	db   adapter.Adapter
	opt  *Options
	conn adapter.Conn
	open bool // a transaction is open
}

// New makes a session that opens when first used.
func New(db adapter.Adapter, name string, opt *Options) *Session {
	return &Session{Name: name, db: db, opt: opt}
}

// ErrOffline is the use of a database that Options.Offline refuses.
var ErrOffline = errors.New("connection never acquired for thread: with --no-introspect no template may ask the database")

// ErrNoTransaction is a commit without a begin.
var ErrNoTransaction = errors.New("no transaction is open")

// Conn gives the database connection, opening it if need be. It is for
// introspection; statements go through Execute.
func (s *Session) Conn(ctx context.Context) (adapter.Conn, error) {
	if s.conn == nil {
		if s.opt.Offline {
			return nil, ErrOffline
		}
		c, err := s.db.Conn(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		s.conn = c
	}
	return s.conn, nil
}

// InTransaction reports whether a transaction is open.
func (s *Session) InTransaction() bool { return s.open }

// Execute sends a statement. With begin, a transaction is opened first if none
// is. With fetch the last statement's rows are returned, at most limit where
// limit > 0.
func (s *Session) Execute(ctx context.Context, sql string, begin, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	if begin && !s.open {
		if err := s.Begin(ctx); err != nil {
			return adapter.Response{}, nil, err
		}
	}
	return s.send(ctx, sql, fetch, limit)
}

// ExecuteArgs sends one statement with values for its placeholders.
func (s *Session) ExecuteArgs(ctx context.Context, sql string, begin bool, args []value.Value) error {
	if begin && !s.open {
		if err := s.Begin(ctx); err != nil {
			return err
		}
	}
	conn, err := s.Conn(ctx)
	if err != nil {
		return err
	}
	b, ok := conn.(adapter.Binder)
	if !ok {
		return errors.New("this database takes no values beside a statement")
	}
	s.emit(event.Debug, event.SQLQuery{ConnName: s.Name, SQL: sql, NodeInfo: s.Info})
	_, err = b.ExecuteArgs(ctx, sql, args)
	return err
}

// Warn implements adapter.Warner.
func (s *Session) Warn(msg string) {
	s.emit(event.Warn, event.JinjaLogWarning{Msg: msg, NodeInfo: s.Info})
}

// Log implements adapter.Logger.
func (s *Session) Log(line string) {
	s.emit(event.Info, event.JinjaLog{Msg: line, Info: true, NodeInfo: s.Info})
}

// Begin opens a transaction. It does nothing where one is open.
func (s *Session) Begin(ctx context.Context) error {
	if s.open {
		return nil
	}
	if !s.opt.NoTransactions {
		if _, _, err := s.send(ctx, "BEGIN", false, 0); err != nil {
			return err
		}
	}
	s.open = true
	return nil
}

// Commit ends the open transaction; ErrNoTransaction where there is none.
func (s *Session) Commit(ctx context.Context) error {
	if !s.open {
		return ErrNoTransaction
	}
	s.emit(event.Debug, event.SQLCommit{ConnName: s.Name, NodeInfo: s.Info})
	if !s.opt.NoTransactions {
		if _, _, err := s.send(ctx, "COMMIT", false, 0); err != nil {
			return err
		}
	}
	s.open = false
	return nil
}

// Committed notes that a statement of the project's own has ended the transaction:
// the next one that asks for a transaction begins it.
func (s *Session) Committed() { s.open = false }

// CommitIfOpen commits where a transaction is open. dbt: commit_if_has_connection
// as dbt-duckdb overrides it.
func (s *Session) CommitIfOpen(ctx context.Context) error {
	if !s.open {
		return nil
	}
	return s.Commit(ctx)
}

// Rollback takes back what is open and keeps the connection. It does nothing where
// no transaction is.
func (s *Session) Rollback(ctx context.Context) error {
	if !s.open {
		return nil
	}
	s.open = false
	s.emit(event.Debug, event.Rollback{ConnName: s.Name, NodeInfo: s.Info})
	if s.opt.NoTransactions {
		return nil
	}
	_, _, err := s.conn.Execute(ctx, "ROLLBACK", false, 0)
	return err
}

// Close rolls back what is open and gives the connection back. It may be called
// twice.
func (s *Session) Close() {
	if s.conn == nil {
		return
	}
	if s.open {
		s.emit(event.Debug, event.Rollback{ConnName: s.Name, NodeInfo: s.Info})
		if !s.opt.NoTransactions {
			// The rollback must reach the database even where the task was cancelled;
			// an error here is harmless, since Release ends the session.
			_, _, _ = s.conn.Execute(context.Background(), "ROLLBACK", false, 0)
		}
		s.open = false
	}
	s.emit(event.Debug, event.ConnectionClosed{ConnName: s.Name, NodeInfo: s.Info})
	s.conn.Release()
	s.conn = nil
}

// send passes sql on and records it. Statements that steer transactions by
// themselves (a hook that is "commit") are left to the database: dbt does not
// look into statements either.
func (s *Session) send(ctx context.Context, sql string, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	conn, err := s.Conn(ctx)
	if err != nil {
		return adapter.Response{}, nil, err
	}
	bare := sql
	if s.opt.Comment != nil && sql != "BEGIN" && sql != "COMMIT" {
		sql = s.opt.Comment(s.Name, sql)
	}
	s.emit(event.Debug, event.ConnectionUsed{ConnType: s.opt.AdapterType, ConnName: s.Name, NodeInfo: s.Info})
	s.emit(event.Debug, event.SQLQuery{ConnName: s.Name, SQL: sql, NodeInfo: s.Info})
	start := time.Now()
	resp, table, err := conn.Execute(ctx, sql, fetch, limit)
	if err != nil {
		return resp, nil, uncommented(err, sql, bare)
	}
	s.Last = resp
	s.emit(event.Debug, event.SQLQueryStatus{Status: strings.TrimSpace(resp.Message), Elapsed: time.Since(start).Seconds(), NodeInfo: s.Info})
	return resp, table, nil
}

// uncommented makes a database's error one of the statement as its author wrote
// it, without the comment around it. The message stays: its LINE counts the
// comment, as dbt's does.
func uncommented(err error, sent, bare string) error {
	var db *adapter.DatabaseError
	if errors.As(err, &db) && db.SQL == sent && sent != bare {
		db.SQL = bare
		if at := strings.Index(sent, bare); at > 0 && db.Line > 0 {
			db.Line = max(0, db.Line-strings.Count(sent[:at], "\n"))
		}
	}
	return err
}

func (s *Session) emit(l event.Level, d event.Data) {
	if s.opt.Sink != nil {
		s.opt.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: s.Thread})
	}
}
