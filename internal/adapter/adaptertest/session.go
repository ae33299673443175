package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

type suiteTest struct {
	*testing.T
	Setup
}

func (t *suiteTest) conn(name string) adapter.Conn {
	t.Helper()
	c, err := t.Adapter.Conn(context.Background(), name)
	if err != nil {
		t.Fatalf("a session: %v", err)
	}
	t.Cleanup(c.Release)
	return c
}

func (t *suiteTest) exec(c adapter.Conn, sql string) adapter.Response {
	t.Helper()
	r, _, err := c.Execute(context.Background(), sql, false, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return r
}

// query gives the rows of a query by str(), cells parted by | and rows by spaces.
func (t *suiteTest) query(c adapter.Conn, sql string) string {
	t.Helper()
	_, tab, err := c.Execute(context.Background(), sql, true, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return show(tab)
}

func show(tab *adapter.Table) string {
	rows := make([]string, len(tab.Rows))
	for i, r := range tab.Rows {
		cells := make([]string, len(r))
		for j, v := range r {
			cells[j] = value.ToStr(v)
		}
		rows[i] = strings.Join(cells, "|")
	}
	return strings.Join(rows, " ")
}

func (t *suiteTest) want(got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// table is the full name of a table of the test.
func (t *suiteTest) table(name string) string {
	q := t.Adapter.Quote
	if t.Database == "" {
		return q(t.Schema) + "." + q(name)
	}
	return q(t.Database) + "." + q(t.Schema) + "." + q(name)
}

func (t *suiteTest) relation(name string) adapter.Relation {
	return adapter.Relation{Database: t.Database, Schema: t.Schema, Identifier: name}
}

func testSession(t *suiteTest) {
	a, b := t.conn("master"), t.conn("model.shop.orders")
	t.want(a.Name()+" "+b.Name(), "master model.shop.orders")
	t.want(t.query(a, "select 1"), "1")
	t.want(t.query(b, "select 2"), "2")
	b.Release()
	b.Release()
	if _, _, err := b.Execute(context.Background(), "select 1", true, 0); err == nil {
		t.Error("a released session runs statements")
	}
	t.want(t.query(a, "select 3"), "3")
}

func testIsolation(t *suiteTest) {
	a, b := t.conn("a"), t.conn("b")
	t.exec(a, "create table "+t.table("t")+" (n integer)")
	t.exec(a, "begin")
	t.exec(a, "insert into "+t.table("t")+" values (1)")
	t.want(t.query(a, "select count(*) from "+t.table("t")), "1")
	t.want(t.query(b, "select count(*) from "+t.table("t")), "0")
	t.exec(a, "commit")
	t.want(t.query(b, "select count(*) from "+t.table("t")), "1")
}

func testRollbackOnRelease(t *suiteTest) {
	a := t.conn("a")
	t.exec(a, "create table "+t.table("t")+" (n integer)")
	t.exec(a, "begin")
	t.exec(a, "insert into "+t.table("t")+" values (1)")
	t.exec(a, "create table "+t.table("u")+" (n integer)")
	a.Release()
	b := t.conn("b")
	t.want(t.query(b, "select count(*) from "+t.table("t")), "0")
	if cols, err := b.Columns(context.Background(), t.relation("u")); err != nil || len(cols) > 0 {
		t.Errorf("a table of a transaction that never ended is there: %v, %v", cols, err)
	}
}

func testTemporary(t *suiteTest) {
	a, b := t.conn("a"), t.conn("b")
	t.exec(a, "create temporary table tmp_x as select 1 as n")
	t.want(t.query(a, "select n from tmp_x"), "1")
	cols, err := a.Columns(context.Background(), adapter.Relation{Identifier: "tmp_x"})
	if err != nil || len(cols) != 1 || cols[0].Name != "n" {
		t.Errorf("columns of a temporary table: %v, %v", cols, err)
	}
	if _, _, err := b.Execute(context.Background(), "select n from tmp_x", true, 0); err == nil {
		t.Error("a temporary table is seen by another session")
	}
	a.Release()
	if _, _, err := t.conn("c").Execute(context.Background(), "select n from tmp_x", true, 0); err == nil {
		t.Error("a temporary table outlives its session")
	}
}

// canceled runs the slow statement, ends it by stop, and looks at what is left.
func (t *suiteTest) canceled(c adapter.Conn, ctx context.Context, stop func()) error {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, _, err := c.Execute(ctx, t.Slow, true, 0)
		done <- err
	}()
	// The stop is given again until it is heard: the first may come before the
	// statement runs.
	give := time.NewTicker(10 * time.Millisecond)
	defer give.Stop()
	late := time.After(20 * time.Second)
	for {
		select {
		case err := <-done:
			if err == nil {
				t.Fatal("the slow statement ended by itself: Slow is not slow")
			}
			t.want(t.query(c, "select 1"), "1")
			return err
		case <-give.C:
			stop()
		case <-late:
			t.Fatal("the statement still runs 20 seconds after it was canceled")
		}
	}
}

func testCancelContext(t *suiteTest) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if err := t.canceled(t.conn("a"), ctx, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("the error does not say that the context ended: %v", err)
	}
}

func testCanceler(t *suiteTest) {
	c := t.conn("a")
	k, ok := c.(adapter.Canceler)
	if !ok {
		t.Skip("the adapter's sessions are no Canceler")
	}
	var db *adapter.DatabaseError
	if err := t.canceled(c, context.Background(), k.Cancel); !errors.As(err, &db) {
		t.Errorf("got %v, want a DatabaseError", err)
	}
	k.Cancel() // nothing runs: nothing happens
	t.want(t.query(c, "select 1"), "1")
}

func testCanceledBefore(t *suiteTest) {
	c := t.conn("a")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := c.Execute(ctx, "create table "+t.table("t")+" (n integer)", false, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if cols, err := c.Columns(context.Background(), t.relation("t")); err != nil || len(cols) > 0 {
		t.Errorf("the statement ran all the same: %v, %v", cols, err)
	}
}

func testParallel(t *suiteTest) {
	const sessions, rows = 4, 50
	t.exec(t.conn("master"), "create table "+t.table("shared")+" (n integer)")
	var wg sync.WaitGroup
	fail := make(chan error, sessions)
	for i := range sessions {
		wg.Go(func() { fail <- t.work(i, rows) })
	}
	wg.Wait()
	close(fail)
	for err := range fail {
		if err != nil {
			t.Error(err)
		}
	}
	t.want(t.query(t.conn("after"), "select count(*) from "+t.table("shared")), fmt.Sprint(sessions*rows))
}

// work makes a table of its own and appends to the shared one.
func (t *suiteTest) work(i, rows int) error {
	ctx := context.Background()
	c, err := t.Adapter.Conn(ctx, fmt.Sprintf("worker %d", i))
	if err != nil {
		return err
	}
	defer c.Release()
	own := t.table(fmt.Sprintf("own_%d", i))
	if _, _, err := c.Execute(ctx, "create table "+own+" (n integer)", false, 0); err != nil {
		return err
	}
	for n := range rows {
		for _, table := range []string{own, t.table("shared")} {
			if _, _, err := c.Execute(ctx, fmt.Sprintf("insert into %s values (%d)", table, n), false, 0); err != nil {
				return err
			}
		}
	}
	_, tab, err := c.Execute(ctx, "select count(*) from "+own, true, 0)
	if err == nil && show(tab) != fmt.Sprint(rows) {
		err = fmt.Errorf("%s has %s rows, want %d", own, show(tab), rows)
	}
	return err
}
