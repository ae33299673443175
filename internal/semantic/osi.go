package semantic

import (
	"strings"

	"dex/internal/jinja/value"
)

// OSI is what a document of Open Semantic Interchange defines, in the form that the
// manifest has it. dbt: metricflow's OSIToMSIConverter, which reads the versions 0.1.0
// and 0.1.1.
type OSI struct {
	Models  []OSIModel
	Metrics []OSIMetric
}

// OSIModel is a dataset: a semantic model of the table that Database, Schema and
// Alias name, the former two perhaps empty. Path leads to it in the document.
type OSIModel struct {
	Name, Database, Schema, Alias string
	Path                          []any

	parts modelParts
}

// OSIMetric is a metric, or one that a ratio is made of. Path leads in the document to
// what asked for it.
type OSIMetric struct {
	Name, Description string
	Fields            *value.Dict
	Path              []any
}

// Table is the table of the model as the document names it.
func (m *OSIModel) Table() string {
	var parts []string
	for _, s := range []string{m.Database, m.Schema, m.Alias} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ".")
}

// Fields are the fields that the node of the semantic model has, whose table the dbt
// model called ref makes.
func (m *OSIModel) Fields(ref string) *value.Dict {
	m.parts.model = value.Str("ref('" + ref + "')")
	return m.parts.fields()
}

// The words that a document may use.
var (
	osiVersions  = []string{"0.1.0", "0.1.1"}
	osiDialects  = []string{"ANSI_SQL", "SNOWFLAKE", "MDX", "TABLEAU", "DATABRICKS"}
	osiDataTypes = map[string]string{
		"String": "string", "Integer": "integer", "Decimal": "decimal", "Float": "float", "Boolean": "boolean", "Date": "date",
		"Time": "time", "DateTime": "datetime", "DateTimeTz": "datetime_tz", "Opaque": "opaque",
	}
)

// ReadOSI reads a document. Keys that it does not know are passed over, as in dbt. The
// first fault ends it.
func ReadOSI(doc *value.Dict) (*OSI, *Fault) {
	r := osiReader{}
	if v := textOr(doc, "version", "0.1.1"); !contains(osiVersions, v) {
		r.fail("uses unsupported version '"+v+"'. Supported versions: ['0.1.0', '0.1.1']", "version")
	}
	for i, sm := range r.dicts(doc, true, nil, "semantic_model") {
		r.semanticModel(sm, []any{"semantic_model", i})
	}
	return &r.out, r.fault
}

type osiReader struct {
	out   OSI
	fault *Fault
}

func (r *osiReader) fail(reason string, path ...any) {
	if r.fault == nil {
		r.fault = &Fault{Reason: "OSI file '%s' " + reason, Path: path, Bare: true}
	}
}

// text is a text that has to be there.
func (r *osiReader) text(d *value.Dict, key string, path []any) string {
	if s, ok := get(d, key).(value.Str); ok {
		return string(s)
	}
	r.fail("lacks a text: '"+key+"' is a required property", path...)
	return ""
}

// dicts are the mappings of a list. One that is needed has to be there.
func (r *osiReader) dicts(d *value.Dict, needed bool, path []any, key string) []*value.Dict {
	v := get(d, key)
	if v == nil && !needed {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok {
		r.fail("has no list: '"+key+"' has to be one", path...)
		return nil
	}
	out := dictsAt(d, key)
	if len(out) != len(l.Elems) {
		r.fail("is not understood: each item of '"+key+"' has to be a mapping", append(path[:len(path):len(path)], key)...)
	}
	return out
}

// texts are the texts of a list that may be missing.
func (r *osiReader) texts(d *value.Dict, path []any, key string) []string {
	v := get(d, key)
	if v == nil {
		return nil
	}
	l, ok := v.(*value.List)
	if !ok {
		r.fail("has no list: '"+key+"' has to be one", path...)
		return nil
	}
	var out []string
	for _, e := range l.Elems {
		s, ok := e.(value.Str)
		if !ok {
			r.fail("is not understood: each item of '"+key+"' has to be a text", append(path[:len(path):len(path)], key)...)
		}
		out = append(out, string(s))
	}
	return out
}

func (r *osiReader) semanticModel(sm *value.Dict, path []any) {
	r.text(sm, "name", path)
	sets := r.dicts(sm, true, path, "datasets")
	foreign := map[string][]string{} // columns that refer to another dataset, by dataset
	for i, rel := range r.dicts(sm, false, path, "relationships") {
		at := append(path[:len(path):len(path)], "relationships", i)
		from := r.text(rel, "from", at)
		foreign[from] = append(foreign[from], r.texts(rel, at, "from_columns")...)
	}
	for i, d := range sets {
		r.dataset(d, foreign, append(path[:len(path):len(path)], "datasets", i))
	}
	for i, m := range r.dicts(sm, false, path, "metrics") {
		at := append(path[:len(path):len(path)], "metrics", i)
		r.datatype(m, at)
		name, expr := r.text(m, "name", at), r.expression(m, at)
		r.metric(osiMetric{name: name, description: textAt(m, "description"), expr: expr, sets: sets, path: at})
	}
}

func (r *osiReader) dataset(d *value.Dict, foreign map[string][]string, path []any) {
	name := r.text(d, "name", path)
	m := OSIModel{Name: name, Path: path}
	m.parts = modelParts{name: name, description: at(d, "description")}
	switch parts := strings.SplitN(r.text(d, "source", path), ".", 3); len(parts) {
	case 3:
		m.Database, m.Schema, m.Alias = parts[0], parts[1], parts[2]
	case 2:
		m.Schema, m.Alias = parts[0], parts[1]
	default:
		m.Alias = parts[0]
	}
	primary := r.texts(d, path, "primary_key")
	var unique []string
	for _, v := range listAt(d, "unique_keys") {
		if l, ok := v.(*value.List); ok {
			for _, e := range l.Elems {
				unique = append(unique, value.ToStr(e))
			}
		}
	}
	for i, f := range r.dicts(d, false, path, "fields") {
		at := append(path[:len(path):len(path)], "fields", i)
		name := r.text(f, "name", at)
		switch {
		case contains(primary, name):
			r.entity(&m.parts, f, "primary", at)
		case contains(unique, name):
			r.entity(&m.parts, f, "unique", at)
		case contains(foreign[m.Name], name):
			r.entity(&m.parts, f, "foreign", at)
		default:
			r.dimension(&m.parts, f, at)
		}
	}
	r.out.Models = append(r.out.Models, m)
}

// ownExpr is the expression of a field where it says more than the field's name.
func (r *osiReader) ownExpr(f *value.Dict, path []any) value.Value {
	if expr := r.expression(f, path); expr != textAt(f, "name") {
		return value.Str(expr)
	}
	return nil
}

func (r *osiReader) entity(parts *modelParts, f *value.Dict, kind string, path []any) {
	r.datatype(f, path)
	parts.entities = append(parts.entities, fields(
		"name", at(f, "name"), "type", value.Str(kind), "description", at(f, "description"), "label", at(f, "label"), "role", nil,
		"expr", r.ownExpr(f, path), "config", nil))
}

func (r *osiReader) dimension(parts *modelParts, f *value.Dict, path []any) {
	kind, params := "categorical", (*value.Dict)(nil)
	if truthAt(dictAt(f, "dimension"), "is_time") {
		// The format has no granularity.
		kind, params = "time", fields("time_granularity", value.Str("day"), "validity_params", nil)
	}
	d := dimension(f, at(f, "name"), at(f, "description"), r.ownExpr(f, path), value.Str(kind), params, nil)
	d.SetStr("is_partition", value.Bool(false))
	d.SetStr("datatype", r.datatype(f, path))
	parts.dimensions = append(parts.dimensions, d)
}

// datatype is dbt's word for the type of a field or metric; null where it has none.
func (r *osiReader) datatype(d *value.Dict, path []any) value.Value {
	v := get(d, "datatype")
	if v == nil || v == value.None {
		return value.None
	}
	word, ok := osiDataTypes[value.ToStr(v)]
	if !ok {
		r.fail("names a datatype that there is not: "+value.Repr(v), append(path[:len(path):len(path)], "datatype")...)
	}
	return value.Str(word)
}

// expression is the expression of a field or metric: that in ANSI SQL, or else the first.
func (r *osiReader) expression(d *value.Dict, path []any) string {
	of := dictAt(d, "expression")
	if of == nil {
		r.fail("lacks an expression: 'expression' is a required property", path...)
		return ""
	}
	path = append(path[:len(path):len(path)], "expression")
	first, found := "", false
	for i, x := range r.dicts(of, true, path, "dialects") {
		at := append(path[:len(path):len(path)], "dialects", i)
		dialect, text := r.text(x, "dialect", at), r.text(x, "expression", at)
		if !contains(osiDialects, dialect) {
			r.fail("names a dialect that there is not: '"+dialect+"'", append(at, "dialect")...)
		}
		switch {
		case dialect == osiDialects[0]:
			return text
		case !found:
			first, found = text, true
		}
	}
	return first
}

func contains(list []string, s string) bool {
	for _, e := range list {
		if e == s {
			return true
		}
	}
	return false
}

func textOr(d *value.Dict, key, def string) string {
	if v := get(d, key); v != nil {
		return value.ToStr(v)
	}
	return def
}
