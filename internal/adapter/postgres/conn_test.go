package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/pgtest"
)

// fails runs what has to fail and gives the error.
func (s *session) fails(t testing.TB, ctx context.Context, sql string) *adapter.DatabaseError {
	t.Helper()
	_, _, err := s.Execute(ctx, sql, true, 0)
	var db *adapter.DatabaseError
	if !errors.As(err, &db) {
		t.Fatalf("%s: %v, want a DatabaseError", sql, err)
	}
	return db
}

// TestImplicitTransaction: the statements of a text are one transaction, as the server
// has it, unless the text itself ends it.
func TestImplicitTransaction(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, "create table n (i integer)")
	s.fails(t, t.Context(), "insert into n values (1); insert into n values (2); select 1/0")
	if got := s.one(t, "select count(*) from n"); got != "0" {
		t.Errorf("%s rows of a text that failed", got)
	}
	s.fails(t, t.Context(), "insert into n values (1); commit; insert into n values (2); select 1/0")
	if got := s.one(t, "select count(*) from n"); got != "1" {
		t.Errorf("%s rows, want the one before the commit", got)
	}
	if s.InTransaction() {
		t.Error("a transaction is left")
	}
	s.must(t, "begin")
	if !s.InTransaction() {
		t.Error("no transaction behind begin")
	}
	s.fails(t, t.Context(), "select 1/0")
	if db := s.fails(t, t.Context(), "select 1"); !strings.HasPrefix(db.Msg, "current transaction is aborted") {
		t.Errorf("in a failed transaction: %s", db.Msg)
	}
	s.must(t, "rollback")
	if got := s.one(t, "select 100 % 7 || '%s'"); got != "2%s" {
		t.Errorf("a percent sign: %s", got)
	}
}

func TestNotices(t *testing.T) {
	s := newSession(t, nil)
	res, _, err := s.Execute(t.Context(), "do $$ begin raise notice 'so far %', 1; raise warning 'careful' using hint = 'slow down'; end $$; commit", false, 0)
	want := []string{
		"NOTICE:  so far 1", "WARNING:  careful\nHINT:  slow down", "WARNING:  there is no transaction in progress",
	}
	for i, n := range res.Notices {
		res.Notices[i], _, _ = strings.Cut(n, "\nCONTEXT:")
	}
	if err != nil || !slices.Equal(res.Notices, want) {
		t.Errorf("notices %q, %v; want %q", res.Notices, err, want)
	}
	res, _, err = s.Execute(t.Context(), "do $$ begin raise notice 'x'; raise exception 'y'; end $$", false, 0)
	if err == nil || len(res.Notices) != 1 {
		t.Errorf("of a statement that fails: %q, %v", res.Notices, err)
	}
	if res, _, err = s.Execute(t.Context(), "select 1", false, 0); err != nil || len(res.Notices) != 0 {
		t.Errorf("of the next statement: %q, %v", res.Notices, err)
	}
}

// TestRefusedTexts: what has no answer is refused, and the session goes on.
func TestRefusedTexts(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, "create table n (i integer); insert into n values (1)")
	for _, q := range []struct{ sql, want string }{
		{"select 1\n, '\x00'", "NUL"}, {"copy n from stdin", "COPY FROM STDIN"}, {"copy n to stdout", "COPY FROM STDIN and COPY TO STDOUT"},
		{"select 1; copy n from stdin; select 2", "COPY"},
	} {
		if db := s.fails(t, t.Context(), q.sql); !strings.Contains(db.Msg, q.want) || db.SQL != q.sql {
			t.Errorf("%q: %s", q.sql, db.Msg)
		}
		if got := s.one(t, "select count(*) from n"); got != "1" {
			t.Errorf("behind %q: %s", q.sql, got)
		}
	}
	if db := s.fails(t, t.Context(), "select 1\n, '\x00'"); db.Line != 2 {
		t.Errorf("line %d, want 2", db.Line)
	}
}

// TestCancelOften: a request to cancel is heard whenever it comes, ends the statement
// that it was meant for, and none after it.
func TestCancelOften(t *testing.T) {
	s := newSession(t, nil)
	for i := range 30 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Duration(i*300)*time.Microsecond, cancel)
		began := time.Now()
		db := s.fails(t, ctx, slow)
		if !errors.Is(db, context.Canceled) || time.Since(began) > 10*time.Second {
			t.Fatalf("attempt %d: %v after %s", i, db, time.Since(began))
		}
		if got := adapter.ClassOf(s.db, db); got != adapter.ClassCancelled {
			t.Errorf("class %s", got)
		}
		for range 5 {
			if got := s.one(t, "select count(*) from generate_series(1, 1000)"); got != "1000" {
				t.Fatal(got)
			}
		}
		cancel()
	}
}

// TestDeadline: a context that has expired is a timeout, and so is the server's own.
func TestDeadline(t *testing.T) {
	s := newSession(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if got := adapter.ClassOf(s.db, s.fails(t, ctx, slow)); got != adapter.ClassTimeout {
		t.Errorf("class %s, want timeout", got)
	}
	s.must(t, "set statement_timeout = '20ms'")
	if got := adapter.ClassOf(s.db, s.fails(t, t.Context(), slow)); got != adapter.ClassTimeout {
		t.Errorf("of statement_timeout: class %s, want timeout", got)
	}
}

// TestCancelKeepsTransaction: the server answers, so the transaction is there to be
// rolled back, to a savepoint too.
func TestCancelKeepsTransaction(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, "create table n (i integer)")
	s.must(t, "begin; insert into n values (1); savepoint a")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	s.fails(t, ctx, "insert into n "+slow)
	s.must(t, "rollback to a; commit")
	if got := s.one(t, "select count(*) from n"); got != "1" {
		t.Errorf("%s rows, want 1", got)
	}
}

// TestLostConnection: the session's server process ends, while a statement runs and
// while none does. Both are of class connection, say what happened, and so does each
// further use.
func TestLostConnection(t *testing.T) {
	at := pgtest.Database(t)
	d := openAt(t, at, nil)
	for _, running := range []bool{false, true} {
		s, other := sessionOf(t, d), sessionOf(t, d)
		pid := s.one(t, "select pg_backend_pid()")
		kill := func() { other.must(t, "select pg_terminate_backend("+pid+", 10000)") }
		sql := "select 1"
		var killed sync.WaitGroup
		if running {
			sql = slow
			killed.Go(func() {
				for other.one(t, "select count(*) from pg_stat_activity where state = 'active' and pid = "+pid) == "0" {
				}
				kill()
			})
		} else {
			kill()
		}
		db := s.fails(t, t.Context(), sql)
		killed.Wait()
		if got := adapter.ClassOf(d, db); got != adapter.ClassConnection {
			t.Errorf("running %t: class %s", running, got)
		}
		if !errors.Is(db, ErrLost) || !strings.HasPrefix(db.Msg, "terminating connection due to administrator command") || !strings.Contains(db.Msg, at.Database) {
			t.Errorf("running %t: %s", running, db.Msg)
		}
		again := s.fails(t, t.Context(), "select 1")
		if got := adapter.ClassOf(d, again); got != adapter.ClassConnection || !strings.Contains(again.Msg, "lost") {
			t.Errorf("again: %s of class %s", again.Msg, got)
		}
		if got := sessionOf(t, d).one(t, "select 1"); got != "1" {
			t.Error(got)
		}
	}
}

// TestSessionSettings: role, search_path and application_name of the target hold for
// each session, and what one session sets does not reach another.
func TestSessionSettings(t *testing.T) {
	at := pgtest.Database(t)
	role := "role_" + at.Database
	at.Exec(t, `create role "`+role+`"; create schema "first one"; create schema second`)
	t.Cleanup(func() { at.Exec(t, `drop role "`+role+`"`) })
	d := openAt(t, at, map[string]value.Value{
		"role": value.Str(`"` + role + `"`), "search_path": value.Str(`"first one", second`), "application_name": value.Str("mart load"),
	})
	for range 2 {
		s := sessionOf(t, d)
		for q, want := range map[string]string{
			"select current_user": role, "show search_path": `"first one", second`, "show application_name": "mart load", "show client_encoding": "UTF8",
		} {
			if got := s.one(t, q); got != want {
				t.Errorf("%s: %s, want %s", q, got, want)
			}
		}
		s.must(t, "set search_path to pg_catalog")
	}
	at.Exec(t, "alter database "+at.Database+" set datestyle = 'German'")
	if got := sessionOf(t, d).one(t, "select date '2024-02-29'"); got != "2024-02-29" {
		t.Errorf("with another datestyle: %s", got)
	}
	_, err := openAt(t, at, map[string]value.Value{"role": value.Str("nobody_there")}).Conn(t.Context(), "x")
	if err == nil || !strings.Contains(err.Error(), "role") || !strings.Contains(err.Error(), "nobody_there") {
		t.Errorf("a role that is not there: %v", err)
	}
}

// TestLimit: rows beyond the limit are counted and not kept.
func TestLimit(t *testing.T) {
	s := newSession(t, nil)
	res, tab, err := s.Execute(t.Context(), "select generate_series(1, 5000)", true, 10)
	if err != nil || len(tab.Rows) != 10 || res.Message != "SELECT 5000" || res.Rows != 5000 || res.Code != "SELECT" {
		t.Errorf("%d rows, %+v, %v", len(tab.Rows), res, err)
	}
}

// TestBadEncoding: text that is not UTF-8 is an error and no broken text.
func TestBadEncoding(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, "set client_encoding = 'LATIN1'")
	if db := s.fails(t, t.Context(), "select chr(233)"); !strings.Contains(db.Msg, "UTF-8") {
		t.Error(db.Msg)
	}
	s.must(t, "reset client_encoding")
	if got := s.one(t, "select chr(233)"); got != "é" {
		t.Error(got)
	}
}

// TestColumns: types and sizes are information_schema's.
func TestColumns(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, `create type mood as enum ('ok'); create schema other;
create table t (a integer, b varchar(20), c varchar, d text, e numeric(10, 2), f numeric, g timestamp, h timestamptz, i mood, j integer[], "K k" double precision, l char(3), m bigint);
alter table t drop column d;
create table other.t (z integer);
create materialized view mv as select 1 as x;
create temporary table only_here (q date); create temporary table t (mine smallint)`)
	show := func(r adapter.Relation) string {
		cols, err := s.Columns(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, c := range cols {
			out = append(out, fmt.Sprintf("%s %s %d %d %d", c.Name, c.Type, c.CharSize, c.Precision, c.Scale))
		}
		return strings.Join(out, ", ")
	}
	for _, q := range []struct {
		r    adapter.Relation
		want string
	}{
		{adapter.Relation{Schema: "public", Identifier: "t"}, "a integer 0 32 0, b character varying 20 0 0, c character varying 0 0 0, " +
			"e numeric 0 10 2, f numeric 0 0 0, g timestamp without time zone 0 0 0, h timestamp with time zone 0 0 0, i USER-DEFINED 0 0 0, " +
			"j ARRAY 0 0 0, K k double precision 0 53 0, l character 3 0 0, m bigint 0 64 0"},
		{adapter.Relation{Database: s.db.creds.database, Schema: "other", Identifier: "t"}, "z integer 0 32 0"},
		{adapter.Relation{Identifier: "t"}, "mine smallint 0 16 0"},
		{adapter.Relation{Identifier: "only_here"}, "q date 0 0 0"},
		{adapter.Relation{Schema: "public", Identifier: "mv"}, ""}, // dbt: not in information_schema
		{adapter.Relation{Schema: "public", Identifier: `it's \ not there`}, ""},
	} {
		if got := show(q.r); got != q.want {
			t.Errorf("%v: %s\nwant %s", q.r, got, q.want)
		}
	}
	if _, err := s.Columns(t.Context(), adapter.Relation{Database: "elsewhere", Schema: "public", Identifier: "t"}); err == nil || !strings.Contains(err.Error(), "Cross-db") {
		t.Errorf("of another database: %v", err)
	}
}

func TestRelationTypes(t *testing.T) {
	s := newSession(t, nil)
	s.must(t, `create schema "Up Per"; create table "Up Per".t (i integer) partition by range (i); create table "Up Per".p partition of "Up Per".t default;
create view "Up Per".v as select 1 as x; create materialized view "Up Per".mv as select 1 as x; create sequence "Up Per".s;
create function "Up Per".f() returns integer language sql as 'select 1'; create function "Up Per".f(integer) returns integer language sql as 'select 1'`)
	list, err := s.Relations(t.Context(), s.db.creds.database, []string{"up per"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list {
		got = append(got, r.Schema+"."+r.Identifier+" "+string(r.Type))
	}
	slices.Sort(got)
	want := []string{"Up Per.f function", "Up Per.mv materialized_view", "Up Per.p table", "Up Per.t table", "Up Per.v view"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := s.Relations(t.Context(), "elsewhere", []string{"public"}); err == nil {
		t.Error("relations of another database")
	}
	if _, err := s.Schemas(t.Context(), "elsewhere"); err == nil {
		t.Error("schemas of another database")
	}
}
