// Package postgres is the Postgres adapter: a server reached over its wire protocol
// by pgx's low level (pgconn), not by database/sql, so that a text of several
// statements goes to the server as one call, as a hook of dbt's does.
//
// What it does is dbt-postgres' behaviour. A session is in conn.go, what the catalog
// knows in catalog.go, values in values.go, the macro project in macros/.
package postgres

import (
	"context"
	"embed"
	"errors"
	"io/fs"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

//go:embed all:macros
var macros embed.FS

// Type is the name by which profiles.yml asks for Postgres.
const Type = "postgres"

// Driver is Postgres as package adapter/all registers it.
func Driver() adapter.Driver {
	project, err := fs.Sub(macros, "macros")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return adapter.Driver{
		Type: Type,
		Credentials: func(target *value.Dict, dir string) (adapter.Credentials, error) {
			return nil, errors.New("postgres: not yet")
		},
		Open: func(ctx context.Context, c adapter.Credentials, _ adapter.Options) (adapter.Adapter, error) {
			return nil, errors.New("postgres: not yet")
		},
		Macros: project,
	}
}
