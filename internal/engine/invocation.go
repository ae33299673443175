package engine

import (
	"time"

	"dex/internal/deps"
	"dex/internal/diag"
	"dex/internal/event"
	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
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

	Inline string   // of compile and show
	Limit  int      // of show; -1 is none
	Output string   // of list, compile and show: "name", "json", "text", ...
	Keys   []string // --output-keys
	// NoInject makes compile leave ephemeral models out of the SQL.
	NoInject bool
	Macro    string      // of run-operation
	SQL      string      // of run-operation --sql
	Args     *value.Dict // of run-operation
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
	// Word is the word behind a command: the channel of notify-test, the id of
	// notify-redeliver.
	Word string
	// Notify are the flags of the commands of notify.
	Notify Notify
	Audit  AuditQuery
	// Flags are further flags for templates to see, by dbt's lower-case names.
	Flags map[string]value.Value
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
	Faults       diag.List // warnings, and errors where the project has them
	Elapsed      time.Duration
	// Lines is what list, show and compile print on standard output.
	Lines []string
	// Shown are the results that Lines shows, line by line: of compile and show.
	Shown []*result.Result
	// CatalogErrors are what docs generate could not find out.
	CatalogErrors []string
	// Checks are the findings of debug.
	Checks []Check
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
	for i := range o.Results {
		if o.Results[i].Status.Failed() {
			return true
		}
	}
	if len(o.CatalogErrors) > 0 || o.Undelivered {
		return true
	}
	for _, c := range o.Checks {
		if !c.OK {
			return true
		}
	}
	return false
}
