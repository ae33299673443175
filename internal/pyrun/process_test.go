//go:build linux

package pyrun

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dex/internal/jinja/value"
)

// TestBadScripts: whatever a script does, it ends with an error that says what
// happened, and never with a hang.
func TestBadScripts(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"exit code":       {"import sys\nprint('because', file=sys.stderr)\nsys.exit(3)", "exit code 3\nbecause"},
		"exit text":       {"import sys\nsys.exit('no such role')", "exit code 1\nno such role"},
		"killed":          {"import os\nos.kill(os.getpid(), 9)", "SIGKILL"},
		"segfault":        {"import os\nos.kill(os.getpid(), 11)", "by a signal: segmentation fault"},
		"os._exit":        {"import os\nos._exit(0)", "without telling dex that it is done"},
		"closed":          {"import dex\ndex._link.socket.close()", "without telling dex that it is done"},
		"closed, lives":   {"import dex, time\ndex._link.socket.close()\ntime.sleep(600)", "closed its connection to dex and went on"},
		"garbage":         {"import dex, time\ndex._link.socket.sendall(b'GET / HTTP/1.1\\r\\n\\r\\n')\ntime.sleep(600)", "no message of the module dex"},
		"no JSON":         {"import dex, time\ndex._link.socket.sendall(b'\\0\\0\\0\\3{{{')\ntime.sleep(600)", "no message of the module dex"},
		"no object":       {"import dex, time\ndex._link.socket.sendall(b'\\0\\0\\0\\1[]'[:4]+b'1')\ntime.sleep(600)", "no message of the module dex"},
		"no UTF-8":        {"import dex, time\ndex._link.socket.sendall(b'\\0\\0\\0\\3\"\\xff\"')\ntime.sleep(600)", "no message of the module dex"},
		"deep":            {"import dex, time\nb = b'[' * 1000000\ndex._link.socket.sendall(len(b).to_bytes(4, 'big') + b)\ntime.sleep(600)", "no message of the module dex"},
		"half a message":  {"import dex, os\ndex._link.socket.sendall(b'\\0\\0\\1\\0{\"op\"')\nos._exit(0)", "in the middle of a message"},
		"half, lives":     {"import dex, time, _socket\ndex._link.socket.sendall(b'\\0\\0\\1\\0{\"op\"')\ndex._link.socket.shutdown(2)\ntime.sleep(600)", "in the middle of a message"},
		"unknown request": {"import dex\ndex._ask({'op': 'credentials'})", `asked for "credentials"`},
		"bad value":       {"import dex\ndex._ask({'op': 'result', 'value': {'$': 'dec', 'v': 'x'}})", `a value of kind "dec"`},
		"too large":       {"import dex\ndex.execute('x' * (61 << 20))", "a message to dex may have 60 MiB"},
		"surrogate":       {"import dex\ndex.execute('\\ud800')", "UnicodeEncodeError"},
		"odd value":       {"import dex\ndex.execute('x', [object()])", "dex cannot take a value of type builtins.object"},
		"out of memory":   {"import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 28, 1 << 28))\nx = 'x' * (1 << 30)", "MemoryError"},
		"recursion":       {"def f(): f()\nf()", "RecursionError"},
		"stdin":           {"input()", "EOFError"},
		"threads live on": {"import threading, dex, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\nraise KeyError('k')", "KeyError: 'k'"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := runScript(t, c.script)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q\nlog: %s", err, c.want, h.text())
			}
		})
	}
}

// TestStubbornScript does not end when it is asked to.
func TestStubbornScript(t *testing.T) {
	j := job(t, "import signal, dex\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ndex.log.info('up')\nwhile True: pass")
	j.Grace = 200 * time.Millisecond
	h := &host{said: make(chan string, 10)}
	ctx, cancel := context.WithCancel(bounded(t))
	go func() {
		<-h.said
		cancel()
	}()
	if err := Run(ctx, j, h); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestDoesNotReadAnswers: a script that asks and does not read cannot hold dex up.
func TestDoesNotReadAnswers(t *testing.T) {
	h := &host{query: func(_ context.Context, _ Statement, rows Rows) error {
		err := rows.Columns([]string{"x"}, []string{"VARCHAR"})
		for err == nil {
			err = rows.Rows([][]value.Value{{value.Str(strings.Repeat("x", 1<<20))}})
		}
		return err
	}}
	j := job(t, "import dex, time\ndex._link.send({'op': 'query', 'sql': 'x', 'params': None})\ntime.sleep(600)")
	j.Timeout = time.Second
	if err := Run(bounded(t), j, h); !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v", err)
	}
}

// TestFlood: what a script prints without end takes neither memory nor disk.
func TestFlood(t *testing.T) {
	j := job(t, "import sys\nsys.stdout.write('x' * 3000000 + '\\n')\nfor i in range(300000): print('line', i)\nsys.stderr.write('last')")
	j.LogLimit = 200 << 10
	h := &host{}
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	total := 0
	for _, l := range h.lines {
		total += len(l.Text)
	}
	last := h.lines[len(h.lines)-1].Text
	if total > 300<<10 || !strings.Contains(h.text(), "(cut)") || !strings.Contains(h.text(), "is not kept") || !strings.Contains(last, "lines of the script's output were not kept") {
		t.Errorf("%d bytes, the last: %s", total, last)
	}
}

// leaveBehind are scripts that leave a process behind, whose id they log.
var leaveBehind = map[string]string{
	"child":        `p = subprocess.Popen(["sleep", "600"]); left(p.pid)`,
	"own session":  `p = subprocess.Popen(["sleep", "600"], start_new_session=True); left(p.pid)`,
	"no mark":      `p = subprocess.Popen(["sleep", "600"], start_new_session=True, env={}); left(p.pid)`,
	"stubborn":     `p = subprocess.Popen(["sh", "-c", "trap '' TERM HUP; while :; do sleep 600; done"]); left(p.pid)`,
	"holds output": `p = subprocess.Popen(["sleep", "600"], stdout=sys.stderr, start_new_session=True); left(p.pid)`,
	"daemonised": `
r, w = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(w, str(os.getpid()).encode())
        os.execve("/bin/sleep", ["sleep", "600"], {})
    os._exit(0)
os.wait()
left(int(os.read(r, 100)))
`,
	"multiprocessing": `
import multiprocessing
p = multiprocessing.get_context("fork").Process(target=__import__("time").sleep, args=(600,), daemon=False)
p.start(); left(p.pid); os.write(1, b""); sys.stdout.flush(); dex._bye(); os._exit(0)
`,
}

const leavePrelude = "import os, subprocess, sys, dex\ndef left(pid):\n    dex.log.info('left %d' % pid)\n"

// TestNothingIsLeft: by a good end, and by a cancel.
func TestNothingIsLeft(t *testing.T) {
	for name, script := range leaveBehind {
		t.Run(name, func(t *testing.T) {
			h, err := runScript(t, leavePrelude+script)
			if err != nil {
				t.Fatal(err)
			}
			gone(t, leftPid(t, h))
			if !strings.Contains(h.text(), "left processes running, and they were ended: ") {
				t.Errorf("nobody was told: %s", h.text())
			}
		})
		t.Run(name+", cancelled", func(t *testing.T) {
			j := job(t, leavePrelude+script+"\nwhile True: pass\n")
			if name == "multiprocessing" {
				t.Skip("ends by itself")
			}
			j.Grace = 300 * time.Millisecond
			h := &host{said: make(chan string, 10)}
			ctx, cancel := context.WithCancel(bounded(t))
			go func() {
				<-h.said
				cancel()
			}()
			if err := Run(ctx, j, h); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v", err)
			}
			gone(t, leftPid(t, h))
		})
	}
}

// TestManyChildren: processes that go on making processes.
func TestManyChildren(t *testing.T) {
	h, err := runScript(t, `
import os, dex, time
for i in range(30):
    if os.fork() == 0:
        os.setsid()
        for j in range(3):
            if os.fork() == 0:
                os.setsid()
        time.sleep(600)
dex.log.info("left %d" % os.getpid())
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range allChildren() {
		// A zombie may be TestKilledDex's, which was none of this process's own.
		if strings.HasPrefix(p.name, "python") && p.state != 'Z' {
			t.Errorf("%v is left", p)
		}
	}
	if !strings.Contains(h.text(), "were ended") {
		t.Errorf("log %s", h.text())
	}
}

// TestSideBySide: the end of one operation leaves the processes of another alone.
func TestSideBySide(t *testing.T) {
	first := &host{said: make(chan string, 10)}
	ctx, cancel := context.WithCancel(bounded(t))
	over := make(chan error, 1)
	j := job(t, leavePrelude+leaveBehind["own session"]+"\nwhile True: pass\n")
	go func() { over <- Run(ctx, j, first) }()
	<-first.said
	if _, err := runScript(t, leavePrelude+leaveBehind["own session"]); err != nil {
		t.Error(err)
	}
	pid := leftPid(t, first)
	if unix.Kill(pid, 0) != nil {
		t.Error("the end of one operation ended a process of another")
	}
	cancel()
	<-over
	gone(t, pid)
}

// leftPid is the process that a script says it left.
func leftPid(t *testing.T, h *host) int {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.lines {
		if s, ok := strings.CutPrefix(l.Text, "left "); ok {
			pid, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatal("the script left nothing")
	return 0
}

func gone(t *testing.T, pid int) {
	t.Helper()
	if err := unix.Kill(pid, 0); err == nil {
		t.Errorf("process %d is left", pid)
		_ = unix.Kill(pid, unix.SIGKILL)
	}
}

// TestKilledDex: where dex is killed, the kernel ends the script and its children. The
// test runs itself as dex.
func TestKilledDex(t *testing.T) {
	if os.Getenv("PYRUN_TEST_DEX") != "" {
		h := &host{said: make(chan string, 1)}
		go func() { fmt.Println(<-h.said) }()
		// The script never lets go of the interpreter, and does not look at signals.
		err := Run(context.Background(), job(t, "import os, signal, subprocess, dex\nsignal.signal(15, signal.SIG_IGN)\np = subprocess.Popen(['sleep', '600'])\ndex.log.info('%d %d' % (os.getpid(), p.pid))\nimport re\nre.match('(a*)*b', 'a' * 60)"), h)
		fmt.Println(err)
		return
	}
	python(t)
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledDex$")
	cmd.Env = append(os.Environ(), "PYRUN_TEST_DEX=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var script, child int
	if _, err := fmt.Fscan(out, &script, &child); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for _, pid := range []int{script, child} {
		awaitEnd(t, pid)
	}
	_ = cmd.Wait() // killed
}

// awaitEnd waits until a process that is not ours has ended: as a zombie, or gone.
func awaitEnd(t *testing.T, pid int) {
	t.Helper()
	for start := time.Now(); time.Since(start) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if p, ok := readProc(strconv.Itoa(pid)); !ok || p.state == 'Z' || p.state == 'X' {
			return
		}
	}
	t.Errorf("process %d outlives dex", pid)
	_ = unix.Kill(pid, unix.SIGKILL)
}

// TestEnvironment: the script's environment is what is said, and holds no secret.
func TestEnvironment(t *testing.T) {
	t.Setenv("DBT_ENV_SECRET_PW", "hunter22")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter23")
	t.Setenv("S3_BUCKET", "b")
	t.Setenv("LANG", "C.UTF-8")
	j := job(t, `
import os, sys, dex
names = sorted(os.environ)
proc = "".join(open("/proc/self/" + f, "rb").read().decode("latin-1") for f in ("environ", "cmdline"))
fds = []
for fd in os.listdir("/proc/self/fd"):
    try: fds.append(os.readlink("/proc/self/fd/" + fd))
    except OSError: pass
left = os.listdir(os.path.dirname(sys.modules["dex"]._run.__code__.co_filename))
dex.result([names, proc, fds, dict(dex.target), sys.argv, dex._link.socket.getpeername()])
`)
	j.Env = []string{"S3_BUCKET", "NOT_SET"}
	h := &host{}
	if err := Run(bounded(t), j, h); err != nil {
		t.Fatal(err)
	}
	all := value.Repr(h.result)
	for _, secret := range []string{"hunter2", "SECRET"} {
		if strings.Contains(all, secret) {
			t.Errorf("the script sees %s in %s", secret, all)
		}
	}
	names := value.Repr(h.result.(*value.List).Elems[0])
	for _, n := range []string{"PATH", "HOME", "S3_BUCKET", "LANG"} {
		if !strings.Contains(names, "'"+n+"'") {
			t.Errorf("%s is missing from %s", n, names)
		}
	}
	allowed := map[string]bool{"PATH": true, "HOME": true, "LANG": true, "TZ": true, "S3_BUCKET": true, "DEX_OPERATION": true, "PYTHONPATH": true,
		"LC_CTYPE": true /* Python's own */, "__CF_USER_TEXT_ENCODING": true, "PWD": true, "SHLVL": true, "_": true, "OLDPWD": true}
	for _, n := range h.result.(*value.List).Elems[0].(*value.List).Elems {
		if name := value.ToStr(n); !allowed[name] && !strings.Contains(name, "PYENV_") {
			t.Errorf("the script has the variable %s", name)
		}
	}
}

// TestStrangers: without the token nobody gets an answer, and the script is served
// all the same.
func TestStrangers(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	j := job(t, "")
	b, err := openBridge(dir, &j, speech{host: &host{}, log: func(Line) {}, requests: requests})
	if err != nil {
		t.Fatal(err)
	}
	go b.serve(bounded(t))
	for _, hello := range []string{`{"token":""}`, `{"token":"` + strings.Repeat("0", 64) + `"}`, `{}`, `garbage`, strings.Repeat("x", 100000)} {
		c, err := net.Dial("unix", b.address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write(finish(append(newMessage(nil), hello...))); err != nil && len(hello) < 1000 {
			t.Error(err)
		}
		if n, _ := c.Read(make([]byte, 1)); n != 0 {
			t.Errorf("%.20q is answered", hello)
		}
		c.Close()
	}
	c, err := net.Dial("unix", b.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write(finish(append(newMessage(nil), `{"token":"`+b.token+`"}`...))); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(make([]byte, 1)); n != 1 {
		t.Errorf("the script is not answered: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, socketName)); err == nil {
		t.Error("the socket stands open to a second one")
	}
	b.close()
	<-b.over
}
