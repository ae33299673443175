package duckdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// The tests of this file need a second process: the test binary runs itself,
// with the part to be played in the environment.
const roleVar = "DEX_TEST_ROLE"

func TestMain(m *testing.M) {
	play, ok := roles[os.Getenv(roleVar)]
	if !ok {
		os.Exit(m.Run())
	}
	if err := play(os.Args[1]); err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

var roles = map[string]func(path string) error{"hold": hold, "write": writeForever, "full": fillDisk}

// openFile opens a file as a process on its own would.
func openFile(path string) (*database, adapter.Conn, error) {
	d := value.NewDict(1)
	d.SetStr("path", value.Str(path))
	creds, err := ParseCredentials(d, "")
	if err != nil {
		return nil, nil, err
	}
	db, err := open(context.Background(), creds)
	if err != nil {
		return nil, nil, err
	}
	c, err := db.Conn(context.Background(), "master")
	return db, c, err
}

func run(c adapter.Conn, sql string) error {
	_, _, err := c.Execute(context.Background(), sql, false, 0)
	return err
}

// hold keeps the file open until its input ends.
func hold(path string) error {
	if _, _, err := openFile(path); err != nil {
		return err
	}
	fmt.Println("ready")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// writeForever commits 1,000 rows, then writes on in a transaction until killed.
func writeForever(path string) error {
	_, c, err := openFile(path)
	if err != nil {
		return err
	}
	if err := run(c, "create table t as select range as n from range(1000)"); err != nil {
		return err
	}
	if err := run(c, "begin"); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if err := run(c, "insert into t select range from range(200000)"); err != nil {
			return err
		}
		if n == 3 {
			fmt.Println("ready")
		}
	}
}

// fillDisk commits some rows, then writes more than a file may hold here.
func fillDisk(path string) error {
	_, c, err := openFile(path)
	if err != nil {
		return err
	}
	if err := run(c, "create table t as select range as n from range(1000); checkpoint"); err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	const most = 4 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		return err
	}
	err = run(c, "create table big as select hash(range) as h, hash(range + 1) as i from range(5000000)")
	fmt.Println("ready")
	return err
}

// start plays a role in another process and waits until it says "ready".
func start(t *testing.T, role, path string) (*exec.Cmd, io.WriteCloser, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(os.Args[0], path)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() // it has ended by itself in most tests
		cmd.Wait()
	})
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the other process said %q, %v", line, err)
	}
	return cmd, in, r
}

func TestLockedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	cmd, in, _ := start(t, "hold", path)
	_, _, err := openFile(path)
	if !errors.Is(err, adapter.ErrLocked) {
		t.Fatalf("got %v, want ErrLocked", err)
	}
	for _, want := range []string{path, fmt.Sprint("PID ", cmd.Process.Pid), "retries"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q: %v", want, err)
		}
	}
	// With retries the file opens once the other process is gone.
	d := value.NewDict(2)
	d.SetStr("path", value.Str(path))
	retries := value.NewDict(1)
	retries.SetStr("connect_attempts", value.Int(3))
	d.SetStr("retries", retries)
	creds, err := ParseCredentials(d, "")
	if err != nil {
		t.Fatal(err)
	}
	var pauses []time.Duration
	db := &database{creds: creds, pause: func(_ context.Context, p time.Duration) error {
		if pauses = append(pauses, p); len(pauses) == 2 {
			in.Close()
			cmd.Wait()
		}
		return nil
	}}
	if err := db.start(context.Background()); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(pauses) != "[1s 2s]" {
		t.Errorf("paused for %v, want 1s and 2s", pauses)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestKilledWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	cmd, _, _ := start(t, "write", path)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	stillWorks(t, path)
}

func TestFullDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	cmd, _, out := start(t, "full", path)
	said, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(said), "failed: ") || !strings.Contains(string(said), "Error") {
		t.Errorf("a full disk is no error of DuckDB: %q", said)
	}
	cmd.Wait()
	stillWorks(t, path)
}

// stillWorks opens a file that another process left, finds the 1,000 rows that
// were committed and no others, and writes to it.
func stillWorks(t *testing.T, path string) {
	t.Helper()
	db, c, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	defer c.Release()
	_, tab, err := c.Execute(context.Background(), "select count(*) from t", true, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := value.ToStr(tab.Rows[0][0]); got != "1000" {
		t.Errorf("%s rows, want the 1000 that were committed", got)
	}
	if err := run(c, "create table after_all as select 1 as n"); err != nil {
		t.Error(err)
	}
}

// With keep_open: false another process gets the file between two sessions.
func TestKeepOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shop.duckdb")
	for _, keep := range []bool{true, false} {
		db := openTarget(t, "", map[string]value.Value{"path": value.Str(path), "keep_open": value.Bool(keep)})
		for range 2 {
			c, err := db.Conn(context.Background(), "master")
			if err != nil {
				t.Fatal(err)
			}
			c.Release()
		}
		cmd := exec.Command(os.Args[0], path)
		cmd.Env = append(os.Environ(), roleVar+"=hold")
		out, err := cmd.Output()
		if opened := err == nil && strings.Contains(string(out), "ready"); opened == keep {
			t.Errorf("keep_open %t: the other process said %q, %v", keep, out, err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}
