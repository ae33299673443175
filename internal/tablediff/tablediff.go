// Package tablediff compares two tables of the same columns and shows how one
// must change to become the other: rows that go, rows that come, and cells that
// change. It is the comparison that dbt shows for a unit test that failed, and
// keeps the decisions and the text of daff, the program that makes it there:
// which rows are taken for the same one, how much of what is unchanged is shown,
// how columns are padded.
//
// It knows texts, not databases. Begin with Compare; align.go says which rows
// belong together, render.go lays the result out.
package tablediff

import (
	"slices"
	"strings"
)

// Cell is one value in the two forms in which it may be shown.
type Cell struct {
	Text string // Python's str(); "None" for null
	// Dressed is the form that a coloured cell has in rows that are all new or all
	// gone: daff writes values there in a way of its own.
	Dressed string
	Null    bool
}

// plain is the cell's text in a key, or beside an arrow.
func (c Cell) plain() string {
	if c.Null {
		return ""
	}
	return c.Text
}

// Table is a header and rows of as many cells.
type Table struct {
	Columns []string
	Rows    [][]Cell
}

// cell gives a cell by its row, of which the header is number 0.
func (t *Table) cell(col, row int) Cell {
	if row == 0 {
		return Cell{Text: t.Columns[col], Dressed: t.Columns[col]}
	}
	return t.Rows[row-1][col]
}

func (t *Table) height() int { return len(t.Rows) + 1 }

// Diff is the outcome of a comparison.
type Diff struct {
	before, after *Table
	columns       []activity
	rows          []pair
	active        []activity // of rows
	sep           string     // between what a cell was and what it becomes
	differs       bool
}

// pair is a row of each table that belong together; -1 is no row.
type pair struct{ before, after int }

// activity says whether a row or a column is shown.
type activity int8

const (
	quiet   activity = iota // is not shown
	changed                 // has a difference in it
	context                 // stands next to one that has
	gap                     // stands behind those, and is shown as dots
)

// Compare compares what a table is with what it should become. The columns are
// the same in both.
func Compare(before, after *Table) *Diff {
	a := align(before, after)
	d := &Diff{before: before, after: after, rows: a.order(), columns: make([]activity, len(before.Columns))}
	for c := range d.columns {
		if a.keyed[c] {
			d.columns[c] = changed
		}
	}
	d.active = make([]activity, len(d.rows))
	for i, p := range d.rows {
		if p.after == 0 && p.before <= 0 {
			continue // the header
		}
		if d.scan(p) {
			d.active[i] = changed
			d.differs = true
		}
	}
	spread(d.active)
	spread(d.columns)
	for c, v := range d.columns {
		if v == gap {
			d.columns[c] = quiet
		}
	}
	return d
}

// Differs reports whether there is any difference.
func (d *Diff) Differs() bool { return d.differs }

// scan notes the columns in which a row differs, and reports whether any does.
func (d *Diff) scan(p pair) bool {
	switch {
	case p.before < 0:
		for c := range d.columns {
			d.columns[c] = changed
		}
		return true
	case p.after < 0:
		return true
	}
	any := false
	for c := range d.columns {
		if d.before.cell(c, p.before).Text == d.after.cell(c, p.after).Text {
			continue
		}
		if d.sep == "" {
			d.sep = separator(d.before, d.after)
		}
		d.columns[c], any = changed, true
	}
	return any
}

// separator gives an arrow that no cell has in it.
func separator(tables ...*Table) string {
	sep := "->"
	for _, t := range tables {
		for row := range t.height() {
			for c := range t.Columns {
				for text := t.cell(c, row).plain(); strings.Contains(text, sep); {
					sep = "-" + sep
				}
			}
		}
	}
	return sep
}

// spread shows one neighbour on each side of what has a difference, and dots
// behind it.
func spread(list []activity) {
	side := func(last int, at func(i int) *activity) {
		for i := range list {
			switch v := at(i); {
			case *v == changed:
				last = i
			case *v != quiet && *v != gap:
			case i-last <= 1:
				*v = context
			case i-last == 2:
				*v = gap
			}
		}
	}
	side(-2, func(i int) *activity { return &list[i] })
	side(-3, func(i int) *activity { return &list[len(list)-1-i] })
}

// sheet is what is shown: a column of marks, then the tables' columns.
func (d *Diff) sheet() [][]Cell {
	head := []Cell{text("@@")}
	for _, name := range d.after.Columns {
		head = append(head, text(name))
	}
	out := [][]Cell{head}
	dots := false
	for i, p := range d.rows {
		if p.after == 0 && p.before <= 0 || d.active[i] == quiet {
			continue
		}
		if d.active[i] == gap {
			if !dots {
				out = append(out, slices.Repeat([]Cell{text("...")}, len(d.columns)+1))
			}
			dots = true
			continue
		}
		dots = false
		out = append(out, d.row(p))
	}
	return d.elide(out)
}

// row shows one pair of rows.
func (d *Diff) row(p pair) []Cell {
	mark := ""
	switch {
	case p.before < 0:
		mark = "+++"
	case p.after < 0:
		mark = "---"
	}
	row := []Cell{{}}
	for c := range d.columns {
		switch {
		case p.before < 0:
			row = append(row, d.after.cell(c, p.after))
		case p.after < 0:
			row = append(row, d.before.cell(c, p.before))
		default:
			was, is := d.before.cell(c, p.before), d.after.cell(c, p.after)
			if was.Text == is.Text {
				row = append(row, was)
				continue
			}
			mark = d.sep
			row = append(row, text(quote(was)+d.sep+quote(is)))
		}
	}
	row[0] = text(mark)
	return row
}

// quote tells null from a text that says NULL.
func quote(c Cell) string {
	if c.Text == "None" {
		return "NULL"
	}
	if strings.TrimLeft(c.Text, "_") == "NULL" {
		return "_" + c.Text
	}
	return c.Text
}

// elide puts one column of dots for those side by side that are not shown.
func (d *Diff) elide(rows [][]Cell) [][]Cell {
	for y, row := range rows {
		short := row[:1:1]
		for c, v := range d.columns {
			switch {
			case v != quiet:
				short = append(short, row[c+1])
			case c == 0 || d.columns[c-1] != quiet:
				short = append(short, text("..."))
			}
		}
		rows[y] = short
	}
	return rows
}

func text(s string) Cell { return Cell{Text: s, Dressed: s} }
