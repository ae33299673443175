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
	Type, Database, Schema, Name string      // "BASE TABLE", "VIEW"
	Comment, Owner               value.Value // a text or None
	Columns                      []CatalogColumn
	Stats                        []CatalogStat // that are to be seen
}

// CatalogStat is a figure that a database tells of a relation.
type CatalogStat struct {
	ID, Label          string
	Value, Description value.Value
	Include            bool
}

// CatalogColumn is one column of a CatalogTable.
type CatalogColumn struct {
	Type, Name string
	Comment    value.Value // a text or None
	Index      int64
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
		return s.writeTo(w)
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
		s.value("comment", t.Comment)
		s.value("owner", t.Owner)
		s.close()
		writeCatalogColumns(s, t.Columns)
		s.open("stats")
		for _, stat := range t.Stats {
			writeStat(s, stat)
		}
		// dbt: always there, never to be seen.
		writeStat(s, CatalogStat{
			ID: "has_stats", Label: "Has Stats?", Value: value.Bool(len(t.Stats) > 0),
			Description: value.Str("Indicates whether there are statistics for this table"),
		})
		s.close()
		s.text("unique_id", string(id))
		s.close()
	}
	s.close()
}

func writeStat(s *jsonSink, stat CatalogStat) {
	s.openNamed(stat.ID)
	s.text("id", stat.ID)
	s.text("label", stat.Label)
	s.value("value", stat.Value)
	s.truth("include", stat.Include)
	s.value("description", stat.Description)
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
		s.value("comment", c.Comment)
		s.close()
	}
	s.close()
}
