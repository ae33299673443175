// Package agate is the tables that dbt hands to templates: results of
// run_query and statement, and seeds. They behave as Python's agate does with
// dbt's types: rows and columns by number and name, a few ways to derive other
// tables, and printing.
//
// It knows values, not databases and not Jinja. Begin with Table; typing.go says
// what a result's values become, sequence.go is what rows and columns share,
// print.go lays tables out.
package agate

import (
	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// DataType is a column's type: agate's class names.
type DataType string

// The types that dbt tells apart.
const (
	Text      DataType = "Text"
	Integer   DataType = "Integer"
	Number    DataType = "Number"
	Boolean   DataType = "Boolean"
	Date      DataType = "Date"
	DateTime  DataType = "DateTime"
	TimeDelta DataType = "TimeDelta"
)

// Table is an immutable table. Methods of templates return new tables.
type Table struct {
	names []string
	types []DataType
	rows  [][]value.Value
	path  string // of the file it was read from
	// Out takes what print_table, print_csv and print_json print; nil is nowhere.
	Out func(line string)
}

// Empty returns a table without columns and rows.
func Empty() *Table { return &Table{} }

// FromRows makes the table of a statement's result: columns get the types that
// their values have. dbt: table_from_data_flat.
func FromRows(columns []string, rows [][]value.Value) *Table {
	t := &Table{names: unique(columns), types: make([]DataType, len(columns)), rows: make([][]value.Value, len(rows))}
	cells := make([]value.Value, len(rows)*len(columns))
	for i := range rows {
		t.rows[i], cells = cells[:len(columns):len(columns)], cells[len(columns):]
	}
	for j := range columns {
		t.types[j] = typeOf(rows, j)
		for i, r := range rows {
			t.rows[i][j] = cast(t.types[j], r[j])
		}
	}
	return t
}

// FromSeed makes the table of a seed's file, whose types are known. path is the
// file's place.
func FromSeed(data *adapter.Table, types []adapter.SeedType, path string) *Table {
	t := &Table{path: path, rows: data.Rows}
	for i, c := range data.Columns {
		t.names = append(t.names, c.Name)
		t.types = append(t.types, seedType(types[i]))
	}
	return t
}

func seedType(t adapter.SeedType) DataType {
	switch t {
	case adapter.SeedInteger:
		return Integer
	case adapter.SeedNumber:
		return Number
	case adapter.SeedBoolean:
		return Boolean
	case adapter.SeedDate:
		return Date
	case adapter.SeedDateTime:
		return DateTime
	case adapter.SeedTime:
		return TimeDelta
	}
	return Text
}

// unique renames columns of one name: "a", "a_2". agate warns and does so.
func unique(names []string) []string {
	seen := make(map[string]int, len(names))
	out := make([]string, len(names))
	for i, n := range names {
		seen[n]++
		out[i] = n
		for k := seen[n]; k > 1; k++ {
			if alt := n + "_" + itoa(k); seen[alt] == 0 {
				out[i] = alt
				seen[alt] = 1
				break
			}
		}
	}
	return out
}

// Columns lists the columns' names.
func (t *Table) Columns() []string { return t.names }

// Data gives the rows. They must not be changed.
func (t *Table) Data() [][]value.Value { return t.rows }

// ColumnType gives a column's type by its number; "" where there is none.
func (t *Table) ColumnType(i int) DataType {
	if i < 0 || i >= len(t.types) {
		return ""
	}
	return t.types[i]
}

// Picked is the table of some of the rows, in that order.
func (t *Table) Picked(rows []int) *Table {
	out := make([][]value.Value, len(rows))
	for i, r := range rows {
		out[i] = t.rows[r]
	}
	return t.derived(out)
}

// Records gives the rows as dicts. Numbers of a seed's file are floats, as agate
// reads them.
func (t *Table) Records() *value.List {
	out := value.NewList()
	for _, r := range t.rows {
		d := value.NewDict(len(r))
		for j, v := range r {
			v = jsonable(v)
			if n, ok := v.(value.Int); ok && t.path != "" {
				v = value.Float(n)
			}
			d.SetStr(t.names[j], v)
		}
		out.Elems = append(out.Elems, d)
	}
	return out
}

// Type implements value.Value.
func (t *Table) Type() string { return "Table" }

// Truth implements value.Value: a table without rows is false.
func (t *Table) Truth() bool { return len(t.rows) > 0 }

// Len implements value.Sized.
func (t *Table) Len() int { return len(t.rows) }

// AppendStr gives the table's structure, as str(table) does.
func (t *Table) AppendStr(b []byte) []byte { return append(b, t.structure()...) }

// AppendRepr implements value.Value.
func (t *Table) AppendRepr(b []byte) []byte { return append(b, "<agate.table.Table object>"...) }

// Iterate implements value.Iterable: the rows.
func (t *Table) Iterate() value.Iter { return value.SliceIter(t.rowValues()) }

// Item implements value.Indexer: a row by number.
func (t *Table) Item(key value.Value) (value.Value, error) { return t.rowSeq().Item(key) }

// Attr implements value.Getter.
func (t *Table) Attr(name string) (value.Value, bool) {
	switch name {
	case "rows":
		return t.rowSeq(), true
	case "columns":
		return t.columnSeq(), true
	case "column_names":
		return texts(t.names), true
	case "column_types":
		l := make([]value.Value, len(t.types))
		for i, k := range t.types {
			l[i] = k
		}
		return value.NewTuple(l...), true
	case "original_abspath":
		if t.path == "" {
			return nil, false
		}
		return value.Str(t.path), true
	}
	m, ok := methods[name]
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(th *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		v, err := value.Bind(name, args, kw, m.params...)
		if err != nil {
			return nil, err
		}
		return m.call(t, th, v)
	}), true
}

func texts(names []string) *value.Tuple {
	l := make([]value.Value, len(names))
	for i, n := range names {
		l[i] = value.Str(n)
	}
	return value.NewTuple(l...)
}

// Type implements value.Value.
func (k DataType) Type() string { return string(k) }

// Truth implements value.Value.
func (k DataType) Truth() bool { return true }

// AppendStr implements value.Value.
func (k DataType) AppendStr(b []byte) []byte {
	return append(append(append(b, "<agate.data_types."...), k...), " object>"...)
}

// AppendRepr implements value.Value.
func (k DataType) AppendRepr(b []byte) []byte { return k.AppendStr(b) }
