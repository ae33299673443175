// Package pymodel runs the code of one Python model in a Python process of the
// user's. It knows the process and what is said to it; it does not know which
// database the rows come from.
//
// The process never touches the database of the project, whose file dex itself
// holds. It has a DuckDB of its own, in memory, in which the relations that the
// model asks for appear under their names: Host.Load is asked for each as a file,
// the first time. What the model returns becomes a table there, which goes back as
// a file. Begin with Run; the other side is runner.py.
package pymodel

import (
	"bufio"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

//go:embed runner.py
var files embed.FS

// Host is the side of the database.
type Host interface {
	// Load writes the rows of a relation, named as SQL names it, into the table
	// "rows" of a new DuckDB file at path. An error reaches the model as an
	// exception.
	Load(ctx context.Context, relation, path string) error
	// Log takes one line that the model printed.
	Log(line string)
}

// Job is what a process is given.
type Job struct {
	// Name is the model's, for messages.
	Name string
	// Code is the model with dbt's text behind it: dbtObj, model, materialize.
	Code string
	// Database and Schema are where the model's own relation stands.
	Database, Schema string
	// Dir is the working directory; "" is this process's.
	Dir string
}

// Made is a table that the model's code made, in a DuckDB file.
type Made struct {
	File string // the table in it is "rows"
	// Database, Schema and Name are those under which the code made it; the first
	// two are empty where it gave the table a name alone.
	Database, Schema, Name string
}

// Failed is a model that ended with an exception.
type Failed struct{ Traceback string }

func (e *Failed) Error() string { return "Python model failed:\n" + e.Traceback }

// ErrNoPython is the lack of an interpreter.
var ErrNoPython = errors.New("Python models need a Python 3 with the module duckdb: install one, or name it in the environment variable DEX_PYTHON")

// Run runs a job in a process of its own, whose files are below dir and may be
// removed by the caller once they are read. The process ends when ctx does. Errors:
// ErrNoPython, *Failed, and what keeps the process from running.
func Run(ctx context.Context, job Job, host Host, dir string) (Made, error) {
	python, err := Interpreter(os.Getenv)
	if err != nil {
		return Made{}, err
	}
	if err := write(job, dir); err != nil {
		return Made{}, err
	}
	cmd := exec.CommandContext(ctx, python, "-u", filepath.Join(dir, "runner.py"), dir)
	cmd.Dir = job.Dir
	cmd.WaitDelay = 5 * time.Second
	p := &process{host: host, dir: dir}
	return p.talk(ctx, cmd)
}

// Interpreter finds the Python to run: DEX_PYTHON, or python3 or python on PATH,
// as an activated virtual environment puts it there.
func Interpreter(getenv func(string) string) (string, error) {
	if p := getenv("DEX_PYTHON"); p != "" {
		return p, nil
	}
	for _, name := range [...]string{"python3", "python"} {
		if p, err := exec.LookPath(name); err == nil {
			return p, nil
		}
	}
	return "", ErrNoPython
}

// write puts the runner, the model and what it is to know into dir.
func write(job Job, dir string) error {
	runner, err := files.ReadFile("runner.py")
	if err != nil {
		return err
	}
	facts, err := json.Marshal(map[string]string{
		"name": job.Name, "database": job.Database, "schema": job.Schema,
	})
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"runner.py": runner, "model.py": []byte(job.Code), "job.json": facts} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return fmt.Errorf("prepare the Python model %s: %w", job.Name, err)
		}
	}
	return nil
}

// process is a running model. Messages go as lines of JSON: the model's requests
// on its standard output, the answers on its standard input. What it prints goes
// to standard error instead.
type process struct {
	host  Host
	dir   string
	files int
}

type message struct {
	Load     string `json:"load,omitempty"`  // a relation that the model asks for
	Error    string `json:"error,omitempty"` // a traceback: the model failed
	Needs    string `json:"needs,omitempty"` // a module that is missing
	Made     string `json:"made,omitempty"`  // the table that was made, and where
	Database string `json:"database,omitempty"`
	Schema   string `json:"schema,omitempty"`
}

type answer struct {
	File  string `json:"file,omitempty"`
	Error string `json:"error,omitempty"`
}

func (p *process) talk(ctx context.Context, cmd *exec.Cmd) (Made, error) {
	in, err := cmd.StdinPipe()
	if err != nil {
		return Made{}, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return Made{}, err
	}
	said := &lines{to: p.host.Log}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		return Made{}, fmt.Errorf("%w (%s: %w)", ErrNoPython, cmd.Path, err)
	}
	made, failed := p.answerAll(ctx, json.NewEncoder(in), out, cmd.Path)
	_ = in.Close() // the process may be gone already
	ended := cmd.Wait()
	said.flush()
	switch {
	case ctx.Err() != nil:
		return Made{}, context.Cause(ctx)
	case failed != nil:
		return Made{}, failed
	case ended != nil:
		return Made{}, fmt.Errorf("the Python process of the model ended early: %w", ended)
	case made.Name == "":
		return Made{}, errors.New("the Python process of the model ended without a result")
	}
	return made, nil
}

// answerAll answers what the model asks for until it has ended.
func (p *process) answerAll(ctx context.Context, to *json.Encoder, from io.Reader, python string) (made Made, failed error) {
	r := bufio.NewReader(from)
	for {
		line, err := r.ReadBytes('\n')
		if err != nil {
			return made, failed
		}
		var m message
		if json.Unmarshal(line, &m) != nil {
			continue // a library wrote to the descriptor itself
		}
		switch {
		case m.Needs != "":
			failed = fmt.Errorf("Python models need the module %s, which %s does not have: install it there (pip install %s), or name another Python in the environment variable DEX_PYTHON", m.Needs, python, m.Needs)
		case m.Error != "":
			failed = &Failed{strings.TrimRight(m.Error, "\n")}
		case m.Made != "":
			made = Made{File: filepath.Join(p.dir, "made.duckdb"), Database: m.Database, Name: m.Made}
			if m.Database != "" {
				made.Schema = m.Schema
			}
		case m.Load != "":
			if err := to.Encode(p.load(ctx, m.Load)); err != nil {
				return made, failed
			}
		}
	}
}

func (p *process) load(ctx context.Context, relation string) answer {
	p.files++
	file := filepath.Join(p.dir, fmt.Sprintf("load%d.duckdb", p.files))
	if err := p.host.Load(ctx, relation, file); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{File: file}
}

// lines hands text on line by line.
type lines struct {
	to   func(string)
	rest []byte
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	for {
		head, tail, ok := strings.Cut(string(l.rest), "\n")
		if !ok {
			return len(b), nil
		}
		l.to(strings.TrimRight(head, "\r"))
		l.rest = []byte(tail)
	}
}

func (l *lines) flush() {
	if len(l.rest) > 0 {
		l.to(string(l.rest))
		l.rest = nil
	}
}
