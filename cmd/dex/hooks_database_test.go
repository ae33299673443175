package main

import (
	"context"
	"strings"

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

// standing are the queries of every case.
var standing = map[string]string{
	"log": "select what from obs.log order by n",
	"relations": "select table_schema || '.' || table_name || ' ' || case table_type when 'VIEW' then 'view' else 'table' end" +
		" from information_schema.tables where table_catalog = 'hooks' and table_schema <> 'obs' order by 1",
}

// connect runs f on a connection to the case's database.
func (p *play) connect(f func(ctx context.Context, c adapter.Conn)) {
	connect(p.t, p.root, "hooks.duckdb", f)
}

// script runs SQL on the case's database.
func (p *play) script(sql string) {
	if strings.TrimSpace(sql) == "" {
		return
	}
	p.connect(func(ctx context.Context, c adapter.Conn) {
		_, _, err := c.Execute(ctx, sql, false, 0)
		p.must(err)
	})
}

// tables asks the database what it holds. A query that fails is noted as such: its
// table may rightly be absent.
func (p *play) tables() map[string]yaml.Node {
	out := map[string]yaml.Node{}
	p.connect(func(ctx context.Context, c adapter.Conn) {
		ask := func(name, sql string) {
			var answer any = "query failed"
			if _, table, err := c.Execute(ctx, sql, true, 0); err == nil {
				answer = p.rows(table)
			}
			var n yaml.Node
			p.must(n.Encode(answer))
			out[name] = n
		}
		for name, sql := range standing {
			ask(name, sql)
		}
		for name, sql := range p.c.Check {
			if sql != "" {
				ask(name, string(sql))
			}
		}
	})
	return out
}

// rows gives a result as lists of texts, a single column's as texts alone.
func (p *play) rows(t *adapter.Table) []any {
	out := []any{}
	for _, row := range t.Rows {
		cells := make([]any, len(row))
		for i, v := range row {
			switch x := v.(type) {
			case value.NoneType:
			case value.Bool:
				cells[i] = strings.ToLower(value.ToStr(x))
			default:
				cells[i] = p.text(value.ToStr(x))
			}
		}
		if len(cells) == 1 {
			out = append(out, cells[0])
		} else {
			out = append(out, cells)
		}
	}
	return out
}
