package pyrun

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// InterpreterError is the lack of a Python that the script can run on.
type InterpreterError struct{ Msg string }

func (e *InterpreterError) Error() string { return e.Msg }

// oldest is the oldest Python that the module dex runs on.
const oldest = ">=3.9"

// interpreter finds the Python: DEX_PYTHON, or python3 or python on PATH; where the
// job has a condition on its version, the first of those and of python3.N that fulfils it.
func (j *Job) interpreter(ctx context.Context) (string, error) {
	candidates := j.candidates()
	if len(candidates) == 0 {
		return "", &InterpreterError{"there is no Python on PATH, and " + j.Name + " needs one from 3.9 on: install one, or name it in the environment variable DEX_PYTHON"}
	}
	if j.Python == "" {
		return candidates[0], nil // the module itself refuses one that is too old
	}
	condition, err := parseVersion(j.Python)
	if err != nil {
		return "", &InterpreterError{fmt.Sprintf("python: %q is no condition on a version: write it as \">=3.11\" or \">=3.9,<3.13\"", j.Python)}
	}
	var found []string
	for _, c := range candidates {
		version, err := j.probe(ctx, c)
		if err != nil {
			if ctx.Err() != nil {
				return "", context.Cause(ctx)
			}
			found = append(found, c+": does not run")
			continue
		}
		if condition.holds(version) {
			return c, nil
		}
		found = append(found, c+" is "+version)
	}
	return "", &InterpreterError{fmt.Sprintf("no Python %s was found, which the script asks for (%s): install one, or name it in the environment variable DEX_PYTHON", j.Python, strings.Join(found, "; "))}
}

func (j *Job) candidates() []string {
	if p, ok := j.Getenv("DEX_PYTHON"); ok && p != "" {
		return []string{p}
	}
	names := []string{"python3", "python"}
	if j.Python != "" {
		for minor := 15; minor >= 9; minor-- {
			names = append(names, "python3."+strconv.Itoa(minor))
		}
	}
	var out []string
	for _, name := range names {
		if p := j.lookPath(name); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// lookPath finds a program on the PATH that the script will have; "" where it is not.
func (j *Job) lookPath(name string) string {
	list, _ := j.Getenv("PATH")
	for _, dir := range filepath.SplitList(list) {
		path := filepath.Join(dir, name)
		if runtime.GOOS == "windows" {
			path += ".exe"
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0) {
			if abs, err := filepath.Abs(path); err == nil {
				return abs
			}
		}
	}
	return ""
}

// probe asks an interpreter for its version.
func (j *Job) probe(ctx context.Context, python string) (string, error) {
	out, err := j.ask(ctx, python, "-S", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])")
	if err != nil {
		return "", &InterpreterError{fmt.Sprintf("%s does not run: %v", python, err)}
	}
	return strings.TrimSpace(out), nil
}

// ask gives what an interpreter prints.
func (j *Job) ask(ctx context.Context, python string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, python, args...)
	cmd.Env, cmd.WaitDelay = j.variables(passed), time.Second
	if j.Environ != nil {
		cmd.Env = j.Environ
	}
	out, err := cmd.Output()
	return string(out), err
}

// condition is a list of comparisons, all of which hold.
type condition []comparison

type comparison struct {
	op      string
	version []int
	prefix  bool // "==3.11.*" and "3.11": of any patch
}

// versionCondition gives a condition as PEP 440 writes it: "3.11" becomes "==3.11.*".
func versionCondition(s string) string {
	s = strings.TrimSpace(s)
	if s != "" && s[0] >= '0' && s[0] <= '9' {
		return "==" + strings.TrimSuffix(s, ".*") + ".*"
	}
	return s
}

// parseVersion reads a condition: PEP 440's version specifiers without their rare forms.
func parseVersion(s string) (condition, error) {
	var out condition
	for _, part := range strings.Split(versionCondition(s), ",") {
		part = strings.TrimSpace(part)
		c := comparison{}
		for _, op := range []string{">=", "<=", "==", "!=", "~=", ">", "<"} {
			if rest, ok := strings.CutPrefix(part, op); ok {
				c.op, part = op, strings.TrimSpace(rest)
				break
			}
		}
		if c.op == "" {
			return nil, fmt.Errorf("no comparison")
		}
		if rest, ok := strings.CutSuffix(part, ".*"); ok {
			c.prefix, part = true, rest
		}
		for _, n := range strings.Split(part, ".") {
			i, err := strconv.Atoi(n)
			if err != nil {
				return nil, err
			}
			c.version = append(c.version, i)
		}
		out = append(out, c)
	}
	return out, nil
}

func (c condition) holds(version string) bool {
	var v []int
	for _, n := range strings.Split(version, ".") {
		i, _ := strconv.Atoi(n) // printed by %d
		v = append(v, i)
	}
	for _, x := range c {
		if !x.holds(v) {
			return false
		}
	}
	return true
}

func (x comparison) holds(v []int) bool {
	order := 0
	for i := 0; i < max(len(v), len(x.version)) && order == 0; i++ {
		if x.prefix && i >= len(x.version) {
			break
		}
		order = part(v, i) - part(x.version, i)
	}
	switch x.op {
	case ">=":
		return order >= 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case "<":
		return order < 0
	case "!=":
		return order != 0
	case "~=":
		head := comparison{op: "==", version: x.version[:max(1, len(x.version)-1)], prefix: true}
		return order >= 0 && head.holds(v)
	}
	return order == 0
}

func part(v []int, i int) int {
	if i < len(v) {
		return v[i]
	}
	return 0
}
