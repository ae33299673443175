package engine

import (
	"strings"
	"time"

	"dex/internal/artifact"
	"dex/internal/deps"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/lint"
	"dex/internal/manifest"
	"dex/internal/operation"
	"dex/internal/plan"
	"dex/internal/result"
)

// Invocation is one command with its flags, settled: the command line's, then
// the environment's, then those of dbt_project.yml's `flags:`, then the default.
type Invocation struct {
	ID      string // a UUID; made where empty
	Command string // flags.WHICH: "run", "run-operation", "list"

	ProjectDir, ProfilesDir string
	Profile, Target         string
	TargetPath, LogPath     string
	Threads                 int // 0: the profile's
	Vars                    *value.Dict
	FullRefresh, FailFast   bool
	StoreFailures           *bool
	Empty                   bool
	// EventTime is the window of --event-time-start and --event-time-end, Sample that
	// of --sample; nil is none.
	EventTime, Sample         *eventtime.Span
	Select, Exclude           []string
	Selector                  string
	ResourceTypes, NoTypes    []string
	Indirect                  string // "eager", "cautious", "buildable", "empty"
	PartialParse, WriteJSON   bool
	NoFileDiff                bool // files are taken to be as they were at the last parse
	CacheSelectedOnly         bool
	PopulateCache, Introspect bool
	VersionCheck              bool
	WarnError                 event.Policy
	// MaxSeedMiB is the size above which a seed's checksum is its path; 0 is dbt's
	// 1 MiB, a negative number is no limit.
	MaxSeedMiB int
	// Warnings are findings about the flags, told once the command begins.
	Warnings diag.List
	// ShowAllDeprecations tells of every deprecation, not of the first of its kind
	// alone.
	ShowAllDeprecations bool

	// State is the folder of an earlier invocation's artifacts; DeferState is that
	// to defer to, where it is another. Defer and FavorState let refs read the
	// relations that its manifest names.
	State, DeferState string
	Defer, FavorState bool

	// DryRun makes run, build, test, seed and snapshot tell what they would send, and
	// send nothing that changes anything.
	DryRun bool
	// NoHooks leaves all hooks out, SkipHooks those that meet one of its patterns.
	NoHooks   bool
	SkipHooks []string
	// OnlyHooks is the event of `hooks run`, "pre" or "post"; HookName the name of the
	// hooks to run. "" is any.
	OnlyHooks, HookName string
	// Looking lets `hooks show` read from the database.
	Looking bool

	Inline string   // of compile and show
	Limit  int      // of show; -1 is none
	Output string   // of list, compile and show: "name", "json", "text", ...
	Keys   []string // --output-keys
	// NoInject makes compile leave ephemeral models out of the SQL.
	NoInject bool
	Macro    string      // of run-operation
	SQL      string      // of run-operation --sql
	Args     *value.Dict // of run-operation
	// OperationFlags are the flags of operation run and operation plan.
	OperationFlags OperationFlags
	// CleanOutside lets `clean` remove folders outside of the project.
	CleanOutside bool
	// ShowSeeds makes `seed` show the first rows of what it loaded.
	ShowSeeds bool
	// Former is the invocation that a retry takes up again: Command is that one's,
	// and runs the nodes that did not end well.
	Former *Former
	// Connection makes `debug` test the connection alone.
	Connection bool
	// ConfigDir makes `debug` say where profiles.yml is looked for, and stop.
	ConfigDir bool
	// Upgrade makes deps resolve anew; Lock makes it write package-lock.yml alone.
	Upgrade, Lock bool
	// Add is a package that deps writes into packages.yml first; nil is none.
	Add *deps.Addition
	// InlineDirect is a query that show sends as it is, without a project.
	InlineDirect string
	// Docs are the flags of docs generate and docs serve.
	Docs Docs
	// Audit are the flags of the commands of the audit chain.
	Audit AuditQuery
	// Lint are the flags of lint and hooks lint.
	Lint Lint
	// Word is the word behind a command: the channel of notify test, the id of notify
	// redeliver.
	Word string
	// Notify are the flags of the commands of notify.
	Notify Notify
	// Operation is the name of the commands of operations, Params what they were given
	// for its parameters.
	Operation string
	Params    ParamSources
	// Status narrows the history of operations; "" is all.
	Status string
	// Python makes a new operation one in Python.
	Python bool
	// Flags are further flags for templates to see, by dbt's lower-case names.
	Flags map[string]value.Value
}

// which is flags.WHICH: hooks by themselves run as those of `run` do, for what they
// ask it.
func (inv *Invocation) which() string {
	if strings.HasPrefix(inv.Command, "hooks ") {
		return "run"
	}
	return inv.Command
}

// ParamSources are the ways in which a person gives parameters.
type ParamSources struct {
	Pairs []string // --param, each NAME=VALUE
	Text  string   // --params: JSON or YAML
	File  string   // --params-file: a path
}

// Docs are the flags of docs generate and docs serve.
type Docs struct {
	NoCompile, EmptyCatalog, Static bool

	Host    string
	Port    int // 0 is any that is free
	Browser bool
}

// Notify are the flags of the commands of notify.
type Notify struct {
	Message, Channel, State string
	Limit                   int // 0 is none
}

// Outcome is what an invocation leaves behind. A partial outcome comes with an
// error as well.
type Outcome struct {
	InvocationID string
	Manifest     *manifest.Manifest
	Plan         *plan.Plan
	Results      []result.Result
	// OperationRuns are the runs of operations that were asked for.
	OperationRuns []result.Operation
	// OperationFaults tell why runs of operations failed.
	OperationFaults diag.List
	Faults          diag.List // warnings, and errors where the project has them
	Elapsed         time.Duration
	// Lines is what list, show and compile print on standard output.
	Lines []string
	// Operations are those that were read; nil where nobody asked for them.
	Operations *operation.Set
	// Shown are the results that Lines shows, line by line: of compile and show.
	Shown []*result.Result
	// CatalogErrors are what docs generate could not find out.
	CatalogErrors []string
	// Findings are those of lint.
	Findings []lint.Finding
	// Checks are the findings of debug.
	Checks []Check
	// Refused reports that `hooks show` could not show all that it was asked for.
	Refused bool
	// DryRun is the plan of --dry-run.
	DryRun *artifact.DryRun
	// Undelivered is set where a command of notify could not deliver what it was to:
	// exit code 1.
	Undelivered bool
	// Fatal makes the exit code 2 although there are results: an on-run-end hook
	// whose template failed.
	Fatal error

	shown func(kind string, n *manifest.Node) string // where a node's SQL is written
}

// CompiledPath is where the compiled SQL of a node is written, as artifacts and
// messages show it.
func (o *Outcome) CompiledPath(n *manifest.Node) string {
	if o.shown == nil {
		return ""
	}
	return o.shown("compiled", n)
}

// Check is one finding of debug.
type Check struct {
	Name, Value string
	OK          bool
}

// Failed reports whether a node failed: exit code 1.
func (o *Outcome) Failed() bool {
	for i := range o.OperationRuns {
		if o.OperationRuns[i].Status.Failed() {
			return true
		}
	}
	for i := range o.Results {
		if r := &o.Results[i]; r.Status.Failed() || r.Status == result.Skipped && r.Message != "" { // dbt: on_skip of an ephemeral model's error
			return true
		}
	}
	if o.Refused {
		return true
	}
	if o.DryRun != nil && o.DryRun.Fails() {
		return true
	}
	if len(o.CatalogErrors) > 0 || lint.Fails(o.Findings) || o.Undelivered {
		return true
	}
	for _, c := range o.Checks {
		if !c.OK {
			return true
		}
	}
	return false
}
