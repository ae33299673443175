package pyrun

import (
	"os"
	"os/exec"
)

const inheritsFiles = false

func lead(*exec.Cmd) {}

// ask ends the process: there is no gentler way to ask.
func (g *group) ask() { g.kill() }

func (g *group) kill() { _ = g.cmd.Process.Kill() } // it may have ended

func (g *group) living() bool { return false }

func signalOf(*os.ProcessState) string { return "" }
