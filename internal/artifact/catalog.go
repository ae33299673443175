package artifact

import (
	"io"
	"sort"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// CatalogSchema is where the schema of catalog.json is published.
const CatalogSchema = "https://schemas.getdbt.com/dbt/catalog/v1.json"

// Catalog is what a database holds of a project: catalog.json.
type Catalog struct {
	Meta    Meta
	Nodes   map[manifest.ID]*CatalogTable
	Sources map[manifest.ID]*CatalogTable
	Errors  []string
}

// CatalogTable is one relation of a Catalog.
type CatalogTable struct {
	Type, Database, Schema, Name string // "BASE TABLE", "VIEW"
	Comment, Owner               string // "" is null
	Columns                      []CatalogColumn
}

// CatalogColumn is one column of a CatalogTable.
type CatalogColumn struct {
	Type, Name, Comment string
	Index               int64
}

// WriteCatalog writes c to the file at path, which it replaces whole or not at
// all.
func WriteCatalog(path string, c *Catalog) error {
	return writeFile(path, func(w io.Writer) error {
		s := &jsonSink{}
		s.b = append(s.b, '{')
		s.open("metadata")
		writeMeta(s, CatalogSchema, c.Meta)
		s.close()
		writeTables(s, "nodes", c.Nodes)
		writeTables(s, "sources", c.Sources)
		if c.Errors == nil {
			s.value("errors", value.None)
		} else {
			s.texts("errors", c.Errors)
		}
		s.b = append(s.b, '}')
		_, err := w.Write(s.b)
		return err
	})
}

func writeTables(s *jsonSink, key string, tables map[manifest.ID]*CatalogTable) {
	s.open(key)
	for _, id := range manifest.SortedIDs(tables) {
		t := tables[id]
		s.openNamed(string(id))
		s.open("metadata")
		s.text("type", t.Type)
		s.text("schema", t.Schema)
		s.text("name", t.Name)
		s.textOrNull("database", t.Database)
		s.textOrNull("comment", t.Comment)
		s.textOrNull("owner", t.Owner)
		s.close()
		writeCatalogColumns(s, t.Columns)
		s.open("stats")
		s.open("has_stats")
		s.text("id", "has_stats")
		s.text("label", "Has Stats?")
		s.truth("value", false)
		s.truth("include", false)
		s.text("description", "Indicates whether there are statistics for this table")
		s.close()
		s.close()
		s.text("unique_id", string(id))
		s.close()
	}
	s.close()
}

func writeCatalogColumns(s *jsonSink, cols []CatalogColumn) {
	sort.SliceStable(cols, func(i, j int) bool { return cols[i].Index < cols[j].Index })
	s.open("columns")
	for _, c := range cols {
		s.openNamed(c.Name)
		s.text("type", c.Type)
		s.number("index", c.Index)
		s.text("name", c.Name)
		s.textOrNull("comment", c.Comment)
		s.close()
	}
	s.close()
}
