// Package postgres is the Postgres adapter: a server reached over its wire protocol
// by pgx's low level (pgconn), not by database/sql, so that a text of several
// statements goes to the server as one call, as a hook of dbt's does.
//
// What it does is dbt-postgres' behaviour. Begin with database below; a session is in
// conn.go and the messages that it exchanges in wire.go, what the catalog knows in
// catalog.go, values in values.go, the macro project in macros/.
package postgres

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

//go:embed all:macros
var macros embed.FS

// Type is the name by which profiles.yml asks for Postgres.
const Type = "postgres"

// Driver is Postgres as package adapter/all registers it.
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
		Open: func(_ context.Context, c adapter.Credentials, _ adapter.Options) (adapter.Adapter, error) {
			own, ok := c.(*Credentials)
			if !ok {
				return nil, fmt.Errorf("open postgres: credentials are of type %T", c)
			}
			return open(own)
		},
		Macros:  project,
		Dialect: dialect,
	}
}

// database is one server's database, as one user. Each session is a connection of its
// own, which lives as long as the session. dbt: a connection is opened for a node and
// closed behind it.
type database struct {
	creds  *Credentials
	config *pgconn.Config
	pause  func(context.Context, time.Duration) error // between attempts to connect

	mu     sync.Mutex
	closed bool
}

// open reads all that the client's settings say, certificates among them, and does
// not yet connect: the first session does.
func open(c *Credentials) (*database, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	return &database{creds: c, config: config, pause: sleep}, nil
}

// Type implements adapter.Adapter.
func (d *database) Type() string { return Type }

// Quote implements adapter.Adapter. dbt: a quote inside the name is left as it is.
func (d *database) Quote(identifier string) string { return `"` + identifier + `"` }

// Strategies implements adapter.Strategist.
func (d *database) Strategies() []string {
	return []string{"append", "delete+insert", "merge", "microbatch"}
}

// OpensTransactions implements adapter.Opener: psycopg2 sends BEGIN by itself, except
// with autocommit.
func (d *database) OpensTransactions() bool { return !d.creds.Autocommit }

// TransactionsDisabled implements adapter.Autocommitter. dbt: with autocommit each
// statement is a transaction of its own, and nothing is sent to begin or end one.
func (d *database) TransactionsDisabled() bool { return d.creds.Autocommit }

// Conn implements adapter.Adapter.
func (d *database) Conn(ctx context.Context, name string) (adapter.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	d.mu.Lock()
	closed := d.closed
	d.mu.Unlock()
	if closed {
		return nil, fmt.Errorf("connect to %s: the adapter is closed", d.creds.Unique())
	}
	conn, err := d.connect(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{name: name, db: d, conn: conn}
	if err := s.configure(ctx); err != nil {
		s.Release()
		return nil, err
	}
	return s, nil
}

// connect connects, and where that fails in a way that may pass tries again as often
// as `retries` says. dbt: the n-th wait, from 0, takes n*n seconds.
func (d *database) connect(ctx context.Context) (*pgconn.PgConn, error) {
	for n := 0; ; n++ {
		conn, err := pgconn.ConnectConfig(ctx, d.config.Copy())
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		fault := d.creds.connectFault(err)
		if n >= d.creds.Retries || !passing(err) {
			return nil, fault
		}
		if d.pause(ctx, time.Duration(n*n)*time.Second) != nil {
			return nil, fault
		}
	}
}

// Close implements adapter.Adapter. Sessions that are still open stay so until they
// are released.
func (d *database) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	return nil
}

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
