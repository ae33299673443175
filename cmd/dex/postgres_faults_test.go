//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dex/internal/pgtest"
)

// server is a project whose database is a server that tests take away, fill or keep busy.
type server struct {
	t   *testing.T
	dir string
	at  pgtest.Settings // past any relay
	out bytes.Buffer    // of the running command
	cmd *exec.Cmd
}

// newServer writes a project for a database as it is reached by the program.
func newServer(t *testing.T, at, reached pgtest.Settings, more string, files map[string]string) *server {
	t.Helper()
	s := &server{t: t, dir: t.TempDir(), at: at}
	s.write("dbt_project.yml", "name: shop\nprofile: shop\n")
	s.write("profiles.yml", fmt.Sprintf("shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: %s, port: %d, user: %s, pass: none, dbname: %s, schema: dw%s}\n",
		reached.Host, reached.Port, reached.User, reached.Database, more))
	for name, text := range files {
		s.write(name, text)
	}
	return s
}

func (s *server) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	must(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(s.t, os.WriteFile(path, []byte(text), 0o644))
}

func (s *server) start(args ...string) {
	s.t.Helper()
	s.out.Reset()
	s.cmd = exec.Command("dex", args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = s.dir, &s.out, &s.out
	must(s.t, s.cmd.Start())
}

// end waits for the command and holds its exit code.
func (s *server) end(code int) {
	s.t.Helper()
	late := time.AfterFunc(time.Minute, func() { _ = s.cmd.Process.Kill() }) // it may have ended
	_ = s.cmd.Wait()
	if !late.Stop() || s.cmd.ProcessState.ExitCode() != code {
		s.t.Fatalf("exit code %d, not %d:\n%s", s.cmd.ProcessState.ExitCode(), code, s.out.String())
	}
}

// sleepers is a query for the statements of the project that run on the server.
const sleepers = "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state = 'active' and query like '%pg_sleep(%'"

// until waits for as many of the project's statements to run.
func (s *server) until(n int) {
	s.t.Helper()
	for end := time.Now().Add(time.Minute); len(s.at.Rows(s.t, sleepers)) != n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%d statements run on the server, not %d", len(s.at.Rows(s.t, sleepers)), n)
		}
	}
}

// statuses gives run_results.json as "a error, b skipped", with all messages.
func (s *server) statuses() (got string, messages string) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, "target", "run_results.json"))
	must(s.t, err)
	var doc struct {
		Results []struct {
			UniqueID string `json:"unique_id"`
			Status   string
			Message  string
		}
	}
	must(s.t, json.Unmarshal(text, &doc))
	by := map[string]string{}
	for _, r := range doc.Results {
		by[r.UniqueID] = r.Status
		messages += r.Message + "\n"
	}
	var list []string
	for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
		if status := by["model.shop."+id]; status != "" {
			list = append(list, id+" "+status)
		}
	}
	return strings.Join(list, ", "), messages
}

const (
	sleeping = "{{ config(materialized='table') }} select 1 as id from pg_sleep({{ var('seconds', 600) }})"
	behind   = "{{ config(materialized='table') }} select * from {{ ref('a') }}"
	quick    = "0"
)

// TestInterruptOnPostgres: Ctrl-C ends what runs on the server, at once and not only here;
// what it had done is taken back, and the next run works.
func TestInterruptOnPostgres(t *testing.T) {
	t.Parallel()
	at := pgtest.Database(t)
	s := newServer(t, at, at, ", threads: 2", map[string]string{"models/a.sql": sleeping, "models/b.sql": behind, "models/c.sql": sleeping})
	s.start("run")
	s.until(2)
	must(t, s.cmd.Process.Signal(syscall.SIGINT))
	s.end(2)
	s.until(0)
	got, _ := s.statuses()
	if got != "a error, b skipped, c error" || !strings.Contains(s.out.String(), "Interrupted") {
		t.Errorf("%s\n%s", got, s.out.String())
	}
	if left := at.Rows(t, "select relname from pg_class join pg_namespace n on n.oid = relnamespace where nspname = 'dw'"); len(left) > 0 {
		t.Errorf("the run that was given up has left %v", left)
	}
	dex(t, s.dir, 0, "run", "--vars", "seconds: "+quick)
}

// TestServerGoesAway: a server that stops in the middle of a run with four threads ends
// it: each node says so, what stands behind is skipped, and nothing hangs.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	at := pgtest.Database(t)
	relay := pgtest.NewRelay(t, at)
	s := newServer(t, at, relay.Settings, ", threads: 4, retries: 0", map[string]string{
		"models/a.sql": sleeping, "models/b.sql": behind, "models/c.sql": sleeping, "models/d.sql": sleeping, "models/e.sql": sleeping, "models/f.sql": "select 1 as id"})
	s.start("run")
	s.until(4)
	must(t, relay.Down())
	s.end(1)
	got, messages := s.statuses()
	if got != "a error, b skipped, c error, d error, e error, f error" {
		t.Errorf("%s\n%s", got, s.out.String())
	}
	for _, words := range []string{"was lost; the server may have stopped", "connection to server on socket"} {
		if !strings.Contains(messages, words) {
			t.Errorf("no message says %q:\n%s", words, messages)
		}
	}
	at.Exec(t, "select pg_terminate_backend(pid, 20000) from ("+sleepers+") x") // they would notice with their next word
	s2 := newServer(t, at, at, ", threads: 4", nil)
	must(t, os.Rename(filepath.Join(s2.dir, "profiles.yml"), filepath.Join(s.dir, "profiles.yml")))
	dex(t, s.dir, 0, "run", "--vars", "seconds: "+quick)
}

// TestServerIsNotThere: without a server nothing is done, and the exit code is that of a
// command that could not begin. dbt: 2.
func TestServerIsNotThere(t *testing.T) {
	t.Parallel()
	at := pgtest.Settings{Host: t.TempDir(), Port: 5432, User: "postgres", Database: "none"}
	s := newServer(t, at, at, ", retries: 1", map[string]string{"models/a.sql": "select 1 as id"})
	s.start("run")
	s.end(2)
	for _, words := range []string{"connection to server on socket", "No such file or directory", "Is the server running locally"} {
		if !strings.Contains(s.out.String(), words) {
			t.Errorf("nobody says %q:\n%s", words, s.out.String())
		}
	}
	if _, err := os.Stat(filepath.Join(s.dir, "target", "run_results.json")); err == nil {
		t.Error("there are results of a run that did not begin")
	}
}

// TestTooManyConnections: where the server takes fewer sessions than there are threads,
// the nodes that got none say so, and the others go on.
func TestTooManyConnections(t *testing.T) {
	t.Parallel()
	at := pgtest.Database(t)
	role := "few_" + at.Database
	at.Exec(t, fmt.Sprintf("create role %s login connection limit 1; grant create on database %q to %s", role, at.Database, role))
	t.Cleanup(func() { at.Exec(t, fmt.Sprintf("drop owned by %s; drop role %s", role, role)) })
	as := at
	as.User = role
	// A session ends at the server a moment after it was closed: a second attempt finds its
	// place free. The third comes a second later.
	s := newServer(t, at, as, ", threads: 3, retries: 2", map[string]string{"models/a.sql": sleeping, "models/c.sql": sleeping, "models/d.sql": sleeping})
	s.start("run", "--vars", "seconds: 8")
	s.end(1)
	got, messages := s.statuses()
	if strings.Count(got, "success") != 1 || strings.Count(got, "error") != 2 {
		t.Errorf("%s\n%s", got, s.out.String())
	}
	if !strings.Contains(messages, "too many connections for role") || !strings.Contains(messages, "Use fewer threads") {
		t.Errorf("what to do is not told:\n%s", messages)
	}
	dex(t, s.dir, 0, "run", "--threads", "1", "--vars", "seconds: "+quick)
}
