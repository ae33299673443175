package session_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/adapter/duckdb"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/session"
)

// open gives a DuckDB in memory under watch.
func open(t *testing.T) *faulty.Adapter {
	t.Helper()
	target := value.NewDict(1)
	target.SetStr("type", value.Str("duckdb"))
	driver := duckdb.Driver()
	creds, err := driver.Credentials(target, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	db, err := driver.Open(context.Background(), creds, adapter.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return faulty.Wrap(db)
}

// sent is what reached the database, by commas.
func sent(db *faulty.Adapter) string {
	var out []string
	for _, c := range db.Calls() {
		out = append(out, c.SQL)
	}
	return strings.Join(out, ", ")
}

// step is one call to a session.
type step func(ctx context.Context, s *session.Session) error

func begin(ctx context.Context, s *session.Session) error  { return s.Begin(ctx) }
func commit(ctx context.Context, s *session.Session) error { return s.Commit(ctx) }
func commitIfOpen(ctx context.Context, s *session.Session) error {
	return s.CommitIfOpen(ctx)
}
func shut(_ context.Context, s *session.Session) error {
	s.Close()
	return nil
}
func send(sql string, autoBegin bool) step {
	return func(ctx context.Context, s *session.Session) error {
		_, _, err := s.Execute(ctx, sql, autoBegin, false, 0)
		return err
	}
}

func TestTransactions(t *testing.T) {
	for _, c := range []struct {
		name  string
		opt   session.Options
		steps []step
		want  string
		open  bool
	}{
		{name: "a session that sends nothing does nothing", steps: []step{shut}},
		{name: "begin is lazy", steps: []step{send("select 1", true), send("select 2", true)}, want: "BEGIN, select 1, select 2", open: true},
		{name: "no begin where none is asked for", steps: []step{send("select 1", false)}, want: "select 1"},
		{name: "begin twice is begin once", steps: []step{begin, begin}, want: "BEGIN", open: true},
		{name: "after a commit the next begins anew", steps: []step{send("select 1", true), commit, send("select 2", true)}, want: "BEGIN, select 1, COMMIT, BEGIN, select 2", open: true},
		{name: "without begin inside a transaction", steps: []step{begin, send("select 1", false), commit}, want: "BEGIN, select 1, COMMIT"},
		{name: "commit if open", steps: []step{commitIfOpen, begin, commitIfOpen, commitIfOpen}, want: "BEGIN, COMMIT"},
		{name: "close rolls back", steps: []step{send("select 1", true), shut, shut}, want: "BEGIN, select 1, ROLLBACK"},
		{name: "close after a commit does not", steps: []step{send("select 1", true), commit, shut}, want: "BEGIN, select 1, COMMIT"},
		{name: "a closed session opens again", steps: []step{begin, shut, send("select 1", true)}, want: "BEGIN, ROLLBACK, BEGIN, select 1", open: true},
		{
			name: "without transactions", opt: session.Options{NoTransactions: true},
			steps: []step{send("select 1", true), commit, begin, shut}, want: "select 1",
		},
		{
			name:  "comments are for statements alone",
			opt:   session.Options{Comment: func(conn, sql string) string { return "/* " + conn + " */ " + sql }},
			steps: []step{send("select 1", true), commit}, want: "BEGIN, /* model.shop.a */ select 1, COMMIT",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			c.opt.Sink = event.Discard
			s := session.New(db, "model.shop.a", &c.opt)
			defer s.Close()
			for i, step := range c.steps {
				if err := step(context.Background(), s); err != nil {
					t.Fatalf("step %d: %v", i+1, err)
				}
			}
			if got := sent(db); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
			if s.InTransaction() != c.open {
				t.Errorf("in a transaction: %t", s.InTransaction())
			}
		})
	}
}

func TestCommitWithoutBegin(t *testing.T) {
	db := open(t)
	s := session.New(db, "a", &session.Options{})
	defer s.Close()
	if err := s.Commit(context.Background()); !errors.Is(err, session.ErrNoTransaction) {
		t.Errorf("error %v", err)
	}
	if got := sent(db); got != "" {
		t.Errorf("sent %s", got)
	}
}

// TestRollbackUndoes looks at the database and not only at what was sent: also
// where the task's context is over by then.
func TestRollbackUndoes(t *testing.T) {
	db := open(t)
	ctx, cancel := context.WithCancel(context.Background())
	s := session.New(db, "a", &session.Options{})
	if _, _, err := s.Execute(ctx, "create table t as select 1 as id", true, false, 0); err != nil {
		t.Fatal(err)
	}
	cancel()
	s.Close()
	other := session.New(db, "b", &session.Options{})
	defer other.Close()
	_, table, err := other.Execute(context.Background(), "select count(*) from duckdb_tables()", false, true, 0)
	if err != nil || value.ToStr(table.Rows[0][0]) != "0" {
		t.Errorf("tables: %v (%v)", table, err)
	}
}

// TestBrokenSteering: a BEGIN that fails opens nothing, and after a COMMIT that
// fails the transaction still counts as open, so that Close rolls it back.
func TestBrokenSteering(t *testing.T) {
	for _, c := range []struct {
		broken string
		open   bool
		want   string
	}{
		{"BEGIN", false, "BEGIN"},
		{"COMMIT", true, "BEGIN, select 1, COMMIT, ROLLBACK"},
	} {
		t.Run(c.broken, func(t *testing.T) {
			db := open(t)
			db.Watch(faulty.Watch{Before: func(call faulty.Call) error {
				if call.SQL == c.broken {
					return faulty.Broken(call)
				}
				return nil
			}})
			s := session.New(db, "a", &session.Options{})
			err := send("select 1", true)(context.Background(), s)
			if err == nil {
				err = s.Commit(context.Background())
			}
			var fault *adapter.DatabaseError
			if !errors.As(err, &fault) {
				t.Errorf("error %v", err)
			}
			if s.InTransaction() != c.open {
				t.Errorf("in a transaction: %t", s.InTransaction())
			}
			s.Close()
			if got := sent(db); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
		})
	}
}

// TestEvents: each statement is told of as it is sent, under its node and its
// thread, and its end as well; a statement that failed has no end.
func TestEvents(t *testing.T) {
	db := open(t)
	var got recorder
	s := session.New(db, "model.shop.a", &session.Options{AdapterType: "duckdb", Sink: &got})
	s.Info, s.Thread = &event.NodeInfo{UniqueID: "model.shop.a"}, "Thread-1"
	if err := send("select 1", true)(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if err := send("select nothing", true)(context.Background(), s); err == nil {
		t.Fatal("no error")
	}
	s.Close()
	want := []string{"ConnectionUsed", "SQLQuery BEGIN", "SQLQueryStatus", "ConnectionUsed", "SQLQuery select 1", "SQLQueryStatus", "ConnectionUsed", "SQLQuery select nothing", "Rollback", "ConnectionClosed"}
	if !slices.Equal(got, want) {
		t.Errorf("events %q\n  want %q", got, want)
	}
}

// TestNames: a thread's first session is a new connection, each later one is the same
// under another name, and a thread does not know of the others.
func TestNames(t *testing.T) {
	db := open(t)
	var got recorder
	opt := &session.Options{AdapterType: "duckdb", Sink: &got, Names: &session.Names{}}
	for _, x := range [][2]string{{"master", "Thread-1"}, {"model.shop.a", "Thread-1"}, {"model.shop.b", "Thread-2"}, {"model.shop.a", "Thread-1"}} {
		s := session.New(db, x[0], opt)
		s.Thread = x[1]
		if _, err := s.Conn(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	want := []string{"NewConnection", "ConnectionClosed", "ConnectionReused", "ConnectionClosed", "NewConnection", "ConnectionClosed", "ConnectionClosed"}
	if !slices.Equal(got, want) {
		t.Errorf("events %q\n  want %q", got, want)
	}
}

type recorder []string

// Emit implements event.Sink.
func (r *recorder) Emit(e event.Event) {
	name := e.Data.Name()
	if q, ok := e.Data.(event.SQLQuery); ok {
		name += " " + q.SQL
		if q.NodeInfo.UniqueID != "model.shop.a" || e.Thread != "Thread-1" || e.Level != event.Debug {
			name += " of somebody else"
		}
	}
	*r = append(*r, name)
}

// implicit is a database whose client begins transactions by itself.
type implicit struct{ *faulty.Adapter }

func (implicit) OpensTransactions() bool { return true }

// TestImplicitTransactions holds sessions to what psycopg2 sends for dbt-postgres: BEGIN
// once, before the first statement of a connection, and again after a rollback alone.
func TestImplicitTransactions(t *testing.T) {
	rollback := func(ctx context.Context, s *session.Session) error { return s.Rollback(ctx) }
	clear := func(ctx context.Context, s *session.Session) error { return s.Clear(ctx) }
	explicit := func(_ context.Context, s *session.Session) error {
		s.Explicit()
		return nil
	}
	for _, c := range []struct {
		name  string
		opt   session.Options
		steps []step
		want  string
	}{
		{name: "whether a transaction is asked for or not", steps: []step{send("select 1", false), send("select 2", true), commit}, want: "BEGIN, select 1, select 2, COMMIT"},
		{name: "begin sends nothing by itself", steps: []step{begin, begin}, want: ""},
		{name: "never again after a commit", steps: []step{send("select 1", true), commit, send("select 2", true), commit}, want: "BEGIN, select 1, COMMIT, select 2, COMMIT"},
		{name: "a commit as a statement is none by dbt's account", steps: []step{send("select 1", true), send("commit", false), send("select 2", true), commit}, want: "BEGIN, select 1, commit, select 2, COMMIT"},
		{name: "again after a rollback", steps: []step{send("select 1", true), rollback, send("select 2", false)}, want: "BEGIN, select 1, ROLLBACK, BEGIN, select 2"},
		{name: "what nobody asked for is rolled back too", steps: []step{send("select 1", false), rollback, rollback}, want: "BEGIN, select 1, ROLLBACK"},
		{name: "a new connection begins anew", steps: []step{send("select 1", true), commit, shut, send("select 2", false)}, want: "BEGIN, select 1, COMMIT, BEGIN, select 2"},
		{name: "cleared", steps: []step{clear, send("select 1", false), send("select 2", true), shut}, want: "BEGIN, COMMIT, select 1, select 2, ROLLBACK"},
		{name: "an explicit session is as on any database", steps: []step{explicit, send("select 1", false), send("select 2", true), commit, begin}, want: "select 1, BEGIN, select 2, COMMIT, BEGIN"},
		{name: "so are all where the project says so", opt: session.Options{Explicit: true}, steps: []step{clear, send("select 1", false), send("select 2", true)}, want: "select 1, BEGIN, select 2"},
		{name: "without transactions", opt: session.Options{NoTransactions: true}, steps: []step{send("select 1", true), commit, clear}, want: "select 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := open(t)
			c.opt.Sink = event.Discard
			s := session.New(implicit{db}, "model.shop.a", &c.opt)
			defer s.Close()
			for i, step := range c.steps {
				// DuckDB refuses a commit of nothing, which Postgres warns of.
				if err := step(context.Background(), s); err != nil && !strings.Contains(err.Error(), "no transaction is active") {
					t.Fatalf("step %d: %v", i+1, err)
				}
			}
			if got := sent(db); got != c.want {
				t.Errorf("sent %s\nwant %s", got, c.want)
			}
		})
	}
}
