package agate

import (
	"strings"

	"dex/internal/jinja/value"
)

type method struct {
	params []string
	call   func(t *Table, th *value.Thread, v []value.Value) (value.Value, error)
}

// methods are what templates may call on a table.
var methods = map[string]method{
	"select":      {[]string{"key"}, selectColumns},
	"exclude":     {[]string{"key"}, excludeColumns},
	"rename":      {[]string{"column_names?", "row_names?", "slug_columns?", "slug_rows?"}, rename},
	"limit":       {[]string{"start_or_stop?", "stop?", "step?"}, limit},
	"where":       {[]string{"test"}, where},
	"find":        {[]string{"test"}, find},
	"distinct":    {[]string{"key?"}, distinctRows},
	"order_by":    {[]string{"key", "reverse?"}, orderBy},
	"group_by":    {[]string{"key", "key_name?", "key_type?"}, groupBy},
	"print_table": {[]string{"max_rows?", "max_columns?", "output?", "max_column_width?", "locale?", "max_precision?"}, printTable},
	"print_csv":   {[]string{"**kw"}, printCSV},
	"print_json":  {[]string{"key?", "newline?", "indent?", "**kw"}, printJSON},
	"to_json":     {[]string{"path", "key?", "newline?", "indent?", "**kw"}, noFile},
	"to_csv":      {[]string{"path", "**kw"}, noFile},
	"print_structure": {[]string{"output?", "max_rows?"}, func(t *Table, _ *value.Thread, _ []value.Value) (value.Value, error) {
		return t.print(t.structure())
	}},
}

// noFile refuses to write files: templates reach none.
func noFile(*Table, *value.Thread, []value.Value) (value.Value, error) {
	return nil, value.Errorf("SecurityError", "templates may not write files: print_json() and print_csv() print instead")
}

// derived is a table of the same columns with other rows.
func (t *Table) derived(rows [][]value.Value) *Table {
	return &Table{names: t.names, types: t.types, rows: rows, Out: t.Out}
}

// project is a table of some of the columns, by number.
func (t *Table) project(cols []int) *Table {
	out := &Table{Out: t.Out, rows: make([][]value.Value, len(t.rows))}
	for _, j := range cols {
		out.names = append(out.names, t.names[j])
		out.types = append(out.types, t.types[j])
	}
	for i, r := range t.rows {
		row := make([]value.Value, len(cols))
		for k, j := range cols {
			row[k] = r[j]
		}
		out.rows[i] = row
	}
	return out
}

// keys reads a column's name or a sequence of them.
func (t *Table) keys(v value.Value) ([]int, error) {
	names := []value.Value{v}
	if _, one := value.AsString(v); !one {
		var err error
		if names, err = value.ToSlice(v); err != nil {
			return nil, err
		}
	}
	out := make([]int, len(names))
	for i, n := range names {
		if out[i] = t.find(value.ToStr(n)); out[i] < 0 {
			return nil, value.Errorf("KeyError", "%s", value.Repr(n))
		}
	}
	return out, nil
}

func (t *Table) find(name string) int {
	for j, n := range t.names {
		if n == name {
			return j
		}
	}
	return -1
}

func selectColumns(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	cols, err := t.keys(v[0])
	if err != nil {
		// agate looks names up in a tuple here.
		return nil, value.Errorf("ValueError", "tuple.index(x): x not in tuple")
	}
	return t.project(cols), nil
}

// excludeColumns lets names pass that no column has.
func excludeColumns(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	gone := v[0]
	if _, one := value.AsString(gone); one {
		gone = value.NewTuple(gone)
	}
	var cols []int
	for j, name := range t.names {
		drop, err := value.Contains(gone, value.Str(name))
		if err != nil {
			return nil, err
		}
		if !drop {
			cols = append(cols, j)
		}
	}
	return t.project(cols), nil
}

// rename takes a list of all names, or a dict from old to new ones.
func rename(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	out := *t
	out.names = append([]string(nil), t.names...)
	switch x := v[0].(type) {
	case nil, value.NoneType:
	case *value.Dict:
		for j, n := range t.names {
			if to, ok := x.GetStr(n); ok {
				out.names[j] = value.ToStr(to)
			}
		}
	default:
		names, err := value.ToSlice(x)
		if err != nil {
			return nil, err
		}
		if len(names) != len(t.names) {
			return nil, value.Errorf("ValueError", "rename() takes as many names as there are columns")
		}
		for j, n := range names {
			out.names[j] = value.ToStr(n)
		}
	}
	if v[2] != nil && v[2].Truth() {
		for j := range out.names {
			out.names[j] = slug(out.names[j])
		}
	}
	return &out, nil
}

// slug makes a name of lower-case letters, digits and underscores.
func slug(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range strings.ToLower(s) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			gap = false
			b.WriteRune(r)
			continue
		}
		gap = true
	}
	return b.String()
}

// limit is a slice of the rows.
func limit(t *Table, _ *value.Thread, v []value.Value) (value.Value, error) {
	lo, hi, step := value.Value(value.None), v[0], v[2]
	if v[1] != nil {
		lo, hi = v[0], v[1]
	}
	none := func(x value.Value) value.Value {
		if x == nil {
			return value.None
		}
		return x
	}
	got, err := value.GetSlice(value.NewTuple(t.rowValues()...), none(lo), none(hi), none(step))
	if err != nil {
		return nil, err
	}
	return t.derived(rowsOf(got.(*value.Tuple).Elems)), nil
}

func rowsOf(seqs []value.Value) [][]value.Value {
	out := make([][]value.Value, len(seqs))
	for i, s := range seqs {
		out[i] = s.(*sequence).values
	}
	return out
}

// where keeps the rows for which a callable gives truth.
func where(t *Table, th *value.Thread, v []value.Value) (value.Value, error) {
	var rows [][]value.Value
	for i := range t.rows {
		ok, err := value.Call(th, v[0], []value.Value{t.row(i)}, nil)
		if err != nil {
			return nil, err
		}
		if ok.Truth() {
			rows = append(rows, t.rows[i])
		}
	}
	return t.derived(rows), nil
}

func find(t *Table, th *value.Thread, v []value.Value) (value.Value, error) {
	for i := range t.rows {
		ok, err := value.Call(th, v[0], []value.Value{t.row(i)}, nil)
		if err != nil {
			return nil, err
		}
		if ok.Truth() {
			return t.row(i), nil
		}
	}
	return value.None, nil
}

// keyFunc gives a row's key: a column's value, several columns', or a callable's
// answer; the whole row where nothing is given.
func (t *Table) keyFunc(th *value.Thread, key value.Value) (func(i int) (value.Value, error), error) {
	if key == nil || key == value.None {
		return func(i int) (value.Value, error) { return value.NewTuple(t.rows[i]...), nil }, nil
	}
	if fn, ok := key.(value.Callable); ok {
		return func(i int) (value.Value, error) { return fn.Call(th, []value.Value{t.row(i)}, nil) }, nil
	}
	cols, err := t.keys(key)
	if err != nil {
		return nil, err
	}
	if _, one := value.AsString(key); one {
		return func(i int) (value.Value, error) { return t.rows[i][cols[0]], nil }, nil
	}
	return func(i int) (value.Value, error) {
		parts := make([]value.Value, len(cols))
		for k, j := range cols {
			parts[k] = t.rows[i][j]
		}
		return value.NewTuple(parts...), nil
	}, nil
}

func distinctRows(t *Table, th *value.Thread, v []value.Value) (value.Value, error) {
	key, err := t.keyFunc(th, v[0])
	if err != nil {
		return nil, err
	}
	seen := map[any]bool{}
	var rows [][]value.Value
	for i := range t.rows {
		k, err := key(i)
		if err != nil {
			return nil, err
		}
		h, err := value.HashKey(k)
		if err != nil {
			return nil, err
		}
		if !seen[h] {
			seen[h] = true
			rows = append(rows, t.rows[i])
		}
	}
	return t.derived(rows), nil
}

// orderBy sorts by a key, nulls last (first where reversed).
func orderBy(t *Table, th *value.Thread, v []value.Value) (value.Value, error) {
	key, err := t.keyFunc(th, v[0])
	if err != nil {
		return nil, err
	}
	reverse := v[1] != nil && v[1].Truth()
	var some, none []value.Value
	byRow := map[*sequence]value.Value{}
	for i := range t.rows {
		k, err := key(i)
		if err != nil {
			return nil, err
		}
		r := t.row(i)
		byRow[r] = k
		if isNone(k) {
			none = append(none, r)
		} else {
			some = append(some, r)
		}
	}
	pick := value.NewFunc("key", func(_ *value.Thread, args []value.Value, _ []value.Arg) (value.Value, error) {
		return byRow[args[0].(*sequence)], nil
	})
	if err := value.Sort(th, some, pick, reverse); err != nil {
		return nil, err
	}
	if reverse {
		some = append(none, some...)
	} else {
		some = append(some, none...)
	}
	return t.derived(rowsOf(some)), nil
}

// groupBy gives the tables of the rows with one key each. As agate's TableSet
// does, they are walked by table and found by key.
func groupBy(t *Table, th *value.Thread, v []value.Value) (value.Value, error) {
	key, err := t.keyFunc(th, v[0])
	if err != nil {
		return nil, err
	}
	groups := value.NewDict(8)
	for i := range t.rows {
		k, err := key(i)
		if err != nil {
			return nil, err
		}
		if have, ok := groups.Get(k); ok {
			g := have.(*Table)
			g.rows = append(g.rows, t.rows[i])
			continue
		}
		if err := groups.Set(k, t.derived([][]value.Value{t.rows[i]})); err != nil {
			return nil, err
		}
	}
	set := &sequence{kind: "TableSet"}
	groups.Each(func(k, g value.Value) bool {
		set.keys, set.keyValues = append(set.keys, value.ToStr(k)), append(set.keyValues, k)
		set.values = append(set.values, g)
		return true
	})
	return set, nil
}
