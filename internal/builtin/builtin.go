// Package builtin holds dex's own macros: the project named "dbt" that stands
// behind every other project. Materializations, run_hooks, statement,
// generate_schema_name, the generic tests, the cross-database macros: what a
// dbt project may call, override or dispatch to. It is data; the logic in Go
// that the macros lean on is the adapter object of package render.
//
// An adapter brings a second project of this kind for its dialect (package
// adapter/duckdb: Macros). Begin reading in macros/materialization/table.sql.
package builtin

import "embed"

// Name is the name of the project: the dbt in dbt.date_trunc and in
// adapter.dispatch('date_trunc', 'dbt').
const Name = "dbt"

// Project is the project's folder: dbt_project.yml, macros and docs.
//
//go:embed dbt_project.yml macros docs
var Project embed.FS
