package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"sort"
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

// writeCatalog asks the database what it holds of the project and writes
// catalog.json. dbt: GenerateTask.
func writeCatalog(ctx context.Context, w *work) error {
	c := &artifact.Catalog{Meta: w.meta(), Nodes: map[manifest.ID]*artifact.CatalogTable{}, Sources: map[manifest.ID]*artifact.CatalogTable{}}
	owners := w.catalogOwners()
	byDatabase := map[string][]string{}
	for key, ids := range owners {
		if len(ids) > 0 && !contains(byDatabase[key.Database], key.Schema) {
			byDatabase[key.Database] = append(byDatabase[key.Database], key.Schema)
		}
	}
	for database, schemas := range byDatabase {
		sort.Strings(schemas)
		rows, err := w.catalogRows(ctx, database, schemas)
		if err != nil {
			return fmt.Errorf("read the catalog of %s: %w", database, err)
		}
		if err := addCatalog(c, owners, rows); err != nil {
			return err
		}
	}
	path := filepath.Join(w.targetDir(), "catalog.json")
	if err := artifact.WriteCatalog(path, c); err != nil {
		return fmt.Errorf("write catalog.json: %w", err)
	}
	w.engine.emit(event.Info, event.Note{Msg: "Catalog written to " + path})
	return nil
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// catalogOwners tells which nodes stand for a relation: several sources may name
// one table.
func (w *work) catalogOwners() map[adapter.Relation][]*manifest.Node {
	out := map[adapter.Relation][]*manifest.Node{}
	m := w.out.Manifest
	for _, id := range manifest.SortedIDs(m.Nodes) {
		n := m.Nodes[id]
		if n.Refable() && !n.Ephemeral() {
			key := relationKey(n.Database, n.Schema, n.Alias)
			out[key] = append(out[key], n)
		}
	}
	for _, id := range manifest.SortedIDs(m.Sources) {
		n := m.Sources[id]
		key := relationKey(n.Database, n.Schema, n.Source.Identifier)
		out[key] = append(out[key], n)
	}
	return out
}

func relationKey(database, schema, name string) adapter.Relation {
	return adapter.Relation{Database: strings.ToLower(database), Schema: strings.ToLower(schema), Identifier: strings.ToLower(name)}
}

func (w *work) catalogRows(ctx context.Context, database string, schemas []string) (*agate.Table, error) {
	o := w.sessions()
	s := session.New(w.adapter, "generate_catalog", &o)
	defer s.Close()
	f := w.render.NewFrame(ctx, render.Run, nil)
	f.Session, f.Thread = s, "MainThread"
	info := w.render.RelationValue(adapter.Relation{Database: database, Identifier: "INFORMATION_SCHEMA"})
	list := value.NewList()
	for _, name := range schemas {
		list.Elems = append(list.Elems, value.Str(name))
	}
	got, err := f.CallNamed("get_catalog", []value.Value{info, list}, nil)
	if err != nil {
		return nil, err
	}
	t, ok := got.(*agate.Table)
	if !ok {
		return nil, fmt.Errorf("get_catalog gave a %s, not a table", got.Type())
	}
	return t, nil
}

// addCatalog sorts the rows, one a column, to the nodes that they belong to.
func addCatalog(c *artifact.Catalog, owners map[adapter.Relation][]*manifest.Node, t *agate.Table) error {
	at := map[string]int{}
	for i, n := range t.Columns() {
		at[strings.ToLower(n)] = i
	}
	for _, need := range []string{"table_database", "table_schema", "table_name", "table_type", "column_name", "column_index", "column_type"} {
		if _, ok := at[need]; !ok {
			return fmt.Errorf("get_catalog gave no column %s", need)
		}
	}
	for _, row := range t.Data() {
		text := func(name string) string {
			i, ok := at[name]
			if !ok || row[i] == value.None {
				return ""
			}
			return value.ToStr(row[i])
		}
		for _, n := range owners[relationKey(text("table_database"), text("table_schema"), text("table_name"))] {
			table := tableOfNode(c, n)
			table.Type, table.Database, table.Schema, table.Name = text("table_type"), text("table_database"), text("table_schema"), text("table_name")
			table.Comment, table.Owner = text("table_comment"), text("table_owner")
			index, _ := row[at["column_index"]].(value.Int)
			table.Columns = append(table.Columns, artifact.CatalogColumn{Name: text("column_name"), Type: text("column_type"), Comment: text("column_comment"), Index: int64(index)})
		}
	}
	return nil
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
