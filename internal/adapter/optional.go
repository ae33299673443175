package adapter

import (
	"context"
	"time"

	"dex/internal/jinja/value"
)

// Executor is a session as an adapter's own template methods see it: statements
// that go through it are recorded and take part in its transaction.
type Executor interface {
	Execute(ctx context.Context, sql string, begin, fetch bool, limit int) (Response, *Table, error)
	Begin(ctx context.Context) error
	InTransaction() bool
}

// Method is one method of `adapter` in templates that this database alone has.
type Method func(ctx context.Context, s Executor, args []value.Value, kw []value.Arg) (value.Value, error)

// Templated is an Adapter with methods of its own for templates:
// adapter.external_root() on DuckDB.
type Templated interface {
	Method(name string) (Method, bool)
}

// Strategist is an Adapter that says which incremental strategies it has;
// otherwise it is append alone.
type Strategist interface {
	Strategies() []string
}

// Mortal is a Conn that can die under its session: the line to its server breaks, or
// the server ends it. What a transaction held is gone then, and so is whatever else
// lived in the session: temporary tables, settings.
type Mortal interface {
	// Dead reports whether nothing can be sent any more.
	Dead() bool
}

// Describer is a Conn that can tell a query's columns without running it.
type Describer interface {
	Describe(ctx context.Context, sql string) ([]Column, error)
}

// Binder is a Conn that takes arguments for the placeholders of one statement, as the
// database's driver for Python writes them (? on DuckDB, %s on Postgres): dbt's
// adapter.add_query(sql, bindings=...).
type Binder interface {
	ExecuteArgs(ctx context.Context, sql string, args []value.Value) (Response, error)
}

// Streamer is a Conn that gives the rows of a statement away as they come, so that no
// result is ever in memory as a whole.
type Streamer interface {
	// Stream sends sql with values for the placeholders of its one statement: ? in
	// order, or $name where the arguments have names. Without arguments it may hold
	// several statements, of which the last one's rows are given. out may be nil:
	// nobody wants rows. An error of out ends the statement and is the error.
	Stream(ctx context.Context, sql string, args []value.Arg, out Rows) (Response, error)
}

// Rows takes a result: its columns once, then its rows in pieces.
type Rows interface {
	Columns(columns []Column) error
	Rows(rows [][]value.Value) error
}

// Autocommitter is an Adapter that may be told in profiles.yml to do without
// transactions: then none is begun around a task.
type Autocommitter interface {
	TransactionsDisabled() bool
}

// Opener is an Adapter whose client opens a transaction by itself before the first
// statement of a session, and before the next one after the client has committed or
// rolled back; what a statement of the text does to the transaction it does not see.
// psycopg2: a connection that is not in autocommit mode.
type Opener interface {
	OpensTransactions() bool
}

// Link says that a view reads a relation: the database drops the view where it drops
// the relation with cascade.
type Link struct{ Relation, View Relation }

// Linker is a Conn of a database in which a drop may take views with it. Links gives
// those of the relations in the schemas, wherever the views stand. Without it nothing
// goes with a relation that is dropped.
type Linker interface {
	Links(ctx context.Context, database string, schemas []string) ([]Link, error)
}

// PythonJob is the code of a Python model with what belongs to it.
type PythonJob struct {
	Name     string // the model's, for messages
	Path     string // the model's file
	Code     string // with dbt's own text behind the model: dbtObj, materialize
	Relation Relation
	Home     PythonHome
	Packages []string      // that its configuration names, as pip takes them
	Timeout  time.Duration // 0 is none
}

// PythonHome is where Python models are at home.
type PythonHome struct {
	Dir string // the working directory
	// Files is a folder for what is exchanged and for what is kept of a run;
	// Environments is kept for longer.
	Files, Environments string
	Getenv              func(name string) (string, bool)
}

// PythonRunner is an Adapter that runs Python models: the code runs, and the table
// that it makes is made in s. Without it there are none.
type PythonRunner interface {
	RunPython(ctx context.Context, s Executor, job PythonJob) (Response, error)
}

// Logger is an Executor that keeps what the code of a Python model prints.
type Logger interface {
	Log(line string)
}

// Warner is an Executor that can show the user a warning. What an adapter warns
// of is lost on an Executor that is none.
type Warner interface {
	Warn(msg string)
}

// Recorder is an Executor that keeps what would have been run and is no statement:
// the code of a Python model in a preview.
type Recorder interface {
	Record(language, code, note string)
}

// Previewed is an Adapter that Driver.Preview opened: Lacking are the relations
// that it knows nothing of, though they are there.
type Previewed interface {
	Lacking() []string
}

// Previewing is a Conn of a preview. Spare makes it ask the database for no rows, and
// answer queries as if there were none. ReadOnly makes it refuse what is no query,
// with an error, in place of taking it for done.
type Previewing interface {
	Spare()
	ReadOnly()
}

// Still is Credentials that can tell whether Open changes nothing that outlives it:
// the database is there already, and nothing is installed, attached or set up. Such
// a database may be opened before it is known whether it will be wanted.
type Still interface {
	Still() bool
}

// Transactor is a Conn whose server tells with each answer whether the session stands
// in a transaction, whoever began it.
type Transactor interface {
	InTransaction() bool
}
