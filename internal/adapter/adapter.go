// Package adapter is the seam between dex and a database. The engine knows this
// package alone; each database stands in a folder of its own below it, with the
// files driver.go conn.go catalog.go values.go and macros/, and passes
// adaptertest.Exercise.
//
// It knows nothing of templates and nodes. Begin with Driver, Adapter and Conn.
package adapter

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// Driver is what a database registers: see Register.
type Driver struct {
	Type string // as profiles.yml names it: "duckdb"
	// Credentials reads a target of profiles.yml, already rendered. Its faults
	// name the key at fault and never show a value that may be secret.
	Credentials func(target *value.Dict, dir string) (Credentials, error)
	Open        func(ctx context.Context, c Credentials, opt Options) (Adapter, error)
	// Preview opens what answers as the database would if all that is sent to it had
	// been done, and changes nothing: neither the database nor anything else. A
	// database that is not there is not made. It is nil where there is no such thing.
	Preview func(ctx context.Context, c Credentials, opt Options) (Adapter, error)
	// Macros is the database's own macro project: dbt_project.yml and macros/.
	// Its package name is "dbt_" + Type.
	Macros fs.FS
	// Dialect is how the database's names and types are written.
	Dialect Dialect
}

// Options is what an adapter needs to know of the invocation.
type Options struct {
	Threads int
}

// Credentials is a database's part of a profiles.yml target.
type Credentials interface {
	Database() string
	Schema() string
	// Context is what templates see as `target`, without secrets: dbt's
	// connection keys of this database and its aliases.
	Context() *value.Dict
	// Secrets lists the texts that must never be printed.
	Secrets() []string
	// Unique names the database, for messages: a path or a host.
	Unique() string
}

// Adapter is one open database. It is safe for use by many goroutines.
type Adapter interface {
	Type() string
	// Quote quotes one identifier.
	Quote(identifier string) string
	// Conn opens a session for one task. name is what dbt calls the connection:
	// "master", "model.shop.orders".
	Conn(ctx context.Context, name string) (Conn, error)
	// ConvertType maps a seed column's inferred type to the database's type name.
	ConvertType(t SeedType) string
	Close() error
}

// Conn is one session, held by one task at a time. Statements and transactions
// go through it in order. dbt's bookkeeping of transactions (begin is lazy,
// commit without begin is an error) is package run's, not the driver's.
type Conn interface {
	// Execute sends sql, which may hold several statements; with fetch the last
	// one's rows come back, at most limit where limit > 0. The error of the
	// database is a *DatabaseError.
	Execute(ctx context.Context, sql string, fetch bool, limit int) (Response, *Table, error)
	// Schemas lists the schemas of a database.
	Schemas(ctx context.Context, database string) ([]string, error)
	// Relations lists what stands in the given schemas of one database, by one
	// query however many they are. A schema that is not there has no relations;
	// any other failure is an error: unknown is never taken for absent.
	Relations(ctx context.Context, database string, schemas []string) ([]Relation, error)
	// Columns lists a relation's columns in order, temporary ones included (a
	// temporary table has no database and schema). A relation that is not there
	// has none.
	Columns(ctx context.Context, r Relation) ([]Column, error)
	// Name is what Adapter.Conn was given.
	Name() string
	// Release ends the session or gives it back; an open transaction is rolled back.
	Release()
}

// SeedLoader is a Conn with a bulk path for seeds. Without it a seed is loaded
// by INSERT statements.
type SeedLoader interface {
	// LoadSeed appends all rows of the table to r, which exists.
	LoadSeed(ctx context.Context, r Relation, rows *Table) (Response, error)
}

// Canceler is a Conn that can end its running statement from another goroutine.
type Canceler interface {
	Cancel()
}

// RelationType says what a relation is.
type RelationType string

// The types of relation, in dbt's words.
const (
	TypeTable            RelationType = "table"
	TypeView             RelationType = "view"
	TypeCTE              RelationType = "cte"
	TypeMaterializedView RelationType = "materialized_view"
	TypeExternal         RelationType = "external"
	TypeFunction         RelationType = "function"
	TypeUnknown          RelationType = ""
)

// Relation names a table or a view. Empty parts are absent.
type Relation struct {
	Database, Schema, Identifier string
	Type                         RelationType
}

// Key is the relation's name for comparing and caching: lower case, as dbt
// compares names on databases that fold case.
func (r Relation) Key() string {
	return strings.ToLower(r.Database + "\x00" + r.Schema + "\x00" + r.Identifier)
}

// Column is one column of a relation or a result. Sizes are 0 where unknown.
type Column struct {
	Name             string
	Type             string // the database's name of the type, without size
	CharSize         int
	Precision, Scale int
	// Unnamed is the database's number of a type that it has no name for, in the
	// description of a query; else 0.
	Unnamed uint32
}

// Table is a result set. Values are of package value: None, Bool, Int, *BigInt,
// Float, Decimal, Str, Bytes, *List, *Dict and package pylib's dates and times.
type Table struct {
	Columns []Column
	Rows    [][]value.Value
}

// Response is what the database said of a statement: dbt's AdapterResponse.
type Response struct {
	Message string // "OK", "SELECT 3", "INSERT 0 3": what run_results shows
	Code    string
	Rows    int64 // affected; -1 where unknown
	// Unsaid leaves Rows out of what templates and artifacts see: dbt's adapter
	// for this database does not tell them.
	Unsaid bool
	// Told shows Rows also where it is -1, as the database's driver for Python says it
	// of a statement that counts no rows: psycopg2's rowcount.
	Told bool

	// Notices are what the database said beside the answer (RAISE NOTICE), also of a
	// statement that failed.
	Notices []string

	// The rest is a preview's (Driver.Preview). Asked says that it is a query that was
	// answered, Guess that the answer is not the one of a run, and Note tells why, or
	// what the database has against a statement that was not sent.
	Asked, Guess bool
	Note         string
}

// DatabaseError is a statement that the database refused.
type DatabaseError struct {
	Msg  string // the database's own words
	SQL  string
	Line int // of the statement, 0 where unknown
	Err  error
}

func (e *DatabaseError) Error() string { return e.Msg }

// Unwrap gives the driver's error.
func (e *DatabaseError) Unwrap() error { return e.Err }

// ErrLocked is a database file that another process holds.
var ErrLocked = errors.New("the database file is in use by another process")

// SeedType is the type that dbt's CSV reader infers for a column.
type SeedType uint8

// The types of a seed's column, as agate (dbt's table library) tells them apart.
const (
	SeedText SeedType = iota
	SeedInteger
	SeedNumber
	SeedBoolean
	SeedDate
	SeedDateTime
	SeedTime
)

var drivers = map[string]Driver{}

// Register makes a database known. It panics on a second one of the same type,
// so a clash fails at start and never in use.
func Register(d Driver) {
	if _, dup := drivers[d.Type]; dup {
		panic("adapter: registered twice: " + d.Type)
	}
	drivers[d.Type] = d
}

// Lookup finds a registered driver.
func Lookup(typ string) (Driver, bool) {
	d, ok := drivers[typ]
	return d, ok
}

// Types lists the registered databases by name.
func Types() []string { return slices.Sorted(maps.Keys(drivers)) }
