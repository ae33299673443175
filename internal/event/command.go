package event

import (
	"fmt"
	"strings"

	"dex/internal/diag"
)

// Note is a line that dex adds to what dbt says: which database it takes where
// there is no profiles.yml, for one.
type Note struct {
	Msg string `json:"msg"`
}

// ProjectWarning is a fault of the project that stops nothing.
type ProjectWarning struct {
	Diagnostic diag.Diagnostic `json:"-"`
}

// FoundStats tells how much the project holds.
type FoundStats struct {
	StatLine string `json:"stat_line"`
}

// NothingToDo is a selection that matches no node.
type NothingToDo struct{}

// NoNodesSelected is NothingToDo in `list`.
type NoNodesSelected struct{}

// ArtifactWritten is a file of target/ that was replaced.
type ArtifactWritten struct {
	ArtifactType string `json:"artifact_type"`
	ArtifactPath string `json:"artifact_path"`
}

// CommandCompleted closes every command's log.
type CommandCompleted struct {
	Command string  `json:"command"`
	Success bool    `json:"success"`
	Elapsed float64 `json:"elapsed"`
}

// MainReportVersion opens every command's log.
type MainReportVersion struct {
	Version    string `json:"version"`
	DexVersion string `json:"-"`
}

func (Note) Name() string { return "Note" }
func (Note) Code() string { return "Z050" }

// Message implements Data.
func (e Note) Message() string { return e.Msg }

func (ProjectWarning) Name() string { return "ProjectWarning" }
func (ProjectWarning) Code() string { return "" }

// Message implements Data.
func (e ProjectWarning) Message() string { return "[WARNING]: " + e.Diagnostic.Body() }

func (FoundStats) Name() string { return "FoundStats" }
func (FoundStats) Code() string { return "W006" }

// Message implements Data.
func (e FoundStats) Message() string { return "Found " + e.StatLine }

func (NothingToDo) Name() string { return "NothingToDo" }
func (NothingToDo) Code() string { return "Q035" }

// Message implements Data.
func (NothingToDo) Message() string {
	return "Nothing to do. Try checking your model configs and model specification args"
}

func (NoNodesSelected) Name() string { return "NoNodesSelected" }
func (NoNodesSelected) Code() string { return "P025" }

// Message implements Data.
func (NoNodesSelected) Message() string { return "No nodes selected!" }

func (ArtifactWritten) Name() string { return "ArtifactWritten" }
func (ArtifactWritten) Code() string { return "P001" }

// Message implements Data.
func (e ArtifactWritten) Message() string {
	return fmt.Sprintf("Wrote artifact %s to %s", e.ArtifactType, e.ArtifactPath)
}

func (CommandCompleted) Name() string { return "CommandCompleted" }
func (CommandCompleted) Code() string { return "Q039" }

// Message implements Data.
func (e CommandCompleted) Message() string {
	word := "succeeded"
	if !e.Success {
		word = "failed"
	}
	return fmt.Sprintf("Command `dex %s` %s after %.2f seconds", e.Command, word, e.Elapsed)
}

func (MainReportVersion) Name() string { return "MainReportVersion" }
func (MainReportVersion) Code() string { return "A001" }

// Message implements Data.
func (e MainReportVersion) Message() string {
	return fmt.Sprintf("Running with dex=%s (as dbt=%s)", e.DexVersion, e.Version)
}

// CommandFailed is an error that ended the command. Handled is set where a node
// failed (exit code 1), not the command.
type CommandFailed struct {
	Msg     string `json:"exc"`
	Handled bool   `json:"-"`
}

// RunResultFailure is a node that failed or warned, told at the end.
type RunResultFailure struct {
	Status       string `json:"status"`
	ResourceType string `json:"resource_type"`
	NodeName     string `json:"node_name"`
	Path         string `json:"path"`
	UniqueID     string `json:"unique_id"`
	Msg          string `json:"msg"`
	Hook         string `json:"-"` // the hook that made it fail
	HookAt       string `json:"-"` // where that hook is written
}

// EndOfRun counts how nodes ended.
type EndOfRun struct {
	Pass  int `json:"pass"`
	Warn  int `json:"warn"`
	Error int `json:"error"`
	Skip  int `json:"skip"`
	NoOp  int `json:"no_op"`
	Total int `json:"total"`
}

func (CommandFailed) Name() string { return "MainEncounteredError" }
func (CommandFailed) Code() string { return "Z002" }

// Message implements Data.
func (e CommandFailed) Message() string {
	if e.Handled {
		return e.Msg
	}
	return "Encountered an error:\n" + e.Msg
}

// Name implements Data.
func (e RunResultFailure) Name() string {
	if e.Status == "warn" {
		return "RunResultWarning"
	}
	return "RunResultFailure"
}

// Code implements Data.
func (e RunResultFailure) Code() string {
	if e.Status == "warn" {
		return "Z021"
	}
	return "Z022"
}

// Message implements Data.
func (e RunResultFailure) Message() string {
	word := map[string]string{"warn": "Warning", "fail": "Failure"}[e.Status]
	if word == "" {
		word = "Error"
	}
	s := fmt.Sprintf("%s in %s %s (%s)\n  %s", word, e.ResourceType, e.NodeName, e.Path, indentLines(e.Msg))
	if e.Hook != "" {
		s += "\n\n  in the hook: " + indentLines(e.Hook)
		if e.HookAt != "" {
			s += "\n  written in:  " + e.HookAt
		}
	}
	return s
}

func indentLines(s string) string { return strings.ReplaceAll(s, "\n", "\n  ") }

func (EndOfRun) Name() string { return "StatsLine" }
func (EndOfRun) Code() string { return "E047" }

// Message implements Data.
func (e EndOfRun) Message() string {
	return fmt.Sprintf("Done. PASS=%d WARN=%d ERROR=%d SKIP=%d NO-OP=%d TOTAL=%d", e.Pass, e.Warn, e.Error, e.Skip, e.NoOp, e.Total)
}

// NoNodesForCriteria is a criterion of --select that no node meets.
type NoNodesForCriteria struct {
	Spec string `json:"spec_raw"`
}

func (NoNodesForCriteria) Name() string { return "NoNodesForSelectionCriteria" }
func (NoNodesForCriteria) Code() string { return "M030" }

// Message implements Data.
func (e NoNodesForCriteria) Message() string {
	return fmt.Sprintf("The selection criterion '%s' does not match any enabled nodes", e.Spec)
}
