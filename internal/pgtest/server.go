package pgtest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// server is a running Postgres.
type server struct {
	at  Settings // of the database postgres
	dir string   // all that it writes
	// life is the guard's standard input. Nobody writes to it: the system closes it
	// when this program ends, and so ends the server.
	life io.Closer

	mu    sync.Mutex // over admin and made
	admin *pgconn.PgConn
	made  int // databases so far
}

// port is part of the socket's name; no port is opened.
const port = 5432

// guard makes a server and runs it until standard input ends, and leaves nothing of
// it: $1 is the folder of the programs, $2 the server's own, $3 a locale, and what
// follows are words for postgres. It is a process of its own, not a deferred call,
// since a test program may be killed. SIGQUIT ends a server at once; SIGTERM is for
// one that has only just begun and does not listen to signals yet.
const guard = `
bin=$1 dir=$2 locale=$3
shift 3
"$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale="$locale" --no-sync --no-instructions >&2 && {
	"$bin/postgres" -D "$dir/data" -k "$dir" "$@" &
	server=$!
	read -r nothing
	kill -TERM $server
	kill -QUIT $server
	wait $server
}
cd /
rm -rf "$dir"
`

// config is what the server does without, since nothing of it is to outlive a
// program, and what must not depend on the machine.
var config = []string{
	"listen_addresses=", "port=" + strconv.Itoa(port), "max_connections=200", "shared_buffers=32MB",
	"fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off",
	"timezone=UTC", "log_timezone=UTC", "lc_messages=C",
}

// roles are those that tests of grants name, as dbt's own suites do.
const roles = `create role dbt_test_user_1; create role dbt_test_user_2; create role dbt_test_user_3;`

// newServer makes a server in a new folder and waits until it can be connected to.
func newServer() (*server, error) {
	bin, err := findPrograms()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := makeFolder(as)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, at: Settings{Host: dir, Port: port, User: "postgres", Database: "postgres"}}
	if err := s.launch(bin, as); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if s.admin, err = s.at.connect(ctx); err != nil {
		return nil, fmt.Errorf("connect to the server that was started: %w", err)
	}
	return s, s.exec(roles)
}

// launch starts the guard, and with it the server, and waits until that is ready.
func (s *server) launch(bin string, as *identity) error {
	locale := "C"
	if runtime.GOOS == "linux" {
		locale = "C.UTF-8"
	}
	words := []string{"-c", guard, "guard", bin, s.dir, locale}
	for _, c := range config {
		words = append(words, "-c", c)
	}
	cmd := exec.Command("/bin/sh", words...)
	cmd.Dir, cmd.Env = s.dir, environment()
	cmd.ExtraFiles = extraFiles
	as.run(cmd)
	life, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	s.life = life
	ready := make(chan string, 1)
	go listen(said, ready)
	select {
	case text := <-ready:
		if text == "" {
			return nil
		}
		return errors.Join(fmt.Errorf("the server ended before it was ready:\n%s", text), life.Close())
	case <-time.After(startTime):
		return errors.Join(fmt.Errorf("the server was not ready within %s", startTime), life.Close())
	}
}

// extraFiles are handed on to the server: a test of this package sees by them when
// its last process has ended.
var extraFiles []*os.File

// listen reads what the server says to its end, and tells ready an empty text once
// it can be connected to, or what it said where it ended before.
func listen(said io.Reader, ready chan<- string) {
	var text bytes.Buffer
	told := false
	for lines := bufio.NewScanner(said); lines.Scan(); {
		if told {
			continue // a server that cannot write its log would wait
		}
		fmt.Fprintln(&text, lines.Text())
		if strings.Contains(lines.Text(), "database system is ready to accept connections") {
			told = true
			ready <- ""
		}
	}
	if !told {
		ready <- text.String() + "(no more)"
	}
}

// create makes a database of a new name, which is no part of another's: texts can be
// searched for it.
func (s *server) create() (string, error) {
	s.mu.Lock()
	s.made++
	name := fmt.Sprintf("pgtest%04d", s.made)
	s.mu.Unlock()
	return name, s.exec(`create database "` + name + `"`)
}

// exec runs SQL in the database postgres.
func (s *server) exec(sql string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	_, err := s.admin.Exec(ctx, sql).ReadAll()
	return err
}

// environment is this program's without what would reach into the server.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") && !strings.HasPrefix(kv, "TZ=") {
			env = append(env, kv)
		}
	}
	return env
}
