package cli

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/manifest"
)

func TestExcerpt(t *testing.T) {
	sql := "create table x as (\n\n  with a as (select 1)\n  select *\n  from\tnowhere\n  where true\n)\n;\n"
	for _, c := range []struct {
		name string
		x    excerpt
		cols int
		want []string
	}{
		{"place", sqlExcerpt(sql, 5, 8), 0, []string{"  3 |   with a as (select 1)", "  4 |   select *", "> 5 |   from nowhere", "    |        ^", "  6 |   where true", "  7 | )"}},
		{"first line", sqlExcerpt(sql, 1, 0), 0, []string{"> 1 | create table x as (", "  2 |", "  3 |   with a as (select 1)"}},
		{"narrow", sqlExcerpt(sql, 3, 30), 20, []string{"  1 | create table …", "  2 |", "> 3 |   with a as (…", "  4 |   select *", "  5 |   from nowhere"}},
		{"no line", sqlExcerpt("\n\nselect 1\n", 0, 0), 0, []string{"  1 | select 1"}},
		{"indented", sqlExcerpt("\n    grant x\n      to y", 2, 5), 0, []string{"> 2 | grant x", "    | ^", "  3 |   to y"}},
		{"one line", excerpt{first: 3, lines: []string{"{{ x }}"}, mark: 3, col: 4}, 0, []string{"  3 | {{ x }}", "    |    ^"}},
	} {
		got := c.x.text(c.cols)
		for i := range got {
			got[i] = strings.TrimRight(got[i], " ")
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s:\n%s", c.name, d)
		}
	}
	long := sqlExcerpt(strings.Repeat("select 1\n", 50), 0, 0)
	if len(long.lines) != mostLines+1 || long.lines[mostLines] != "…" {
		t.Errorf("%q", long.lines)
	}
}

func TestWithoutComment(t *testing.T) {
	sql, line := withoutComment("/* {\n} */\nselect\nx", 4)
	if sql != "select\nx" || line != 2 {
		t.Errorf("%q %d", sql, line)
	}
	if sql, line := withoutComment("select /* x */ 1", 1); sql != "select /* x */ 1" || line != 1 {
		t.Errorf("%q %d", sql, line)
	}
}

func TestCaretColumn(t *testing.T) {
	const msg = "Catalog Error: no x\n\nLINE 4:   select * from x\n                        ^"
	if got := caretColumn(msg); got != 17 {
		t.Errorf("%d", got)
	}
	if got := withoutCaret(msg); got != "Catalog Error: no x" {
		t.Errorf("%q", got)
	}
	if got := caretColumn("LINE 1: ...ct x\n            ^"); got != 0 {
		t.Errorf("cut line: %d", got)
	}
}

func TestHints(t *testing.T) {
	out := anOutcome()
	m := out.Manifest
	behind := m.Nodes["model.shop.behind"]
	parent := *behind
	parent.Parents = []manifest.ID{"model.shop.a"}
	for _, c := range []struct {
		name string
		f    statementFault
		want string
	}{
		{"grant", statementFault{adapter: "duckdb", sql: "-- a note\n GRANT x TO ROLE y", hook: true}, "DuckDB has no users, roles or privileges: put the hook behind {% if target.type != 'duckdb' %} … {% endif %}, or take it out."},
		{"revoke", statementFault{adapter: "duckdb", sql: "revoke x from y"}, "DuckDB has no users, roles or privileges: put the statement behind {% if target.type != 'duckdb' %} … {% endif %}, or take it out."},
		{"grant elsewhere", statementFault{adapter: "postgres", sql: "grant x to y"}, ""},
		{"call", statementFault{adapter: "duckdb", sql: "/* c */ call log_end('x')", hook: true}, "DuckDB has no stored procedures, CALL takes its own table functions alone: put the hook behind {% if target.type != 'duckdb' %} … {% endif %}, or take it out. What the procedure does can be a macro."},
		{"model without ref", statementFault{adapter: "duckdb", sql: "select 1", msg: "Catalog Error: Table with name a does not exist!", manifest: m, node: behind}, "a is a model of this project: write {{ ref('a') }}, so that it is built first."},
		{"model not built", statementFault{adapter: "duckdb", sql: "select 1", msg: `relation "main.a" does not exist`, manifest: m, node: &parent}, "model a is not built in this target: run `dex build -s +behind`."},
		{"its own table", statementFault{adapter: "duckdb", sql: "select 1", msg: "Table with name behind does not exist", manifest: m, node: behind}, ""},
		{"unknown", statementFault{adapter: "duckdb", sql: "select 1", msg: "Table with name zzz does not exist", manifest: m, node: behind}, ""},
	} {
		if got := hintFor(&c.f); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestCause(t *testing.T) {
	l := newLayout()
	l.because = map[string]string{"c": "b", "b": "a", "x": "y", "y": "x", "lone": ""}
	for id, want := range map[string]string{"c": "a", "b": "a", "lone": "", "unknown": ""} {
		if got := l.cause(id); got != want {
			t.Errorf("%s: %q", id, got)
		}
	}
	_ = l.cause("x") // a ring ends
}

func TestWords(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{counted(1, "test"), "1 test"}, {counted(2, "test"), "2 data_tests"}, {counted(2, "analysis"), "2 analyses"},
		{span(0.14), "0.14s"}, {span(12.34), "12.3s"}, {span(125), "2m05s"}, {span(3725), "1h02m"},
		{rowCount(1), "1 row"}, {rowCount(1234567), "1,234,567 rows"}, {rowCount(999), "999 rows"},
		{fit("漢字かな", 5), "漢字…"}, {pad("é", 3), "é  "}, {padLeft("ab", 4), "  ab"},
		{strings.Join(wrap("one two three", 7), "|"), "one two|three"}, {strings.Join(wrap("abcdefgh", 3), "|"), "abc|def|gh"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}
