package agate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"dex/internal/jinja"
	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// recorded is a table with what dbt's own one was and printed: testdata/record.py
// writes them.
type recorded struct {
	Columns, Types, Values, Text []string
	Rows                         [][]any
	Printed                      [][2]any
	CSV, JSON, Structure         string
}

func TestRecordedTables(t *testing.T) {
	raw, err := os.ReadFile("testdata/tables.json")
	if err != nil {
		t.Fatal(err)
	}
	var tables []recorded
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&tables); err != nil {
		t.Fatal(err)
	}
	for _, r := range tables {
		t.Run(strings.Join(r.Columns, ","), func(t *testing.T) { r.check(t) })
	}
}

func (r recorded) check(t *testing.T) {
	rows := make([][]value.Value, len(r.Rows))
	for i, row := range r.Rows {
		for _, v := range row {
			rows[i] = append(rows[i], decode(t, v))
		}
	}
	table := FromRows(r.Columns, rows)
	for j, want := range r.Types {
		if got := string(table.ColumnType(j)); got != want {
			t.Errorf("column %d is %s, want %s", j, got, want)
		}
	}
	for i := range table.rows {
		equal(t, "row", value.Repr(value.NewTuple(table.rows[i]...)), r.Values[i])
		equal(t, "row as text", value.ToStr(table.row(i)), r.Text[i])
	}
	equal(t, "structure", value.ToStr(table), r.Structure)
	for _, p := range r.Printed {
		options := p[0].(map[string]any)
		var kw []value.Arg
		for name, v := range options {
			kw = append(kw, value.Arg{Name: name, Value: decode(t, v)})
		}
		equal(t, "print_table", printed(t, table, "print_table", kw), p[1].(string))
	}
	equal(t, "print_csv", printed(t, table, "print_csv", nil), r.CSV)
	equal(t, "print_json", printed(t, table, "print_json", nil), r.JSON)
}

func equal(t *testing.T, what, got, want string) {
	t.Helper()
	if strings.TrimRight(got, "\n") != strings.TrimRight(want, "\n") {
		t.Errorf("%s\ngot\n%s\nwant\n%s", what, got, want)
	}
}

// printed is what a method of the table prints.
func printed(t *testing.T, table *Table, method string, kw []value.Arg) string {
	t.Helper()
	var b strings.Builder
	table.Out = func(line string) { b.WriteString(line + "\n") }
	fn, ok := table.Attr(method)
	if !ok {
		t.Fatalf("no method %s", method)
	}
	if _, err := value.Call(value.NewThread(t.Context(), nil), fn, nil, kw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func decode(t *testing.T, x any) value.Value {
	t.Helper()
	switch x := x.(type) {
	case nil:
		return value.None
	case bool:
		return value.Bool(x)
	case string:
		return value.Str(x)
	case json.Number:
		v, err := value.ParseJSON([]byte(x))
		if err != nil {
			t.Fatal(err)
		}
		return v
	case []any:
		l := value.NewList()
		for _, e := range x {
			l.Elems = append(l.Elems, decode(t, e))
		}
		return l
	case map[string]any:
		for tag, v := range x {
			return decodeTagged(t, tag, v.(string))
		}
	}
	t.Fatalf("cannot decode %v", x)
	return nil
}

func decodeTagged(t *testing.T, tag, s string) value.Value {
	t.Helper()
	var v value.Value
	var err error
	var at time.Time
	switch tag {
	case "float":
		var f float64
		f, err = strconv.ParseFloat(s, 64)
		v = value.Float(f)
	case "decimal":
		v, err = value.ParseDecimal(s)
	case "date":
		at, err = time.Parse(time.DateOnly, s)
		v = pylib.DateFromTime(at)
	case "datetime":
		at, err = time.Parse("2006-01-02T15:04:05", s)
		v = pylib.NaiveFromTime(at)
	default:
		t.Fatalf("unknown tag %s", tag)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// What templates do with tables, with what agate gives for it.
func TestDerived(t *testing.T) {
	table := FromRows([]string{"g", "n"}, [][]value.Value{
		{value.Str("x"), value.Int(1)}, {value.Str("y"), value.Int(2)}, {value.Str("x"), value.Int(3)},
	})
	for src, want := range map[string]string{
		"exclude('zz').column_names":                             "('g', 'n')",
		"exclude(['n']).column_names":                            "('g',)",
		"select(['n', 'g']).column_names":                        "('n', 'g')",
		"select('zz')":                                           "ValueError: tuple.index(x): x not in tuple",
		"order_by('zz')":                                         "KeyError: 'zz'",
		"rename({'g': 'h'}).column_names":                        "('h', 'n')",
		"rename(['a', 'b']).rows[0].keys()":                      "('a', 'b')",
		"limit(2).rows":                                          "<agate.MappedSequence: (<agate.Row: ('x', 1)>, <agate.Row: ('y', 2)>)>",
		"limit(1, 3).columns['n'].values()":                      "(2, 3)",
		"distinct('g').columns['n'].values()":                    "(1, 2)",
		"order_by('n', reverse=true).columns['n'].values()":      "(3, 2, 1)",
		"columns[0]":                                             "<agate.Column: ('x', 'y', 'x')>",
		"rows[0]['n']":                                           "1",
		"rows[0].dict()":                                         "{'g': 'x', 'n': 1}",
		"rows[0].get('zz')":                                      "None",
		"rows[0].items()":                                        "(('g', 'x'), ('n', 1))",
		"columns.get('n').name":                                  "'n'",
		"rows.keys()":                                            "None",
		"group_by('g').keys()":                                   "('x', 'y')",
		"group_by('n').keys()":                                   "(1, 2, 3)",
		"group_by('g')['x'].columns['n'].values()":               "(1, 3)",
		"group_by('g') | map(attribute='column_names') | list":   "[('g', 'n'), ('g', 'n')]",
		"group_by('g').items() | map('first') | list":            "['x', 'y']",
		"rows | map(attribute='n') | list":                       "[1, 2, 3]",
		"rows | selectattr('g', 'equalto', 'x') | list | length": "2",
	} {
		got, err := evaluate(t, table, src)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", src, got, want)
		}
	}
}

type scope map[string]value.Value

func (s scope) Lookup(name string) (value.Value, bool) {
	v, ok := s[name]
	return v, ok
}

// evaluate prints repr(t.src) as a template sees it.
func evaluate(t *testing.T, table *Table, src string) (string, error) {
	t.Helper()
	tmpl, err := jinja.Compile("case.sql", "{{ [t."+src+"] }}")
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	got, err := tmpl.Render(value.NewThread(t.Context(), nil), scope{"t": table})
	if e, ok := err.(*jinja.Error); ok {
		return "", fmt.Errorf("%s: %s", e.Kind, e.Msg)
	}
	return strings.TrimSuffix(strings.TrimPrefix(got, "["), "]"), err
}
