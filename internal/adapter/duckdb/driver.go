// Package duckdb is the DuckDB adapter: the database in a file or in memory,
// inside this process.
//
// It speaks to DuckDB by the C API that duckdb-go wraps, not by database/sql:
// what a query gives becomes template values in one step, with the order of
// struct fields and the precision that Python's DuckDB would show. It is the only
// package of dex that links C. Begin with open below; a session is in conn.go,
// what the catalog knows in catalog.go, values in values.go.
package duckdb

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/duckdb/duckdb-go/v2/mapping"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

//go:embed all:macros
var macros embed.FS

// Type is the name by which profiles.yml asks for DuckDB.
const Type = "duckdb"

// Driver is DuckDB as package adapter/all registers it.
func Driver() adapter.Driver {
	project, err := fs.Sub(macros, "macros")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return adapter.Driver{
		Type: Type,
		Credentials: func(target *value.Dict, dir string) (adapter.Credentials, error) {
			c, err := ParseCredentials(target, dir)
			if err != nil {
				return nil, err
			}
			return c, nil
		},
		Open: func(ctx context.Context, c adapter.Credentials, _ adapter.Options) (adapter.Adapter, error) {
			own, ok := c.(*Credentials)
			if !ok {
				return nil, fmt.Errorf("open duckdb: credentials are of type %T", c)
			}
			return open(ctx, own)
		},
		Preview: func(ctx context.Context, c adapter.Credentials, _ adapter.Options) (adapter.Adapter, error) {
			own, ok := c.(*Credentials)
			if !ok {
				return nil, fmt.Errorf("open duckdb: credentials are of type %T", c)
			}
			return openPreview(ctx, own)
		},
		Macros:  project,
		Dialect: dialect,
	}
}

// database is one open DuckDB instance; its sessions work in parallel.
type database struct {
	creds *Credentials

	mu     sync.Mutex // guards what follows
	db     mapping.Database
	isOpen bool
	users  int // open sessions
	closed bool
	pause  func(context.Context, time.Duration) error // between attempts

	warned sync.Map      // what warn_once has shown
	keys   *atomic.Int64 // see keys.go
	facts  atomic.Pointer[catalogFacts]
}

// instances holds the files that this process has open: a second adapter on one
// file shares the instance, since DuckDB locks a file against its own process too.
var instances = sync.OnceValue(mapping.CreateInstanceCache)

func open(ctx context.Context, c *Credentials) (*database, error) {
	d := &database{creds: c, pause: sleep}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.start(ctx); err != nil {
		return nil, err
	}
	return d, nil
}

// start opens the instance, as often as retries.connect_attempts says, and
// prepares it. The caller holds the lock.
func (d *database) start(ctx context.Context) error {
	attempts := max(1, d.creds.Retries.ConnectAttempts)
	for n := 0; ; n++ {
		err := d.connect()
		if err == nil {
			break
		}
		if n+1 >= attempts || !d.creds.Retries.covers(err) {
			return err
		}
		if d.pause(ctx, time.Second<<min(n, 10)) != nil {
			return err
		}
	}
	d.isOpen, d.keys = true, keyCounter(d.creds)
	if err := d.prepare(ctx); err != nil {
		mapping.Close(&d.db)
		d.isOpen = false
		return err
	}
	d.facts.Store(newCatalogFacts(d.keys))
	return nil
}

func (d *database) connect() error {
	var cfg mapping.Config
	if mapping.CreateConfig(&cfg) == mapping.StateError {
		return errors.New("open duckdb: no configuration could be made")
	}
	defer mapping.DestroyConfig(&cfg)
	for _, o := range d.creds.startOptions() {
		if mapping.SetConfig(cfg, o.name, o.value) == mapping.StateError {
			return fmt.Errorf("open %s: config_options: DuckDB does not know the option %q, or refuses its value", d.creds.Unique(), o.name)
		}
	}
	var msg string
	var state mapping.State
	if d.creds.memory() {
		state = mapping.OpenExt(":memory:", &d.db, cfg, &msg)
	} else {
		state = mapping.GetOrCreateFromCache(instances(), d.creds.file(), &d.db, cfg, &msg)
	}
	if state == mapping.StateError {
		mapping.Close(&d.db)
		return openError(d.creds, msg)
	}
	return nil
}

var (
	holderPattern = regexp.MustCompile(`held in (.+?) \(PID (\d+)\)`)
	linePattern   = regexp.MustCompile(`(?m)^LINE (\d+): `)
)

// openError says in dex's words why a file did not open.
func openError(c *Credentials, msg string) error {
	at := c.Unique()
	if strings.Contains(msg, "Could not set lock on file") {
		holder := "another process"
		if m := holderPattern.FindStringSubmatch(msg); m != nil {
			holder = fmt.Sprintf("%s (PID %s)", m[1], m[2])
		}
		return &lockedError{DatabaseError: adapter.DatabaseError{
			Msg: fmt.Sprintf("open %s: the database file is in use by %s; DuckDB lets one process write to a file: "+
				"end that process, or wait for it with retries: {connect_attempts: n} in profiles.yml", at, holder),
			Err: adapter.ErrLocked,
		}, raw: msg}
	}
	hint := ""
	if strings.Contains(msg, "No such file or directory") {
		hint = fmt.Sprintf(" (make the folder %s first)", filepath.Dir(c.file()))
	}
	return &adapter.DatabaseError{Msg: fmt.Sprintf("open %s: %s%s", at, msg, hint)}
}

// lockedError keeps DuckDB's own words beside the message, for retries.
type lockedError struct {
	adapter.DatabaseError
	raw string
}

func (e *lockedError) Unwrap() error { return e.Err }

// prepare does once per instance what dbt-duckdb does: extensions, secrets,
// attached databases.
func (d *database) prepare(ctx context.Context) error {
	sqls := d.creds.setupSQL()
	if len(sqls) == 0 && len(d.creds.Extensions) == 0 {
		return nil
	}
	s, err := d.session("setup")
	if err != nil {
		return err
	}
	defer s.disconnect()
	for _, e := range d.creds.Extensions {
		if err := s.extension(ctx, e); err != nil {
			return fmt.Errorf("open %s: extensions: %s: %w", d.creds.Unique(), e.name, err)
		}
	}
	for _, q := range sqls {
		if _, _, err := s.run(ctx, q.sql, false, 0); err != nil {
			return fmt.Errorf("open %s: %s: %w", d.creds.Unique(), q.what, err)
		}
	}
	return nil
}

// extension loads an extension, and installs it first where it is not there. One
// that is part of dex's DuckDB needs neither, and so no network.
func (s *session) extension(ctx context.Context, e extension) error {
	_, tab, err := s.run(ctx, "select loaded, installed from duckdb_extensions() where extension_name = "+literal(e.name), true, 0)
	if err != nil {
		return err
	}
	is := func(column int) bool { return len(tab.Rows) > 0 && tab.Rows[0][column].Truth() }
	if is(0) {
		return nil
	}
	if !is(1) && s.db.creds.noInstall {
		return nil // what needs it says so
	}
	if !is(1) {
		install := "INSTALL " + e.name
		if e.repo != "" {
			install += " FROM " + e.repo
		}
		if _, _, err := s.run(ctx, install, false, 0); err != nil {
			return err
		}
	}
	_, _, err = s.run(ctx, "LOAD "+e.name, false, 0)
	return err
}

// Type implements adapter.Adapter.
func (d *database) Type() string { return Type }

// Quote implements adapter.Adapter. dbt: a quote inside the name is left as it is.
func (d *database) Quote(identifier string) string { return `"` + identifier + `"` }

// TransactionsDisabled implements adapter.Autocommitter.
func (d *database) TransactionsDisabled() bool { return d.creds.DisableTransactions }

// Conn implements adapter.Adapter. A session is new each time, so that temporary
// tables and settings of one task never reach another.
func (d *database) Conn(ctx context.Context, name string) (adapter.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return nil, fmt.Errorf("connect to %s: the adapter is closed", d.creds.Unique())
	}
	if !d.isOpen {
		if err := d.start(ctx); err != nil {
			d.mu.Unlock()
			return nil, err
		}
	}
	s, err := d.session(name)
	if err == nil {
		d.users++
	}
	d.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := s.configure(ctx); err != nil {
		s.Release()
		return nil, err
	}
	return s, nil
}

// session connects to the instance. The caller holds the lock.
func (d *database) session(name string) (*session, error) {
	var c mapping.Connection
	if mapping.Connect(d.db, &c) == mapping.StateError {
		return nil, fmt.Errorf("connect to %s: DuckDB gave no connection", d.creds.Unique())
	}
	return &session{name: name, db: d, conn: c}, nil
}

// released counts a session out; with keep_open: false the file is closed behind
// the last one, so that other processes get at it.
func (d *database) released() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users--
	if d.users == 0 && d.isOpen && (d.closed || !d.creds.KeepOpen && !d.creds.memory()) {
		mapping.Close(&d.db)
		d.isOpen = false
	}
}

// Close implements adapter.Adapter. Sessions that are still open keep the
// instance until they are released.
func (d *database) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	if d.isOpen && d.users == 0 {
		mapping.Close(&d.db)
		d.isOpen = false
	}
	return nil
}

// closeInstance closes an instance that nobody uses.
func closeInstance(d *database) { mapping.Close(&d.db) }

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
