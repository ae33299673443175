// Package operation is the vocabulary of operations: standalone SQL and Python
// files with parameters, which are run by hand, from a hook, in a flow or through the
// API. It reads their configuration and checks the values of parameters.
//
// It knows neither files on disk nor databases. Begin with Operation and Param.
package operation

import (
	"time"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
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
	Raw           string
	Pos           diag.Pos

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
	Reads, Writes      []manifest.ID
	MaxRows            int
	Concurrency        *Concurrency
	Env                []string
	Python             string
	WorkingDir         string
	Dependencies       []string // of a Python file: PEP 723
	Jinja              bool     // a Python file that is rendered first
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
}
