package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"dex/internal/adapter"
	"dex/internal/agate"
	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/session"
)

// mostRelations is up to how many relations are asked for by name; beyond that
// whole schemas are. dbt: MAX_SCHEMA_METADATA_RELATIONS.
const mostRelations = 100

// fillCatalog asks each database for the relations of the project; only says
// which are wanted, nil is all. What a database cannot tell is an error of the
// catalog, and the others are asked all the same.
func (w *work) fillCatalog(ctx context.Context, c *artifact.Catalog, only map[manifest.ID]bool) error {
	owners := w.catalogOwners(only)
	byName := only != nil && len(owners) <= mostRelations
	var databases []string
	wanted := map[string][]adapter.Relation{}
	for key := range owners {
		if wanted[key.Database] == nil {
			databases = append(databases, key.Database)
		}
		wanted[key.Database] = append(wanted[key.Database], key)
	}
	slices.Sort(databases)
	for _, database := range databases {
		keys := wanted[database]
		slices.SortFunc(keys, func(a, b adapter.Relation) int {
			return strings.Compare(a.Schema+"\x00"+a.Identifier, b.Schema+"\x00"+b.Identifier)
		})
		rows, err := w.catalogRows(ctx, database, keys, byName)
		if err == nil {
			err = addCatalog(c, owners, rows)
		}
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			e := event.CatalogGenerationError{Err: err.Error()}
			if err := w.warn(e); err != nil {
				return err
			}
			c.Errors = append(c.Errors, w.clean(e.Err))
		}
	}
	return nil
}

// catalogOwners tells which nodes stand for a relation: several sources may name
// one table.
func (w *work) catalogOwners(only map[manifest.ID]bool) map[adapter.Relation][]*manifest.Node {
	out := map[adapter.Relation][]*manifest.Node{}
	m := w.out.Manifest
	for _, id := range manifest.SortedIDs(m.Nodes) {
		n := m.Nodes[id]
		if inCatalog(n) && (only == nil || only[id]) {
			key := relationKey(n.Database, n.Schema, n.Alias)
			out[key] = append(out[key], n)
		}
	}
	for _, id := range manifest.SortedIDs(m.Sources) {
		if n := m.Sources[id]; only == nil || only[id] {
			key := relationKey(n.Database, n.Schema, n.Source.Identifier)
			out[key] = append(out[key], n)
		}
	}
	return out
}

// inCatalog tells whether a node stands for a relation: a test does where it stores
// what fails. dbt: is_relational.
func inCatalog(n *manifest.Node) bool {
	return n.Refable() && !n.Ephemeral() || n.Kind == manifest.KindTest && n.Config.Bool("store_failures", false)
}

func relationKey(database, schema, name string) adapter.Relation {
	return adapter.Relation{Database: strings.ToLower(database), Schema: strings.ToLower(schema), Identifier: strings.ToLower(name)}
}

// catalogRows asks one database, by the names of relations or by their schemas.
func (w *work) catalogRows(ctx context.Context, database string, keys []adapter.Relation, byName bool) (*agate.Table, error) {
	o := w.sessions()
	s := session.New(w.adapter, "generate_catalog", &o)
	defer s.Close()
	f := w.render.NewFrame(ctx, render.Run, nil)
	f.Session, f.Thread = s, "MainThread"
	info := w.render.RelationValue(adapter.Relation{Database: database, Identifier: "INFORMATION_SCHEMA"})
	macro, list := "get_catalog", value.NewList()
	if byName {
		macro = "get_catalog_relations"
		for _, key := range keys {
			list.Elems = append(list.Elems, w.render.RelationValue(key))
		}
	} else {
		for i, key := range keys {
			if i == 0 || key.Schema != keys[i-1].Schema {
				list.Elems = append(list.Elems, value.Str(key.Schema))
			}
		}
	}
	entry := w.render.Macros.Anywhere(w.render.Project, macro)
	if entry == nil {
		return nil, fmt.Errorf("dbt could not find a macro with the name '%s' in any package", macro)
	}
	f.Macro = entry.Macro
	got, err := f.Call(entry, []value.Value{info, list}, nil)
	if err != nil {
		return nil, errors.New(f.Message(err))
	}
	t, ok := got.(*agate.Table)
	if !ok {
		return nil, fmt.Errorf("%s gave a %s, not a table", macro, got.Type())
	}
	return t, nil
}

// addCatalog sorts the rows, one a column, to the nodes that they belong to.
func addCatalog(c *artifact.Catalog, owners map[adapter.Relation][]*manifest.Node, t *agate.Table) error {
	names := t.Columns()
	at := map[string]int{}
	for i, n := range names {
		at[strings.ToLower(n)] = i
	}
	for _, need := range []string{"table_database", "table_schema", "table_name", "table_type", "column_name", "column_index", "column_type"} {
		if _, ok := at[need]; !ok {
			return fmt.Errorf("Catalog information missing required key %s (got %s)", need, strings.Join(names, ", "))
		}
	}
	for _, row := range t.Data() {
		cell := func(name string) value.Value {
			if i, ok := at[name]; ok {
				return row[i]
			}
			return value.None
		}
		text := func(name string) string {
			if v := cell(name); v != value.None {
				return value.ToStr(v)
			}
			return ""
		}
		for _, n := range owners[relationKey(text("table_database"), text("table_schema"), text("table_name"))] {
			table := tableOfNode(c, n)
			if table.Columns == nil { // dbt: what is told of a table stands in its first row
				table.Type, table.Database, table.Schema, table.Name = text("table_type"), text("table_database"), text("table_schema"), text("table_name")
				table.Comment, table.Owner, table.Stats = cell("table_comment"), cell("table_owner"), statsOf(names, row)
			}
			index, err := value.ToInt(cell("column_index"))
			if err != nil {
				return fmt.Errorf("the column_index of %s.%s: %w", table.Name, text("column_name"), err)
			}
			i, _ := index.(value.Int)
			table.Columns = append(table.Columns, artifact.CatalogColumn{Name: text("column_name"), Type: text("column_type"), Comment: cell("column_comment"), Index: int64(i)})
		}
	}
	return nil
}

// statsOf gathers the columns "stats:ID:label", ":value", ":description" and
// ":include" of a row. dbt: format_stats.
func statsOf(names []string, row []value.Value) []artifact.CatalogStat {
	var out []artifact.CatalogStat
	at := map[string]int{}
	for i, name := range names {
		rest, ok := strings.CutPrefix(name, "stats:")
		if !ok {
			continue
		}
		id, part, _ := strings.Cut(rest, ":")
		k, seen := at[id]
		if !seen {
			k = len(out)
			at[id] = k
			out = append(out, artifact.CatalogStat{ID: id})
		}
		switch s := &out[k]; part {
		case "label":
			s.Label = value.ToStr(row[i])
		case "value":
			s.Value = row[i]
			if d, ok := s.Value.(*value.Decimal); ok {
				if x, err := d.Float(); err == nil {
					s.Value = value.Float(x) // dbt: _coerce_decimal
				}
			}
		case "description":
			s.Description = row[i]
		case "include":
			s.Include = row[i].Truth()
		}
	}
	return slices.DeleteFunc(out, func(s artifact.CatalogStat) bool { return !s.Include })
}

func tableOfNode(c *artifact.Catalog, n *manifest.Node) *artifact.CatalogTable {
	tables := c.Nodes
	if n.Kind == manifest.KindSource {
		tables = c.Sources
	}
	t := tables[n.ID]
	if t == nil {
		t = &artifact.CatalogTable{}
		tables[n.ID] = t
	}
	return t
}
