package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/notify"
	"dex/internal/pyrun"
	"dex/internal/result"
	"dex/internal/sqltext"
)

const (
	// listed bounds the statements of a run that its result lists.
	listed = 1000
	// maxResult bounds the result of a script, as JSON.
	maxResult = 1 << 20
)

// pythonHost answers the script of one run: pyrun.Host.
type pythonHost struct {
	p *PythonOperations
	t *OperationTask
	// blocks is how many dex.transaction() the script is in; doomed is set where one was
	// rolled back that was part of a larger transaction.
	blocks int
	doomed bool

	mu      sync.Mutex // of log and told
	log     io.WriteCloser
	failed  error
	percent int // of the progress that was told last
	at      time.Time
}

func (h *pythonHost) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := errors.Join(h.failed, h.log.Close()); err != nil {
		h.told(event.Warn, event.OperationLog{UniqueID: h.t.Result.Node, Operation: h.t.Op.Name, RunID: h.t.Result.RunID, Stream: "dex", Msg: "the log of the operation is not whole: " + err.Error()})
	}
}

// Query implements pyrun.Host.
func (h *pythonHost) Query(ctx context.Context, q pyrun.Statement, rows pyrun.Rows) error {
	if err := h.mayBeSent(q.SQL); err != nil {
		return err
	}
	out := &countedRows{to: rows}
	_, err := h.send(ctx, q, out)
	return err
}

// Execute implements pyrun.Host.
func (h *pythonHost) Execute(ctx context.Context, q pyrun.Statement) (int64, error) {
	if err := h.mayBeSent(q.SQL); err != nil {
		return 0, err
	}
	if h.t.Dry {
		h.record(result.OperationStatement{SQL: q.SQL, Line: q.Line, Status: result.Skipped, StartedAt: time.Now(), Rows: -1})
		return -1, nil
	}
	return h.send(ctx, q, nil)
}

// mayBeSent refuses statements that steer transactions behind dex's back.
func (h *pythonHost) mayBeSent(sql string) error {
	for _, part := range sqltext.Split(sql, h.t.ops.Dialect) {
		if steersTransactions(part.Text, h.t.ops.Dialect) {
			return &pyrun.Refusal{Class: string(adapter.ClassOther), Statement: sql, Message: "a script begins and ends transactions by `with dex.transaction():`, not by statements of its own"}
		}
	}
	return nil
}

// countedRows hands a result on and counts it.
type countedRows struct {
	to    pyrun.Rows
	count int64
}

// Columns implements adapter.Rows.
func (r *countedRows) Columns(columns []adapter.Column) error {
	names, types := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		names[i], types[i] = c.Name, c.Type
	}
	return r.to.Columns(names, types)
}

// Rows implements adapter.Rows.
func (r *countedRows) Rows(rows [][]value.Value) error {
	r.count += int64(len(rows))
	return r.to.Rows(rows)
}

// send sends a statement and records how it went. out is nil for a statement whose
// rows nobody takes.
func (h *pythonHost) send(ctx context.Context, q pyrun.Statement, out *countedRows) (int64, error) {
	t := h.t
	st := result.OperationStatement{SQL: q.SQL, Line: q.Line, Status: result.Success, StartedAt: time.Now(), Rows: -1}
	t.Reached = t.Reached || !t.Dry
	var rows adapter.Rows
	if out != nil {
		rows = out
	}
	resp, err := t.Session.Stream(ctx, q.SQL, q.Args, rows)
	st.Elapsed, st.Message = time.Since(st.StartedAt), resp.Message
	switch {
	case err != nil:
		st.Status, st.Message = result.Error, messageOf(err)
	case out != nil:
		st.Rows = out.count
	default:
		st.Rows = resp.Rows
		if resp.Rows > 0 {
			t.Result.Rows = max(t.Result.Rows, 0) + resp.Rows
		}
	}
	if err == nil && out == nil && !t.Dry && !t.Inside && !t.Session.InTransaction() {
		t.Result.Committed = true
	}
	h.record(st)
	if err != nil {
		return 0, h.refusal(q.SQL, err)
	}
	return st.Rows, nil
}

// record puts a statement into the result.
func (h *pythonHost) record(st result.OperationStatement) {
	t := h.t
	t.ops.tell(t, event.Debug, event.OperationStatement{
		UniqueID: t.Result.Node, Operation: t.Op.Name, Index: len(t.Result.Statements) + t.Result.Unlisted + 1, Line: st.Line, SQL: st.SQL, Rows: st.Rows,
		Elapsed: st.Elapsed.Seconds(), Status: string(st.Status),
	})
	if len(t.Result.Statements) < listed {
		t.Result.Statements = append(t.Result.Statements, st)
		return
	}
	if t.Result.Unlisted++; t.Result.Unlisted == 1 {
		h.Log(pyrun.Line{Stream: "dex", Level: pyrun.Warning, Text: fmt.Sprintf("the script has sent more than %d statements: the result counts the further ones and does not list them", listed)})
	}
}

// refusal is an error of the session as the script sees it.
func (h *pythonHost) refusal(sql string, err error) error {
	class := string(h.t.ops.Executor.classOf(err))
	if ctxErr := (*adapter.DatabaseError)(nil); !errors.As(err, &ctxErr) && class == string(adapter.ClassOther) {
		return err // of the bridge, or of dex's own
	}
	return &pyrun.Refusal{Class: class, Message: h.p.Clean(messageOf(err)), Statement: sql, Err: err}
}

// Begin implements pyrun.Host. Where the operation is a hook within the transaction of
// its node, the block is part of that.
func (h *pythonHost) Begin(ctx context.Context) error {
	if h.blocks > 0 {
		return errors.New("dex.transaction() does not stand in another dex.transaction()")
	}
	h.blocks = 1
	if h.t.Dry || h.t.Inside {
		return nil
	}
	h.t.Reached = true
	if err := h.t.Session.Begin(ctx); err != nil {
		h.blocks = 0
		return h.refusal("BEGIN", err)
	}
	return nil
}

// Commit implements pyrun.Host.
func (h *pythonHost) Commit(ctx context.Context) error {
	h.blocks = 0
	if h.t.Dry || h.t.Inside {
		return nil
	}
	if err := h.t.Session.Commit(ctx); err != nil {
		refused := h.refusal("COMMIT", err)
		return errors.Join(refused, h.Rollback(ctx))
	}
	h.t.Result.Committed = true
	return nil
}

// Rollback implements pyrun.Host.
func (h *pythonHost) Rollback(ctx context.Context) error {
	h.blocks = 0
	if h.t.Dry {
		return nil
	}
	if h.t.Inside {
		h.doomed = true
		return nil
	}
	// It has to reach the database even where the run was cancelled.
	if err := h.t.Session.Rollback(context.WithoutCancel(ctx)); err != nil {
		return h.refusal("ROLLBACK", err)
	}
	return nil
}

// Ref implements pyrun.Host.
func (h *pythonHost) Ref(_ context.Context, args []value.Value, kw *value.Dict) (string, error) {
	return h.named("ref", args, kw)
}

// Source implements pyrun.Host.
func (h *pythonHost) Source(_ context.Context, source, table string) (string, error) {
	return h.named("source", []value.Value{value.Str(source), value.Str(table)}, nil)
}

func (h *pythonHost) named(function string, args []value.Value, kw *value.Dict) (string, error) {
	var named []value.Arg
	if kw != nil {
		kw.Each(func(k, v value.Value) bool {
			named = append(named, value.Arg{Name: value.ToStr(k), Value: v})
			return true
		})
	}
	v, err := h.t.Frame.CallFunction(function, args, named)
	if err != nil {
		return "", errors.New(messageOf(err))
	}
	return value.ToStr(v), nil
}

// Var implements pyrun.Host.
func (h *pythonHost) Var(_ context.Context, name string, def value.Value) (value.Value, error) {
	args := []value.Value{value.Str(name)}
	if def != nil {
		args = append(args, def)
	}
	v, err := h.t.Frame.CallFunction("var", args, nil)
	if err != nil {
		return nil, errors.New(messageOf(err))
	}
	return v, nil
}

// Env implements pyrun.Host.
func (h *pythonHost) Env(_ context.Context, name string, def value.Value) (value.Value, error) {
	if !h.allowed(name) {
		return nil, fmt.Errorf("the script may not read the environment variable %s: the operation's configuration names those that it may under `env`", name)
	}
	if v, ok := h.p.Getenv(name); ok {
		return value.Str(v), nil
	}
	if def == nil {
		return nil, fmt.Errorf("the environment variable %s is not set", name)
	}
	return def, nil
}

var eventLevels = map[pyrun.Level]event.Level{pyrun.Debug: event.Debug, pyrun.Info: event.Info, pyrun.Warning: event.Warn, pyrun.Error: event.Error}

// Log implements pyrun.Host: into the run's log, and to whoever looks.
func (h *pythonHost) Log(l pyrun.Line) {
	h.mu.Lock()
	defer h.mu.Unlock()
	text, beside := h.keep(l)
	h.told(eventLevels[l.Level], event.OperationLog{UniqueID: h.t.Result.Node, Operation: h.t.Op.Name, RunID: h.t.Result.RunID, Stream: l.Stream, Msg: text, Beside: beside})
}

// fail keeps how the run failed; its result tells those who look.
func (h *pythonHost) fail(err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keep(pyrun.Line{Stream: "dex", Level: pyrun.Error, Text: err.Error()})
}

// keep writes a line into the run's log, and gives its text and its fields without
// secrets.
func (h *pythonHost) keep(l pyrun.Line) (text, beside string) {
	if l.Fields != nil && l.Fields.Len() > 0 {
		b, err := value.AppendJSON(nil, l.Fields, value.JSONOptions{Default: func(x value.Value) (value.Value, error) { return value.Str(value.ToStr(x)), nil }})
		if err == nil {
			beside = string(b)
		}
	}
	now := time.Now()
	text = h.p.Clean(l.Text)
	line := fmt.Sprintf("%s %-7s %-6s %s", now.UTC().Format("2006-01-02T15:04:05.000Z"), l.Level, l.Stream, strings.ReplaceAll(text, "\n", "\n    "))
	if beside = h.p.Clean(beside); beside != "" {
		line += "  " + beside
	}
	if _, err := io.WriteString(h.log, line+"\n"); err != nil && h.failed == nil {
		h.failed = err
	}
	return text, beside
}

// Progress implements pyrun.Host: a line for each tenth, and for each second.
func (h *pythonHost) Progress(p pyrun.Progress) {
	h.mu.Lock()
	defer h.mu.Unlock()
	percent, now := -1, time.Now()
	if p.Total > 0 {
		percent = int(100 * p.Done / p.Total)
	}
	if now.Sub(h.at) < time.Second && percent/10 == h.percent/10 && h.percent < percent && percent < 100 {
		return
	}
	h.percent, h.at = percent, now
	h.told(event.Info, event.OperationProgress{
		UniqueID: h.t.Result.Node, Operation: h.t.Op.Name, RunID: h.t.Result.RunID, Done: p.Done, Total: p.Total, Msg: h.p.Clean(p.Message),
	})
}

// Notify implements pyrun.Host.
func (h *pythonHost) Notify(ctx context.Context, n pyrun.Notice) error {
	e, t := h.t.ops.Executor, h.t
	if n.Severity == "" {
		n.Severity = "info"
	}
	known := false
	for _, s := range severities {
		known = known || s == n.Severity
	}
	switch {
	case !known:
		return fmt.Errorf("%q is no severity: there are %s", n.Severity, strings.Join(severities, ", "))
	case t.Dry:
		h.Log(pyrun.Line{Stream: "dex", Level: pyrun.Info, Text: fmt.Sprintf("would tell %s: %s", strings.Join(n.Channels, ", "), n.Message)})
		return nil
	case e.Notifier == nil:
		return fmt.Errorf("dex.yml has no channel %s: notifications are told there under notifications: channels:", strings.Join(n.Channels, ", "))
	}
	return e.Notifier.Send(ctx, n.Channels, notify.Message{
		Title: n.Title, Text: n.Message, Severity: n.Severity, Event: "message", Key: t.Result.Node, Project: e.Inv.Project, Target: e.targetName(),
		Invocation: e.Inv.ID, Operation: t.Op.Name, User: t.Result.User, At: time.Now(), Details: n.Details,
	})
}

// Result implements pyrun.Host.
func (h *pythonHost) Result(_ context.Context, v value.Value) error {
	b, err := value.AppendJSON(nil, v, value.JSONOptions{Default: func(x value.Value) (value.Value, error) { return value.Str(value.ToStr(x)), nil }})
	if err != nil {
		return err
	}
	if len(b) > maxResult {
		return fmt.Errorf("a result may have %d KiB as JSON, and this one has %d: keep what is larger by dex.artifact()", maxResult>>10, len(b)>>10)
	}
	h.t.Result.Value = v
	return nil
}

// Artifact implements pyrun.Host.
func (h *pythonHost) Artifact(_ context.Context, name, path string) (string, error) {
	to := filepath.Join(h.p.Files(h.t.Op, h.t.Result.RunID), filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", fmt.Errorf("keep the artifact %s: %w", name, err)
	}
	if err := move(path, to); err != nil {
		return "", fmt.Errorf("keep the artifact %s: %w", name, err)
	}
	kept := to
	if rel, err := filepath.Rel(h.p.Root, to); err == nil && filepath.IsLocal(rel) {
		kept = filepath.ToSlash(rel)
	}
	for _, have := range h.t.Result.Artifacts {
		if have == kept {
			return kept, nil
		}
	}
	h.t.Result.Artifacts = append(h.t.Result.Artifacts, kept)
	return kept, nil
}

// move puts a file under another name, which it takes whole: from another file system
// it is copied beside it first.
func move(from, to string) error {
	if err := os.Chmod(from, 0o644); err != nil {
		return err
	}
	if os.Rename(from, to) == nil {
		return nil
	}
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	tmp, err := os.CreateTemp(filepath.Dir(to), ".artifact-")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone by then where all went well
	_, err = io.Copy(tmp, in)
	if err = errors.Join(err, tmp.Chmod(0o644), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), to)
}

var _ pyrun.Host = (*pythonHost)(nil)
