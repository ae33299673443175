package pymodel

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// host records what a model asks for; its database has nothing.
type host struct{ loads, log []string }

func (h *host) Load(_ context.Context, relation, _ string) error {
	h.loads = append(h.loads, relation)
	return errors.New("there is no " + relation)
}

func (h *host) Log(line string) { h.log = append(h.log, line) }

// speaking makes DEX_PYTHON a program that says these lines in place of a model.
func speaking(t *testing.T, script string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("DEX_PYTHON", path)
}

func TestFaultsOfTheProcess(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"module":   {`echo '{"needs": "duckdb"}'; exit 1`, "need the module duckdb"},
		"failed":   {`printf '%s\n' '{"error": "Traceback\nZeroDivisionError\n"}'; exit 1`, "Python model failed:\nTraceback\nZeroDivisionError"},
		"killed":   {`kill -9 $$`, "ended early"},
		"silent":   {`exit 0`, "without a result"},
		"chatter":  {"echo not json\nexit 0", "without a result"},
		"half":     {`printf '{"made": "x"'`, "without a result"},
		"refused":  {`echo '{"load": "x"}'; read answer; echo "$answer" >&2; exit 3`, "ended early"},
		"deserted": {`exec 0<&-; echo '{"load": "x"}'; exit 3`, "ended early"},
	} {
		t.Run(name, func(t *testing.T) {
			speaking(t, c.script)
			h := &host{}
			_, err := Run(t.Context(), Job{Name: "m"}, h, t.TempDir())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if name == "refused" && (len(h.log) != 1 || h.log[0] != `{"error":"there is no x"}`) {
				t.Errorf("the model was answered %q", h.log)
			}
		})
	}
}

func TestAskedForAndMade(t *testing.T) {
	speaking(t, `echo one >&2; printf two >&2; echo '{"made": "t", "database": "d", "schema": "s"}'`)
	h, dir := &host{}, t.TempDir()
	made, err := Run(t.Context(), Job{Name: "m", Code: "pass"}, h, dir)
	if err != nil || made != (Made{File: filepath.Join(dir, "made.duckdb"), Database: "d", Schema: "s", Name: "t"}) {
		t.Errorf("%+v, %v", made, err)
	}
	if got := strings.Join(h.log, ","); got != "one,two" {
		t.Errorf("log %q", got)
	}
	if code, err := os.ReadFile(filepath.Join(dir, "model.py")); err != nil || string(code) != "pass" {
		t.Errorf("%q, %v", code, err)
	}
}

// The process does not outlive the invocation.
func TestCanceled(t *testing.T) {
	speaking(t, `echo up >&2; exec sleep 600`)
	ctx, cancel := context.WithCancel(t.Context())
	up := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		_, err := Run(ctx, Job{Name: "m"}, &signalling{up: up}, t.TempDir())
		done <- err
	}()
	<-up
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

type signalling struct {
	host
	up chan struct{}
}

func (s *signalling) Log(string) { close(s.up) }

func TestInterpreter(t *testing.T) {
	if p, err := Interpreter(func(string) string { return "/opt/python" }); p != "/opt/python" || err != nil {
		t.Errorf("%q, %v", p, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Interpreter(func(string) string { return "" }); !errors.Is(err, ErrNoPython) {
		t.Errorf("got %v", err)
	}
}
