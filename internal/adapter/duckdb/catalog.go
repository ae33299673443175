package duckdb

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Schemas implements adapter.Conn.
func (s *session) Schemas(ctx context.Context, database string) ([]string, error) {
	sql := "select schema_name from system.information_schema.schemata"
	if database != "" {
		sql += " where lower(catalog_name) = " + literal(strings.ToLower(database))
	}
	_, tab, err := s.run(ctx, sql, true, 0)
	if err != nil {
		return nil, fmt.Errorf("list the schemas of %s: %w", database, err)
	}
	out := make([]string, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, text(row[0]))
	}
	return out, nil
}

// Relations implements adapter.Conn. dbt: a temporary table counts as a table.
func (s *session) Relations(ctx context.Context, database string, schemas []string) ([]adapter.Relation, error) {
	if len(schemas) == 0 {
		return nil, nil
	}
	names := make([]string, len(schemas))
	for i, n := range schemas {
		names[i] = literal(strings.ToLower(n))
	}
	sql := "select table_catalog, table_schema, table_name, table_type from system.information_schema.tables" +
		" where lower(table_schema) in (" + strings.Join(names, ", ") + ")"
	if database != "" {
		sql += " and lower(table_catalog) = " + literal(strings.ToLower(database))
	}
	_, tab, err := s.run(ctx, sql, true, 0)
	if err != nil {
		return nil, fmt.Errorf("list the relations of %s: %w", database, err)
	}
	out := make([]adapter.Relation, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, adapter.Relation{
			Database: text(row[0]), Schema: text(row[1]), Identifier: text(row[2]), Type: relationTypes[text(row[3])],
		})
	}
	return out, nil
}

var relationTypes = map[string]adapter.RelationType{
	"BASE TABLE": adapter.TypeTable, "LOCAL TEMPORARY": adapter.TypeTable, "VIEW": adapter.TypeView,
}

// Columns implements adapter.Conn. As in dbt-duckdb the type holds its sizes
// (DECIMAL(18,3)), which DuckDB writes into the name, and the sizes stay 0.
func (s *session) Columns(ctx context.Context, r adapter.Relation) ([]adapter.Column, error) {
	_, tab, err := s.run(ctx, "select column_name, column_type from (describe "+s.path(r)+")", true, 0)
	if err != nil {
		if absent(err) {
			return nil, nil
		}
		return nil, fmt.Errorf("list the columns of %s: %w", r.Identifier, err)
	}
	out := make([]adapter.Column, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, adapter.Column{Name: text(row[0]), Type: text(row[1])})
	}
	return out, nil
}

// path writes a relation's name with its parts quoted, leaving absent ones out.
func (s *session) path(r adapter.Relation) string {
	var parts []string
	for _, p := range []string{r.Database, r.Schema, r.Identifier} {
		if p != "" {
			parts = append(parts, quote(p))
		}
	}
	return strings.Join(parts, ".")
}

// absent tells that DuckDB knows no such relation, schema or database, from all
// other failures. A view whose own table is gone fails with the same words, so
// dbt takes it for absent as well.
func absent(err error) bool {
	msg := err.Error()
	return strings.HasPrefix(msg, "Catalog Error") && strings.Contains(msg, "does not exist") ||
		strings.HasPrefix(msg, "Binder Error: Catalog ") && strings.Contains(msg, "does not exist")
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(s string) string { return "'" + escape(s) + "'" }

func text(v value.Value) string {
	s, _ := v.(value.Str)
	return string(s)
}
