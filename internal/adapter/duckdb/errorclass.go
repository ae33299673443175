package duckdb

import (
	"strings"

	"dex/internal/adapter"
)

// classes sorts DuckDB's errors by their type, which begins the message ("Catalog
// Error: ..."). DuckDB: ExceptionType.
var classes = map[string]adapter.ErrorClass{
	"Parser":                adapter.ClassSyntax,
	"Syntax":                adapter.ClassSyntax,
	"Binder":                adapter.ClassSyntax, // what names nothing that is there is told apart below
	"Expression":            adapter.ClassSyntax,
	"Not implemented":       adapter.ClassSyntax,
	"Parameter Not Found":   adapter.ClassSyntax,
	"Catalog":               adapter.ClassMissing,
	"Dependency":            adapter.ClassConstraint,
	"Constraint":            adapter.ClassConstraint,
	"Conversion":            adapter.ClassData,
	"Out of Range":          adapter.ClassData,
	"Divide by Zero":        adapter.ClassData,
	"Decimal":               adapter.ClassData,
	"Mismatch Type":         adapter.ClassData,
	"Invalid type":          adapter.ClassData,
	"Invalid Input":         adapter.ClassData,
	"TransactionContext":    adapter.ClassLock,
	"Serialization":         adapter.ClassLock,
	"Permission":            adapter.ClassPermission,
	"Out of Memory":         adapter.ClassResource,
	"Object Size":           adapter.ClassResource,
	"IO":                    adapter.ClassConnection,
	"HTTP":                  adapter.ClassConnection,
	"Connection":            adapter.ClassConnection,
	"Network":               adapter.ClassConnection,
	"Missing Extension":     adapter.ClassMissing,
	"Extension Autoloading": adapter.ClassMissing,
	"INTERRUPT":             adapter.ClassCancelled,
}

// exceptions are messages that belong elsewhere than their type; the first that fits
// counts.
var exceptions = []struct {
	typ, text string
	class     adapter.ErrorClass
}{
	{"Catalog", "already exists", adapter.ClassExists},
	{"Catalog", "write-write conflict", adapter.ClassLock},
	{"TransactionContext", "Current transaction is aborted", adapter.ClassOther},
	{"TransactionContext", "cannot start a transaction within a transaction", adapter.ClassOther},
	{"TransactionContext", "no transaction is active", adapter.ClassOther},
	{"TransactionContext", "onstraint", adapter.ClassConstraint},
	{"Binder", "not found", adapter.ClassMissing},
	{"Binder", "does not exist", adapter.ClassMissing},
	{"Binder", "does not have a column", adapter.ClassMissing},
	{"Binder", "already exists", adapter.ClassExists},
	{"IO", "No files found", adapter.ClassMissing},
	{"IO", "No such file", adapter.ClassMissing},
	{"IO", "Permission denied", adapter.ClassPermission},
	{"IO", "No space left", adapter.ClassResource},
	{"Invalid Input", "read-only", adapter.ClassPermission},
	{"Invalid Input", "read only", adapter.ClassPermission},
	{"Invalid Input", "Attempting to execute an unsuccessful or closed", adapter.ClassOther},
}

// Class implements adapter.Classifier.
func (d *database) Class(err *adapter.DatabaseError) adapter.ErrorClass {
	typ := errorType(err.Msg)
	for _, x := range exceptions {
		if x.typ == typ && strings.Contains(err.Msg, x.text) {
			return x.class
		}
	}
	if class, ok := classes[typ]; ok {
		return class
	}
	return adapter.ClassOther
}

// errorType is the type that begins DuckDB's message; "" where none does.
func errorType(msg string) string {
	typ, _, ok := strings.Cut(msg, " Error: ")
	if !ok || strings.ContainsRune(typ, '\n') {
		return ""
	}
	return typ
}

// Spoils implements adapter.Salvager: an error that is found before a statement
// runs leaves its transaction whole; any other ends it. DuckDB:
// Exception::InvalidatesTransaction.
func (d *database) Spoils(err *adapter.DatabaseError) bool {
	switch errorType(err.Msg) {
	case "Parser", "Syntax", "Binder", "Catalog", "Connection", "Parameter Not Allowed", "Permission":
		return false
	}
	return true
}

// Savepoints implements adapter.Salvager: DuckDB has none.
func (d *database) Savepoints() bool { return false }
