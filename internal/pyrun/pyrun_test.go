package pyrun

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// TestModule goes through everything that the module offers.
func TestModule(t *testing.T) {
	script := `
import datetime, os, sys
import dex
assert dex.params.role == "finance" and dex.params["day"] == datetime.date(2024, 5, 1), dex.params
assert dex.params.items == [1, 2] and len(dex.params) == 3 and sorted(dex.params) == ["day", "items", "role"]
assert dex.target.name == "dev" and dex.target["schema"] == "main"
assert (dex.invocation_id, dex.run_id, dex.attempt, dex.dry_run) == ("inv", "run", 2, False)
rows = dex.query("select 1")
assert rows == [{"n": 1}, {"n": 2}] and rows.columns == ["n"] and rows.types == ["INTEGER"], rows
assert list(dex.stream("select 1")) == rows
for row in dex.stream("select 2"):
    try:
        dex.execute("x")
    except dex.Error as e:
        assert "still being read" in str(e)
    else:
        assert False
    break
assert dex.execute("delete from t where a = ? and b = $1", [1, "x'y"]) == 3
dex.execute("update t set a = $a", {"a": None})
with dex.transaction():
    dex.execute("insert")
try:
    with dex.transaction():
        raise ValueError("no")
except ValueError:
    pass
assert dex.ref("orders") == '"db"."main"."orders"{}', dex.ref("orders")
assert dex.ref("p", "orders", v=2).endswith("{'version': 2}")
assert dex.source("raw", "t") == "raw.t"
assert dex.var("x", [1, None]) == [1, None]
assert dex.env("TOKEN") == "value of TOKEN"
for call in (lambda: dex.var("y"), lambda: dex.ref("nothing"), lambda: dex.notify("nowhere", "m")):
    try:
        call()
    except dex.DatabaseError:
        assert False
    except dex.Error as e:
        assert "there is no" in str(e)
    else:
        assert False
dex.log.info("sent %d of %s", 3, "five", rows=3, day=datetime.date(2024, 5, 1), what=object)
dex.log.warning("careful")
dex.progress(0, 2)
dex.progress(1, 2)
dex.progress(2, 2, "done")
dex.notify(["oncall", "mail"], "it is done", severity="warning", title="T", details={"n": 1})
assert dex.artifact("a/b.txt", "grün") == "kept/a/b.txt"
big = os.urandom(1 << 20) * 2 + b"end"
dex.artifact("big.bin", big)
open("here.csv", "wb").write(big)
assert dex.artifact("here.csv") == "kept/here.csv"
for bad in ("../x", "/x", "", "a/../../b", ".", "a\\b"):
    try:
        dex.artifact(bad, b"")
    except dex.Error:
        pass
    else:
        assert False, bad
dex.artifact("empty", b"")
print("out")
print("err", file=sys.stderr)
dex.result({"n": 1, "when": datetime.date(2024, 5, 1)})
`
	j := job(t, script)
	params := value.NewDict(3)
	params.SetStr("role", value.Str("finance"))
	params.SetStr("day", pylib.NewDate(2024, 5, 1))
	params.SetStr("items", value.NewList(value.Int(1), value.Int(2)))
	target := value.NewDict(2)
	target.SetStr("name", value.Str("dev"))
	target.SetStr("schema", value.Str("main"))
	j.Facts = Facts{Params: params, Target: target, InvocationID: "inv", RunID: "run", Attempt: 2}
	h := &host{}
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"query select 1 ", "query select 1 ", "query select 2 ",
		`execute delete from t where a = ? and b = $1 =int:1 =str:"x'y"`,
		"execute update t set a = $a a=NoneType:None", "begin", "execute insert ", "commit", "begin", "rollback",
	}
	if got := strings.Join(h.calls, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("calls\n%s", got)
	}
	if got := value.Repr(h.result); got != "{'n': 1, 'when': datetime.date(2024, 5, 1)}" {
		t.Errorf("result %s", got)
	}
	if len(h.artifacts["big.bin"]) != 2<<20+3 || h.artifacts["here.csv"] != h.artifacts["big.bin"] || h.artifacts["a/b.txt"] != "grün" {
		t.Errorf("artifacts of %d, %d bytes, %q", len(h.artifacts["big.bin"]), len(h.artifacts["here.csv"]), h.artifacts["a/b.txt"])
	}
	if text, ok := h.artifacts["empty"]; !ok || text != "" {
		t.Errorf("the empty file: %q, %t", text, ok)
	}
	if n := h.notices; len(n) != 1 || n[0].Message != "it is done" || n[0].Severity != "warning" || n[0].Details["n"] != "1" || len(n[0].Channels) != 2 {
		t.Errorf("notices %+v", n)
	}
	if p := h.progress; len(p) < 2 || p[len(p)-1] != (Progress{2, 2, "done"}) {
		t.Errorf("progress %+v", p)
	}
	for _, line := range []string{"log: sent 3 of five", "log: careful", "stdout: out", "stderr: err"} {
		if !strings.Contains(h.text(), line) {
			t.Errorf("the log lacks %q:\n%s", line, h.text())
		}
	}
	for _, l := range h.lines {
		if l.Text == "sent 3 of five" && value.Repr(l.Fields) != "{'rows': 3, 'day': datetime.date(2024, 5, 1), 'what': \"<class 'object'>\"}" {
			t.Errorf("fields %s", value.Repr(l.Fields))
		}
		if l.Text == "careful" && l.Level != Warning {
			t.Errorf("level %s", l.Level)
		}
	}
}

func TestCallOfMain(t *testing.T) {
	params := value.NewDict(2)
	params.SetStr("a", value.Int(1))
	params.SetStr("b", value.Str("x"))
	for name, c := range map[string]struct{ script, result, err string }{
		"called":       {"def main(a, b='y', c=3): return [a, b, c]", "[1, 'x', 3]", ""},
		"keyword only": {"def main(*, b, **kw): return [b, kw]", "['x', {'a': 1}]", ""},
		"position":     {"def main(a, /, b): return [a, b]", "[1, 'x']", ""},
		"asynchronous": {"async def main(a): return a", "1", ""},
		"once":         {"import dex\nn = 0\ndef main():\n  global n\n  n += 1\n  dex.result(n)\nif __name__ == '__main__': main()", "1", ""},
		"wrapped":      {"import functools\ndef deco(f):\n  @functools.wraps(f)\n  def g(*a, **k): return f(*a, **k)\n  return g\n@deco\ndef main(a): return a", "1", ""},
		"without":      {"import dex\nif __name__ == '__main__': dex.result(7)", "7", ""},
		"first wins":   {"import dex\ndef main():\n  dex.result(1)\n  return 2", "1", ""},
		"unknown":      {"def main(a, nope): pass", "", "main() takes what is no parameter of the operation: nope; its parameters: a, b"},
		"no result":    {"def main(a): pass", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			j, h := job(t, c.script), &host{}
			j.Facts.Params = params
			err := Run(bounded(t), j, h)
			if c.err != "" {
				if err == nil || !strings.Contains(err.Error(), c.err) {
					t.Errorf("error %v", err)
				}
				return
			}
			got := ""
			if h.result != nil {
				got = value.Repr(h.result)
			}
			if err != nil || got != c.result {
				t.Errorf("result %s, %v", got, err)
			}
		})
	}
}

// TestTraceback: frames of the module are left out; the lines shown are those that ran.
func TestTraceback(t *testing.T) {
	h := &host{query: func(context.Context, Statement, Rows) error {
		return &Refusal{Class: "missing", Message: "Catalog Error: no table t", Statement: "select * from t"}
	}}
	j := job(t, "import dex\ndef inner():\n    dex.query('select * from t')\ndef main():\n    try:\n        inner()\n    except dex.DatabaseError as e:\n        assert e.error_class == 'missing' and e.statement == 'select * from t', e.error_class\n        raise\n")
	err := Run(bounded(t), j, h)
	var failed *Failed
	if !errors.As(err, &failed) {
		t.Fatalf("error %T %v", err, err)
	}
	if failed.Class != "missing" || failed.Statement != "select * from t" || failed.Type != "DatabaseError" || failed.Message != "Catalog Error: no table t" {
		t.Errorf("%+v", failed)
	}
	for _, want := range []string{"Traceback (most recent call last):\n  File \"" + j.Path + "\", line 6, in main\n    inner()", "line 3, in inner\n    dex.query('select * from t')", "DatabaseError: Catalog Error: no table t"} {
		if !strings.Contains(failed.Traceback, want) {
			t.Errorf("the traceback lacks %q:\n%s", want, failed.Traceback)
		}
	}
	for _, not := range []string{"dex.py", "start.py", "_exchange"} {
		if strings.Contains(failed.Traceback, not) {
			t.Errorf("the traceback holds %q:\n%s", not, failed.Traceback)
		}
	}
}

func TestSyntaxErrorOfTheScript(t *testing.T) {
	_, err := runScript(t, "x = 1\ndef main(:\n")
	var failed *Failed
	if !errors.As(err, &failed) || failed.Type != "SyntaxError" || !strings.Contains(failed.Traceback, "line 2") || !strings.Contains(failed.Traceback, "def main(:") {
		t.Errorf("error %v", err)
	}
}

// A script's own threads may use dex; their requests come one after the other.
func TestThreads(t *testing.T) {
	h, err := runScript(t, `
import threading, dex
def work(n):
    for i in range(20):
        assert dex.execute("e") == 3
        assert dex.query("q")[1]["n"] == 2
def later():
    import time
    time.sleep(0.2)
    dex.log.info("later")
ts = [threading.Thread(target=work, args=(n,)) for n in range(8)]
for x in ts: x.start()
threading.Thread(target=later).start()
for x in ts: x.join()
`)
	if err != nil || len(h.calls) != 320 || !strings.Contains(h.text(), "later") {
		t.Errorf("%d calls, %v, log %s", len(h.calls), err, h.text())
	}
}

// TestLargeResult: pieces go out as they are made; neither side ever has all.
func TestLargeResult(t *testing.T) {
	const pieces, rows = 200, 1000
	h := &host{query: func(_ context.Context, _ Statement, out Rows) error {
		if err := out.Columns([]string{"id", "id", "name"}, []string{"BIGINT", "BIGINT", "VARCHAR"}); err != nil {
			return err
		}
		for p := range pieces {
			some := make([][]value.Value, rows)
			for i := range some {
				some[i] = []value.Value{value.Int(p*rows + i), value.None, value.Str(strings.Repeat("x", 50))}
			}
			if err := out.Rows(some); err != nil {
				return err
			}
		}
		return nil
	}}
	j := job(t, `
import dex
def main():
    n = total = 0
    for row in dex.stream("select"):
        n += 1
        total += row["id"]
        assert row["id_1"] is None
    return [n, total, len(dex.query("select"))]
`)
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	if got := value.Repr(h.result); got != "[200000, 19999900000, 200000]" {
		t.Errorf("result %s", got)
	}
}

func TestTimeout(t *testing.T) {
	j := job(t, "while True: pass")
	j.Timeout = 300 * time.Millisecond
	err := Run(bounded(t), j, &host{})
	if !errors.Is(err, ErrTimeout) || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "300ms") {
		t.Errorf("error %v", err)
	}
}

// TestCancel: a script that is to end may still clean up, and be heard.
func TestCancel(t *testing.T) {
	j := job(t, "import dex\ntry:\n    with dex.transaction():\n        dex.log.info('up')\n        while True: pass\nfinally:\n    dex.log.info('cleaned up')\n")
	h := &host{said: make(chan string, 10)}
	ctx, cancel := context.WithCancel(bounded(t))
	go func() {
		<-h.said
		cancel()
	}()
	if err := Run(ctx, j, h); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(h.text(), "cleaned up") || strings.Join(h.calls, " ") != "begin rollback" {
		t.Errorf("log %s, calls %q", h.text(), h.calls)
	}
}

// TestExceptionInStream: whoever is thrown out of a stream can clean up, and roll back.
func TestExceptionInStream(t *testing.T) {
	h, err := runScript(t, `
import dex
it = dex.stream("kept")
next(it)
try:
    dex.execute("refused")
except dex.Error as e:
    assert "still being read" in str(e), e
assert next(it) == {"n": 2}
it.close()
try:
    with dex.transaction():
        for row in dex.stream("q"):
            raise KeyError("k")
except KeyError:
    pass
assert dex.execute("after") == 3
`)
	if err != nil || strings.Join(h.calls, "|") != "query kept |begin|query q |rollback|execute after " {
		t.Errorf("calls %q, %v", h.calls, err)
	}
}

// TestCancelBeforeAnyRequest: a script that has asked dex for nothing hears of its end.
func TestCancelBeforeAnyRequest(t *testing.T) {
	h := &host{said: make(chan string, 10)}
	ctx, cancel := context.WithCancel(bounded(t))
	go func() {
		<-h.said
		cancel()
	}()
	err := Run(ctx, job(t, "try:\n    print('up')\n    while True: pass\nfinally:\n    print('cleaned up')\n"), h)
	if !errors.Is(err, context.Canceled) || !strings.Contains(h.text(), "stdout: cleaned up") {
		t.Errorf("error %v, log %s", err, h.text())
	}
}

// TestCancelInQuery: what a script says after an answer that it could not take is
// understood all the same.
func TestCancelInQuery(t *testing.T) {
	for _, call := range []string{"dex.query('q')", "list(dex.stream('q'))", "dex.execute('e')"} {
		asked, once := make(chan struct{}), sync.Once{}
		wait := func(ctx context.Context) error {
			once.Do(func() { close(asked) })
			<-ctx.Done()
			return &Refusal{Class: "cancelled", Message: "interrupted"}
		}
		h := &host{
			query: func(ctx context.Context, _ Statement, rows Rows) error {
				if err := rows.Columns([]string{"n"}, []string{""}); err != nil {
					return err
				}
				if err := rows.Rows([][]value.Value{{value.Int(1)}}); err != nil {
					return err
				}
				return wait(ctx)
			},
			execute: func(ctx context.Context, _ Statement) (int64, error) { return 0, wait(ctx) },
		}
		ctx, cancel := context.WithCancel(bounded(t))
		go func() {
			<-asked
			cancel()
		}()
		err := Run(ctx, job(t, `
import dex
with dex.transaction():
    try:
        while True:
            try:
                `+call+`
            except dex.DatabaseError:
                pass  # the interrupted statement's own error may come before Cancelled
    finally:
        dex.log.info(dex.ref('orders'))
`), h)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", call, err)
		}
		if !strings.Contains(h.text(), `log: "db"."main"."orders"`) || h.calls[len(h.calls)-1] != "rollback" {
			t.Errorf("%s: log %s, calls %q", call, h.text(), h.calls)
		}
	}
}

func TestOutsideOfAnOperation(t *testing.T) {
	j := job(t, "")
	h := &host{}
	j.Code = []byte(`
import os, subprocess, sys
import dex
p = subprocess.run([sys.executable, "-c", "import dex\ntry: dex.query('x')\nexcept dex.Error as e: print(e)"], capture_output=True, text=True)
print(p.stdout, p.stderr)
pid = os.fork()
if pid == 0:
    try: dex.query('x')
    except dex.Error as e: print(e, flush=True)
    sys.exit(0)
os.waitpid(pid, 0)
`)
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"this process is not an operation of dex", "that the script has forked"} {
		if !strings.Contains(h.text(), want) {
			t.Errorf("the log lacks %q:\n%s", want, h.text())
		}
	}
	if len(h.calls) != 0 {
		t.Errorf("calls %q", h.calls)
	}
}
