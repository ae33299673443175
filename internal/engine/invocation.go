package engine

import (
	"time"

	"dex/internal/diag"
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

	ProjectDir, ProfilesDir   string
	Profile, Target           string
	TargetPath, LogPath       string
	Threads                   int // 0: the profile's
	Vars                      *value.Dict
	FullRefresh, FailFast     bool
	StoreFailures             *bool
	Empty                     bool
	Select, Exclude           []string
	Selector                  string
	ResourceTypes, NoTypes    []string
	Indirect                  string // "eager", "cautious", "buildable", "empty"
	PartialParse, WriteJSON   bool
	CacheSelectedOnly         bool
	PopulateCache, Introspect bool
	VersionCheck              bool
	WarnError                 WarnErrors

	Inline string      // of compile and show
	Limit  int         // of show; -1 is none
	Output string      // of list, compile and show: "name", "json", "text", ...
	Keys   []string    // --output-keys
	Macro  string      // of run-operation
	SQL    string      // of run-operation --sql
	Args   *value.Dict // of run-operation
	// Connection makes `debug` test the connection alone.
	Connection bool
	// Upgrade makes deps resolve anew; Lock makes it write package-lock.yml alone.
	Upgrade, Lock bool
	// InlineDirect is a query that show sends as it is, without a project.
	InlineDirect string
	// ConfigDir makes debug tell where profiles.yml is, and nothing else.
	ConfigDir bool
	// CleanOutside lets clean remove folders outside of the project.
	CleanOutside bool
	// ShowSeeds makes seed show some rows of what it loaded.
	ShowSeeds bool
	// Docs are the flags of docs generate and docs serve.
	Docs Docs
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

// WarnErrors says which warnings are faults: --warn-error(-options).
type WarnErrors struct {
	All             bool
	Include, Ignore []string
}

// Faults reports whether a warning of that name is to be a fault.
func (w WarnErrors) Faults(name string) bool {
	for _, n := range w.Ignore {
		if n == name {
			return false
		}
	}
	if w.All {
		return true
	}
	for _, n := range w.Include {
		if n == name || n == "all" || n == "*" {
			return true
		}
	}
	return false
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
	if len(o.CatalogErrors) > 0 {
		return true
	}
	for _, c := range o.Checks {
		if !c.OK {
			return true
		}
	}
	return false
}
