package run

import (
	"fmt"
	"slices"
	"strings"

	"dex/internal/agate"
	"dex/internal/jinja/value"
	"dex/internal/tablediff"
)

// side is the column that tells whether a row came or was expected.
const side = "actual_or_expected"

// sides takes the result of a unit test's query apart, each side in the order of
// its rows' values: the order in which they came does not count.
func sides(t *agate.Table) (actual, want *tablediff.Table, err error) {
	at := slices.IndexFunc(t.Columns(), func(c string) bool { return strings.EqualFold(c, side) })
	if at < 0 {
		return nil, nil, fmt.Errorf("a unit test's query gave no column %s: get_unit_test_sql must", side)
	}
	actual, want = &tablediff.Table{}, &tablediff.Table{}
	var columns []string
	for i, c := range t.Columns() {
		if i != at {
			columns = append(columns, strings.ToLower(c))
		}
	}
	rows := map[*tablediff.Table][][]value.Value{}
	for _, r := range t.Data() {
		var to *tablediff.Table
		switch value.ToStr(r[at]) {
		case "actual":
			to = actual
		case "expected":
			to = want
		default:
			continue
		}
		rows[to] = append(rows[to], slices.Concat(r[:at], r[at+1:]))
	}
	for _, to := range []*tablediff.Table{actual, want} {
		to.Columns = columns
		if err := sortRows(rows[to]); err != nil {
			return nil, nil, err
		}
		for _, r := range rows[to] {
			cells := make([]tablediff.Cell, len(r))
			for i, v := range r {
				cells[i] = cell(v)
			}
			to.Rows = append(to.Rows, cells)
		}
	}
	return actual, want, nil
}

// sortRows puts rows in order, nulls last. dbt: list_rows_from_table.
func sortRows(rows [][]value.Value) error {
	var fault error
	slices.SortStableFunc(rows, func(a, b []value.Value) int {
		for i := range a {
			switch x, y := a[i] == value.None, b[i] == value.None; {
			case x && y:
				continue
			case x:
				return 1
			case y:
				return -1
			}
			if value.Equal(a[i], b[i]) {
				continue
			}
			less, err := value.Compare(value.OpLt, a[i], b[i])
			if err != nil {
				fault = err
			}
			if less {
				return -1
			}
			return 1
		}
		return 0
	})
	return fault
}

// cell gives a value's forms: Python's str(), and the one that the comparison's
// colours come with.
func cell(v value.Value) tablediff.Cell {
	c := tablediff.Cell{Text: value.ToStr(v)}
	switch x := v.(type) {
	case value.NoneType:
		c.Dressed, c.Null = "null", true
	case value.Bool:
		c.Dressed = strings.ToLower(c.Text)
	case value.Str, value.Int:
		c.Dressed = c.Text
	case value.Float:
		c.Dressed = strings.TrimSuffix(value.ToStr(x), ".0")
	default:
		c.Dressed = value.Repr(v)
	}
	return c
}
