package main

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

const builtRelations = `select table_schema, table_name, table_type from information_schema.tables
where table_catalog = current_database() and table_type <> 'LOCAL TEMPORARY' order by 1, 2`

const builtColumns = `select column_name || ' ' || data_type || case is_nullable when 'NO' then ' not null' else '' end
from information_schema.columns where table_catalog = current_database() and table_schema = ':schema' and table_name = ':name'
order by ordinal_position`

// connect runs f on a connection to the project's database.
func (b *build) connect(f func(ctx context.Context, c adapter.Conn)) {
	connect(b.t, b.dir, "db.duckdb", f)
}

// connect runs f on a connection to a database file, which no other process may
// hold open at the same time.
func connect(t *testing.T, dir, file string, f func(ctx context.Context, c adapter.Conn)) {
	ctx := context.Background()
	driver, ok := adapter.Lookup("duckdb")
	if !ok {
		t.Fatal("the DuckDB adapter is not registered")
	}
	target := value.NewDict(2)
	target.SetStr("type", value.Str("duckdb"))
	target.SetStr("path", value.Str(file))
	credentials, err := driver.Credentials(target, dir)
	must(t, err)
	db, err := driver.Open(ctx, credentials, adapter.Options{Threads: 1})
	must(t, err)
	defer func() { must(t, db.Close()) }()
	c, err := db.Conn(ctx, "test")
	must(t, err)
	defer c.Release()
	f(ctx, c)
}

// tables takes down every relation of the database.
func (b *build) tables(got *built, invocation string) {
	b.connect(func(ctx context.Context, c adapter.Conn) {
		ask := func(sql string) [][]value.Value {
			_, table, err := c.Execute(ctx, sql, true, 0)
			must(b.t, err)
			return table.Rows
		}
		ask("set file_search_path = '" + b.dir + "'") // views of files name them from the project
		for _, r := range ask(builtRelations) {
			schema, name := value.ToStr(r[0]), value.ToStr(r[1])
			rel := &builtRelation{Kind: value.ToStr(r[2]), Rows: []string{}}
			text := strings.NewReplacer(":schema", strings.ReplaceAll(schema, "'", "''"), ":name", strings.ReplaceAll(name, "'", "''"))
			for _, col := range ask(text.Replace(builtColumns)) {
				rel.Columns = append(rel.Columns, value.ToStr(col[0]))
			}
			quoted := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
			_, table, err := c.Execute(ctx, "select columns(*)::varchar from "+quoted(schema)+"."+quoted(name), true, 0)
			if err != nil { // a view of what is gone, or of another database
				rel.Rows = []string{"unreadable"}
			} else {
				for _, row := range table.Rows {
					rel.Rows = append(rel.Rows, b.row(row, invocation))
				}
			}
			slices.Sort(rel.Rows)
			got.Tables[schema+"."+name] = rel
		}
	})
}

var builtHash = regexp.MustCompile(`"[0-9a-f]{32}"`)

// row is one line for a row. A hash beside a time of today was made of it.
func (b *build) row(cells []value.Value, invocation string) string {
	out := make([]string, len(cells))
	for i, v := range cells {
		out[i] = "null"
		if v != value.None {
			out[i] = b.quote(b.blank(value.ToStr(v), invocation))
		}
	}
	line := strings.Join(out, ", ")
	if strings.Contains(line, "<now>") {
		line = builtHash.ReplaceAllString(line, `"<hash>"`)
	}
	return line
}

func (b *build) quote(s string) string {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	must(b.t, e.Encode(s))
	return strings.TrimSuffix(out.String(), "\n")
}

// compare reports every part of got that is not as recorded.
func (b *build) compare(want, got built) {
	b.t.Helper()
	if want.Command != got.Command {
		b.t.Fatalf("the record is of %q, the script has %q: run record.py", want.Command, got.Command)
	}
	if want.Exit != got.Exit {
		b.t.Errorf("%s: exit code %d, want %d", want.Command, got.Exit, want.Exit)
	}
	differ(b, want.Command, want.Results, got.Results)
	differ(b, want.Command, want.Tables, got.Tables)
	if !slices.Equal(want.Files, got.Files) {
		b.t.Errorf("%s: files of batches\n got %q\nwant %q", want.Command, got.Files, want.Files)
	}
	if !slices.Equal(want.Said, got.Said) {
		b.t.Errorf("%s: lines of batches\n got %q\nwant %q", want.Command, got.Said, want.Said)
	}
}

func differ[V any](b *build, command string, want, got map[string]V) {
	for name, w := range want {
		if g, ok := got[name]; !ok {
			b.t.Errorf("%s: %s is missing", command, name)
		} else if !reflect.DeepEqual(w, g) {
			b.t.Errorf("%s: %s\n got %s\nwant %s", command, name, b.json(g), b.json(w))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			b.t.Errorf("%s: %s is there, unlike in dbt", command, name)
		}
	}
}

func (b *build) json(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	must(b.t, err)
	return string(text)
}
