// Package pgtest gives tests a Postgres server of their own: Debian's or any other
// whose programs initdb and postgres are to be found, on a socket in a temporary
// folder, run by a user that is not root.
//
// One server serves all tests of a program; each test has a database of its own.
// It is started at the first use and ends with the program, however that ends.
// Where there is no Postgres, tests fail: DEX_TEST_POSTGRES=off alone leaves them
// out, and they say so. Begin with Database.
package pgtest

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Settings is where a database is reached. The server trusts whoever reaches its
// socket: no password is asked for.
type Settings struct {
	Host     string // the folder of the socket
	Port     int
	User     string // a superuser
	Database string
}

// startTime is how long a server may take to start, and SQL of a test to run: far
// more than either needs on a slow machine.
const startTime = 2 * time.Minute

// Database makes an empty database and gives where it is; it is dropped when the
// test ends, with the sessions that are still open in it. It starts the server if
// none runs.
func Database(t testing.TB) Settings {
	t.Helper()
	s := start(t)
	name, err := s.create()
	if err != nil {
		t.Fatalf("pgtest: make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.exec(`drop database if exists "` + name + `" with (force)`); err != nil {
			t.Errorf("pgtest: drop database %s: %v", name, err)
		}
	})
	at := s.at
	at.Database = name
	return at
}

// Available says why tests with Postgres are left out; the text is empty where they
// are not. Tests need not ask: Database skips for this reason.
func Available() (leftOut string) {
	if os.Getenv("DEX_TEST_POSTGRES") == "off" {
		return "DEX_TEST_POSTGRES=off: tests with Postgres are left out"
	}
	return ""
}

// one is the server of this program.
var one struct {
	sync.Once
	*server
	err error
}

// start gives the program's server. The test is skipped where Postgres is left out,
// and fails where it does not start.
func start(t testing.TB) *server {
	t.Helper()
	if why := Available(); why != "" {
		t.Skip(why)
	}
	one.Do(func() { one.server, one.err = newServer() })
	if one.err != nil {
		t.Fatalf("pgtest: %v", one.err)
	}
	return one.server
}

// Env gives the settings as the environment variables that libpq's programs read
// (PostgreSQL: Environment Variables).
func (s Settings) Env() []string {
	return []string{"PGHOST=" + s.Host, "PGPORT=" + strconv.Itoa(s.Port), "PGUSER=" + s.User, "PGDATABASE=" + s.Database}
}

// Connect opens a session, closed when the test ends.
func (s Settings) Connect(t testing.TB) *pgconn.PgConn {
	t.Helper()
	conn, err := s.connect(context.Background())
	if err != nil {
		t.Fatalf("pgtest: connect to %s: %v", s.Database, err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) }) // nothing depends on its last words
	return conn
}

func (s Settings) connect(ctx context.Context) (*pgconn.PgConn, error) {
	// Each word is given, so that no PG* variable of the surroundings is read.
	config, err := pgconn.ParseConfig(fmt.Sprintf("host=%s port=%d user=%s dbname='%s' sslmode=disable application_name=pgtest connect_timeout=60",
		s.Host, s.Port, s.User, s.Database))
	if err != nil {
		return nil, err
	}
	return pgconn.ConnectConfig(ctx, config)
}

// Exec runs SQL of any number of statements in a session of its own.
func (s Settings) Exec(t testing.TB, sql string) {
	t.Helper()
	s.Rows(t, sql)
}

// Rows runs SQL in a session of its own and gives the rows of its last query, as the
// server writes values; NULL is the text NULL.
func (s Settings) Rows(t testing.TB, sql string) [][]string {
	t.Helper()
	rows, err := s.Query(sql)
	if err != nil {
		t.Fatalf("pgtest: %v\n%s", err, sql)
	}
	return rows
}

// Query is Rows for those that expect an error.
func (s Settings) Query(sql string) ([][]string, error) {
	rows, err := s.Values(sql)
	if rows == nil {
		return nil, err
	}
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = make([]string, len(row))
		for j, v := range row {
			if text, ok := v.(string); ok {
				out[i][j] = text
			} else {
				out[i][j] = "NULL"
			}
		}
	}
	return out, err
}

// Values runs SQL in a session of its own and gives the rows of its last query: each
// value is the server's text, or nil for NULL.
func (s Settings) Values(sql string) ([][]any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(ctx) }() // the answer is here, or the error
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, r := range results {
		if len(r.FieldDescriptions) == 0 {
			continue // no query
		}
		rows = make([][]any, len(r.Rows))
		for i, values := range r.Rows {
			rows[i] = make([]any, len(values))
			for j, v := range values {
				if v != nil {
					rows[i][j] = string(v)
				}
			}
		}
	}
	return rows, nil
}
