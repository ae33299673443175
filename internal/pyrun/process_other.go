//go:build !linux

package pyrun

import (
	"os"
	"os/exec"
	"time"
)

// group is a script's processes. On systems other than Linux a script that is asked
// to end is killed with its group where there are groups (process_posix.go); children
// that left it are not found. The script itself watches the pipe that ends with dex:
// see module/dex.py, _watch.
type group struct {
	cmd      *exec.Cmd
	lifeline *os.File
}

func startGroup(cmd *exec.Cmd, _ string) (*group, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	lead(cmd)
	if inheritsFiles {
		cmd.ExtraFiles = []*os.File{r}
		cmd.Env = append(cmd.Env, "DEX_LIFELINE=3")
	}
	if err := cmd.Start(); err != nil {
		w.Close()
		return nil, err
	}
	return &group{cmd: cmd, lifeline: w}, nil
}

// leftOver are processes that a script left behind.
type leftOver struct{ killed, alive []string }

// end waits up to grace until nothing is left of the group, whose leader has ended,
// and kills the rest.
func (g *group) end(grace time.Duration) leftOver {
	start := time.Now()
	for g.living() && time.Since(start) < grace {
		time.Sleep(5 * time.Millisecond)
	}
	var left leftOver
	if g.living() {
		g.kill()
		left.killed = []string{"its process group"}
	}
	_ = g.lifeline.Close()
	return left
}
