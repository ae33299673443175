package duckdb

import "dex/internal/adapter"

// dialect is DuckDB's as dbt-duckdb has it: DuckDBRelation, DuckDBColumn.
var dialect = adapter.Dialect{
	Types: adapter.TypeNames{
		Integers: []string{"tinyint", "smallint", "integer", "bigint", "hugeint", "utinyint", "usmallint", "uinteger", "ubigint",
			"int1", "int2", "int4", "int8", "short", "signed", "long", "int"},
		Floats:  []string{"real", "float", "float4", "float8", "double"},
		Unsized: true,
		Record:  "DuckDBColumn",
	},
	NamelessSubquery:  true,
	ShortReferences:   true,
	ExternalSources:   true,
	RuntimeFaults:     true,
	LenientCommit:     true,
	ConcurrentBatches: true,
}
