package duckdb

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// TestErrorClasses provokes each class on a real DuckDB, and holds docs/errors.md
// against it.
func TestErrorClasses(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		class adapter.ErrorClass
		setup string // on another session
		sql   string
		typ   string // of DuckDB's error
	}{
		{adapter.ClassSyntax, "", "selec 1", "Parser"},
		{adapter.ClassSyntax, "", "select sum(sum(1))", "Binder"},
		{adapter.ClassMissing, "", "select * from nowhere", "Catalog"},
		{adapter.ClassMissing, "", "select nothing()", "Catalog"},
		{adapter.ClassMissing, "", "select nope from (select 1 as id)", "Binder"},
		{adapter.ClassMissing, "", "select * from read_csv('/nowhere/*.csv')", "IO"},
		{adapter.ClassMissing, "", "select * from nodb.main.t", "Binder"},
		{adapter.ClassExists, "create table there(id int)", "create table there(id int)", "Catalog"},
		{adapter.ClassExists, "create schema s1", "create schema s1", "Catalog"},
		{adapter.ClassConstraint, "create table u(id int primary key); insert into u values (1)", "insert into u values (1)", "Constraint"},
		{adapter.ClassConstraint, "create table nn(id int not null)", "insert into nn values (null)", "Constraint"},
		{adapter.ClassConstraint, "create table ck(id int check (id > 0))", "insert into ck values (-1)", "Constraint"},
		{adapter.ClassConstraint, "create schema s2; create table s2.t(id int)", "drop schema s2", "Dependency"},
		{adapter.ClassData, "", "select 'x'::int", "Conversion"},
		{adapter.ClassData, "", "select 255::utinyint + 1::utinyint", "Out of Range"},
		{adapter.ClassData, "", "select error('own words')", "Invalid Input"},
		{adapter.ClassResource, "", "set memory_limit='10MB'; set temp_directory=''; create table big as select range as a, range::varchar || repeat('x', 200) as b from range(1000000)", "Out of Memory"},
		{adapter.ClassLock, "create table w(id int); insert into w values (1); begin; update w set id = 2", "update w set id = 3", "TransactionContext"},
		{adapter.ClassLock, "begin; create table c1(id int)", "create table c1(id int)", "TransactionContext"},
	} {
		t.Run(string(c.class)+" "+c.sql, func(t *testing.T) {
			d := openMemory(t)
			err := fails(t, d, c.setup, c.sql)
			var db *adapter.DatabaseError
			if !errors.As(err, &db) {
				t.Fatalf("error %v", err)
			}
			if got := adapter.ClassOf(d, err); got != c.class {
				t.Errorf("%s: class %s, want %s", db.Msg, got, c.class)
			}
			if got := errorType(db.Msg); got != c.typ {
				t.Errorf("%s: type %q, want %q", db.Msg, got, c.typ)
			}
			if row := "| `" + string(c.class) + "`"; !strings.Contains(string(doc), row) {
				t.Errorf("docs/errors.md has no row of %s", c.class)
			}
		})
	}
}

func openMemory(t *testing.T) *database {
	t.Helper()
	target := value.NewDict(1)
	target.SetStr("type", value.Str("duckdb"))
	creds, err := ParseCredentials(target, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := open(context.Background(), creds)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// fails runs setup on one session, which stays open, and sql on another.
func fails(t *testing.T, d *database, setup, sql string) error {
	t.Helper()
	ctx := context.Background()
	if setup != "" {
		c, err := d.Conn(ctx, "setup")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Release)
		if _, _, err := c.Execute(ctx, setup, false, 0); err != nil {
			t.Fatalf("setup: %v", err)
		}
	}
	c, err := d.Conn(ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Release)
	_, _, err = c.Execute(ctx, sql, false, 0)
	if err == nil {
		t.Fatalf("%s went well", sql)
	}
	return err
}

// TestClassesOfContexts: a statement that was stopped is one of a timeout or of a
// cancelled run, by what stopped it.
func TestClassesOfContexts(t *testing.T) {
	const slow = "select count(*) from range(100000000) a, range(1000000) b where a.range + b.range = 1"
	d := openMemory(t)
	c, err := d.Conn(context.Background(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Release()
	late, stop := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer stop()
	_, _, err = c.Execute(late, slow, false, 0)
	if got := adapter.ClassOf(d, err); got != adapter.ClassTimeout {
		t.Errorf("%v: %s", err, got)
	}
	over, cancel := context.WithCancel(context.Background())
	time.AfterFunc(30*time.Millisecond, cancel)
	_, _, err = c.Execute(over, slow, false, 0)
	if got := adapter.ClassOf(d, err); got != adapter.ClassCancelled {
		t.Errorf("%v: %s", err, got)
	}
}

// TestClassesOfFiles: a file that another holds, and one that may only be read.
func TestClassesOfFiles(t *testing.T) {
	locked := openError(&Credentials{Path: "x.duckdb"}, `IO Error: Could not set lock on file "x.duckdb": Conflicting lock is held in dex (PID 7)`)
	d := openMemory(t)
	if got := adapter.ClassOf(d, locked); got != adapter.ClassConnection {
		t.Errorf("%v: %s", locked, got)
	}
	file := filepath.Join(t.TempDir(), "ro.duckdb")
	for _, sql := range []string{"attach '" + file + "' as ro; create table ro.t(id int); detach ro", "attach '" + file + "' as ro (read_only)"} {
		c, err := d.Conn(context.Background(), "setup")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := c.Execute(context.Background(), sql, false, 0); err != nil {
			t.Fatal(err)
		}
		c.Release()
	}
	err := fails(t, d, "", "insert into ro.t values (1)")
	if got := adapter.ClassOf(d, err); got != adapter.ClassPermission {
		t.Errorf("%v: %s", err, got)
	}
}

// TestSpoils holds Spoils against DuckDB: what it says is whether the transaction
// still takes a statement.
func TestSpoils(t *testing.T) {
	for _, sql := range []string{
		"selec 1", "select * from nowhere", "select nope from (select 1 as id)", "select 'x'::int", "insert into u values (1)", "create table u(id int)",
		"select error('x')", "select 255::utinyint + 1::utinyint", "select * from read_csv('/nowhere/*.csv')", "drop schema s",
	} {
		d := openMemory(t)
		c, err := d.Conn(context.Background(), "test")
		if err != nil {
			t.Fatal(err)
		}
		run := func(sql string) error {
			_, _, err := c.Execute(context.Background(), sql, false, 0)
			return err
		}
		if err := run("create table u(id int primary key); insert into u values (1); create schema s; create table s.t(id int); begin; insert into u values (2)"); err != nil {
			t.Fatal(err)
		}
		var db *adapter.DatabaseError
		if err := run(sql); !errors.As(err, &db) {
			t.Fatalf("%s: %v", sql, err)
		}
		over := run("select 1") != nil
		if got := d.Spoils(db); got != over {
			t.Errorf("%s: Spoils says %v, the transaction is over: %v (%s)", sql, got, over, db.Msg)
		}
		c.Release()
	}
}
