package postgres

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// Schemas implements adapter.Conn.
func (s *session) Schemas(ctx context.Context, database string) ([]string, error) {
	if err := s.db.verify(database); err != nil {
		return nil, err
	}
	_, tab, err := s.Execute(ctx, "select nspname from pg_catalog.pg_namespace order by nspname", true, 0)
	if err != nil {
		return nil, fmt.Errorf("list the schemas of %s: %w", s.db.creds.Unique(), err)
	}
	out := make([]string, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, text(row[0]))
	}
	return out, nil
}

// verify refuses another database than the target's: a session of Postgres sees one.
func (d *database) verify(database string) error {
	if database == "" {
		return nil
	}
	return sameDatabase(d.creds.database, database)
}

// Relations implements adapter.Conn. dbt: postgres__list_relations_without_caching;
// functions are relations too.
func (s *session) Relations(ctx context.Context, database string, schemas []string) ([]adapter.Relation, error) {
	if len(schemas) == 0 {
		return nil, nil
	}
	if err := s.db.verify(database); err != nil {
		return nil, err
	}
	names := make([]string, len(schemas))
	for i, n := range schemas {
		names[i] = literal(strings.ToLower(n))
	}
	_, tab, err := s.Execute(ctx, fmt.Sprintf(relationsSQL, strings.Join(names, ", ")), true, 0)
	if err != nil {
		return nil, fmt.Errorf("list the relations of %s: %w", s.db.creds.Unique(), err)
	}
	out := make([]adapter.Relation, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, adapter.Relation{
			Database: database, Schema: text(row[0]), Identifier: text(row[1]), Type: relationTypes[text(row[2])],
		})
	}
	return out, nil
}

var _ adapter.Linker = (*session)(nil)

// Links implements adapter.Linker. dbt: PostgresAdapter._link_cached_relations.
func (s *session) Links(ctx context.Context, database string, schemas []string) ([]adapter.Link, error) {
	if len(schemas) == 0 {
		return nil, nil
	}
	names := make([]string, len(schemas))
	for i, n := range schemas {
		names[i] = literal(strings.ToLower(n))
	}
	_, tab, err := s.Execute(ctx, fmt.Sprintf(linksSQL, strings.Join(names, ", ")), true, 0)
	if err != nil {
		return nil, fmt.Errorf("list what views of %s read: %w", s.db.creds.Unique(), err)
	}
	out := make([]adapter.Link, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, adapter.Link{
			Relation: adapter.Relation{Database: database, Schema: text(row[0]), Identifier: text(row[1])},
			View:     adapter.Relation{Database: database, Schema: text(row[2]), Identifier: text(row[3]), Type: relationTypes[text(row[4])]},
		})
	}
	return out, nil
}

// linksSQL asks what views read. A view depends on it through its rule: pg_depend has a
// row from the rule to the view, and one to each column that the rule reads.
const linksSQL = `select distinct rn.nspname, r.relname, vn.nspname, v.relname, v.relkind::text
from pg_catalog.pg_namespace rn
join pg_catalog.pg_class r on r.relnamespace = rn.oid
join pg_catalog.pg_depend d on d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjid = r.oid and d.classid = 'pg_catalog.pg_rewrite'::regclass
join pg_catalog.pg_rewrite w on w.oid = d.objid and w.ev_class <> r.oid
join pg_catalog.pg_class v on v.oid = w.ev_class
join pg_catalog.pg_namespace vn on vn.oid = v.relnamespace
where lower(rn.nspname) in (%s)`

// relationsSQL asks for what pg_tables, pg_views and pg_matviews show, and functions:
// a table's partitions count, foreign tables and sequences do not.
const relationsSQL = `with named as (select oid, nspname from pg_catalog.pg_namespace where lower(nspname) in (%s))
select n.nspname, c.relname, c.relkind::text from pg_catalog.pg_class c join named n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v', 'm')
union all
select distinct n.nspname, p.proname, 'f' from pg_catalog.pg_proc p join named n on n.oid = p.pronamespace`

var relationTypes = map[string]adapter.RelationType{
	"r": adapter.TypeTable, "p": adapter.TypeTable, "v": adapter.TypeView, "m": adapter.TypeMaterializedView, "f": adapter.TypeFunction,
}

// Columns implements adapter.Conn. dbt: postgres__get_columns_in_relation, which asks
// information_schema; that has no materialized views in it, and shows a user the
// columns that he has a right to.
func (s *session) Columns(ctx context.Context, r adapter.Relation) ([]adapter.Column, error) {
	if err := s.db.verify(r.Database); err != nil {
		return nil, err
	}
	sql := "select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale" +
		" from information_schema.columns where table_name = " + literal(r.Identifier)
	if r.Schema != "" {
		sql += " and table_schema = " + literal(r.Schema)
	} else {
		sql += fmt.Sprintf(temporaryFirst, literal(r.Identifier))
	}
	_, tab, err := s.Execute(ctx, sql+" order by ordinal_position", true, 0)
	if err != nil {
		return nil, fmt.Errorf("list the columns of %s: %w", r.Identifier, err)
	}
	out := make([]adapter.Column, 0, len(tab.Rows))
	for _, row := range tab.Rows {
		out = append(out, adapter.Column{
			Name: text(row[0]), Type: text(row[1]), CharSize: number(row[2]), Precision: number(row[3]), Scale: number(row[4]),
		})
	}
	return out, nil
}

// temporaryFirst keeps a name without a schema to the session's own temporary table,
// where there is one.
const temporaryFirst = ` and (table_schema = (select nspname from pg_catalog.pg_namespace where oid = pg_my_temp_schema())` +
	` or not exists (select from pg_catalog.pg_class where relname = %s and relnamespace = pg_my_temp_schema()))`

func literal(s string) string {
	s = strings.ReplaceAll(s, "'", "''")
	if strings.Contains(s, `\`) { // E'' means the same whatever standard_conforming_strings is
		return " E'" + strings.ReplaceAll(s, `\`, `\\`) + "'"
	}
	return "'" + s + "'"
}

func text(v value.Value) string {
	s, _ := v.(value.Str)
	return string(s)
}

func number(v value.Value) int {
	n, _ := v.(value.Int)
	return int(n)
}
