package pgtest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestDatabase(t *testing.T) {
	a, b := Database(t), Database(t)
	if a.Database == b.Database || a.Host != b.Host {
		t.Errorf("two tests have %+v and %+v: one server, two databases", a, b)
	}
	a.Exec(t, "create table t (i int, s text); insert into t values (1, null), (2, '')")
	if got := fmt.Sprint(a.Rows(t, "select i, s from t order by i")); got != "[[1 NULL] [2 ]]" {
		t.Errorf("rows: %s", got)
	}
	var failure *pgconn.PgError
	if _, err := b.Query("select * from t"); !errors.As(err, &failure) || failure.Code != "42P01" {
		t.Errorf("a table of one test in the database of another: %v", err)
	}
	if got := a.Rows(t, "show listen_addresses"); got[0][0] != "" {
		t.Errorf("the server listens on %s", got)
	}
}

// TestDropped: the database of a test goes with it, although a session is open in
// it.
func TestDropped(t *testing.T) {
	start(t)
	var at Settings
	var session *pgconn.PgConn
	t.Run("a test", func(t *testing.T) {
		at = Database(t)
		var err error
		if session, err = at.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := session.Exec(t.Context(), "select 1").ReadAll(); err == nil {
		t.Error("the session outlived its database")
	}
	if _, err := at.Query("select 1"); err == nil {
		t.Error("the database is still there")
	}
}

// TestParallel: tests that run at once have databases of their own.
func TestParallel(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			at := Database(t)
			at.Exec(t, "create table mine (i int)")
		})
	}
}

// TestNothingIsLeft: a server ends, and its folder is removed, with the program that
// started it: when that ends by itself and when it is killed.
func TestNothingIsLeft(t *testing.T) {
	start(t) // where there is none, the program could not say so
	for _, way := range []string{"exit", "kill"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			held, holder, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), "PGTEST_PROGRAM=1")
			cmd.ExtraFiles, cmd.Stderr = []*os.File{holder}, os.Stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			if err := holder.Close(); err != nil {
				t.Fatal(err)
			}
			dir, err := bufio.NewReader(stdout).ReadString('\n')
			if err != nil {
				t.Fatalf("the program ended before its server was there: %v", err)
			}
			dir = strings.TrimSpace(dir)
			if _, err := os.Stat(dir); err != nil {
				t.Errorf("a running server has no folder: %v", err)
			}
			if way == "kill" {
				err = cmd.Process.Kill()
			} else {
				err = stdin.Close()
			}
			if err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // killed, or ended
			// The pipe ends when nobody has its other side: guard and server are gone.
			if rest, err := io.ReadAll(held); err != nil || len(rest) > 0 {
				t.Fatalf("read %q, %v", rest, err)
			}
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s is still there (%v)", dir, err)
			}
		})
	}
}

// TestMain is also the program of TestNothingIsLeft: it starts a server, says where,
// and ends when its standard input does.
func TestMain(m *testing.M) {
	if os.Getenv("PGTEST_PROGRAM") == "" {
		os.Exit(m.Run())
	}
	extraFiles = []*os.File{os.NewFile(3, "holder")}
	s, err := newServer()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(s.dir)
	_, _ = io.Copy(io.Discard, os.Stdin) // until it ends
}
