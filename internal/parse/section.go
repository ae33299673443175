package parse

import (
	"slices"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// Keys of properties files. What is listed here is what dbt 1.12 reads; a key
// that is not gets a warning with a guess at what was meant.
var (
	columnKeys = []string{
		"name", "description", "meta", "data_type", "constraints", "docs", "config", "data_tests", "tests",
		"quote", "tags", "granularity", "dimension", "entity",
	}
	nodeKeys = []string{
		"name", "description", "meta", "data_type", "constraints", "docs", "config", "data_tests", "tests",
		"columns", "quote_columns", "access", "group", "contract",
	}
	modelKeys = append([]string{
		"latest_version", "versions", "deprecation_date", "time_spine", "semantic_model", "primary_entity",
		"agg_time_dimension", "metrics", "derived_semantics",
	}, nodeKeys...)
	snapshotKeys = append([]string{"relation"}, nodeKeys...)
	versionKeys  = []string{
		"v", "defined_in", "description", "access", "config", "constraints", "docs", "data_tests", "tests",
		"columns", "deprecation_date",
	}
	analysisKeys     = []string{"name", "description", "meta", "docs", "config", "columns", "access", "group", "contract", "constraints", "data_type"}
	macroKeys        = []string{"name", "description", "meta", "docs", "config", "arguments", "data_type", "constraints"}
	singularTestKeys = []string{"name", "description", "meta", "docs", "config", "data_type", "constraints"}
	sourceKeys       = []string{
		"name", "description", "meta", "database", "schema", "loader", "quoting", "freshness", "loaded_at_field",
		"loaded_at_query", "tables", "tags", "config", "overrides",
	}
	tableKeys = []string{
		"name", "description", "meta", "data_type", "constraints", "docs", "config", "data_tests", "tests", "columns",
		"loaded_at_field", "loaded_at_field_present", "loaded_at_query", "identifier", "quoting", "freshness", "external", "tags",
		"quote_columns",
	}
	exposureKeys = []string{"name", "type", "owner", "description", "label", "maturity", "meta", "tags", "url", "depends_on", "config"}
	groupKeys    = []string{"name", "owner", "description", "config"}
	unitTestKeys = []string{"name", "model", "given", "expect", "description", "overrides", "config", "versions"}
)

// moved are the keys that dbt moves from an item into its config.
var moved = []string{"meta", "docs", "group", "contract", "access"}

// sections lists what a properties file can hold, in the order in which dbt
// reads it.
var sections = []section{
	{key: "models", late: lateModel, keys: modelKeys, strict: true, moved: moved},
	{key: "seeds", late: lateNode, keys: nodeKeys, strict: true, moved: moved},
	{key: "snapshots", late: lateNode, keys: snapshotKeys, strict: true, moved: moved},
	{key: "sources", late: lateSource, keys: sourceKeys, strict: true},
	{key: "macros", late: lateMacro, keys: macroKeys, strict: true},
	{key: "data_tests", late: lateNode, keys: singularTestKeys, moved: moved},
	{key: "analyses", late: lateNode, keys: analysisKeys, strict: true, moved: moved},
	{key: "exposures", late: lateNode, keys: exposureKeys, strict: true},
	{key: "functions", late: lateNode, strict: true, unbuilt: true},
	{key: "metrics", late: lateMetric, strict: true},
	{key: "groups", late: lateNode, keys: groupKeys},
	{key: "semantic_models", late: lateNode, strict: true},
	{key: "unit_tests", late: lateNode, keys: unitTestKeys},
	{key: "saved_queries", late: lateQuery, strict: true},
}

var topKeys = func() []string {
	keys := []string{"version", "anchors"}
	for i := range sections {
		keys = append(keys, sections[i].key)
	}
	return keys
}()

// sectionKeys finds a section by its key.
func sectionByKey(key string) *section {
	for i := range sections {
		if sections[i].key == key {
			return &sections[i]
		}
	}
	return nil
}

// isLateKey names what is rendered when it is used, not when the file is read.
func isLateKey(key string) bool {
	return key == "tests" || key == "data_tests" || key == "description"
}

// lateNode says what dbt does not render in a model, seed, snapshot and most
// other items: tests and descriptions at their places, hooks in config. An index
// of a list is one step of a path. dbt: SchemaYamlRenderer._is_norender_key.
func lateNode(path []string) bool {
	n := len(path)
	if n == 0 {
		return false
	}
	query := func(key string) bool { return isLateKey(key) || key == "loaded_at_query" }
	switch {
	case query(path[0]), n == 2 && query(path[1]):
		return true
	case n >= 2 && path[0] == "config" && (path[1] == "pre_hook" || path[1] == "post_hook" || path[1] == "loaded_at_query"):
		return true
	case n == 5 && path[4] == "description":
		return true
	case n >= 3 && path[0] == "versions" && isLateKey(path[2]):
		return true
	case n >= 5 && path[0] == "versions" && path[2] == "columns" && isLateKey(path[4]):
		return true
	case n >= 3 && slices.Contains(lateLists, path[0]) && isLateKey(path[2]):
		return true
	}
	return n >= 4 && path[0] == "derived_semantics" && (path[1] == "dimensions" || path[1] == "entities") && isLateKey(path[3])
}

var lateLists = []string{"columns", "dimensions", "measures", "entities", "metrics"}

// lateSource is lateNode for a source and its tables.
func lateSource(path []string) bool {
	switch {
	case len(path) == 0:
		return false
	case path[0] == "description", path[0] == "loaded_at_query":
		return true
	case len(path) >= 2 && path[0] == "config" && path[1] == "loaded_at_query":
		return true
	}
	return path[0] == "tables" && len(path) >= 2 && lateNode(path[2:])
}

// lateMacro is lateNode for a macro and its arguments.
func lateMacro(path []string) bool {
	if len(path) > 0 && path[0] == "arguments" {
		return lateNode(path[1:])
	}
	return lateNode(path)
}

// shape is what a value has to be.
type shape uint8

const (
	anyShape shape = iota
	textShape
	dictShape
	listShape
	boolShape
	dictListShape
)

// shapes says what the values of keys have to be wherever they stand. null is
// as good as absent.
var shapes = map[string]shape{
	"name": textShape, "description": textShape, "config": dictShape, "meta": dictShape, "columns": dictListShape,
	"versions": dictListShape, "tables": dictListShape, "quoting": dictShape, "docs": dictShape, "tests": listShape,
	"data_tests": listShape, "constraints": dictListShape, "arguments": anyShape, "given": dictListShape, "expect": dictShape,
	"owner": dictShape, "overrides": anyShape, "data_type": textShape, "identifier": textShape,
}

// jsonNames are the names of shapes in messages.
var jsonNames = map[shape]string{
	textShape: "string", dictShape: "object", listShape: "array", boolShape: "boolean", dictListShape: "object",
}

func (s shape) fits(v value.Value) bool {
	switch s {
	case textShape:
		_, ok := v.(value.Str)
		return ok
	case dictShape:
		_, ok := v.(*value.Dict)
		return ok
	case listShape, dictListShape:
		_, ok := v.(*value.List)
		return ok
	case boolShape:
		_, ok := v.(value.Bool)
		return ok
	}
	return true
}

// entryCheck holds an item against what is known of its keys.
type entryCheck struct {
	e      *entry
	faults diag.List
}

// checkEntry reports unknown keys as warnings and values of the wrong shape as
// errors; it is false after an error.
func (p *parser) checkEntry(e *entry) bool {
	switch e.section.key {
	case "metrics", "semantic_models", "saved_queries":
		return p.checkSemantics(e)
	}
	c := entryCheck{e: e}
	c.dict(e.d, e.section.keys, "")
	switch e.section.key {
	case "sources":
		for _, t := range items(e.d, "tables") {
			c.dict(t, tableKeys, "['tables']")
			c.columns(t)
		}
	case "models":
		c.columns(e.d)
		for _, v := range items(e.d, "versions") {
			c.dict(v, versionKeys, "['versions']")
			c.versionColumns(v)
		}
	default:
		c.columns(e.d)
	}
	p.report(c.faults...)
	return !c.faults.HasErrors() && (e.section.key != "models" || p.checkSemantics(e))
}

func (c *entryCheck) columns(d *value.Dict) {
	for _, col := range items(d, "columns") {
		c.dict(col, columnKeys, "['columns']")
	}
}

func (c *entryCheck) versionColumns(d *value.Dict) {
	for _, col := range items(d, "columns") {
		if _, ok := col.GetStr("name"); ok {
			c.dict(col, columnKeys, "['columns']")
		}
	}
}

// dict checks one mapping.
func (c *entryCheck) dict(d *value.Dict, known []string, path string) {
	doc := c.e.props.doc
	for i := range d.Len() {
		k, v := d.At(i)
		key := value.ToStr(k)
		if !slices.Contains(known, key) {
			c.unknown(doc, d, key, known)
			continue
		}
		want := shapes[key]
		if key == "versions" && c.e.section.key == "unit_tests" {
			want = dictShape // include and exclude, where a model lists its versions
		}
		if v == value.None || want == anyShape {
			if v == value.None && key == "name" {
				c.wrong(d, key, v, want, path)
			}
			continue
		}
		if !want.fits(v) {
			c.wrong(d, key, v, want, path)
			continue
		}
		if want == dictListShape {
			for _, item := range v.(*value.List).Elems {
				if !dictShape.fits(item) {
					c.wrong(d, key, item, want, path)
				}
			}
		}
	}
	if v, ok := d.GetStr("tests"); ok && v.Truth() {
		if w, both := d.GetStr("data_tests"); both && w.Truth() {
			c.faults.Add(doc.Fault(doc.KeyPos(d, "tests"), diag.Parsing, "properties-invalid",
				c.invalid("at path []: Invalid test config: cannot have both 'tests' and 'data_tests' defined")))
		}
	}
	if _, ok := d.GetStr("name"); !ok && slices.Contains(known, "name") {
		c.faults.Add(doc.Fault(doc.Start(d), diag.Parsing, "properties-invalid",
			c.invalid("at path "+orRoot(path)+": 'name' is a required property")))
	}
}

func (c *entryCheck) unknown(doc *yamldoc.Doc, d *value.Dict, key string, known []string) {
	at := doc.KeyPos(d, key)
	f := diag.Diagnostic{
		Severity: diag.Warning, Code: "unknown-key",
		Summary: "Unknown key '" + key + "' in the '" + c.e.section.key + "' section of " + c.e.props.file.Path,
		Pos:     at, Source: doc.Line(at.Line),
	}
	if near := yamldoc.Nearest(key, known); near != "" {
		f.Hint = "Did you mean '" + near + "'?"
	}
	c.faults.Add(f)
}

func (c *entryCheck) wrong(d *value.Dict, key string, v value.Value, want shape, path string) {
	doc := c.e.props.doc
	c.faults.Add(doc.Fault(doc.ValuePos(d, key), diag.Parsing, "properties-invalid",
		c.invalid("at path "+path+"['"+key+"']: "+value.Repr(v)+" is not of type '"+jsonNames[want]+"'")))
}

// invalid is dbt's text for an item that does not validate, without the item
// itself, which the place shows better.
func (c *entryCheck) invalid(reason string) string {
	return "Invalid " + c.e.section.key + " config given in " + c.e.props.file.Path + " @ " + c.e.section.key + ": " +
		value.Repr(value.Str(text(c.e.d, "name"))) + " - " + reason
}

func orRoot(path string) string {
	if path == "" {
		return "[]"
	}
	return path
}
