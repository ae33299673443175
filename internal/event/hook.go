package event

import (
	"fmt"
	"strings"
)

// HookEnd is a hook of a node, or of the invocation, that has ended. It comes behind
// the end of what the hook stands around.
type HookEnd struct {
	UniqueID      string // of the node, or of the on-run hook itself
	Hook          string // its name, else "post-hook.0"
	Event         string // "pre-hook", "post-hook", "on-run-start", "on-run-end"
	Kind          string // "sql", "macro", "operation", "notify"
	Status        string // "success", "error", "warn", "skipped"
	Reason        string // why it was skipped
	Because       string // the same in words
	Msg           string // what went wrong
	Class         string // of that
	Attempts      int
	ExecutionTime float64
	NodeInfo      *NodeInfo
}

// HookRetried is a hook that failed and is tried again.
type HookRetried struct {
	UniqueID, Hook, Event string
	Attempt, Attempts     int
	Class, Msg            string
	Wait                  float64 // seconds until the next attempt
}

// HooksLeftOut tells of the hooks of ephemeral models, which nothing runs.
type HooksLeftOut struct{ Msg string }

// Name implements Data.
func (HookEnd) Name() string { return "HookEnd" }

// Code implements Data.
func (HookEnd) Code() string { return "" }

// Label is the hook in a line: "post-hook audit", "post-hook 0".
func (e HookEnd) Label() string {
	return e.Event + " " + strings.TrimPrefix(e.Hook, e.Event+".")
}

// Outcome is how it ended, in words for a line.
func (e HookEnd) Outcome() string {
	switch e.Status {
	case "success":
		return "ok"
	case "skipped":
		return "skipped"
	}
	return e.Status
}

// Message implements Data.
func (e HookEnd) Message() string {
	s := e.Label() + " of " + e.UniqueID + " " + e.Outcome()
	switch {
	case e.Status == "skipped":
		s += ": " + e.Reason
		if e.Because != "" {
			s += " (" + e.Because + ")"
		}
		return s
	case e.Msg != "":
		first, _, _ := strings.Cut(e.Msg, "\n")
		s += ": " + first
	}
	if e.Attempts > 1 {
		s += fmt.Sprintf(", attempt %d", e.Attempts)
	}
	return s + fmt.Sprintf(" in %.2fs", e.ExecutionTime)
}

// Fields implements Fielder.
func (e HookEnd) Fields(enc *Encoder) {
	enc.Int("attempts", int64(e.Attempts))
	enc.Str("because", e.Because)
	enc.Str("class", e.Class)
	enc.Str("event", e.Event)
	enc.Float("execution_time", e.ExecutionTime)
	enc.Str("hook", e.Hook)
	enc.Str("kind", e.Kind)
	enc.Str("message", e.Msg)
	enc.Node(e.NodeInfo)
	enc.Str("reason", e.Reason)
	enc.Str("status", e.Status)
	enc.Str("unique_id", e.UniqueID)
}

// Name implements Data.
func (HookRetried) Name() string { return "HookRetried" }

// Code implements Data.
func (HookRetried) Code() string { return "" }

// Message implements Data.
func (e HookRetried) Message() string {
	first, _, _ := strings.Cut(e.Msg, "\n")
	return fmt.Sprintf("%s %s of %s failed in attempt %d of %d (%s: %s); the next one comes in %.1fs",
		e.Event, strings.TrimPrefix(e.Hook, e.Event+"."), e.UniqueID, e.Attempt, e.Attempts, e.Class, first, e.Wait)
}

// Fields implements Fielder.
func (e HookRetried) Fields(enc *Encoder) {
	enc.Int("attempt", int64(e.Attempt))
	enc.Int("attempts", int64(e.Attempts))
	enc.Str("class", e.Class)
	enc.Str("event", e.Event)
	enc.Str("hook", e.Hook)
	enc.Str("message", e.Msg)
	enc.Str("unique_id", e.UniqueID)
	enc.Float("wait", e.Wait)
}

// Name implements Data.
func (HooksLeftOut) Name() string { return "HooksLeftOut" }

// Code implements Data.
func (HooksLeftOut) Code() string { return "" }

// Message implements Data.
func (e HooksLeftOut) Message() string { return e.Msg }

// Fields implements Fielder.
func (e HooksLeftOut) Fields(enc *Encoder) { enc.Str("message", e.Msg) }
