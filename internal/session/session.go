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
	// Explicit sends BEGIN where a transaction is asked for, and nowhere else, on every
	// database: dex.yml, hooks: transactions: strict. Without it dex does on each as its
	// client does for dbt: see adapter.Opener.
	Explicit bool
	// Offline refuses to open a connection: --no-introspect.
	Offline bool
	// OfflineWord says why, where that is not --no-introspect.
	OfflineWord error
	// ReadOnly has a preview refuse what is no query.
	ReadOnly bool
	Sink     event.Sink
	// Names knows which session each thread had last, for the log; nil keeps none.
	Names *Names
	// Record is told of each statement, and how it went; nil keeps none.
	Record func(Statement)
}

// Hook names a hook of a session's node: its event, and its place among the hooks of
// that event, from 0.
type Hook struct {
	Event string
	Index int
	From  string // the node that declares it, where that is another: an ephemeral model
}

// Statement is what a session sent.
type Statement struct {
	Session  *Session
	Language string // "sql", or "python"
	Text     string // without the query comment
	Response adapter.Response
	Err      error
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
	// Hook is whose statements are under way; nil is the task itself.
	Hook *Hook
	// Touched are the relations that the task made, dropped or renamed. Where it
	// fails or its transaction is rolled back, nobody knows how they stand.
	Touched []adapter.Relation

	// Resolve puts the values of parameters into statements before they are sent;
	// nil leaves them as they are.
	Resolve func(sql string) (string, error)
	// Last is what the database said of the last statement that it carried out.
	Last adapter.Response

	db   adapter.Adapter
	opt  *Options
	conn adapter.Conn
	open bool // a transaction is open: dbt's transaction_open
	// implicit is set where the client begins transactions by itself, and held once it
	// has. What ends the transaction as a statement leaves held as it is: from then on
	// each statement is a transaction of its own. psycopg2: STATUS_BEGIN.
	implicit, held bool
	// rebegins is set where the next transaction is to be begun by a statement, though the
	// client begins them by itself: see Committed.
	rebegins bool
	// unsettled is set where a COMMIT had no answer, keeps where something may live in the
	// connection that another one would miss, within where the last statement that was
	// carried out left a transaction open. The last two are kept of an adapter.Mortal alone.
	unsettled, keeps, within bool
	// sparing is set where queries are to be answered without rows: see Spare.
	sparing bool
}

// New makes a session that opens when first used.
func New(db adapter.Adapter, name string, opt *Options) *Session {
	o, ok := db.(adapter.Opener)
	return &Session{Name: name, db: db, opt: opt, implicit: ok && o.OpensTransactions() && !opt.Explicit && !opt.NoTransactions}
}

// Explicit makes the session as one of Options.Explicit: for what is dex's own, such as
// an operation, whose statements stand in a transaction only where it says so. It is
// called where no transaction is open.
func (s *Session) Explicit() { s.implicit = false }

// ErrOffline is the use of a database that Options.Offline refuses.
var ErrOffline = errors.New("connection never acquired for thread: with --no-introspect no template may ask the database")

// ErrNoTransaction is a commit without a begin.
var ErrNoTransaction = errors.New("no transaction is open")

// Conn gives the database connection, opening it if need be. It is for
// introspection; statements go through Execute.
func (s *Session) Conn(ctx context.Context) (adapter.Conn, error) {
	if s.conn == nil {
		switch {
		case s.opt.Offline && s.opt.OfflineWord != nil:
			return nil, s.opt.OfflineWord
		case s.opt.Offline:
			return nil, ErrOffline
		}
		c, err := s.db.Conn(ctx, s.Name)
		if err != nil {
			return nil, err
		}
		s.conn = c
		s.tellOpen()
		s.spare()
	}
	if s.implicit && !s.held {
		if _, _, err := s.conn.Execute(ctx, "BEGIN", false, 0); err != nil {
			return nil, err
		}
		s.held = true
	}
	return s.conn, nil
}

// Spare keeps a preview from asking the database for rows in this session.
func (s *Session) Spare() {
	s.sparing = true
	s.spare()
}

func (s *Session) spare() {
	c, ok := s.conn.(adapter.Previewing)
	if ok && s.sparing {
		c.Spare()
	}
	if ok && s.opt.ReadOnly {
		c.ReadOnly()
	}
}

// InTransaction reports whether a transaction is open, by dbt's account: one that a
// statement of the project has ended still counts.
func (s *Session) InTransaction() bool { return s.open }

// Within reports whether the next statement will stand in a transaction: by the
// database's word, where it gives it.
func (s *Session) Within() bool {
	if s.Dead() {
		return s.within // what it held is lost, and was not committed
	}
	if t, ok := s.conn.(adapter.Transactor); ok {
		return t.InTransaction()
	}
	return s.open
}

// Execute sends a statement. With begin, a transaction is opened first if none
// is. With fetch the last statement's rows are returned, at most limit where
// limit > 0.
func (s *Session) Execute(ctx context.Context, sql string, begin, fetch bool, limit int) (adapter.Response, *adapter.Table, error) {
	sql, err := s.resolved(sql)
	if err != nil {
		return adapter.Response{}, nil, err
	}
	if begin && !s.open {
		if err := s.Begin(ctx); err != nil {
			return adapter.Response{}, nil, err
		}
	}
	return s.send(ctx, sql, fetch, limit)
}

// ExecuteArgs sends one statement with values for its placeholders.
func (s *Session) ExecuteArgs(ctx context.Context, sql string, begin bool, args []value.Value) error {
	sql, err := s.resolved(sql)
	if err != nil {
		return err
	}
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
	resp, err := b.ExecuteArgs(ctx, sql, args)
	if err == nil {
		s.passed(sql)
	}
	s.record("sql", sql, resp, err)
	return err
}

// Stream sends a statement with values for its placeholders and gives its rows away as
// they come: see adapter.Streamer. out may be nil. On a database that has no streams
// a statement without values is sent as Execute does.
func (s *Session) Stream(ctx context.Context, sql string, args []value.Arg, out adapter.Rows) (adapter.Response, error) {
	conn, err := s.Conn(ctx)
	if err != nil {
		return adapter.Response{}, err
	}
	st, ok := conn.(adapter.Streamer)
	switch {
	case !ok && len(args) > 0:
		return adapter.Response{}, errors.New("this database takes no values beside a statement")
	case !ok:
		resp, table, err := s.send(ctx, sql, out != nil, 0)
		if err != nil || out == nil {
			return resp, err
		}
		if err := out.Columns(table.Columns); err != nil || len(table.Rows) == 0 {
			return resp, err
		}
		return resp, out.Rows(table.Rows)
	}
	s.emit(event.Debug, event.ConnectionUsed{ConnType: s.opt.AdapterType, ConnName: s.Name, NodeInfo: s.Info})
	sent := sql
	if s.opt.Comment != nil {
		sent = s.opt.Comment(s.Name, sql)
	}
	s.emit(event.Debug, event.SQLQuery{ConnName: s.Name, SQL: sent, NodeInfo: s.Info})
	start := time.Now()
	resp, err := st.Stream(ctx, sent, args, out)
	if err != nil {
		err = uncommented(err, sent, sql)
		s.record("sql", sql, resp, err)
		return resp, err
	}
	s.Last = resp
	s.passed(sql)
	s.record("sql", sql, resp, nil)
	s.emit(event.Debug, event.SQLQueryStatus{Status: strings.TrimSpace(resp.Message), Elapsed: time.Since(start).Seconds(), NodeInfo: s.Info})
	return resp, nil
}

func (s *Session) resolved(sql string) (string, error) {
	if s.Resolve == nil {
		return sql, nil
	}
	return s.Resolve(sql)
}

// Record implements adapter.Recorder.
func (s *Session) Record(language, code, note string) {
	s.record(language, code, adapter.Response{Rows: -1, Note: note}, nil)
}

// record tells of a statement, and logs what the database said beside its answer.
func (s *Session) record(language, text string, resp adapter.Response, err error) {
	for _, n := range resp.Notices {
		s.emit(event.Debug, event.DatabaseNotice{Adapter: s.opt.AdapterType, Text: n, NodeInfo: s.Info})
	}
	if s.opt.Record != nil {
		s.opt.Record(Statement{s, language, text, resp, err})
	}
}

// Warn implements adapter.Warner.
func (s *Session) Warn(msg string) {
	s.emit(event.Warn, event.JinjaLogWarning{Msg: msg, NodeInfo: s.Info})
}

// Log implements adapter.Logger.
func (s *Session) Log(line string) {
	s.emit(event.Info, event.JinjaLog{Msg: line, Info: true, NodeInfo: s.Info})
}

// Autocommits reports whether a transaction is open by dbt's account alone: a statement
// has ended it, and each one that follows stands for itself.
func (s *Session) Autocommits() bool { return s.implicit && s.held && !s.Within() }

// Begin opens a transaction. It does nothing where one is open.
func (s *Session) Begin(ctx context.Context) error {
	if s.open {
		return nil
	}
	if !s.opt.NoTransactions && (!s.implicit || s.rebegins) {
		s.rebegins = false
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
		if err := s.whole(ctx); err != nil {
			return err
		}
		if _, _, err := s.send(ctx, "COMMIT", false, 0); err != nil {
			return s.unanswered(err)
		}
	}
	s.open = false
	return nil
}

// Committed notes that a statement of the project's own has ended the transaction:
// the next one that asks for a transaction begins it.
func (s *Session) Committed() { s.open, s.rebegins = false, s.implicit }

// Clear has each statement from here on stand for itself, unless it asks for a
// transaction. Where the client begins by itself a commit sees to that, as a statement;
// elsewhere it is so anyway. dbt: clear_transaction.
func (s *Session) Clear(ctx context.Context) error {
	if !s.implicit {
		return nil
	}
	if err := s.Begin(ctx); err != nil {
		return err
	}
	return s.Commit(ctx)
}

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
	if !s.open && !s.held {
		return nil
	}
	s.open, s.unsettled = false, false
	s.emit(event.Debug, event.Rollback{ConnName: s.Name, NodeInfo: s.Info})
	if s.opt.NoTransactions || s.conn == nil || s.implicit && !s.held {
		return nil
	}
	s.held = false
	resp, _, err := s.conn.Execute(ctx, "ROLLBACK", false, 0)
	s.record("sql", "ROLLBACK", resp, err)
	return err
}

// Part ends a piece of a task for which dbt takes a connection of its own, as it does for
// each batch of a model. Where the client begins transactions by itself, only a new
// connection does so again; elsewhere the next piece goes on in this one.
func (s *Session) Part() {
	if s.implicit {
		s.Close()
	}
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
			resp, _, _ := s.conn.Execute(context.Background(), "ROLLBACK", false, 0)
			s.record("sql", "ROLLBACK", resp, nil)
		}
		s.open = false
	}
	s.unsettled, s.keeps, s.within = false, false, false
	s.emit(event.Debug, event.ConnectionClosed{ConnName: s.Name, NodeInfo: s.Info})
	s.conn.Release()
	s.conn, s.held, s.rebegins = nil, false, false
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
	if err == nil {
		err = undone(bare, resp)
	}
	if err != nil {
		err = uncommented(err, sql, bare)
		s.record("sql", bare, resp, err)
		return resp, nil, err
	}
	s.Last = resp
	s.passed(bare)
	s.record("sql", bare, resp, nil)
	s.emit(event.Debug, event.SQLQueryStatus{Status: strings.TrimSpace(resp.Message), Elapsed: time.Since(start).Seconds(), NodeInfo: s.Info})
	return resp, table, nil
}

// Describe asks for the columns of a query, which the log shows as a statement.
func (s *Session) Describe(ctx context.Context, sql string) ([]adapter.Column, error) {
	conn, err := s.Conn(ctx)
	if err != nil {
		return nil, err
	}
	d, ok := conn.(adapter.Describer)
	if !ok {
		return nil, errors.New("this database cannot describe a query")
	}
	s.emit(event.Debug, event.ConnectionUsed{ConnType: s.opt.AdapterType, ConnName: s.Name, NodeInfo: s.Info})
	s.emit(event.Debug, event.SQLQuery{ConnName: s.Name, SQL: sql, NodeInfo: s.Info})
	return d.Describe(ctx, sql)
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
