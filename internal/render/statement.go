package render

import (
	"dex/internal/adapter"
	"dex/internal/agate"
	"dex/internal/jinja/value"
)

// statementFunctions keep what statements gave: dbt's sql_results.
var statementFunctions = map[string]function{
	"load_result":      {[]string{"name"}, callLoadResult},
	"store_result":     {[]string{"name", "response", "agate_table?"}, callStoreResult},
	"store_raw_result": {[]string{"name", "message?", "code?", "rows_affected?", "agate_table?"}, callStoreRaw},
	"write":            {[]string{"payload"}, callWrite},
	"load_agate_table": {nil, callLoadSeed},
}

// callLoadResult gives a result: `main` as often as asked, any other once.
func callLoadResult(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	name := value.ToStr(v[0])
	got, ok := f.results[name]
	switch {
	case !ok:
		return value.None, nil
	case name == "main":
		return got, nil
	case got == value.None:
		return nil, &value.Error{Kind: KindCompilation, Msg: "The 'statement' result named '" + name + "' has already been loaded into a variable"}
	}
	f.results[name] = value.None
	return got, nil
}

func callStoreResult(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	return value.Str(""), f.store(value.ToStr(v[0]), v[1], v[2])
}

func callStoreRaw(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	r := &Response{Response: adapter.Response{Message: optText(v[1]), Code: optText(v[2]), Rows: -1}}
	switch n := orNone(v[3]).(type) {
	case value.Int:
		r.Rows = int64(n)
	}
	return value.Str(""), f.store(value.ToStr(v[0]), r, v[4])
}

func (f *Frame) store(name string, response, table value.Value) error {
	if table == nil || table == value.None {
		table = agate.Empty()
	}
	d := value.NewDict(3)
	d.SetStr("response", response)
	d.SetStr("data", matrix(table))
	d.SetStr("table", table)
	if f.results == nil {
		f.results = map[string]value.Value{}
	}
	f.results[name] = &attrDict{d}
	return nil
}

// matrix is a table's rows as plain lists: load_result('x')['data'].
func matrix(table value.Value) value.Value {
	out := value.NewList()
	t, ok := table.(*agate.Table)
	if !ok {
		return out
	}
	for _, r := range t.Data() {
		out.Elems = append(out.Elems, value.NewTuple(r...))
	}
	return out
}

func callWrite(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	if f.Write == nil {
		return value.Str(""), nil
	}
	return value.Str(""), f.Write(value.ToStr(v[0]))
}

func callLoadSeed(f *Frame, _ *value.Thread, _ []value.Value) (value.Value, error) {
	if f.CSV == nil {
		return nil, compileErrorf("can only load_agate_table for seeds")
	}
	t, err := f.CSV()
	if err != nil {
		return nil, &value.Error{Kind: KindCompilation, Msg: err.Error()}
	}
	return t, nil
}

// Response is what a statement gave, as templates see it: str() is its message.
// dbt: AdapterResponse.
type Response struct{ adapter.Response }

// counted reports whether the number of rows is shown.
func (r *Response) counted() bool { return !r.Unsaid && (r.Rows >= 0 || r.Told) }

// Type implements value.Value.
func (r *Response) Type() string { return "AdapterResponse" }

// Truth implements value.Value.
func (r *Response) Truth() bool { return true }

// AppendStr implements value.Value.
func (r *Response) AppendStr(b []byte) []byte { return append(b, r.Message...) }

// AppendRepr implements value.Value.
func (r *Response) AppendRepr(b []byte) []byte {
	return append(append(append(b, "AdapterResponse("...), r.Message...), ')')
}

// Attr implements value.Getter.
func (r *Response) Attr(name string) (value.Value, bool) {
	switch name {
	case "message", "_message":
		return value.Str(r.Message), true
	case "code":
		return textOrNone(r.Code), true
	case "rows_affected":
		if !r.counted() {
			return value.None, true
		}
		return value.Int(r.Rows), true
	case "query_id":
		return value.None, true
	}
	return nil, false
}

// Dict is adapter_response in run_results.json.
func (r *Response) Dict() *value.Dict {
	d := value.NewDict(3)
	d.SetStr("_message", value.Str(r.Message))
	if r.Code != "" {
		d.SetStr("code", value.Str(r.Code))
	}
	if r.counted() {
		d.SetStr("rows_affected", value.Int(r.Rows))
	}
	return d
}

// Whole is Dict with all that an answer may have: adapter_response of `show`.
func (r *Response) Whole() *value.Dict {
	d := value.NewDict(4)
	for _, name := range [...]string{"_message", "code", "rows_affected", "query_id"} {
		v, _ := r.Attr(name)
		d.SetStr(name, v)
	}
	return d
}

// tableOf wraps a result set for templates.
func tableOf(t *adapter.Table) value.Value { return TableOf(t) }

// TableOf gives a result set as a table with agate's ways.
func TableOf(t *adapter.Table) *agate.Table {
	if t == nil {
		return agate.Empty()
	}
	cols := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cols[i] = c.Name
	}
	return agate.FromRows(cols, t.Rows)
}
