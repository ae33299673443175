// Package builtin holds dex's own macros: the project named "dbt" that stands
// behind every other project. Materializations, run_hooks, statement,
// generate_schema_name, the generic tests, the cross-database macros: what a
// dbt project may call, override or dispatch to. It is data; the logic in Go
// that the macros lean on is the adapter object of package render.
//
// Files are named as dbt names them, because a compile error tells the file of
// every macro on the way to it. Names with the prefix dex__ are not for projects.
// Begin reading in macros/materializations/models/table.sql.
package builtin

import "embed"

// Name is the name of the project: the dbt in dbt.date_trunc and in
// adapter.dispatch('date_trunc', 'dbt').
const Name = "dbt"

// Project is the project's folder: dbt_project.yml, macros, tests and docs. An
// adapter brings a second one of this kind for its dialect.
//
//go:embed dbt_project.yml macros tests docs
var Project embed.FS
