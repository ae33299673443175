package main

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/pgtest"
)

// metaTable is a relation's contents, the same text for the same values on every
// database.
type metaTable struct {
	Kind    string // "table" or "view"
	Columns []string
	Rows    []string // sorted
}

// metaDatabase is where a metamorphic test builds.
type metaDatabase interface {
	// target is what profiles.yml says of it.
	target() string
	// read gives all rows of a query as text, nil for NULL.
	read(sql string) [][]any
}

// metaDuck is a file beside the project.
type metaDuck struct {
	t    *testing.T
	dir  string
	file string
}

func (d *metaDuck) target() string { return "type: duckdb, path: " + d.file }

func (d *metaDuck) read(sql string) (rows [][]any) {
	connect(d.t, d.dir, d.file, func(ctx context.Context, c adapter.Conn) {
		_, table, err := c.Execute(ctx, sql, true, 0)
		must(d.t, err)
		for _, cells := range table.Rows {
			row := make([]any, len(cells))
			for i, v := range cells {
				if v != value.None {
					row[i] = value.ToStr(v)
				}
			}
			rows = append(rows, row)
		}
	})
	return rows
}

// metaPostgres is a database of the tests' server.
type metaPostgres struct {
	t  *testing.T
	at pgtest.Settings
}

func (p *metaPostgres) target() string {
	return fmt.Sprintf("type: postgres, host: %s, port: %d, user: %s, password: unasked, dbname: %s", p.at.Host, p.at.Port, p.at.User, p.at.Database)
}

func (p *metaPostgres) read(sql string) [][]any {
	rows, err := p.at.Values(sql)
	must(p.t, err)
	return rows
}

// metaTables takes down every relation outside the database's own schemas. Times
// since start are those of the run.
func metaTables(db metaDatabase, start time.Time) map[string]metaTable {
	out := map[string]metaTable{}
	for _, r := range db.read(`select table_schema, table_name, table_type from information_schema.tables
where table_catalog = current_database() and table_type not like '%TEMP%' and table_schema not in ('information_schema', 'pg_catalog')`) {
		schema, name := r[0].(string), r[1].(string)
		table := metaTable{Kind: map[any]string{"VIEW": "view"}[r[2]]}
		if table.Kind == "" {
			table.Kind = "table"
		}
		var families, casts []string
		for _, c := range db.read(`select column_name, data_type from information_schema.columns where table_catalog = current_database()
and table_schema = '` + schema + `' and table_name = '` + name + `' order by ordinal_position`) {
			family := family(c[1].(string))
			families = append(families, family)
			table.Columns = append(table.Columns, c[0].(string)+" "+family)
			casts = append(casts, `cast("`+c[0].(string)+`" as varchar)`)
		}
		for _, row := range db.read("select " + strings.Join(casts, ", ") + ` from "` + schema + `"."` + name + `"`) {
			table.Rows = append(table.Rows, metaRow(row, families, start))
		}
		slices.Sort(table.Rows)
		out[schema+"."+name] = table
	}
	return out
}

var ofType = []struct {
	pattern *regexp.Regexp
	family  string
}{
	{regexp.MustCompile(`(?i)^(tiny|small|big|huge|u)?int(eger)?$`), "integer"},
	{regexp.MustCompile(`(?i)^(decimal|numeric)`), "decimal"},
	{regexp.MustCompile(`(?i)^(varchar|text|character varying|char)`), "text"},
	{regexp.MustCompile(`(?i)^timestamp`), "timestamp"},
}

// family is what a type is on every database. Sums of integers have wider types on
// one than on the other.
func family(of string) string {
	for _, t := range ofType {
		if t.pattern.MatchString(of) {
			return t.family
		}
	}
	return strings.ToLower(of)
}

var (
	anyUUID  = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	timeText = regexp.MustCompile(`^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d`)
)

// metaRow is a row as one line: what the values are, however a database writes them.
func metaRow(cells []any, families []string, start time.Time) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		text, ok := c.(string)
		switch {
		case !ok:
			out[i] = "null"
			continue
		case families[i] == "decimal" && strings.Contains(text, "."):
			text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		case timeText.MatchString(text):
			text = metaTime(text, start)
		}
		out[i] = `"` + anyUUID.ReplaceAllString(text, "<uuid>") + `"`
	}
	line := strings.Join(out, ", ")
	if strings.Contains(line, "<now>") {
		line = builtHash.ReplaceAllString(line, `"<hash>"`) // was made of it
	}
	return line
}

// metaTime blanks a time of the run. Data are older by far.
func metaTime(text string, start time.Time) string {
	if day, err := time.Parse(time.DateOnly, text[:10]); err == nil && day.After(start.AddDate(0, 0, -2)) {
		return "<now>"
	}
	return text
}
