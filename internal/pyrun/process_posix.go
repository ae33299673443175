//go:build unix && !linux

package pyrun

import (
	"os"
	"os/exec"
	"syscall"
)

const inheritsFiles = true

func lead(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// ask asks all of the group to end.
func (g *group) ask() { _ = syscall.Kill(-g.cmd.Process.Pid, syscall.SIGTERM) }

// kill ends the group.
func (g *group) kill() { _ = syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL) }

func (g *group) living() bool { return syscall.Kill(-g.cmd.Process.Pid, 0) == nil }

// signalOf names the signal that ended a process.
func signalOf(s *os.ProcessState) string {
	if ws, ok := s.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		return ws.Signal().String()
	}
	return ""
}
