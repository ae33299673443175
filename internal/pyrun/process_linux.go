package pyrun

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// How nothing of a script stays behind on Linux:
//
// The script leads a process group, which is signalled as a whole. Children that leave
// the group (setsid, a double fork) are found because this process is a "child
// subreaper" (prctl(2), PR_SET_CHILD_SUBREAPER): whoever loses its parent becomes a
// child of dex instead of init's, and is known by its group, by the mark in its
// environment, or by being in a session that is not dex's. One that has left the
// group, the session and its environment cannot be told from those of another
// operation of the same process: it is ended with the last of them.
//
// Where dex itself is killed, the kernel ends the group: the script holds the reading
// end of a pipe that sends it SIGKILL (fcntl(2), F_SETSIG) once the other end is
// closed. Neither Python nor the script has a part in that. Those that have left the
// group survive a SIGKILL of dex.

// group is a script's processes.
type group struct {
	pid, session int
	mark         []byte
	lifeline     *os.File
}

// running counts the groups of this process.
var running struct {
	sync.Mutex
	n int
}

var adopt = sync.OnceValue(func() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) })

// startGroup starts cmd as the leader of a process group.
func startGroup(cmd *exec.Cmd, mark string) (*group, error) {
	if err := adopt(); err != nil {
		return nil, fmt.Errorf("become the parent of what a script leaves behind: %w", err)
	}
	session, err := unix.Getsid(0)
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.ExtraFiles = []*os.File{r}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	g := &group{pid: cmd.Process.Pid, session: session, mark: []byte("DEX_OPERATION=" + mark), lifeline: w}
	running.Lock()
	running.n++
	running.Unlock()
	if err := g.bind(r); err != nil {
		g.kill()
		_ = cmd.Wait() // killed: there is nothing to learn from it
		return nil, fmt.Errorf("bind the script's life to dex's: %w", err)
	}
	return g, nil
}

// bind makes the kernel kill the group once the pipe's writing end is closed.
func (g *group) bind(r *os.File) error {
	raw, err := r.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		set := func(cmd, arg int) {
			if failed == nil {
				_, failed = unix.FcntlInt(fd, cmd, arg)
			}
		}
		set(unix.F_SETOWN, -g.pid)
		set(unix.F_SETSIG, int(unix.SIGKILL))
		flags, err := unix.FcntlInt(fd, unix.F_GETFL, 0)
		if err != nil {
			failed = err
		}
		set(unix.F_SETFL, flags|unix.O_ASYNC)
	})
	if err != nil {
		return err
	}
	return failed
}

// ask asks all of the group to end.
func (g *group) ask() { _ = unix.Kill(-g.pid, unix.SIGTERM) } // ESRCH: they have ended

// kill ends the group.
func (g *group) kill() { _ = unix.Kill(-g.pid, unix.SIGKILL) }

// leftOver are processes that a script left behind.
type leftOver struct{ killed, alive []string }

// killTime bounds how long the ending of what is left may take.
const killTime = 5 * time.Second

// end waits up to grace until nothing is left of the group, whose leader has ended,
// and kills the rest.
func (g *group) end(grace time.Duration) leftOver {
	var left leftOver
	told := map[int]bool{}
	start := time.Now()
	// The kernel's list of children may leave some out while others end (proc(5)), so
	// its word for none is taken twice, and not at all once there have been some.
	list := func() []proc { return children("self") }
	for pause, none := time.Millisecond, 0; ; pause = min(2*pause, 20*time.Millisecond) {
		alive := g.alive(list())
		if len(alive) > 0 {
			list, none = allChildren, 0
		} else if none++; none < 2 {
			continue
		}
		if len(alive) == 0 || time.Since(start) > grace+killTime {
			for _, p := range alive {
				left.alive = append(left.alive, p.String())
			}
			break
		}
		if time.Since(start) >= grace {
			for _, p := range alive {
				if !told[p.pid] {
					told[p.pid] = true
					left.killed = append(left.killed, p.String())
				}
				_ = unix.Kill(p.pid, unix.SIGKILL) // it may have ended meanwhile
			}
		}
		time.Sleep(pause)
	}
	running.Lock()
	running.n--
	running.Unlock()
	_ = g.lifeline.Close()
	return left
}

// alive picks the processes of the script from the children of dex, with all below
// them, and reaps those that have ended.
func (g *group) alive(ours []proc) []proc {
	var out []proc
	for _, p := range ours {
		if !g.owns(p) {
			continue
		}
		if p.state == 'Z' {
			// A process that no exec.Cmd waits for: its parent has gone.
			_, _ = unix.Wait4(p.pid, nil, unix.WNOHANG, nil)
			continue
		}
		out = append(append(out, p), descendants(p.pid, 0)...)
	}
	return out
}

// owns reports whether a child of dex comes from this group's script.
func (g *group) owns(p proc) bool {
	if p.pgrp == g.pid || p.pid == g.pid {
		return true
	}
	if p.session == g.session {
		return false // started by dex itself
	}
	if environ, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", p.pid)); err == nil && bytes.Contains(environ, []byte("DEX_OPERATION=")) {
		return bytes.Contains(environ, g.mark)
	}
	running.Lock()
	defer running.Unlock()
	return running.n == 1
}

// proc is a row of /proc.
type proc struct {
	pid, parent, pgrp, session int
	state                      byte
	name                       string
}

func (p proc) String() string { return fmt.Sprintf("%s (%d)", p.name, p.pid) }

// children lists the children of a process.
func children(pid string) []proc {
	tasks, err := os.ReadDir("/proc/" + pid + "/task")
	if err != nil {
		return nil // it has ended
	}
	var out []proc
	for _, t := range tasks {
		list, err := os.ReadFile("/proc/" + pid + "/task/" + t.Name() + "/children")
		if err != nil {
			continue
		}
		for _, f := range strings.Fields(string(list)) {
			if p, ok := readProc(f); ok {
				out = append(out, p)
			}
		}
	}
	return out
}

// allChildren lists the children of dex by looking at every process there is.
func allChildren() []proc {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return children("self")
	}
	self := os.Getpid()
	var out []proc
	for _, e := range entries {
		if e.Name()[0] < '1' || e.Name()[0] > '9' {
			continue
		}
		if p, ok := readProc(e.Name()); ok && p.parent == self {
			out = append(out, p)
		}
	}
	return out
}

// maxDepth bounds the walk down a tree that grows while it is read.
const maxDepth = 64

func descendants(pid, depth int) []proc {
	if depth == maxDepth {
		return nil
	}
	var out []proc
	for _, p := range children(strconv.Itoa(pid)) {
		out = append(append(out, p), descendants(p.pid, depth+1)...)
	}
	return out
}

// readProc reads /proc/<pid>/stat: proc(5).
func readProc(pid string) (proc, bool) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return proc{}, false
	}
	open, shut := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || shut < open {
		return proc{}, false
	}
	f := strings.Fields(string(b[shut+1:]))
	if len(f) < 4 {
		return proc{}, false
	}
	p := proc{name: string(b[open+1 : shut]), state: f[0][0]}
	p.pid, _ = strconv.Atoi(pid) // the kernel writes digits
	p.parent, _ = strconv.Atoi(f[1])
	p.pgrp, _ = strconv.Atoi(f[2])
	p.session, _ = strconv.Atoi(f[3])
	return p, true
}

// signalOf names the signal that ended a process.
func signalOf(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}
