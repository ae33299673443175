// Package faulty puts a database that fails on demand behind the adapter seam:
// the real one, with a look at each call before and after it. It is for tests of
// what stands above the seam.
//
// Begin with Wrap.
package faulty

import (
	"context"
	"errors"
	"sync"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Call is one call that reached a connection.
type Call struct {
	N    int    // from 1, over all connections, since the last Watch
	Conn string // the connection's name
	SQL  string // a question to the catalog has its method's name instead: "Relations"
	// On is the session that the call is for, without the watch: what is sent on it is
	// part of the session, as a statement that fails for real in place of the one to come.
	On adapter.Conn
}

// Watch is what a test wants with calls; either may be nil.
type Watch struct {
	// Before may keep a call from the database by an error of its own.
	Before func(Call) error
	// After may turn what went well into an error, as a line that breaks before
	// the answer does.
	After func(Call) error
}

// Broken is the error that the n-th call fails with.
func Broken(c Call) error {
	return &adapter.DatabaseError{Msg: "IO Error: broken on purpose", SQL: c.SQL}
}

// Adapter is a database under watch.
type Adapter struct {
	adapter.Adapter

	mu    sync.Mutex
	watch Watch
	calls []Call
	held  int // sessions that are not released
}

// Wrap puts a database under watch. It must have the seam's optional powers that
// a test asks for.
func Wrap(a adapter.Adapter) *Adapter { return &Adapter{Adapter: a} }

// Watch sets what happens to calls from now on, and counts them from 1 again.
func (a *Adapter) Watch(w Watch) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watch, a.calls = w, nil
}

// Calls lists the calls since the last Watch.
func (a *Adapter) Calls() []Call {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Call(nil), a.calls...)
}

// Held is how many sessions are not released.
func (a *Adapter) Held() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held
}

// Conn implements adapter.Adapter.
func (a *Adapter) Conn(ctx context.Context, name string) (adapter.Conn, error) {
	c, err := a.Adapter.Conn(ctx, name)
	if err != nil {
		return nil, err
	}
	a.hold(1)
	watched := &conn{Conn: c, a: a}
	if _, ok := c.(adapter.Transactor); ok {
		return &transactor{watched}, nil
	}
	return watched, nil
}

func (a *Adapter) hold(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held += n
}

// OpensTransactions implements adapter.Opener.
func (a *Adapter) OpensTransactions() bool {
	o, ok := a.Adapter.(adapter.Opener)
	return ok && o.OpensTransactions()
}

// Method implements adapter.Templated.
func (a *Adapter) Method(name string) (adapter.Method, bool) {
	if t, ok := a.Adapter.(adapter.Templated); ok {
		return t.Method(name)
	}
	return nil, false
}

// Strategies implements adapter.Strategist.
func (a *Adapter) Strategies() []string {
	if s, ok := a.Adapter.(adapter.Strategist); ok {
		return s.Strategies()
	}
	return []string{"append"}
}

// Class implements adapter.Classifier.
func (a *Adapter) Class(err *adapter.DatabaseError) adapter.ErrorClass {
	return adapter.ClassOf(a.Adapter, err)
}

// Spoils implements adapter.Salvager.
func (a *Adapter) Spoils(err *adapter.DatabaseError) bool {
	s, ok := a.Adapter.(adapter.Salvager)
	return !ok || s.Spoils(err)
}

// Savepoints implements adapter.Salvager.
func (a *Adapter) Savepoints() bool {
	s, ok := a.Adapter.(adapter.Salvager)
	return ok && s.Savepoints()
}

// around makes one call under watch.
func (a *Adapter) around(on adapter.Conn, sql string, call func() error) error {
	a.mu.Lock()
	c := Call{len(a.calls) + 1, on.Name(), sql, on}
	a.calls = append(a.calls, c)
	w := a.watch
	a.mu.Unlock()
	if w.Before != nil {
		if err := w.Before(c); err != nil {
			return err
		}
	}
	if err := call(); err != nil {
		return err
	}
	if w.After != nil {
		return w.After(c)
	}
	return nil
}

// conn is a connection under watch.
type conn struct {
	adapter.Conn
	a        *Adapter
	released bool
}

// Release implements adapter.Conn.
func (c *conn) Release() {
	if !c.released {
		c.released = true
		c.a.hold(-1)
	}
	c.Conn.Release()
}

// Dead implements adapter.Mortal.
func (c *conn) Dead() bool {
	m, ok := c.Conn.(adapter.Mortal)
	return ok && m.Dead()
}

// transactor is a connection whose server tells of transactions.
type transactor struct{ *conn }

// InTransaction implements adapter.Transactor.
func (c *transactor) InTransaction() bool { return c.Conn.(adapter.Transactor).InTransaction() }

// Execute implements adapter.Conn.
func (c *conn) Execute(ctx context.Context, sql string, fetch bool, limit int) (r adapter.Response, t *adapter.Table, err error) {
	err = c.a.around(c.Conn, sql, func() error {
		r, t, err = c.Conn.Execute(ctx, sql, fetch, limit)
		return err
	})
	return r, t, err
}

// Schemas implements adapter.Conn.
func (c *conn) Schemas(ctx context.Context, database string) (names []string, err error) {
	err = c.a.around(c.Conn, "Schemas", func() error {
		names, err = c.Conn.Schemas(ctx, database)
		return err
	})
	return names, err
}

// Relations implements adapter.Conn.
func (c *conn) Relations(ctx context.Context, database string, schemas []string) (rels []adapter.Relation, err error) {
	err = c.a.around(c.Conn, "Relations", func() error {
		rels, err = c.Conn.Relations(ctx, database, schemas)
		return err
	})
	return rels, err
}

// Links implements adapter.Linker: a database without links has none.
func (c *conn) Links(ctx context.Context, database string, schemas []string) (links []adapter.Link, err error) {
	l, ok := c.Conn.(adapter.Linker)
	if !ok {
		return nil, nil
	}
	err = c.a.around(c.Conn, "Links", func() error {
		links, err = l.Links(ctx, database, schemas)
		return err
	})
	return links, err
}

// Columns implements adapter.Conn.
func (c *conn) Columns(ctx context.Context, r adapter.Relation) (cols []adapter.Column, err error) {
	err = c.a.around(c.Conn, "Columns", func() error {
		cols, err = c.Conn.Columns(ctx, r)
		return err
	})
	return cols, err
}

// ExecuteArgs implements adapter.Binder.
func (c *conn) ExecuteArgs(ctx context.Context, sql string, args []value.Value) (r adapter.Response, err error) {
	b, ok := c.Conn.(adapter.Binder)
	if !ok {
		return r, errors.New("the watched database takes no arguments")
	}
	err = c.a.around(c.Conn, sql, func() error {
		r, err = b.ExecuteArgs(ctx, sql, args)
		return err
	})
	return r, err
}

// Describe implements adapter.Describer.
func (c *conn) Describe(ctx context.Context, sql string) (cols []adapter.Column, err error) {
	d, ok := c.Conn.(adapter.Describer)
	if !ok {
		return nil, errors.New("the watched database describes no queries")
	}
	err = c.a.around(c.Conn, "Describe", func() error {
		cols, err = d.Describe(ctx, sql)
		return err
	})
	return cols, err
}
