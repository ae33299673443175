// Package render gives templates the names that dbt gives them: ref, source,
// var, config, this, adapter and the rest. Which names there are, and what each
// does in which phase, is the table in names.go.
//
// It knows nodes, macros and the adapter seam; it knows nothing of threads,
// plans and files. Begin with Invocation, what all renders of a command share,
// and Frame (frame.go), the state of one node's render.
package render

import (
	"sync"
	"time"

	"dex/internal/adapter"
	"dex/internal/event"
	"dex/internal/eventtime"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Phase decides what the names do.
type Phase uint8

// The phases, in the order in which a node goes through them.
const (
	Parse   Phase = iota // execute is false; ref, source and config only take notes
	Compile              // ref gives a relation; run_query asks the database
	Run                  // as Compile, for materializations and hooks
)

// Invocation is what all renders of one command share. The engine makes it;
// Manifest, Adapter and Cache are nil until parsing is done. It is not changed
// while renders are under way.
type Invocation struct {
	ID        string // invocation_id
	StartedAt time.Time
	Command   string // flags.WHICH
	Project   string // the root project's name
	Profile   string // the profile's name
	// Flags are the command's flags as templates see them: flags.FULL_REFRESH.
	Flags *value.Dict
	// Args is invocation_args_dict.
	Args *value.Dict
	// Target is `target`, without secrets.
	Target      *value.Dict
	AdapterType string
	// Dialect is how the database's names and types are written.
	Dialect           adapter.Dialect
	Database, Schema  string // of the target
	CLIVars           *value.Dict
	PackageVars       map[string]*value.Dict // `vars:` of each package's dbt_project.yml
	PackageNames      []string               // root, installed, internal ones
	Dispatch          map[string][]string    // macro_namespace -> search_order, of the root project
	Quoting           Quoting                // of the root project, over the adapter's default
	Getenv            func(string) (string, bool)
	QueryComment      value.Value
	InternalPackages  []string // "dbt_duckdb", "dbt": the order in which their macros are preferred
	SelectedResources []manifest.ID
	// Strict begins a transaction again where a hook's commit has ended it: dex.yml,
	// hooks: transactions: strict.
	Strict bool
	// Sample is the window of --sample; nil is none.
	Sample *eventtime.Span
	// Python is where Python models are at home; PackageDirs are the folders of the
	// packages, which their paths begin at.
	Python      adapter.PythonHome
	PackageDirs map[string]string

	// Defer says what stands in for nodes that are not built; nil is nothing.
	Defer *Deferral

	Macros   *Macros
	Manifest *manifest.Manifest
	Adapter  adapter.Adapter
	Cache    *Cache
	Sink     event.Sink
	// Warner is told of warnings; nil drops them.
	Warner *event.Warner
	// Docs finds a docs block for a node of package from; pkg is "" where doc()
	// was given a name alone. Nil while docs are being read.
	Docs func(pkg, name, from string) *manifest.Doc

	// Seen is what all renders of the Parse phase looked at; nil where nobody
	// wants to know.
	Seen *Seen

	texts     sync.Map // source text -> *jinja.Template
	graphOnce sync.Once
	graph     *value.Dict
}

// Quoting says which parts of a relation's name are quoted.
type Quoting struct{ Database, Schema, Identifier bool }

// Notes is what a render in the Parse phase took down.
type Notes struct {
	Refs      []manifest.Ref
	Sources   [][]string
	Metrics   [][]string
	Functions [][]string
	Macros    []manifest.ID // macros that the template itself called, in order of first call
	// Configs are the arguments of each config() call, in order, with
	// pre_hook/post_hook renamed to pre-hook/post-hook.
	Configs []*value.Dict
	// ConfigsAt are the bytes of the node's text at which those calls stand: where a
	// macro made the call, the node's call of that macro.
	ConfigsAt []int
	// Reads is what the render looked at beside its own node.
	Reads Reads
}
