// Package pyrun runs Python for dex: the script of one operation, or another program
// of dex's, in a process group of its own. It answers what it asks for, and leaves
// nothing of it running.
//
// The script has the module dex (module/dex.py), which speaks with this process over
// a socket in a private folder. What it asks for is answered by a Host: queries,
// names, notices, results. The script gets no credential: its environment is PATH,
// HOME, LANG, TZ and what Job.Env names, and the database is the Host's.
//
// It knows processes, sockets and the protocol; it knows nothing of databases and
// templates. Begin with Job and Run, then bridge.go (the protocol's loop), wire.go
// (its form), process.go (how a script ends) and packages.go (its packages).
// program.go is for those who run something else than operations: package pymodel.
package pyrun

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"dex/internal/jinja/value"
)

// Job is what a script is given.
type Job struct {
	// Name is what messages call the script: "the operation refresh".
	Name string
	// Path is the script's file, as tracebacks show it; Code is its text, which is
	// not the file's where it was rendered.
	Path string
	Code []byte
	// Dir is the working directory.
	Dir string
	// Cache is the folder that keeps virtual environments and the module dex: the
	// project's .dex.
	Cache string
	// Env names the variables that the script gets beside PATH, HOME, LANG and TZ.
	Env []string
	// Getenv looks variables up; nil is os.LookupEnv.
	Getenv func(name string) (string, bool)
	// Environ is the whole environment of the script, in place of what Env names; nil
	// is none.
	Environ []string
	// Interpreter is the Python to run; "" is the one that Interpreter finds.
	Interpreter string
	// Python is a condition on the interpreter's version: ">=3.11,<3.14". "" is any
	// that the module dex runs on.
	Python string
	// Dependencies are the packages that the script imports, as pip takes them.
	Dependencies []string
	Facts        Facts
	// Timeout ends the script; 0 is never.
	Timeout time.Duration
	// Grace is how long a script may take to end once it is asked to; 0 is DefaultGrace.
	Grace time.Duration
	// LogLimit bounds what is kept of the script's output, in bytes; 0 is DefaultLogLimit.
	LogLimit int64

	program *Program // nil is an operation
	behind  []string // folders of packages that an environment finds behind its own
}

// Facts are what a script is told at its start.
type Facts struct {
	Params       *value.Dict // nil is none
	Target       *value.Dict // without credentials
	InvocationID string
	RunID        string
	Attempt      int // from 1
	DryRun       bool
}

// The defaults of a Job.
const (
	DefaultGrace    = 10 * time.Second
	DefaultLogLimit = 16 << 20
)

// Run runs a script to its end. ctx ends it early: it is asked to end, then it is
// made to. When Run returns, no process of it is left, as far as the system allows
// (see process_linux.go). Errors: *Failed for an exception of the script, *Exited for
// a process that ended badly, *ProtocolError for a bridge that broke, *PackageError
// and *InterpreterError before it began, ErrTimeout, and ctx's cause.
func Run(ctx context.Context, job Job, host Host) error {
	return job.run(ctx, "", speech{log: host.Log, host: host, requests: requests})
}

// run runs a script whose module, beside dex, is named; "" is none.
func (j Job) run(ctx context.Context, module string, talk speech) error {
	job := &j
	if job.Getenv == nil {
		job.Getenv = os.LookupEnv
	}
	start, err := prepare(ctx, job, talk.log)
	if err != nil {
		return err
	}
	start.module = module
	dir, err := privateDir()
	if err != nil {
		return fmt.Errorf("make a private folder for %s: %w", job.Name, err)
	}
	defer os.RemoveAll(dir)
	b, err := openBridge(dir, job, talk)
	if err != nil {
		return fmt.Errorf("open the bridge of %s: %w", job.Name, err)
	}
	defer b.close()
	if job.Timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, job.Timeout, &timeoutError{job.Timeout})
		defer stop()
	}
	args, err := start.command(dir, job)
	if err != nil {
		return err
	}
	p := &process{job: job, log: talk.log, bridge: b, args: args, mark: rand.Text()}
	return p.run(ctx)
}

// privateDir makes a folder that only this user may enter. Its path is short, since
// the path of a unix socket has about a hundred bytes.
func privateDir() (string, error) {
	dir, err := os.MkdirTemp("", "dex-op-") // made with mode 0700
	if err != nil || len(filepath.Join(dir, socketName)) < maxSocketPath {
		return dir, err
	}
	short, err := os.MkdirTemp("/tmp", "dex-op-")
	if err != nil {
		return dir, nil // the bridge takes a port instead
	}
	return short, os.Remove(dir)
}

// Failed is a script that ended with an exception.
type Failed struct {
	Type, Message string
	// Class is the class of the database's error that the exception carries, "" where
	// it is none of dex's.
	Class     string
	Statement string // that the database refused
	// Traceback is Python's, without the frames of the module dex.
	Traceback string
}

func (e *Failed) Error() string { return e.Traceback }

// ErrTimeout is a script that was ended because its time was over.
var ErrTimeout = errors.New("the time of the script is over")

type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string {
	return fmt.Sprintf("the script was ended after %s: its `timeout` was over", e.after)
}

// Is makes it an ErrTimeout, and a deadline as package context knows them.
func (e *timeoutError) Is(target error) bool {
	return target == ErrTimeout || target == context.DeadlineExceeded
}
