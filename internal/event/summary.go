package event

import (
	"fmt"
	"sort"
	"strings"
)

// FinishedRunning tells what ran and how long that took.
type FinishedRunning struct {
	StatLine string // "1 table model, 2 data tests"
	Seconds  float64
}

// EndOfRunSummary says in one line how a run went.
type EndOfRunSummary struct {
	Errors, Warnings, PartialSuccesses int
	Interrupted                        bool
}

// RunResultFailure heads what is told of a node that failed or warned.
type RunResultFailure struct {
	Warning      bool
	ResourceType string
	NodeName     string
	Path         string
	NodeInfo     *NodeInfo
}

// RunResultError is the message of a node that failed or warned.
type RunResultError struct {
	Warning  bool
	Msg      string
	NodeInfo *NodeInfo
}

// RunResultPlace is what dex adds to the message: where the fault is, the text
// there, and what to do about it.
type RunResultPlace struct {
	Msg string
}

// SQLCompiledPath is where the SQL of a failed node was written.
type SQLCompiledPath struct {
	Path     string
	NodeInfo *NodeInfo
}

// CheckNodeTestFailure is where a test's failing rows were stored.
type CheckNodeTestFailure struct {
	RelationName string
	NodeInfo     *NodeInfo
}

// StatsLine counts how nodes ended.
type StatsLine struct {
	Pass, Warn, Error, Skip, NoOp, Reused, Total int
}

// Name implements Data.
func (FinishedRunning) Name() string { return "FinishedRunningStats" }

// Code implements Data.
func (FinishedRunning) Code() string { return "E047" }

// Message implements Data.
func (e FinishedRunning) Message() string {
	return fmt.Sprintf("Finished running %s%s (%.2fs).", e.StatLine, e.execution(), e.Seconds)
}

func (e FinishedRunning) execution() string {
	whole := int(e.Seconds)
	hours, minutes := whole/3600, whole%3600/60
	return fmt.Sprintf(" in %d hours %d minutes and %.2f seconds", hours, minutes, e.Seconds-float64(hours*3600+minutes*60))
}

// Fields implements Fielder.
func (e FinishedRunning) Fields(enc *Encoder) {
	enc.Str("execution", e.execution())
	enc.Float("execution_time", e.Seconds)
	enc.Str("stat_line", e.StatLine)
}

// Name implements Data.
func (EndOfRunSummary) Name() string { return "EndOfRunSummary" }

// Code implements Data.
func (EndOfRunSummary) Code() string { return "Z030" }

// Tone says how the run went.
func (e EndOfRunSummary) Tone() Tone {
	switch {
	case e.Interrupted:
		return Doubtful
	case e.Errors > 0:
		return Bad
	case e.PartialSuccesses > 0 || e.Warnings > 0:
		return Doubtful
	}
	return Good
}

// Message implements Data.
func (e EndOfRunSummary) Message() string {
	partial, warnings := plural(e.PartialSuccesses, "partial success"), plural(e.Warnings, "warning")
	switch {
	case e.Interrupted:
		return "Exited because of keyboard interrupt"
	case e.Errors > 0:
		return "Completed with " + plural(e.Errors, "error") + ", " + partial + ", and " + warnings + ":"
	case e.PartialSuccesses > 0:
		return "Completed with " + partial + " and " + warnings
	case e.Warnings > 0:
		return "Completed with " + warnings + ":"
	}
	return "Completed successfully"
}

// Fields implements Fielder.
func (e EndOfRunSummary) Fields(enc *Encoder) {
	enc.Bool("keyboard_interrupt", e.Interrupted)
	enc.Int("num_errors", int64(e.Errors))
	enc.Int("num_partial_success", int64(e.PartialSuccesses))
	enc.Int("num_warnings", int64(e.Warnings))
}

// Name implements Data.
func (e RunResultFailure) Name() string {
	if e.Warning {
		return "RunResultWarning"
	}
	return "RunResultFailure"
}

// Code implements Data.
func (e RunResultFailure) Code() string {
	if e.Warning {
		return "Z021"
	}
	return "Z022"
}

// Message implements Data.
func (e RunResultFailure) Message() string {
	msg := "in " + e.ResourceType + " " + e.NodeName + " (" + e.Path + ")"
	if e.Warning {
		return Warned(msg)
	}
	return Failed(msg)
}

// Fields implements Fielder.
func (e RunResultFailure) Fields(enc *Encoder) {
	enc.Group(e.NodeInfo)
	enc.Node(e.NodeInfo)
	enc.Str("node_name", e.NodeName)
	enc.Str("path", e.Path)
	enc.Str("resource_type", e.ResourceType)
}

// Name implements Data.
func (e RunResultError) Name() string {
	if e.Warning {
		return "RunResultWarningMessage"
	}
	return "RunResultError"
}

// Code implements Data.
func (e RunResultError) Code() string {
	if e.Warning {
		return "Z046"
	}
	return "Z024"
}

// Message implements Data.
func (e RunResultError) Message() string {
	if e.Warning {
		return Warned(e.Msg)
	}
	return "  " + e.Msg
}

// Fields implements Fielder.
func (e RunResultError) Fields(enc *Encoder) {
	if !e.Warning { // dbt: the message of a warning goes without
		enc.Group(e.NodeInfo)
	}
	enc.Str("msg", e.Msg)
	enc.Node(e.NodeInfo)
}

// Name implements Data. To readers of the log it is one more note.
func (RunResultPlace) Name() string { return "Note" }

// Code implements Data.
func (RunResultPlace) Code() string { return "Z050" }

// Message implements Data.
func (e RunResultPlace) Message() string { return "  " + strings.ReplaceAll(e.Msg, "\n", "\n  ") }

// Fields implements Fielder.
func (e RunResultPlace) Fields(enc *Encoder) { enc.Str("msg", e.Msg) }

// Name implements Data.
func (SQLCompiledPath) Name() string { return "SQLCompiledPath" }

// Code implements Data.
func (SQLCompiledPath) Code() string { return "Z026" }

// Message implements Data.
func (e SQLCompiledPath) Message() string { return "  compiled code at " + e.Path }

// Fields implements Fielder.
func (e SQLCompiledPath) Fields(enc *Encoder) {
	enc.Node(e.NodeInfo)
	enc.Str("path", e.Path)
}

// Name implements Data.
func (CheckNodeTestFailure) Name() string { return "CheckNodeTestFailure" }

// Code implements Data.
func (CheckNodeTestFailure) Code() string { return "Z027" }

// Message implements Data.
func (e CheckNodeTestFailure) Message() string {
	query := "select * from " + e.RelationName
	border := strings.Repeat("-", len([]rune(query)))
	return "  See test failures:\n  " + border + "\n  " + query + "\n  " + border
}

// Fields implements Fielder.
func (e CheckNodeTestFailure) Fields(enc *Encoder) {
	enc.Node(e.NodeInfo)
	enc.Str("relation_name", e.RelationName)
}

// Name implements Data.
func (StatsLine) Name() string { return "StatsLine" }

// Code implements Data.
func (StatsLine) Code() string { return "Z023" }

// Message implements Data.
func (e StatsLine) Message() string {
	return fmt.Sprintf("Done. PASS=%d WARN=%d ERROR=%d SKIP=%d NO-OP=%d REUSED=%d TOTAL=%d", e.Pass, e.Warn, e.Error, e.Skip, e.NoOp, e.Reused, e.Total)
}

// Fields implements Fielder.
func (e StatsLine) Fields(enc *Encoder) {
	enc.Object("stats", func() {
		enc.Int("error", int64(e.Error))
		enc.Int("noop", int64(e.NoOp))
		enc.Int("pass", int64(e.Pass))
		enc.Int("reused", int64(e.Reused))
		enc.Int("skip", int64(e.Skip))
		enc.Int("total", int64(e.Total))
		enc.Int("warn", int64(e.Warn))
	})
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
