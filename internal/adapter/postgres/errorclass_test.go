package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
	"dex/internal/pgtest"
)

// TestErrorClasses provokes errors on a real server, and holds docs/errors.md against
// their SQLSTATEs.
func TestErrorClasses(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(doc), "## Postgres")
	if !found {
		t.Fatal("docs/errors.md has no section on Postgres")
	}
	d := openAt(t, pgtest.Database(t), nil)
	s := sessionOf(t, d)
	s.must(t, `create table things (id integer primary key, name varchar(3) not null, n integer check (n > 0));
insert into things values (1, 'one', 1); create table parts (id integer references things); create view v as select * from things;
create role "class test"; grant usage on schema public to "class test"; create table a (i integer); insert into a values (1); create table b (i integer); insert into b values (1); create table held (i integer)`)
	holder := sessionOf(t, d)
	holder.must(t, "begin; lock table held")
	t.Cleanup(func() { s.must(t, `drop owned by "class test"; drop role "class test"`) })
	for _, c := range []struct {
		class adapter.ErrorClass
		sql   string
		state string
	}{
		{adapter.ClassSyntax, "selec 1", "42601"},
		{adapter.ClassSyntax, "select count(*), id from things", "42803"},
		{adapter.ClassSyntax, "select 1 union select 'x'::text::date", "42804"},
		{adapter.ClassSyntax, "select things.id from things, things t where id = 1", "42702"},
		{adapter.ClassSyntax, "create table t (i integer) inherits (v)", "42809"},
		{adapter.ClassMissing, "select * from nowhere", "42P01"},
		{adapter.ClassMissing, "select nope from things", "42703"},
		{adapter.ClassMissing, "select nothing()", "42883"},
		{adapter.ClassMissing, "select 1::nothing", "42704"},
		{adapter.ClassMissing, "create table nowhere.t (i integer)", "3F000"},
		{adapter.ClassMissing, "grant select on things to nobody_there", "42704"},
		{adapter.ClassMissing, "copy things from '/nowhere/at/all'", "58P01"},
		{adapter.ClassMissing, "execute nothing", "26000"},
		{adapter.ClassMissing, "fetch nothing", "34000"},
		{adapter.ClassMissing, "drop database nowhere_at_all", "3D000"},
		{adapter.ClassExists, "create table things (i integer)", "42P07"},
		{adapter.ClassExists, "create schema public", "42P06"},
		{adapter.ClassExists, "create database postgres", "42P04"},
		{adapter.ClassExists, "alter table things add column name text", "42701"},
		{adapter.ClassExists, `create role "class test"`, "42710"},
		{adapter.ClassExists, "create function pg_catalog.now() returns timestamptz language sql as 'select 1'", "42723"},
		{adapter.ClassConstraint, "insert into things values (1, 'two', 2)", "23505"},
		{adapter.ClassConstraint, "insert into things values (2, null, 2)", "23502"},
		{adapter.ClassConstraint, "insert into things values (2, 'two', -2)", "23514"},
		{adapter.ClassConstraint, "insert into parts values (9)", "23503"},
		{adapter.ClassConstraint, "drop table things", "2BP01"},
		{adapter.ClassData, "select 'x'::integer", "22P02"},
		{adapter.ClassData, "select 1/0", "22012"},
		{adapter.ClassData, "select 2147483647 + 1", "22003"},
		{adapter.ClassData, "insert into things values (2, 'three', 3)", "22001"},
		{adapter.ClassData, "do $$ begin raise exception 'own words'; end $$", "P0001"},
		{adapter.ClassData, "select (select id from (values (1), (2)) x(id))", "21000"},
		{adapter.ClassLock, "set lock_timeout = 10; lock table held", "55P03"},
		{adapter.ClassPermission, `set role "class test"; select * from things`, "42501"},
		{adapter.ClassPermission, "begin read only; insert into a values (2)", "25006"},
		{adapter.ClassResource, "do $$ begin execute (select 'create table wide (' || string_agg('c' || i || ' int', ',') || ')' from generate_series(1, 1700) i); end $$", "54011"},
		{adapter.ClassTimeout, "set statement_timeout = 10; " + slow, "57014"},
		{adapter.ClassOther, "vacuum things; select 1", "25001"},
	} {
		t.Run(string(c.class)+" "+c.sql, func(t *testing.T) {
			s := sessionOf(t, d)
			db := s.fails(t, t.Context(), c.sql)
			var pg *pgconn.PgError
			if !errors.As(db, &pg) || pg.Code != c.state {
				t.Fatalf("%s: %v, want SQLSTATE %s", db.Msg, pg, c.state)
			}
			if got := adapter.ClassOf(d, db); got != c.class {
				t.Errorf("%s: class %s, want %s", db.Msg, got, c.class)
			}
			if !d.Spoils(db) || !d.Savepoints() {
				t.Error("a transaction of Postgres is spoiled by any error, and has savepoints")
			}
			if !strings.Contains(section, c.state) && !strings.Contains(section, c.state[:2]+"…") {
				t.Errorf("docs/errors.md does not tell of SQLSTATE %s", c.state)
			}
		})
	}
}

// TestLocks: two sessions that want the same rows.
func TestLocks(t *testing.T) {
	d := openAt(t, pgtest.Database(t), nil)
	one, two := sessionOf(t, d), sessionOf(t, d)
	one.must(t, "create table a (id integer, n integer); insert into a values (1, 0), (2, 0)")

	one.must(t, "begin isolation level repeatable read; select * from a")
	two.must(t, "update a set n = 1 where id = 1")
	if db := one.fails(t, t.Context(), "update a set n = 2 where id = 1"); adapter.ClassOf(d, db) != adapter.ClassLock {
		t.Errorf("serialization: %s of class %s", db.Msg, adapter.ClassOf(d, db))
	}
	one.must(t, "rollback")

	one.must(t, "begin; update a set n = 3 where id = 1")
	two.must(t, "begin; update a set n = 3 where id = 2")
	ends := make(chan error, 2)
	for i, s := range []*session{one, two} {
		go func() {
			_, _, err := s.Execute(context.Background(), fmt.Sprintf("update a set n = 4 where id = %d", 2-i), false, 0)
			if err == nil {
				_, _, err = s.Execute(context.Background(), "commit", false, 0)
			} else if adapter.ClassOf(d, err) == adapter.ClassLock {
				_, _, err = s.Execute(context.Background(), "rollback", false, 0)
				err = errors.Join(errDeadlock, err)
			}
			ends <- err
		}()
	}
	first, second := <-ends, <-ends
	if !errors.Is(first, errDeadlock) && !errors.Is(second, errDeadlock) || first != nil && second != nil {
		t.Errorf("a deadlock: %v, %v; want one of class lock", first, second)
	}
}

var errDeadlock = errors.New("deadlock")
