package main

import (
	"context"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// observerSQL is what stands in every database before a case begins: hooks write
// into obs.log what they saw.
const observerSQL = `create schema obs;
create sequence obs.seq;
create table obs.log(n bigint default nextval('obs.seq'), what varchar);
`

// script runs the SQL of a case.
func (p *play) script(sql byAdapter) {
	if text := sql.on(p.adapter); strings.TrimSpace(text) != "" {
		p.must(p.db.script(text))
	}
}

// tables asks the database what it holds. A query that fails is noted as such: its
// table may rightly be absent.
func (p *play) tables() map[string]yaml.Node {
	out := map[string]yaml.Node{}
	ask := func(name, sql string) {
		var answer any = "query failed"
		if rows, err := p.db.ask(sql); err == nil {
			answer = p.blankAll(rows)
		}
		var n yaml.Node
		p.must(n.Encode(answer))
		out[name] = n
	}
	ask("log", "select what from obs.log order by n")
	ask("relations", p.db.relations())
	for name, sql := range p.c.Check {
		if text := sql.on(p.adapter); text != "" {
			ask(name, text)
		}
	}
	return out
}

func (p *play) blankAll(cells []any) []any {
	out := make([]any, len(cells))
	for i, v := range cells {
		switch x := v.(type) {
		case string:
			out[i] = p.text(x)
		case []any:
			out[i] = p.blankAll(x)
		}
	}
	return out
}

// alone gives rows of one column as that column's values.
func alone(rows [][]any) []any {
	out := make([]any, len(rows))
	for i, row := range rows {
		if out[i] = row; len(row) == 1 {
			out[i] = row[0]
		}
	}
	return out
}

// duckPlay is a DuckDB file in the project's folder.
type duckPlay struct {
	t   *testing.T
	dir string
}

func (d *duckPlay) output() map[string]any { return map[string]any{"path": "hooks.duckdb"} }

func (d *duckPlay) relations() string {
	return "select table_schema || '.' || table_name || ' ' || case table_type when 'VIEW' then 'view' else 'table' end" +
		" from information_schema.tables where table_catalog = 'hooks' and table_schema <> 'obs' order by 1"
}

func (d *duckPlay) script(sql string) (err error) {
	connect(d.t, d.dir, "hooks.duckdb", func(ctx context.Context, c adapter.Conn) {
		_, _, err = c.Execute(ctx, sql, false, 0)
	})
	return err
}

func (d *duckPlay) ask(sql string) (answer []any, err error) {
	connect(d.t, d.dir, "hooks.duckdb", func(ctx context.Context, c adapter.Conn) {
		var table *adapter.Table
		if _, table, err = c.Execute(ctx, sql, true, 0); err == nil {
			answer = alone(texts(table))
		}
	})
	return answer, err
}

// texts gives a result's values as texts, nil for NULL.
func texts(t *adapter.Table) [][]any {
	rows := make([][]any, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]any, len(row))
		for j, v := range row {
			switch x := v.(type) {
			case value.NoneType:
			case value.Bool:
				rows[i][j] = strings.ToLower(value.ToStr(x))
			default:
				rows[i][j] = value.ToStr(x)
			}
		}
	}
	return rows
}

// statements reads them from the JSON debug log, as other tools do.
func (d *duckPlay) statements(logged []byte, b blanker) ([]statementFact, error) {
	return loggedStatements(logged, b)
}
