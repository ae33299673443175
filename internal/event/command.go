package event

import (
	"strconv"
	"time"

	"dex/internal/diag"
)

// Note is a line that dex adds to what dbt says: which database it takes where
// there is no profiles.yml, for one.
type Note struct {
	Msg string
}

// InlineQuery is a line about the statement of run-operation --sql. dbt: a note, too.
type InlineQuery struct {
	Text, Status string
	Tone         Tone
	Seconds      float64 // negative: no time
}

// Formatting is an empty line that sets parts of the output apart.
type Formatting struct{}

// ProjectWarning is a fault of the project that stops nothing.
type ProjectWarning struct {
	Diagnostic diag.Diagnostic
}

// FoundStats tells how much the project holds.
type FoundStats struct {
	StatLine string
}

// NothingToDo is a selection that matches no node.
type NothingToDo struct{}

// NoNodesSelected is NothingToDo in `list`.
type NoNodesSelected struct{}

// NoNodesForCriteria is a criterion of --select that no node meets.
type NoNodesForCriteria struct {
	Spec string
}

// StateCheckVarsHash names what the last parse is only good for: variables of the
// command line, profile, target and version.
type StateCheckVarsHash struct {
	Checksum, Vars, Profile, Target, Version string
}

// UnableToPartialParse tells why the result of the last parse is of no use.
type UnableToPartialParse struct{ Reason string }

// ArtifactWritten is a file of target/ that was replaced.
type ArtifactWritten struct {
	ArtifactType string
	ArtifactPath string
}

// CommandCompleted closes every command's log.
type CommandCompleted struct {
	Command string
	Success bool
	At      time.Time
	Elapsed float64
}

// ResourceReport tells what the process took for a command.
type ResourceReport struct {
	CommandName string
	Success     bool
	WallClock   float64
	Resources
}

// Resources are figures of the operating system about a process.
type Resources struct {
	UserTime, KernelTime float64 // in seconds
	MaxRSS               int64   // the most memory at a time, in KiB (on macOS in bytes)
	InBlocks, OutBlocks  int64   // that were read from and written to disks
}

// MainReportVersion opens every command's log.
type MainReportVersion struct {
	Version    string // of dbt, whose behaviour this is
	DexVersion string
}

// MainReportArgs are the flags that a command runs with, by dbt's names.
type MainReportArgs struct {
	Args map[string]string
}

// NodeOutput is what `compile` and `show` print for a node.
type NodeOutput struct {
	Show         bool   // of show; else of compile
	Text         string // as printed
	Content      string // the SQL, or the rows
	NodeName     string
	UniqueID     string
	Inline       bool
	OutputFormat string
	Quiet        bool
}

// CommandFailed is an error that ended the command.
type CommandFailed struct {
	Msg string
	// Operation is set where it is the macro of run-operation that failed.
	Operation bool
}

// Name implements Data.
func (Note) Name() string { return "Note" }

// Code implements Data.
func (Note) Code() string { return "Z050" }

// Message implements Data.
func (e Note) Message() string { return e.Msg }

// Fields implements Fielder.
func (e Note) Fields(enc *Encoder) { enc.Str("msg", e.Msg) }

// Name implements Data.
func (InlineQuery) Name() string { return "Note" }

// Code implements Data.
func (InlineQuery) Code() string { return "Z050" }

// Message implements Data.
func (e InlineQuery) Message() string { return e.Line().plain() }

// Line implements Liner.
func (e InlineQuery) Line() Line {
	return Line{Index: 1, Total: 1, Text: e.Text + " inline_query", Status: e.Status, Tone: e.Tone, Seconds: e.Seconds}
}

// Fields implements Fielder.
func (e InlineQuery) Fields(enc *Encoder) { enc.Str("msg", e.Message()) }

// Name implements Data.
func (Formatting) Name() string { return "Formatting" }

// Code implements Data.
func (Formatting) Code() string { return "Z017" }

// Message implements Data.
func (Formatting) Message() string { return "" }

// Fields implements Fielder.
func (Formatting) Fields(enc *Encoder) { enc.Str("msg", "") }

// Name implements Data.
func (e ProjectWarning) Name() string {
	if e.Diagnostic.Event != "" {
		return e.Diagnostic.Event
	}
	return "ProjectWarning"
}

// Code implements Data.
func (e ProjectWarning) Code() string { return warningCodes[e.Diagnostic.Event] }

// Message implements Data.
func (e ProjectWarning) Message() string {
	if IsDeprecation(e.Code()) {
		return Deprecated(e.Name(), e.Diagnostic.Body())
	}
	return Warned(e.Diagnostic.Body())
}

// Fields implements Fielder.
func (e ProjectWarning) Fields(enc *Encoder) {
	d := &e.Diagnostic
	enc.Str("code", d.Code)
	enc.Int("column", int64(d.Pos.Col))
	enc.Str("file", d.Pos.File)
	enc.Str("hint", d.Hint)
	enc.Int("line", int64(d.Pos.Line))
	enc.Str("msg", d.Summary)
	enc.Str("unique_id", d.Node)
}

// Name implements Data.
func (FoundStats) Name() string { return "FoundStats" }

// Code implements Data.
func (FoundStats) Code() string { return "W006" }

// Message implements Data.
func (e FoundStats) Message() string { return "Found " + e.StatLine }

// Fields implements Fielder.
func (e FoundStats) Fields(enc *Encoder) { enc.Str("stat_line", e.StatLine) }

// Name implements Data.
func (NothingToDo) Name() string { return "NothingToDo" }

// Code implements Data.
func (NothingToDo) Code() string { return "Q035" }

// Message implements Data.
func (NothingToDo) Message() string {
	return Warned("Nothing to do. Try checking your model configs and model specification args")
}

// Fields implements Fielder.
func (NothingToDo) Fields(*Encoder) {}

// Name implements Data.
func (NoNodesSelected) Name() string { return "NoNodesSelected" }

// Code implements Data.
func (NoNodesSelected) Code() string { return "Q038" }

// Message implements Data.
func (NoNodesSelected) Message() string { return Warned("No nodes selected!") }

// Fields implements Fielder.
func (NoNodesSelected) Fields(*Encoder) {}

// Name implements Data.
func (NoNodesForCriteria) Name() string { return "NoNodesForSelectionCriteria" }

// Code implements Data.
func (NoNodesForCriteria) Code() string { return "M030" }

// Message implements Data.
func (e NoNodesForCriteria) Message() string {
	return Warned("The selection criterion '" + e.Spec + "' does not match any enabled nodes")
}

// Fields implements Fielder.
func (e NoNodesForCriteria) Fields(enc *Encoder) { enc.Str("spec_raw", e.Spec) }

// Name implements Data.
func (UnableToPartialParse) Name() string { return "UnableToPartialParse" }

// Code implements Data.
func (UnableToPartialParse) Code() string { return "I024" }

// Message implements Data.
func (e UnableToPartialParse) Message() string {
	return "Unable to do partial parsing because " + e.Reason
}

// Fields implements Fielder.
func (e UnableToPartialParse) Fields(enc *Encoder) { enc.Str("reason", e.Reason) }

// Name implements Data.
func (ArtifactWritten) Name() string { return "ArtifactWritten" }

// Code implements Data.
func (ArtifactWritten) Code() string { return "P001" }

// Message implements Data.
func (e ArtifactWritten) Message() string {
	return "Wrote artifact " + e.ArtifactType + " to " + e.ArtifactPath
}

// Fields implements Fielder.
func (e ArtifactWritten) Fields(enc *Encoder) {
	enc.Str("artifact_path", e.ArtifactPath)
	enc.Str("artifact_type", e.ArtifactType)
}

// Name implements Data.
func (CommandCompleted) Name() string { return "CommandCompleted" }

// Code implements Data.
func (CommandCompleted) Code() string { return "Q039" }

// Message implements Data.
func (e CommandCompleted) Message() string {
	word := "succeeded"
	if !e.Success {
		word = "failed"
	}
	return "Command `dex " + e.Command + "` " + word + " at " + e.At.UTC().Format("15:04:05.000000") + " after " + strconv.FormatFloat(e.Elapsed, 'f', 2, 64) + " seconds"
}

// Fields implements Fielder. Tools that read the log know commands as dbt's.
func (e CommandCompleted) Fields(enc *Encoder) {
	enc.Str("command", "dbt "+e.Command)
	enc.Time("completed_at", e.At)
	enc.Float("elapsed", e.Elapsed)
	enc.Bool("success", e.Success)
}

// Name implements Data.
func (ResourceReport) Name() string { return "ResourceReport" }

// Code implements Data.
func (ResourceReport) Code() string { return "Z051" }

// Message implements Data: the fields as JSON.
func (e ResourceReport) Message() string {
	var enc Encoder
	enc.open()
	e.Fields(&enc)
	enc.close()
	return "Resource report: " + string(enc.Bytes())
}

// Fields implements Fielder. dbt: whole numbers of 64 bits are texts in JSON.
func (e ResourceReport) Fields(enc *Encoder) {
	enc.Str("command_name", e.CommandName)
	enc.Bool("command_success", e.Success)
	enc.Float("command_wall_clock_time", e.WallClock)
	enc.Str("process_in_blocks", strconv.FormatInt(e.InBlocks, 10))
	enc.Float("process_kernel_time", e.KernelTime)
	enc.Str("process_mem_max_rss", strconv.FormatInt(e.MaxRSS, 10))
	enc.Str("process_out_blocks", strconv.FormatInt(e.OutBlocks, 10))
	enc.Float("process_user_time", e.UserTime)
}

// Name implements Data.
func (MainReportVersion) Name() string { return "MainReportVersion" }

// Code implements Data.
func (MainReportVersion) Code() string { return "A001" }

// Message implements Data.
func (e MainReportVersion) Message() string {
	return "Running with dex=" + e.DexVersion + " (as dbt=" + e.Version + ")"
}

// Fields implements Fielder.
func (e MainReportVersion) Fields(enc *Encoder) {
	enc.Int("log_version", 3)
	enc.Str("version", "="+e.Version)
}

// Name implements Data.
func (MainReportArgs) Name() string { return "MainReportArgs" }

// Code implements Data.
func (MainReportArgs) Code() string { return "A002" }

// Message implements Data.
func (e MainReportArgs) Message() string {
	s := "running with arguments {"
	for i, k := range sortedKeys(e.Args) {
		if i > 0 {
			s += ", "
		}
		s += "'" + k + "': '" + e.Args[k] + "'"
	}
	return s + "}"
}

// Fields implements Fielder.
func (e MainReportArgs) Fields(enc *Encoder) {
	enc.Object("args", func() {
		for _, k := range sortedKeys(e.Args) {
			enc.Str(k, e.Args[k])
		}
	})
}

// Name implements Data.
func (e NodeOutput) Name() string {
	if e.Show {
		return "ShowNode"
	}
	return "CompiledNode"
}

// Code implements Data.
func (e NodeOutput) Code() string {
	if e.Show {
		return "Q041"
	}
	return "Q042"
}

// Message implements Data.
func (e NodeOutput) Message() string { return e.Text }

// Fields implements Fielder.
func (e NodeOutput) Fields(enc *Encoder) {
	if !e.Show {
		enc.Str("compiled", e.Content)
	}
	enc.Bool("is_inline", e.Inline)
	enc.Str("node_name", e.NodeName)
	enc.Str("output_format", e.OutputFormat)
	if e.Show {
		enc.Str("preview", e.Content)
	}
	enc.Bool("quiet", e.Quiet)
	enc.Str("unique_id", e.UniqueID)
}

// Name implements Data.
func (e CommandFailed) Name() string {
	if e.Operation {
		return "RunningOperationCaughtError"
	}
	return "MainEncounteredError"
}

// Code implements Data.
func (e CommandFailed) Code() string {
	if e.Operation {
		return "Q001"
	}
	return "Z002"
}

// Message implements Data.
func (e CommandFailed) Message() string {
	if e.Operation {
		return Failed("Encountered an error while running operation: " + e.Msg)
	}
	return Failed("Encountered an error:\n" + e.Msg)
}

// Fields implements Fielder.
func (e CommandFailed) Fields(enc *Encoder) { enc.Str("exc", e.Msg) }

// Name implements Data.
func (StateCheckVarsHash) Name() string { return "StateCheckVarsHash" }

// Code implements Data.
func (StateCheckVarsHash) Code() string { return "I025" }

// Message implements Data.
func (e StateCheckVarsHash) Message() string {
	return "checksum: " + e.Checksum + ", vars: " + e.Vars + ", profile: " + e.Profile + ", target: " + e.Target + ", version: " + e.Version
}

// Fields implements Fielder.
func (e StateCheckVarsHash) Fields(enc *Encoder) {
	enc.Str("checksum", e.Checksum)
	enc.Str("profile", e.Profile)
	enc.Str("target", e.Target)
	enc.Str("vars", e.Vars)
	enc.Str("version", e.Version)
}
