package pymodel

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/pyrun"
)

// host records what a model asks for; its database has one relation.
type host struct {
	mu         sync.Mutex
	loads, log []string
	said       chan string
}

func (h *host) Load(_ context.Context, relation, path string) (Loaded, error) {
	h.loads = append(h.loads, relation)
	if relation != `"db"."main"."there"` {
		return Loaded{}, errors.New("there is no " + relation)
	}
	return Loaded{Attach: path + ".duckdb"}, nil
}

func (h *host) Log(line string) {
	h.mu.Lock()
	h.log = append(h.log, line)
	h.mu.Unlock()
	if h.said != nil {
		h.said <- line
	}
}

func (h *host) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.log, "\n")
}

// behind is what dbt puts behind a model, as far as these tests need it.
const behind = `
class dbtObj:
    def __init__(self, load):
        self.ref = load

def materialize(df, con):
    import duckdb
    duckdb.made.append(("db", "main", "m"))
`

// job makes the job of a model in a Python whose DuckDB runs no SQL: what stands
// between dex and a process is tried here, with real processes; DuckDB itself is in
// testdata/script/python_models.txtar.
func job(t *testing.T, code string) Job {
	t.Helper()
	python := os.Getenv("DEX_PYTHON")
	if python == "" {
		python = "python3"
	}
	if _, err := exec.LookPath(python); err != nil {
		t.Skip("there is no Python: see make left-out")
	}
	fake, err := filepath.Abs("testdata/duckdb")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PYTHONPATH", fake)
	dir := t.TempDir()
	path := filepath.Join(dir, "m.py")
	if err := os.WriteFile(path, []byte(code), 0o644); err != nil {
		t.Fatal(err)
	}
	return Job{
		Name: "m", Alias: "m", Path: path, Code: strings.TrimSpace(code) + "\n" + behind, Database: "db", Schema: "main",
		Dir: dir, Files: t.TempDir(), Cache: t.TempDir(), Session: Session{Default: "db"},
	}
}

func TestRun(t *testing.T) {
	h := &host{}
	j := job(t, `
import os, sys
def model(dbt, session):
    print("here", os.environ["OF_THE_USER"], os.environ["PYTHONPATH"].count("duckdb"), "dex" in sys.modules)
    dbt.ref('"db"."main"."there"')
    dbt.ref('"db"."main"."there"')
    session.sql("create or replace table beside as select 1")
    import duckdb
    duckdb.made.append(("db", "main", "beside"))
    return duckdb.DuckDBPyRelation()
`)
	t.Setenv("OF_THE_USER", "x")
	made, err := Run(t.Context(), j, h)
	if err != nil {
		t.Fatalf("%v\n%s", err, h.text())
	}
	file := filepath.Join(j.Files, "made0.duckdb")
	if made.Table != (Table{file, "db", "main", "m"}) || !slices.Equal(made.Beside, []Table{{file, "db", "main", "beside"}}) || !slices.Equal(made.Replaced, made.Beside) {
		t.Errorf("made %+v", made)
	}
	if len(h.loads) != 1 || !strings.Contains(h.text(), "here x 1 False") {
		t.Errorf("loads %q, log %s", h.loads, h.text())
	}
}

// TestFaults: however a model ends, the error says what happened.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct {
		code, want string
		line       int
	}{
		"exception":  {"\n\n# a\ndef model(dbt, session):\n    return 1 / 0\n", "ZeroDivisionError: division by zero", 5},
		"deeper":     {"def f():\n    raise KeyError('k')\ndef model(dbt, session):\n    f()\n    return 1\n", "KeyError: 'k'", 2},
		"syntax":     {"def model(dbt, session):\n    return 1 1\n", "SyntaxError", 2},
		"import":     {"import nothing_here\ndef model(dbt, session):\n    return 1\n", "list it in the model's `packages`", 1},
		"refused":    {"def model(dbt, session):\n    return dbt.ref('x')\n", "there is no x", 2},
		"no table":   {"def model(dbt, session):\n    import duckdb\n    duckdb.made.append(('db', 'main', 'm'))\n    return 1\n", "made 0 tables, not one", 0},
		"exit":       {"import sys\ndef model(dbt, session):\n    sys.exit(0)\n    return 1\n", "without a result", 0},
		"exit code":  {"import sys\ndef model(dbt, session):\n    sys.exit('because')\n    return 1\n", "exit code 1\nbecause", 0},
		"os._exit":   {"import os\ndef model(dbt, session):\n    os._exit(0)\n    return 1\n", "without telling dex that it is done", 0},
		"killed":     {"import os\ndef model(dbt, session):\n    os.kill(os.getpid(), 9)\n    return 1\n", "SIGKILL", 0},
		"no duckdb":  {"def model(dbt, session):\n    return 1\n", "no module duckdb: Python models need it", 0},
		"not a file": {"def model(dbt, session):\n    return 1 / 0\n", "ZeroDivisionError", 0},
	} {
		t.Run(name, func(t *testing.T) {
			h, j := &host{}, job(t, c.code)
			if name == "no duckdb" {
				t.Setenv("NO_DUCKDB", "1")
			}
			if name == "not a file" {
				j.Path = filepath.Join(j.Dir, "gone.py")
			}
			_, err := Run(t.Context(), j, h)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "dex_model.py") {
				t.Errorf("error %v, want %q", err, c.want)
			}
			var failed *Failed
			if errors.As(err, &failed) && failed.PythonLine() != c.line {
				t.Errorf("line %d, want %d:\n%v", failed.PythonLine(), c.line, err)
			}
			if name == "no duckdb" && !errors.Is(err, ErrNoDuckDB) {
				t.Errorf("error %v is not ErrNoDuckDB", err)
			}
		})
	}
}

// TestEphemeralBefore: code that does not begin with the model's file has lines of its
// own, which are not the file's.
func TestEphemeralBefore(t *testing.T) {
	j := job(t, "def model(dbt, session):\n    return 1 / 0\n")
	j.Code = "with e as (select 1)\n" + j.Code
	_, err := Run(t.Context(), j, &host{})
	var failed *Failed
	if !errors.As(err, &failed) || failed.Line != 0 || !strings.Contains(failed.Traceback, "SyntaxError") {
		t.Errorf("error %v", err)
	}
}

const hanging = "import subprocess, time\ndef model(dbt, session):\n    p = subprocess.Popen(['sleep', '600'])\n    print('up', p.pid)\n    while True:\n        time.sleep(600)\n    return 1\n"

// TestHangs: a model that does not come back is ended with what it has started.
func TestHangs(t *testing.T) {
	t.Run("cancelled", func(t *testing.T) {
		h := &host{said: make(chan string, 10)}
		ctx, cancel := context.WithCancel(t.Context())
		var child string
		go func() {
			child = strings.TrimPrefix(<-h.said, "up ")
			cancel()
		}()
		if _, err := Run(ctx, job(t, hanging), h); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if _, err := os.Stat("/proc/" + child); child == "" || err == nil {
			t.Errorf("the process %s is left", child)
		}
	})
	t.Run("timeout", func(t *testing.T) {
		j := job(t, hanging)
		j.Timeout = 500 * time.Millisecond
		if _, err := Run(t.Context(), j, &host{}); !errors.Is(err, pyrun.ErrTimeout) {
			t.Errorf("error %v", err)
		}
	})
}

// TestNoPython: the error says what to do.
func TestNoPython(t *testing.T) {
	j := job(t, "def model(dbt, session):\n    return 1\n")
	t.Setenv("DEX_PYTHON", "")
	t.Setenv("PATH", t.TempDir())
	if _, err := Run(t.Context(), j, &host{}); !errors.As(err, new(*pyrun.InterpreterError)) || !strings.Contains(err.Error(), "DEX_PYTHON") {
		t.Errorf("error %v", err)
	}
	t.Setenv("DEX_PYTHON", "/nowhere/python")
	if _, err := Run(t.Context(), j, &host{}); err == nil || !strings.Contains(err.Error(), "/nowhere/python") {
		t.Errorf("error %v", err)
	}
}

// TestPackages: a package that is there costs nothing; one that cannot be installed is
// told of, and the model runs without it.
func TestPackages(t *testing.T) {
	j := job(t, "import nothing_here\ndef model(dbt, session):\n    return 1\n")
	j.Packages, j.Environments = []string{"./nothing-here-1.0-py3-none-any.whl"}, t.TempDir()
	h := &host{}
	_, err := Run(t.Context(), j, h)
	if err == nil || !strings.Contains(err.Error(), "packages could not be installed") || !strings.Contains(h.text(), "the model runs without them") {
		t.Errorf("error %v\n%s", err, h.text())
	}
}
