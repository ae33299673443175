package adapter

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// Dialect is what is to be known of a database without asking it, while a project is
// parsed as well: how its names and types are written and what its relations can do.
// The zero Dialect is dbt's base adapter.
type Dialect struct {
	Types TypeNames
	// MaxName is the longest name of a relation, in characters; 0 is no bound.
	MaxName int
	// Renameable and Replaceable are the types of relation for which a macro says how
	// one is renamed, or replaced in one statement: can_be_renamed, can_be_replaced.
	Renameable, Replaceable []RelationType
	// NamelessSubquery is set where a subquery in FROM needs no name.
	NamelessSubquery bool
	// ShortReferences is set where a foreign key must not name the database of what it
	// refers to, not even its own.
	ShortReferences bool
	// ExternalSources is set where a source may be a file: meta.external_location.
	ExternalSources bool
	// RuntimeFaults is set where dbt shows what the database refuses as a runtime error,
	// not as a database error.
	RuntimeFaults bool
	// LenientCommit is set where a commit without a transaction is nothing, not a fault.
	LenientCommit bool
	// ConcurrentBatches is set where batches of a microbatch model may run side by side.
	ConcurrentBatches bool
	// RelationMethods are methods of relations in templates that this database alone has.
	RelationMethods map[string]RelationMethod
}

// RelationMethod is one method of a relation in templates.
type RelationMethod func(r Relation, args []value.Value, kw []value.Arg) (value.Value, error)

// TypeNames tells which type names of a database are what, in lower case. A list that
// is nil is that of dbt's Column.
type TypeNames struct {
	Integers, Floats []string
	// Unsized is set where texts have no width, whatever their type says, so that no
	// column ever has to be widened.
	Unsized bool
	// BareText is set where a text without a known size is written as its type is named,
	// not as one of 256 characters.
	BareText bool
	// Record names the class of a column that shows itself as its fields, with those
	// of a struct among them; "" for dbt's Column, which shows its name and its type.
	Record string
}

var (
	stringNames  = []string{"text", "character varying", "character", "varchar"}
	numericNames = []string{"numeric", "decimal"}
	integerNames = []string{"smallint", "integer", "bigint", "smallserial", "serial", "bigserial", "int2", "int4", "int8", "serial2", "serial4", "serial8"}
	floatNames   = []string{"real", "float4", "float", "double precision", "float8", "double"}
)

// IsString tells whether a type is a text.
func (t *TypeNames) IsString(name string) bool { return isOneOf(stringNames, nil, name) }

// IsNumeric tells whether a type is a number with precision and scale.
func (t *TypeNames) IsNumeric(name string) bool { return isOneOf(numericNames, nil, name) }

// IsInteger tells whether a type is a whole number.
func (t *TypeNames) IsInteger(name string) bool { return isOneOf(integerNames, t.Integers, name) }

// IsFloat tells whether a type is a floating number.
func (t *TypeNames) IsFloat(name string) bool { return isOneOf(floatNames, t.Floats, name) }

func isOneOf(base, own []string, name string) bool {
	if own != nil {
		base = own
	}
	return slices.Contains(base, strings.ToLower(name))
}

// CanRename reports whether relations of a type can be renamed.
func (d *Dialect) CanRename(t RelationType) bool { return slices.Contains(d.Renameable, t) }

// CanReplace reports whether relations of a type can be replaced in one statement.
func (d *Dialect) CanReplace(t RelationType) bool { return slices.Contains(d.Replaceable, t) }
