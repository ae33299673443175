package audit

import (
	"context"
	"fmt"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/store"
)

// columnType is the type of a column, as seeds name theirs: so each adapter says what
// it is called there.
type columnType = adapter.SeedType

const (
	integer = adapter.SeedInteger
	number  = adapter.SeedNumber
	moment  = adapter.SeedDateTime
)

// Table is the copy of the chain in the warehouse: the records of one target. A row is
// known by its chain, which is the hash of the chain's first record, and its number: so
// the chains of several machines share a table, and no record is in it twice.
type Table struct {
	Relation adapter.Relation
	// OwnDatabase is set where the relation's database is the target's own: its schema is
	// then made without naming it, which Postgres refuses.
	OwnDatabase bool
	Quote       func(identifier string) string
	Type        func(adapter.SeedType) string
	// Send sends statements; with fetch the last one's rows come back.
	Send func(ctx context.Context, sql string, fetch bool) (*adapter.Table, error)
}

// Ship makes the table where it is not there, and appends the records of a target
// that it lacks: those of runs that were killed before they came to it, too. It returns
// how many it appended.
func (t *Table) Ship(ctx context.Context, chain store.Chain, target string) (int, error) {
	first, err := chain.Records(ctx, 1, 1)
	if err != nil || len(first) == 0 {
		return 0, err
	}
	if _, err := t.Send(ctx, t.create(), false); err != nil {
		return 0, err
	}
	id := first[0].Hash
	last, err := t.last(ctx, id)
	if err != nil {
		return 0, err
	}
	shipped := 0
	for {
		records, err := chain.Records(ctx, last+1, page)
		if err != nil || len(records) == 0 {
			return shipped, err
		}
		last = records[len(records)-1].Seq
		var rows []Found
		for _, r := range records {
			e, err := entryOf(r)
			if err != nil {
				return shipped, err
			}
			if e.Target == target {
				rows = append(rows, Found{r, e})
			}
		}
		if len(rows) == 0 {
			continue
		}
		if _, err := t.Send(ctx, t.insert(id, rows), false); err != nil {
			return shipped, err
		}
		shipped += len(rows)
	}
}

// last is the number of the newest record of a chain that the table has.
func (t *Table) last(ctx context.Context, id string) (int64, error) {
	got, err := t.Send(ctx, fmt.Sprintf("select max(%s) from %s where %s = '%s'", t.Quote("seq"), t.name(), t.Quote("chain"), id), true)
	if err != nil {
		return 0, err
	}
	if got == nil || len(got.Rows) == 0 || got.Rows[0][0] == value.None {
		return 0, nil
	}
	n, ok := got.Rows[0][0].(value.Int)
	if !ok {
		return 0, fmt.Errorf("the column seq of %s holds a %s: it is not the table that dex makes", t.name(), got.Rows[0][0].Type())
	}
	return int64(n), nil
}

func (t *Table) name() string {
	var parts []string
	for _, p := range []string{t.Relation.Database, t.Relation.Schema, t.Relation.Identifier} {
		if p != "" {
			parts = append(parts, t.Quote(p))
		}
	}
	return strings.Join(parts, ".")
}

func (t *Table) create() string {
	var b strings.Builder
	if t.Relation.Schema != "" {
		schema := t.Quote(t.Relation.Schema)
		if t.Relation.Database != "" && !t.OwnDatabase {
			schema = t.Quote(t.Relation.Database) + "." + schema
		}
		fmt.Fprintf(&b, "create schema if not exists %s;\n", schema)
	}
	fmt.Fprintf(&b, "create table if not exists %s (\n    %s %s not null", t.name(), t.Quote("chain"), t.Type(adapter.SeedText))
	for _, c := range columns {
		fmt.Fprintf(&b, ",\n    %s %s", t.Quote(c.name), t.Type(c.typ))
	}
	// No primary key: on DuckDB its index costs 20 ms a command, and last sees to it that
	// no row comes twice.
	return b.String() + "\n)"
}

// insert is one statement: all of its rows come in, or none.
func (t *Table) insert(id string, rows []Found) string {
	var b strings.Builder
	fmt.Fprintf(&b, "insert into %s (%s", t.name(), t.Quote("chain"))
	for _, c := range columns {
		b.WriteString(", " + t.Quote(c.name))
	}
	b.WriteString(") values")
	for i := range rows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n    ('%s'", id)
		for _, c := range columns {
			b.WriteString(", " + c.literal(&rows[i]))
		}
		b.WriteByte(')')
	}
	return b.String()
}

func (c *column) literal(f *Found) string {
	if c.num != nil {
		if v, ok := c.num(f); ok {
			return v
		}
		return "null"
	}
	s := c.text(f)
	if s == "" {
		return "null"
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
