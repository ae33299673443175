// Package result is the outcome of tasks: what run produces, and artifacts,
// views, the store and the server show.
package result

import (
	"time"

	"dex/internal/diag"
	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/sqltext"
)

// Status is how a task ended, in the words of run_results.json.
type Status string

// The statuses.
const (
	Success        Status = "success"
	Error          Status = "error"
	Skipped        Status = "skipped"
	PartialSuccess Status = "partial success"
	NoOp           Status = "no-op"
	Pass           Status = "pass"
	Fail           Status = "fail"
	Warn           Status = "warn"
	RuntimeErr     Status = "runtime error" // of source freshness
	Stopped        Status = "cancelled"     // an operation, by whoever started it
)

// Blocks reports whether what waits for such a task must be skipped.
func (s Status) Blocks() bool { return s == Error || s == Fail || s == Skipped || s == PartialSuccess }

// Failed reports whether such a task makes the invocation exit with 1.
func (s Status) Failed() bool {
	return s == Error || s == Fail || s == RuntimeErr || s == PartialSuccess || s == Stopped
}

// Timing is one phase of a task: "compile" or "execute".
type Timing struct {
	Name       string
	Start, End time.Time
}

// Freshness is how old the data of a source is.
type Freshness struct {
	MaxLoadedAt   time.Time // of its newest row; year 1 where it has none
	SnapshottedAt time.Time // when it was asked
	Age           float64   // in seconds
}

// Batches are the batches of a microbatch model by how they ended. Batches that
// were not begun have failed.
type Batches struct{ Successful, Failed []eventtime.Span }

// Result is the outcome of one task. It is not changed once its Runner has
// returned it.
type Result struct {
	Node     string // unique_id
	Status   Status
	Message  string // "" is null in artifacts
	Failures *int64
	Thread   string // "Thread-1 (worker)"; "main" for on-run hooks
	Timing   []Timing
	Elapsed  time.Duration
	Adapter  *value.Dict // adapter_response
	Compiled bool
	Code     string        // compiled_code
	CTEs     []sqltext.CTE // extra_ctes
	Macros   []string      // unique_ids of macros that the node called itself
	// References are what the model's foreign keys refer to: the expression of
	// `to` and its relation.
	References map[string]string
	Built      bool   // its statement was written below target/run
	Relation   string // relation_name; "" is null
	Rows       int64  // affected, -1 where unknown
	Table      value.Value
	// Freshness is what a source said of its age; nil of all else, and where it
	// could not be asked.
	Freshness *Freshness
	// Batches are those of a microbatch model, nil for all else.
	Batches *Batches
	// Overloads are those of a function that was made, in their order; nil of all
	// else.
	Overloads []Overload
	Bodies    []string // of a function that was compiled: those of its overloads
	// Err is what went wrong, nil for all but errors.
	Err error
	// Hook is the text of the hook that made the task fail; "" if none did.
	// HookPos is where it is written, as far as that is known.
	Hook    string
	HookPos diag.Pos
	// HookEvent and HookIndex are which of the node's hooks it was, HookName is its name;
	// all are zero where that is not known.
	HookEvent, HookName string
	HookIndex           int
}

// Overload is one overload of a function.
type Overload struct {
	Name   string // of its file: defined_in
	Failed bool
}
