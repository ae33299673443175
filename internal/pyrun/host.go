package pyrun

import (
	"context"

	"dex/internal/jinja/value"
)

// Host answers what a script asks for. Its methods are called one at a time, in the
// order of the script's requests, but for Log, which also takes what the script
// prints and may be called while another method runs. ctx ends with the script. An
// error of a method reaches the script as an exception; a *Refusal says of which class.
type Host interface {
	// Query sends one statement and gives its rows away as they come: columns first,
	// once, and then rows in pieces.
	Query(ctx context.Context, q Statement, rows Rows) error
	// Execute sends a statement for its effect. The number is of rows affected; -1
	// where it is not known.
	Execute(ctx context.Context, q Statement) (int64, error)
	Begin(ctx context.Context) error
	Commit(ctx context.Context) error
	Rollback(ctx context.Context) error

	// Ref and Source give a relation's name as SQL writes it. args are those of the
	// template functions of these names.
	Ref(ctx context.Context, args []value.Value, kw *value.Dict) (string, error)
	Source(ctx context.Context, source, table string) (string, error)
	// Var gives a project variable; def is nil where the script gave no default.
	Var(ctx context.Context, name string, def value.Value) (value.Value, error)
	// Env gives an environment variable that the operation may read.
	Env(ctx context.Context, name string, def value.Value) (value.Value, error)

	// Log takes one line.
	Log(line Line)
	// Progress is told how far the script has come; total is 0 where it is unknown.
	Progress(p Progress)
	// Notify stores a message for delivery.
	Notify(ctx context.Context, n Notice) error
	// Result keeps the operation's result; a second one takes the place of the first.
	Result(ctx context.Context, v value.Value) error
	// Artifact keeps a file under a name, which is a relative path without "..". The
	// file at path is the host's to move.
	Artifact(ctx context.Context, name, path string) (kept string, err error)
}

// Statement is a statement with the values for its placeholders: ? in order, or
// $name where the arguments have names.
type Statement struct {
	SQL  string
	Args []value.Arg
	Line int // of the script that sent it; 0 where unknown
}

// Rows takes a result.
type Rows interface {
	Columns(names, types []string) error
	Rows(rows [][]value.Value) error
}

// Level is how much a line of the log matters.
type Level string

// The levels.
const (
	Debug   Level = "debug"
	Info    Level = "info"
	Warning Level = "warning"
	Error   Level = "error"
)

// Line is a line of the log: what the script printed, or said by dex.log.
type Line struct {
	Text   string
	Level  Level
	Stream string      // "stdout", "stderr", "log" (dex.log), "dex" (about the script)
	Fields *value.Dict // of dex.log; nil is none
}

// Progress is what dex.progress was given.
type Progress struct {
	Done, Total float64
	Message     string
}

// Notice is what dex.notify was given.
type Notice struct {
	Channels                 []string
	Message, Title, Severity string
	Details                  map[string]string
}

// Refusal is an error of a Host with what a script can tell errors apart by.
type Refusal struct {
	// Class is an adapter.ErrorClass.
	Class string
	// Message is the database's own; Statement is what it refused, "" where the error
	// is of no statement.
	Message, Statement string
	Err                error
}

func (e *Refusal) Error() string { return e.Message }

// Unwrap gives the cause.
func (e *Refusal) Unwrap() error { return e.Err }
