package result

import (
	"time"

	"dex/internal/diag"
)

// Hook is how one declared hook of a node or an invocation ended: a row of
// target/hook_results.json. Its Status is Success, Error, Warn or Skipped.
type Hook struct {
	// Written is what it is made of, as it stands in the project: its statement, or
	// what it calls.
	Written string

	Node  string // unique_id of the node, of the on-run hook, or of the operation
	Name  string // the hook's own, else "<event>.<index>"
	Event string // "pre-hook", "post-hook", "on-run-start", "on-run-end"
	Kind  string // "sql", "macro", "operation", "notify"
	On    string // "success", "failure", "always", "skip"
	// Extended reports that it has keys of dex's own.
	Extended bool
	Index    int // its place among the hooks of its event, from 0
	Status   Status
	Reason   Reason // why it was skipped; "" otherwise
	// Because tells Reason in words, with names and values.
	Because string
	// Origin is where it is declared. From is the node that declares it where that
	// is not Node: an ephemeral model.
	Origin diag.Pos
	From   string

	SQL       string // as it was rendered; of a notification the message
	StartedAt time.Time
	Elapsed   time.Duration
	Attempts  int
	Rows      int64 // affected; -1 where unknown
	QueryID   string
	// RolledBack reports that what it did in the node's transaction was taken back.
	// Unsettled reports that nobody knows whether it was: the transaction's COMMIT had no
	// answer.
	RolledBack, Unsettled bool
	Err                   *HookError // nil where nothing went wrong
}

// HookError is what went wrong in a hook.
type HookError struct {
	Message   string
	Class     string // adapter.ErrorClass
	Statement string // that failed; "" where none was sent
}

// Reason is why a hook did not run. The list is closed, and is part of the form of
// hook_results.json.
type Reason string

// The reasons.
const (
	RenderedEmpty     Reason = "rendered_empty"
	ConditionFalse    Reason = "condition_false" // `when:`
	OtherOutcome      Reason = "other_outcome"   // `on:` names another outcome than the node's
	OtherTarget       Reason = "other_target"    // `targets:`
	OtherCommand      Reason = "other_command"   // `commands:`
	NodeFailed        Reason = "node_failed"     // before the hook's turn
	NodeSkipped       Reason = "node_skipped"    // the node did not run
	EarlierHookFailed Reason = "earlier_hook_failed"
	Disabled          Reason = "disabled"      // hooks.disable of dex.yml
	NoHooks           Reason = "no_hooks_flag" // --no-hooks, --skip-hooks
	FirstRun          Reason = "first_run"     // its relation is not there yet
	Ephemeral         Reason = "ephemeral"     // an ephemeral model's, which does not travel
	NothingToDo       Reason = "nothing_to_do" // the materialization left its relation as it was
	NotCalled         Reason = "not_called"    // the project's own materialization did not run it
	Cancelled         Reason = "cancelled"
)

// Reasons is the closed list.
var Reasons = []Reason{
	RenderedEmpty, ConditionFalse, OtherOutcome, OtherTarget, OtherCommand, NodeFailed, NodeSkipped, EarlierHookFailed,
	Disabled, NoHooks, FirstRun, Ephemeral, NothingToDo, NotCalled, Cancelled,
}
