// Package all registers every database that dex is built with. It is imported
// for that effect alone, by package cli and by tests that need a real database.
package all

import (
	"dex/internal/adapter"
	"dex/internal/adapter/duckdb"
	"dex/internal/adapter/postgres"
)

func init() {
	adapter.Register(duckdb.Driver())
	adapter.Register(postgres.Driver())
}
