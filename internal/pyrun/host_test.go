package pyrun

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/jinja/value"
)

// python finds the interpreter that the tests run scripts with.
func python(t testing.TB) string {
	t.Helper()
	if p := os.Getenv("DEX_PYTHON"); p != "" {
		return p
	}
	p, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("LEFT OUT: there is no python3")
	}
	return p
}

// host answers a script without a database: a statement is answered by the function
// of its first word.
type host struct {
	mu        sync.Mutex
	lines     []Line
	said      chan string // each line, where somebody listens
	calls     []string
	progress  []Progress
	notices   []Notice
	result    value.Value
	artifacts map[string]string
	query     func(ctx context.Context, q Statement, rows Rows) error
	execute   func(ctx context.Context, q Statement) (int64, error)
}

func (h *host) call(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls = append(h.calls, fmt.Sprintf(format, args...))
}

func (h *host) Query(ctx context.Context, q Statement, rows Rows) error {
	h.call("query %s %s", q.SQL, argsText(q.Args))
	if h.query != nil {
		return h.query(ctx, q, rows)
	}
	if err := rows.Columns([]string{"n"}, []string{"INTEGER"}); err != nil {
		return err
	}
	return rows.Rows([][]value.Value{{value.Int(1)}, {value.Int(2)}})
}

func (h *host) Execute(ctx context.Context, q Statement) (int64, error) {
	h.call("execute %s %s", q.SQL, argsText(q.Args))
	if h.execute != nil {
		return h.execute(ctx, q)
	}
	return 3, nil
}

func argsText(args []value.Arg) string {
	var b strings.Builder
	for _, a := range args {
		fmt.Fprintf(&b, "%s=%s:%s ", a.Name, a.Value.Type(), value.Repr(a.Value))
	}
	return strings.TrimSpace(b.String())
}

func (h *host) Begin(context.Context) error    { h.call("begin"); return nil }
func (h *host) Commit(context.Context) error   { h.call("commit"); return nil }
func (h *host) Rollback(context.Context) error { h.call("rollback"); return nil }

func (h *host) Ref(_ context.Context, args []value.Value, kw *value.Dict) (string, error) {
	if value.ToStr(args[0]) == "nothing" {
		return "", errors.New("there is no model nothing")
	}
	return `"db"."main"."` + value.ToStr(args[len(args)-1]) + `"` + value.ToStr(kw), nil
}

func (h *host) Source(_ context.Context, source, table string) (string, error) {
	return source + "." + table, nil
}

func (h *host) Var(_ context.Context, name string, def value.Value) (value.Value, error) {
	if def == nil {
		return nil, errors.New("there is no variable " + name)
	}
	return def, nil
}

func (h *host) Env(_ context.Context, name string, _ value.Value) (value.Value, error) {
	return value.Str("value of " + name), nil
}

func (h *host) Log(l Line) {
	h.mu.Lock()
	h.lines = append(h.lines, l)
	said := h.said
	h.mu.Unlock()
	select {
	case said <- l.Text:
	default: // nobody listens, or enough has been said
	}
}

func (h *host) Progress(p Progress) { h.progress = append(h.progress, p) }

func (h *host) Notify(_ context.Context, n Notice) error {
	if n.Channels[0] == "nowhere" {
		return errors.New("there is no channel nowhere")
	}
	h.notices = append(h.notices, n)
	return nil
}

func (h *host) Result(_ context.Context, v value.Value) error {
	h.result = v
	return nil
}

func (h *host) Artifact(_ context.Context, name, path string) (string, error) {
	b, err := os.ReadFile(path)
	if h.artifacts == nil {
		h.artifacts = map[string]string{}
	}
	h.artifacts[name] = string(b)
	return "kept/" + name, err
}

// text is the log, a line each.
func (h *host) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, l := range h.lines {
		out = append(out, l.Stream+": "+l.Text)
	}
	return strings.Join(out, "\n")
}

// job makes a job of a script's text.
func job(t testing.TB, script string) Job {
	t.Helper()
	dir := t.TempDir()
	py := python(t)
	return Job{
		Name: "the operation op", Path: filepath.Join(dir, "op.py"), Code: []byte(script), Dir: dir, Cache: sharedCache(t),
		Grace: 2 * time.Second,
		Getenv: func(name string) (string, bool) {
			if name == "DEX_PYTHON" {
				return py, true
			}
			return os.LookupEnv(name)
		},
	}
}

var cache struct {
	sync.Mutex
	dir string
}

// sharedCache is a .dex for all tests, so that Python compiles the module once.
func sharedCache(t testing.TB) string {
	t.Helper()
	cache.Lock()
	defer cache.Unlock()
	if cache.dir == "" {
		dir, err := os.MkdirTemp("", "dex-pyrun-test-")
		if err != nil {
			t.Fatal(err)
		}
		cache.dir = dir
	}
	return cache.dir
}

func TestMain(m *testing.M) {
	code := m.Run()
	if cache.dir != "" {
		os.RemoveAll(cache.dir)
	}
	os.Exit(code)
}

// runScript runs a script with a host of its own and fails where it hangs.
func runScript(t *testing.T, script string) (*host, error) {
	t.Helper()
	h := &host{}
	return h, Run(bounded(t), job(t, script), h)
}

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(stop)
	return ctx
}
