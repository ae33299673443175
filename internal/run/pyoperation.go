package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"dex/internal/adapter"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/operation"
	"dex/internal/pyrun"
	"dex/internal/render"
	"dex/internal/result"
)

// PythonOperations carries out operations in Python: the script runs in a process of
// its own and sends its statements through the operation's session.
type PythonOperations struct {
	// Root is the project's folder; Cache its .dex.
	Root, Cache string
	Getenv      func(name string) (string, bool)
	// Files is the folder that a run's artifacts are kept in.
	Files func(op *operation.Operation, runID string) string
	// OpenLog opens the log of a run, to append to it, and gives its path.
	OpenLog func(runID string) (io.WriteCloser, string, error)
	// Clean takes secrets out of what is logged.
	Clean func(string) string
	// Rehearse runs the script of a dry run, with dex.dry_run set, on a database that
	// answers queries and refuses all else. Without it a dry run only describes.
	Rehearse bool
	// Grace is how long a script may take to end once it is asked to; 0 is pyrun's.
	Grace time.Duration
}

// RunOperation implements OperationRunner.
func (p *PythonOperations) RunOperation(ctx context.Context, t *OperationTask) error {
	code, err := t.pythonCode()
	if err != nil {
		return err
	}
	if t.Dry {
		t.Result.Status = result.Skipped
		t.Result.PlanHash = t.pythonPlan(code)
		if !p.Rehearse {
			return nil
		}
	}
	h, err := p.host(t)
	if err != nil {
		return err
	}
	defer h.close()
	err = p.ended(t, pyrun.Run(ctx, p.job(t, code), h))
	if err != nil {
		h.fail(err)
		return t.takeBack(ctx, err)
	}
	return p.settle(ctx, t, h)
}

// settle looks after what the script left open: nobody has said that it is good.
func (p *PythonOperations) settle(ctx context.Context, t *OperationTask, h *pythonHost) error {
	switch {
	case h.doomed:
		return &scriptError{msg: "the script has left a dex.transaction() by an exception; it stands in the transaction of a hook's node, so all of that is to be rolled back"}
	case t.Dry || t.Inside || !t.Session.InTransaction():
		return nil
	}
	return t.takeBack(ctx, &scriptError{msg: "the script ended in the middle of dex.transaction(): it was rolled back"})
}

// job is what the script is given.
func (p *PythonOperations) job(t *OperationTask, code []byte) pyrun.Job {
	op := t.Op
	python := op.Python
	if python == "" {
		python = op.RequiresPython
	}
	dir := p.Root
	if op.WorkingDir != "" {
		if dir = op.WorkingDir; !filepath.IsAbs(dir) {
			dir = filepath.Join(p.Root, dir)
		}
	}
	path := op.Path
	if !filepath.IsAbs(path) {
		path = filepath.Join(p.Root, path)
	}
	return pyrun.Job{
		Name: "the operation " + op.Name, Path: path, Code: code, Dir: dir, Cache: p.Cache, Env: op.Env, Getenv: p.Getenv,
		Python: python, Dependencies: op.Dependencies, Grace: p.Grace,
		Facts: pyrun.Facts{
			Params: t.Values.Dict(), Target: t.ops.Executor.Inv.Target, InvocationID: t.ops.Executor.Inv.ID, RunID: t.Result.RunID,
			Attempt: t.Result.Attempts, DryRun: t.Dry,
		},
	}
}

// pythonCode is the script's text, rendered where its configuration says so.
func (t *OperationTask) pythonCode() ([]byte, error) {
	if !t.Op.Jinja {
		return []byte(t.Op.Raw), nil
	}
	s, err := t.Frame.RenderText(t.Op.Path, t.Op.Raw)
	if err != nil {
		return nil, err
	}
	if t.Guard.Marked(s) {
		return nil, render.Caused(&render.Fault{
			Class: diag.Compilation,
			Msg:   "a parameter is printed into the text of a Python script, where it would be read as code: use dex.params, or | raw where that is meant",
		}, nil)
	}
	return []byte(s), nil
}

// pythonPlan is a hash of what the operation does: its text, what it depends on, its
// parameters, target and user.
func (t *OperationTask) pythonPlan(code []byte) string {
	h := sha256.New()
	op := t.Op
	fmt.Fprintf(h, "%s\n%x\n%q\n%q\n%q\n%s\n", t.PlanHash(), sha256.Sum256(code), op.Dependencies, op.Env, op.Python+op.RequiresPython, value.Repr(t.Values.Dict()))
	return hex.EncodeToString(h.Sum(nil))
}

// scriptError is a Python operation that failed by itself.
type scriptError struct {
	msg   string
	class adapter.ErrorClass // "" is adapter.ClassScript
	sql   string
	line  int
	cause error
}

func (e *scriptError) Error() string { return e.msg }

// Unwrap gives the cause.
func (e *scriptError) Unwrap() error { return e.cause }

// ErrorClass says what may be done about it.
func (e *scriptError) ErrorClass() adapter.ErrorClass {
	if e.class == "" {
		return adapter.ClassScript
	}
	return e.class
}

// ended makes an operation's error of how the script ended: of a statement that the
// database refused, with its class, so that `retries: {on: [...]}` applies.
func (p *PythonOperations) ended(t *OperationTask, err error) error {
	if err == nil {
		return nil
	}
	out := &scriptError{msg: p.Clean(err.Error()), cause: err}
	var failed *pyrun.Failed
	if errors.As(err, &failed) {
		out.msg = p.Clean(firstLineOf(failed.Type+": "+failed.Message) + "\n" + failed.Traceback)
		out.class, out.sql = adapter.ErrorClass(failed.Class), failed.Statement
		out.line = lastLine(failed.Traceback, t.Op.Path)
		// An exception of the script's own libraries is of a class as well: those of a
		// connection and of a time-out may pass.
		if out.class == "" {
			out.class = classOfException(failed.Type)
		}
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		out.class, out.msg = adapter.ClassTimeout, fmt.Sprintf("the operation was stopped after its timeout of %s", t.Op.Timeout)
	case errors.Is(err, context.Canceled):
		out.class, out.msg = adapter.ClassCancelled, "the operation was cancelled"
	}
	if errors.As(err, new(*pyrun.PackageError)) {
		out.class = adapter.ClassConnection
	}
	return out
}

// classOfException sorts exceptions of Python's own library, by the names that
// urllib, http.client, socket and requests give them.
func classOfException(name string) adapter.ErrorClass {
	switch name {
	case "ConnectionError", "ConnectionRefusedError", "ConnectionResetError", "ConnectionAbortedError", "BrokenPipeError", "URLError", "RemoteDisconnected",
		"gaierror", "IncompleteRead", "ConnectError", "ReadError":
		return adapter.ClassConnection
	case "TimeoutError", "timeout", "Timeout", "ReadTimeout", "ConnectTimeout":
		return adapter.ClassTimeout
	case "MemoryError":
		return adapter.ClassResource
	}
	return adapter.ClassScript
}

// lastLine is the line of the script that a traceback names last; 0 where it names none.
func lastLine(traceback, path string) int {
	at := strings.LastIndex(traceback, filepath.FromSlash(path)+`", line `)
	if at < 0 {
		return 0
	}
	n := 0
	if _, err := fmt.Sscanf(traceback[at+len(path)+len(`", line `):], "%d", &n); err != nil {
		return 0
	}
	return n
}

// host makes the script's host.
func (p *PythonOperations) host(t *OperationTask) (*pythonHost, error) {
	log, path, err := p.OpenLog(t.Result.RunID)
	if err != nil {
		return nil, fmt.Errorf("open the log of operation %s: %w", t.Op.Name, err)
	}
	t.Result.Log, t.Result.Artifacts = path, nil
	return &pythonHost{p: p, t: t, log: log}, nil
}

// told emits an event of the script.
func (h *pythonHost) told(l event.Level, d event.Data) {
	h.t.ops.Executor.Sink.Emit(event.Event{Time: time.Now(), Level: l, Data: d, Thread: h.t.Thread})
}

// allowed reports whether the script may read a variable.
func (h *pythonHost) allowed(name string) bool { return slices.Contains(h.t.Op.Env, name) }
