package event

import (
	"fmt"
	"strings"
)

// OperationStart is a run of an operation that begins.
type OperationStart struct{ UniqueID, Operation, RunID, Target string }

// OperationStatement is a statement of an operation that has ended.
type OperationStatement struct {
	UniqueID, Operation string
	Index, Total        int // from 1
	Line                int // of the source
	SQL                 string
	Status              string
	Rows                int64 // -1 where unknown
	Given               bool  // Rows were given, not changed
	Elapsed             float64
}

// OperationRetried is an operation that failed and is tried again.
type OperationRetried struct {
	UniqueID, Operation string
	Attempt, Attempts   int
	Class, Msg          string
	Wait                float64
}

// OperationEnd is a run of an operation that has ended.
type OperationEnd struct {
	UniqueID, Operation, RunID, Status string
	Statements                         int
	Rows                               int64
	Elapsed                            float64
}

// Name implements Data.
func (OperationStart) Name() string { return "OperationStart" }

// Code implements Data.
func (OperationStart) Code() string { return "" }

// Message implements Data.
func (e OperationStart) Message() string {
	return fmt.Sprintf("Running operation %s on target %s (run %s)", e.Operation, e.Target, e.RunID)
}

// Fields implements Fielder.
func (e OperationStart) Fields(enc *Encoder) {
	enc.Str("operation", e.Operation)
	enc.Str("run_id", e.RunID)
	enc.Str("target", e.Target)
	enc.Str("unique_id", e.UniqueID)
}

// Name implements Data.
func (OperationStatement) Name() string { return "OperationStatement" }

// Code implements Data.
func (OperationStatement) Code() string { return "" }

// Message implements Data.
func (e OperationStatement) Message() string {
	first := strings.Join(strings.Fields(e.SQL), " ")
	if r := []rune(first); len(r) > 60 {
		first = string(r[:59]) + "…"
	}
	rows := ""
	switch {
	case e.Status != "success":
		rows = " ERROR"
	case e.Rows >= 0 && e.Given:
		rows = fmt.Sprintf(" %d rows", e.Rows)
	case e.Rows >= 0:
		rows = " " + plural(int(e.Rows), "row") + " changed"
	}
	of := fmt.Sprintf("%d of %d", e.Index, e.Total)
	if e.Total == 0 { // of a script, which nobody can count beforehand
		of = fmt.Sprintf("%d", e.Index)
	}
	return fmt.Sprintf("%s  line %d  %s%s in %.2fs", of, e.Line, first, rows, e.Elapsed)
}

// Fields implements Fielder.
func (e OperationStatement) Fields(enc *Encoder) {
	enc.Float("elapsed", e.Elapsed)
	enc.Int("index", int64(e.Index))
	enc.Int("line", int64(e.Line))
	enc.Str("operation", e.Operation)
	enc.Int("rows", e.Rows)
	enc.Str("sql", e.SQL)
	enc.Str("status", e.Status)
	enc.Int("total", int64(e.Total))
	enc.Str("unique_id", e.UniqueID)
}

// Name implements Data.
func (OperationRetried) Name() string { return "OperationRetried" }

// Code implements Data.
func (OperationRetried) Code() string { return "" }

// Message implements Data.
func (e OperationRetried) Message() string {
	first, _, _ := strings.Cut(e.Msg, "\n")
	return fmt.Sprintf("operation %s failed in attempt %d of %d (%s: %s); the next one comes in %.1fs", e.Operation, e.Attempt, e.Attempts, e.Class, first, e.Wait)
}

// Fields implements Fielder.
func (e OperationRetried) Fields(enc *Encoder) {
	enc.Int("attempt", int64(e.Attempt))
	enc.Int("attempts", int64(e.Attempts))
	enc.Str("class", e.Class)
	enc.Str("message", e.Msg)
	enc.Str("operation", e.Operation)
	enc.Str("unique_id", e.UniqueID)
	enc.Float("wait", e.Wait)
}

// Name implements Data.
func (OperationEnd) Name() string { return "OperationEnd" }

// Code implements Data.
func (OperationEnd) Code() string { return "" }

// Message implements Data.
func (e OperationEnd) Message() string {
	return fmt.Sprintf("Operation %s: %s, %s in %.2fs", e.Operation, e.Status, plural(e.Statements, "statement"), e.Elapsed)
}

// Fields implements Fielder.
func (e OperationEnd) Fields(enc *Encoder) {
	enc.Float("elapsed", e.Elapsed)
	enc.Str("operation", e.Operation)
	enc.Int("rows", e.Rows)
	enc.Str("run_id", e.RunID)
	enc.Int("statements", int64(e.Statements))
	enc.Str("status", e.Status)
	enc.Str("unique_id", e.UniqueID)
}
