// Package jinja parses, compiles and runs templates. It knows Jinja and dbt's
// extensions of its syntax (macro, test, snapshot, materialization and docs
// blocks, do, break and continue), not what dbt's names mean: ref, source and
// config are values that its host puts in a Scope.
//
// Begin with Compile and Template in template.go, and with CompileMacro and
// Bind in bound.go. compile*.go turn the tree of package syntax into closures
// over slots; symbols.go decides which slot a name is; machine.go is what they
// run on. Filters and tests are the tables in filters_*.go and tests_*.go.
package jinja

import "dex/internal/jinja/value"

// Scope resolves the names that a template does not define itself.
type Scope interface {
	Lookup(name string) (value.Value, bool)
}
