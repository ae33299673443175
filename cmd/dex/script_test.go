package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"dex/internal/pgtest"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata/script")

// TestScript runs testdata/script: what people type, and what stands in the
// database after it. The README there says how scripts are written.
func TestScript(t *testing.T) {
	const dir = "../../testdata/script"
	if files, _ := filepath.Glob(filepath.Join(dir, "*.txtar")); len(files) == 0 {
		t.Fatal("no scripts in " + dir)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 dir,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, ".home")
			e.Setenv("HOME", home)
			e.Setenv("NO_COLOR", "1")
			e.Setenv("DEX_PYTHON", os.Getenv("DEX_PYTHON"))
			shop, err := filepath.Abs("../../examples/shop")
			if err != nil {
				return err
			}
			e.Setenv("SHOP", shop)
			e.Values[background{}] = map[string]*process{}
			e.Values[testOf{}] = e.T()
			return os.Mkdir(home, 0o755)
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "root":
				return os.Geteuid() == 0, nil
			case "python-duckdb":
				return pythonHas("duckdb"), nil
			case "python-frames":
				return pythonHas("duckdb, pandas, polars, pyarrow, pyarrow.dataset"), nil
			case "signals":
				return runtime.GOOS != "windows", nil
			}
			return false, fmt.Errorf("unknown condition %s", cond)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "start": start, "finish": finish, "query": query, "nofile": nofile, "capture": capture, "postgres": postgres,
		},
	})
}

// pythonHasDuckDB reports whether Python models can run here.
func pythonHas(modules string) bool {
	python := os.Getenv("DEX_PYTHON")
	if python == "" {
		python = "python3"
	}
	return exec.Command(python, "-c", "import "+modules).Run() == nil
}

// exits CODE COMMAND...: runs a command, which must exit with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARGS]")
	}
	if got := exitCode(ts, ts.Exec(args[1], args[2:]...)); got != args[0] {
		ts.Fatalf("exit code %s, not %s", got, args[0])
	}
}

func exitCode(ts *testscript.TestScript, err error) string {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return "0"
	case errors.As(err, &exit):
		return strconv.Itoa(exit.ExitCode())
	}
	ts.Fatalf("%v", err)
	return ""
}

// query SQL: shows all rows of a query, which may use ref and source.
func query(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: query SQL")
	}
	ts.Check(ts.Exec("dex", "--quiet", "show", "--limit", "-1", "--inline", args[0]))
}

// nofile DIR PATTERN: no file below DIR holds what matches PATTERN.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(m) != 2 {
		ts.Fatalf("no line of the output matches %s", args[1])
	}
	ts.Setenv(args[0], m[1])
}

func nofile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: nofile DIR PATTERN")
	}
	want := regexp.MustCompile(args[1])
	ts.Check(filepath.Walk(ts.MkAbs(args[0]), func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if at := want.FindIndex(text); at != nil {
			return fmt.Errorf("%s holds %q", path, text[max(0, at[0]-60):min(len(text), at[1]+20)])
		}
		return nil
	}))
}

// testOf is the key under which a script keeps its test.
type testOf struct{}

// postgres gives the script a database on the tests' Postgres server, and says where
// by the variables PGHOST, PGPORT, PGUSER and PGDATABASE.
func postgres(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: postgres")
	}
	for _, kv := range pgtest.Database(ts.Value(testOf{}).(testing.TB)).Env() {
		name, v, _ := strings.Cut(kv, "=")
		ts.Setenv(name, v)
	}
}

// background is the key under which a script keeps the processes it started.
type background struct{}

type process struct {
	cmd  *exec.Cmd
	out  bytes.Buffer
	done chan struct{} // closed once all output is read
}

// start NAME PATTERN COMMAND...: starts a command and waits until a line of its
// output matches. The command goes on.
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: start NAME PATTERN COMMAND [ARGS]")
	}
	want := regexp.MustCompile(args[1])
	path, err := exec.LookPath(filepath.Join(binDir(ts), args[2]))
	ts.Check(err)
	p := &process{cmd: exec.Command(path, args[3:]...), done: make(chan struct{})}
	p.cmd.Dir, p.cmd.Env = ts.MkAbs("."), environment(ts)
	r, w, err := os.Pipe()
	ts.Check(err)
	p.cmd.Stdout, p.cmd.Stderr = w, w
	ts.Check(p.cmd.Start())
	ts.Check(w.Close())
	ts.Value(background{}).(map[string]*process)[args[0]] = p
	ts.Defer(func() {
		_ = p.cmd.Process.Kill() // it has ended, where the script went well
		<-p.done
	})
	found := make(chan bool, 1)
	go p.read(bufio.NewScanner(r), want, found)
	if !<-found {
		ts.Fatalf("%s ended without a line that matches %s:\n%s", args[0], want, p.out.String())
	}
}

// read keeps the output, and tells found once a line matches, or that none did.
func (p *process) read(lines *bufio.Scanner, want *regexp.Regexp, found chan<- bool) {
	defer close(p.done)
	told := false
	for lines.Scan() {
		fmt.Fprintln(&p.out, lines.Text())
		if !told && want.MatchString(lines.Text()) {
			told = true
			found <- true
		}
	}
	if !told {
		found <- false
	}
}

// finish NAME SIGNAL CODE: sends a signal to a command of start and waits for its
// end. Its output is then in the file NAME.out.
func finish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: finish NAME SIGNAL CODE")
	}
	p := ts.Value(background{}).(map[string]*process)[args[0]]
	if p == nil {
		ts.Fatalf("nothing was started as %s", args[0])
	}
	signals := map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	ts.Check(p.cmd.Process.Signal(signals[args[1]]))
	<-p.done
	err := p.cmd.Wait()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), p.out.Bytes(), 0o644))
	if got := exitCode(ts, err); got != args[2] {
		ts.Fatalf("%s: exit code %s, not %s\n%s", args[0], got, args[2], p.out.String())
	}
}

// binDir is where testscript has put dex: the first folder of PATH.
func binDir(ts *testscript.TestScript) string {
	return filepath.SplitList(ts.Getenv("PATH"))[0]
}

func environment(ts *testscript.TestScript) []string {
	var env []string
	for _, k := range []string{"PATH", "HOME", "TMPDIR", "WORK", "NO_COLOR", "SystemRoot", "PGHOST", "PGPORT", "PGUSER", "PGDATABASE"} {
		if v := ts.Getenv(k); v != "" {
			env = append(env, k+"="+v)
		}
	}
	return append(env, strings.Fields(ts.Getenv("START_ENV"))...)
}
