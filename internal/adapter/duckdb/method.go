package duckdb

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
)

// What a template reaches as adapter.x on DuckDB alone. The names are those of
// dbt-duckdb, so that macros written for it work.

// Strategies implements adapter.Strategist.
func (d *database) Strategies() []string {
	return []string{"append", "delete+insert", "merge", "microbatch"}
}

// Method implements adapter.Templated.
func (d *database) Method(name string) (adapter.Method, bool) {
	m, ok := methods[name]
	if !ok {
		return nil, false
	}
	return func(ctx context.Context, s adapter.Executor, args []value.Value, kw []value.Arg) (value.Value, error) {
		bound, err := value.Bind(name, args, kw, m.params...)
		if err != nil {
			return nil, err
		}
		return m.call(call{ctx: ctx, db: d, s: s}, bound)
	}, true
}

// call is one call of a method.
type call struct {
	ctx context.Context
	db  *database
	s   adapter.Executor
}

type method struct {
	params []string
	call   func(c call, args []value.Value) (value.Value, error)
}

var methods = map[string]method{
	"external_root": {nil, func(c call, _ []value.Value) (value.Value, error) { return value.Str(c.db.creds.ExternalRoot), nil }},
	"disable_transactions": {nil, func(c call, _ []value.Value) (value.Value, error) {
		return value.Bool(c.db.creds.DisableTransactions), nil
	}},
	"is_motherduck":                  {nil, func(call, []value.Value) (value.Value, error) { return value.Bool(false), nil }},
	"get_binding_char":               {nil, func(call, []value.Value) (value.Value, error) { return value.Str("?"), nil }},
	"escape_sql_string":              {[]string{"value"}, func(_ call, a []value.Value) (value.Value, error) { return value.Str(escape(value.ToStr(a[0]))), nil }},
	"is_ducklake":                    {[]string{"relation"}, isDuckLake},
	"use_ducklake_table_workarounds": {[]string{"relation"}, func(call, []value.Value) (value.Value, error) { return value.Bool(false), nil }}, // needed before DuckDB 1.5.3
	"ensure_transaction":             {nil, ensureTransaction},
	"convert_datetimes_to_strs":      {[]string{"table"}, func(_ call, a []value.Value) (value.Value, error) { return a[0], nil }}, // arguments of a statement are text anyway
	"get_seed_file_path":             {[]string{"model"}, seedFilePath},
	"location_exists":                {[]string{"location"}, locationExists},
	"external_write_options":         {[]string{"write_location", "rendered_options"}, externalWriteOptions},
	"external_read_location":         {[]string{"write_location", "rendered_options"}, externalReadLocation},
	"store_relation":                 {[]string{"plugin_name", "*rest", "**kw"}, storeRelation},
	"catalog_supports_foreign_keys":  {[]string{"database"}, supportsForeignKeys},
	"existing_key_constraint_types":  {[]string{"relation"}, keyConstraints},
	"may_have_indexes":               {nil, mayHaveIndexes},
	"parse_index":                    {[]string{"raw_index"}, parseIndex},
	"warn_once":                      {[]string{"msg"}, warnOnce},
	"batch_id_for_model":             {[]string{"model"}, batchID},
	"get_temp_relation_path":         {[]string{"model", "batch_id?"}, tempRelationPath},
}

// warnOnce shows a warning the first time it comes.
func warnOnce(c call, a []value.Value) (value.Value, error) {
	msg := value.ToStr(a[0])
	if _, before := c.db.warned.LoadOrStore(msg, true); before {
		return value.None, nil
	}
	if w, ok := c.s.(adapter.Warner); ok { // a warning that nobody shows is no reason to fail a model
		w.Warn(msg)
	}
	return value.None, nil
}

// batchID tells the batches of a microbatch model apart in names of tables; it
// is empty for other models.
func batchID(_ call, a []value.Value) (value.Value, error) {
	batch, ok := member(a[0], "batch")
	if !ok {
		return value.Str(""), nil
	}
	start, ok := member(batch, "event_time_start")
	if !ok {
		return value.Str(""), nil
	}
	return value.Str(strings.NewReplacer("-", "", ":", "", " ", "_", "+", "").Replace(value.ToStr(start))), nil
}

// member gives a key of a dict or an attribute of anything else, if it is true.
func member(v value.Value, name string) (value.Value, bool) {
	var x value.Value
	var ok bool
	if d, isDict := v.(*value.Dict); isDict {
		x, ok = d.GetStr(name)
	} else {
		var err error
		x, ok, err = value.GetAttr(v, name)
		ok = ok && err == nil
	}
	return x, ok && x.Truth()
}

func tempRelationPath(call, []value.Value) (value.Value, error) {
	return nil, fmt.Errorf("adapter.get_temp_relation_path is for MotherDuck, which has no temporary tables and is not supported: use make_temp_relation")
}

func isDuckLake(c call, a []value.Value) (value.Value, error) {
	database, err := attr(a[0], "database")
	return value.Bool(database != "" && c.db.creds.duckLake(database)), err
}

// duckLake tells whether a database is said to be a DuckLake, or looks like one.
func (c *Credentials) duckLake(database string) bool {
	if (c.IsDuckLake || strings.Contains(strings.ToLower(c.Path), "ducklake:")) && databaseName(c.Path) == database {
		return true
	}
	for _, a := range c.Attach {
		if a.isDuckLake || strings.Contains(strings.ToLower(a.path), "ducklake:") {
			name := a.alias
			if name == "" {
				name = databaseName(a.path)
			}
			if name == database {
				return true
			}
		}
	}
	return false
}

func ensureTransaction(c call, _ []value.Value) (value.Value, error) {
	if c.s.InTransaction() {
		return value.None, nil
	}
	return value.None, c.s.Begin(c.ctx)
}

func seedFilePath(c call, a []value.Value) (value.Value, error) {
	root, err := attr(a[0], "root_path")
	if err != nil {
		return nil, err
	}
	file, err := attr(a[0], "original_file_path")
	return value.Str(filepath.Join(root, file)), err
}

// locationExists asks DuckDB whether it can read a place. dbt: any refusal is a no.
func locationExists(c call, a []value.Value) (value.Value, error) {
	_, _, err := c.s.Execute(c.ctx, "select 1 from "+literal(value.ToStr(a[0]))+" where 1=0", false, false, 0)
	if c.ctx.Err() != nil {
		return nil, err
	}
	return value.Bool(err == nil), nil
}

func storeRelation(_ call, a []value.Value) (value.Value, error) {
	return nil, fmt.Errorf("the dbt-duckdb plugin %q stores relations in Python, which dex does not run: write the file with COPY "+
		"(location and format of an external model), or use a Python operation", value.ToStr(a[0]))
}

// compressions are endings behind which the format's own ending stands.
var compressions = map[string]string{".gz": "gzip", ".zst": "zstd"}

// externalWriteOptions completes the options of COPY TO from the file's name and
// writes them. dbt: the dict that was given is completed as well.
func externalWriteOptions(_ call, a []value.Value) (value.Value, error) {
	opts, ok := a[1].(*value.Dict)
	if !ok {
		return nil, value.TypeErrorf("external_write_options() needs a dict of options, not %s", a[1].Type())
	}
	if _, ok := opts.GetStr("format"); !ok {
		inferFormat(opts, value.ToStr(a[0]))
	}
	if f, _ := opts.GetStr("format"); value.ToStr(f) == "csv" {
		if _, ok := opts.GetStr("header"); !ok {
			opts.SetStr("header", value.Int(1))
		}
	}
	if p, ok := opts.GetStr("partition_by"); ok {
		if s := value.ToStr(p); strings.Contains(s, ",") && !strings.HasPrefix(s, "(") {
			opts.SetStr("partition_by", value.Str("("+s+")"))
		}
	}
	var out []string
	opts.Each(func(k, v value.Value) bool {
		key, s := value.ToStr(k), value.ToStr(v)
		switch strings.ToLower(key) {
		case "delimiter", "quote", "escape", "null":
			if !strings.HasPrefix(s, "'") {
				s = "'" + s + "'"
			}
		}
		out = append(out, key+" "+s)
		return true
	})
	return value.Str(strings.Join(out, ", ")), nil
}

func inferFormat(opts *value.Dict, location string) {
	ext := strings.ToLower(path.Ext(location))
	compression := compressions[ext]
	if compression != "" {
		ext = strings.ToLower(path.Ext(location[:len(location)-len(ext)]))
	}
	_, delimited := opts.GetStr("delimiter")
	switch {
	case len(ext) > 1:
		opts.SetStr("format", value.Str(ext[1:]))
		if _, ok := opts.GetStr("compression"); !ok && compression != "" {
			opts.SetStr("compression", value.Str(compression))
		}
	case delimited:
		opts.SetStr("format", value.Str("csv"))
	default:
		opts.SetStr("format", value.Str("parquet"))
	}
}

// externalReadLocation gives the pattern of the files that COPY wrote.
func externalReadLocation(_ call, a []value.Value) (value.Value, error) {
	opts, ok := a[1].(*value.Dict)
	if !ok {
		return nil, value.TypeErrorf("external_read_location() needs a dict of options, not %s", a[1].Type())
	}
	option := func(name string) (value.Value, bool) {
		v, ok := opts.GetStr(name)
		return v, ok && v.Truth()
	}
	by, parted := option("partition_by")
	_, threads := option("per_thread_output")
	if !parted && !threads {
		return a[0], nil
	}
	globs := []string{value.ToStr(a[0]), "*"}
	if parted {
		for range strings.Count(value.ToStr(by), ",") + 1 {
			globs = append(globs, "*")
		}
	}
	format := "parquet"
	if f, ok := option("format"); ok {
		format = value.ToStr(f)
	}
	return value.Str(strings.Join(globs, "/") + "." + format), nil
}

// attr reads a text attribute of a relation or a key of a model; None is "".
func attr(v value.Value, name string) (string, error) {
	x, ok, err := value.GetAttr(v, name)
	if d, isDict := v.(*value.Dict); isDict {
		x, ok = d.GetStr(name)
		err = nil
	}
	if err != nil || !ok || x == value.None {
		return "", err
	}
	return value.ToStr(x), nil
}

// Describe implements adapter.Describer. dbt: a struct shows as its fields,
// named with dots.
func (s *session) Describe(ctx context.Context, sql string) ([]adapter.Column, error) {
	_, tab, err := s.run(ctx, "DESCRIBE ("+sql+")", true, 0)
	if err != nil {
		return nil, err
	}
	var out []adapter.Column
	for _, row := range tab.Rows {
		out = flatten(out, text(row[0]), text(row[1]))
	}
	return out, nil
}

// flatten appends a column, or in place of a struct its fields. A field's name
// and type part at the first space, fields at commas outside parentheses.
func flatten(out []adapter.Column, name, typ string) []adapter.Column {
	if len(typ) < 8 || !strings.EqualFold(typ[:7], "struct(") || typ[len(typ)-1] != ')' {
		return append(out, adapter.Column{Name: name, Type: typ})
	}
	body, depth, start := typ[7:len(typ)-1], 0, 0
	for i := 0; i <= len(body); i++ {
		switch {
		case i == len(body) || body[i] == ',' && depth == 0:
			field, kind, _ := strings.Cut(strings.TrimSpace(body[start:i]), " ")
			out = flatten(out, name+"."+field, kind)
			start = i + 1
		case body[i] == '(':
			depth++
		case body[i] == ')':
			depth--
		}
	}
	return out
}
