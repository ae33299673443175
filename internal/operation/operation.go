// Package operation is the vocabulary of operations: standalone SQL and Python
// files with parameters, which are run by hand, from a hook, in a flow or through the
// API. It reads their configuration and checks the values of parameters.
//
// It knows neither files on disk nor databases. Begin with Operation and Param.
package operation

import (
	"regexp"
	"slices"
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/yamldoc"
)

// Language is what an operation is written in.
type Language string

// The languages.
const (
	SQL    Language = "sql"
	Python Language = "python"
)

// Operation is one file below the operation paths, with its configuration. It is
// not changed once the project is parsed.
type Operation struct {
	ID            manifest.ID // script.<package>.<name>
	Package, Name string
	Group         string // its folder below the operation path: "permissions"
	Path          string // relative to the project, with slashes
	Language      Language
	Raw           string // a SQL file's text as dbt keeps texts; a Python file's as it is
	Pos           diag.Pos
	FQN           []string // package, folders, name

	// Config is the merged configuration by key, for selections and for showing it.
	Config *value.Dict
	// Patch is the properties file that describes it, "" for none.
	Patch string
	// Macros are those that its text calls.
	Macros []manifest.ID

	Description, Owner string
	Tags               []string
	Meta               *value.Dict
	Disabled           bool
	Params             []*Param
	Targets            []string // nil is all
	Transaction        *bool    // nil: as the database can
	Timeout            time.Duration
	Retries            manifest.Retries
	Idempotent         bool
	Confirm            string
	Approval           *Approval
	PreHooks           []manifest.Hook
	PostHooks          []manifest.Hook
	PrePos, PostPos    []diag.Pos // where each of those hooks is written
	Reads, Writes      []manifest.ID
	MaxRows            int
	Concurrency        *Concurrency
	Env                []string
	Python             string
	WorkingDir         string
	Dependencies       []string // of a Python file: PEP 723
	RequiresPython     string   // of a Python file: PEP 723
	Jinja              bool     // a Python file that is rendered first
}

// DefaultMaxRows is how many rows of a result set are kept where max_rows says
// nothing.
const DefaultMaxRows = 500

// Where names the operation with its file, as the headings of diagnostics do.
func (op *Operation) Where() string { return "operation " + op.Name + " (" + op.Path + ")" }

// Param finds a parameter; nil where there is none of that name.
func (op *Operation) Param(name string) *Param {
	for _, p := range op.Params {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// RunsOn reports whether the operation may run on a target.
func (op *Operation) RunsOn(target string) bool {
	return op.Targets == nil || slices.Contains(op.Targets, target)
}

// Approval says who has to agree before an operation runs.
type Approval struct {
	By      []string
	Count   int
	Targets []string
}

// Concurrency bounds how many runs there are at once for one key.
type Concurrency struct {
	Limit int
	Key   string // a template
}

// Type is the type of a parameter.
type Type string

// The types.
const (
	String     Type = "string"
	Integer    Type = "integer"
	Number     Type = "number"
	Boolean    Type = "boolean"
	Date       Type = "date"
	Timestamp  Type = "timestamp"
	Identifier Type = "identifier"
	Relation   Type = "relation"
	JSON       Type = "json"
	List       Type = "list"
	Secret     Type = "secret"
)

// Types lists the types.
var Types = []string{"string", "integer", "number", "boolean", "date", "timestamp", "identifier", "relation", "json", "list", "secret"}

// Param is one parameter.
type Param struct {
	Name, Description string
	Type              Type
	Default           value.Value // nil is none; a text may be a template
	Required          bool
	Enum              []value.Value
	Pattern           string
	Min, Max          value.Value // numbers, dates or timestamps; nil is none
	MinLength         *int
	MaxLength         *int
	Item              *Param // of a list
	FromQuery         string
	Secret            bool
	Env               string
	Pos               diag.Pos

	match *regexp.Regexp
	// set says which layer said what, by key, until the declaration has been checked.
	set map[string]*yamldoc.Mapping
}

// Hidden reports whether values of the parameter must never be shown.
func (p *Param) Hidden() bool {
	return p.Secret || p.Type == Secret || p.Item != nil && p.Item.Hidden()
}
