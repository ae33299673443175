package artifact

import (
	"cmp"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

func readNode(r record) *manifest.Node {
	n := &manifest.Node{
		ID: manifest.ID(r.text("unique_id")), Kind: manifest.Kind(r.text("resource_type")),
		Package: r.text("package_name"), Name: r.text("name"), FQN: r.texts("fqn"),
		Path: r.text("path"), OriginalFilePath: r.text("original_file_path"),
		PatchPath: r.text("patch_path"), RootPath: r.text("root_path"), BuildPath: r.text("build_path"),
		Database: r.text("database"), Schema: r.text("schema"), Alias: r.text("alias"),
		RelationName: r.text("relation_name"), Raw: cmp.Or(r.text("raw_code"), r.text("raw_sql")), Language: r.text("language"),
		ChecksumName: r.sub("checksum").text("name"), Checksum: r.sub("checksum").text("checksum"),
		Unrendered: r.dict("unrendered_config"), Description: r.text("description"),
		DocBlocks: r.ids("doc_blocks"), Meta: r.dict("meta"), Tags: r.texts("tags"), Group: r.text("group"),
		Access: r.text("access"), Constraints: r.list("constraints"),
		Version: r.get("version"), LatestVersion: r.get("latest_version"),
		DeprecationDate: r.get("deprecation_date"), TimeSpine: r.get("time_spine"), PrimaryKey: r.texts("primary_key"),
		Sources: r.calls("sources"), Metrics: r.calls("metrics"), Functions: r.calls("functions"),
		Parents: r.sub("depends_on").ids("nodes"), Macros: r.sub("depends_on").ids("macros"),
		CreatedAt: r.float("created_at"), HookIndex: int(r.float("index")),
		Docs: readDocs(r.sub("docs")),
	}
	c := r.sub("contract")
	n.Contract = manifest.Contract{Enforced: c.truth("enforced"), AliasTypes: c.truth("alias_types"), Checksum: c.text("checksum")}
	n.Config = readConfig(n.Kind, r.sub("config"))
	var columns []*manifest.Column
	r.sub("columns").each(func(_ string, c record) { columns = append(columns, readColumn(c)) })
	n.SetColumns(columns)
	for _, v := range r.list("refs") {
		n.Refs = append(n.Refs, readRef(v))
	}
	if read, ok := ownReaders[n.Kind]; ok {
		read(n, r)
	}
	return n
}

var ownReaders = map[manifest.Kind]func(*manifest.Node, record){
	manifest.KindTest:          readTest,
	manifest.KindSource:        readSource,
	manifest.KindExposure:      readExposure,
	manifest.KindUnitTest:      readUnitTest,
	manifest.KindMetric:        readSemantic,
	manifest.KindSemanticModel: readSemantic,
	manifest.KindSavedQuery:    readSemantic,
	manifest.KindFunction:      readFunction,
}

// readRef reads a call of ref(). Before version 9 of the manifest it was a list:
// [name] or [package, name].
func readRef(v value.Value) manifest.Ref {
	switch parts := elems(v); len(parts) {
	case 1:
		return manifest.Ref{Name: value.ToStr(parts[0])}
	case 2:
		return manifest.Ref{Package: value.ToStr(parts[0]), Name: value.ToStr(parts[1])}
	}
	ref := record{asDict(v)}
	return manifest.Ref{Package: ref.text("package"), Name: ref.text("name"), Version: ref.get("version")}
}

func readDocs(r record) manifest.Docs {
	return manifest.Docs{Show: r.d == nil || r.truth("show"), Color: r.get("node_color")}
}

// readConfig keeps what differs from the defaults.
func readConfig(k manifest.Kind, r record) manifest.Config {
	c := manifest.NewConfig(k)
	for i := range r.len() {
		key, v := r.d.At(i)
		name := value.ToStr(key)
		if def, known := c.Schema.Default(name); !known || !value.Equal(def, v) {
			c.Set(name, v)
		}
	}
	return c
}

// columnFields are the keys of a column that dbt knows.
var columnFields = map[string]bool{
	"name": true, "description": true, "meta": true, "data_type": true, "constraints": true, "quote": true, "config": true,
	"tags": true, "granularity": true, "dimension": true, "entity": true, "doc_blocks": true,
}

func readColumn(r record) *manifest.Column {
	c := &manifest.Column{
		Name: r.text("name"), Description: r.text("description"), Meta: r.dict("meta"), DataType: r.text("data_type"),
		Constraints: r.list("constraints"), Quote: r.get("quote"), Config: r.dict("config"), Tags: r.texts("tags"),
		Granularity: r.text("granularity"), Dimension: r.get("dimension"), Entity: r.get("entity"), DocBlocks: r.ids("doc_blocks"),
	}
	c.Extra = without(r, columnFields)
	return c
}

// without gives the fields of r that are not known; nil where there are none.
func without(r record, known map[string]bool) *value.Dict {
	var d *value.Dict
	for i := range r.len() {
		k, v := r.d.At(i)
		name := value.ToStr(k)
		if known[name] {
			continue
		}
		if d == nil {
			d = value.NewDict(4)
		}
		d.SetStr(name, v)
	}
	return d
}

func readTest(n *manifest.Node, r record) {
	meta := r.sub("test_metadata")
	n.Test = &manifest.TestInfo{Generic: meta.d != nil}
	if meta.d == nil {
		return
	}
	n.Test.Name, n.Test.Namespace, n.Test.Kwargs = meta.text("name"), meta.text("namespace"), meta.dict("kwargs")
	n.Test.ColumnName, n.Test.FileKey = r.text("column_name"), r.text("file_key_name")
	n.Test.Attached = manifest.ID(r.text("attached_node"))
}

func readSource(n *manifest.Node, r record) {
	n.Source = &manifest.SourceInfo{
		SourceName: r.text("source_name"), SourceDescription: r.text("source_description"), Loader: r.text("loader"),
		Identifier: r.text("identifier"), Quoting: r.dict("quoting"), LoadedAtField: r.text("loaded_at_field"),
		LoadedAtQuery: r.text("loaded_at_query"), Freshness: r.get("freshness"), External: r.get("external"),
		SourceMeta: r.dict("source_meta"), UnrenderedDB: r.text("unrendered_database"), UnrenderedSchema: r.text("unrendered_schema"),
	}
}

func readExposure(n *manifest.Node, r record) {
	n.Exposure = &manifest.ExposureInfo{
		Type: r.text("type"), Owner: r.dict("owner"), Maturity: r.text("maturity"), Label: r.text("label"), URL: r.text("url"),
	}
}

func readUnitTest(n *manifest.Node, r record) {
	n.UnitTest = &manifest.UnitTestInfo{
		Model: r.text("model"), Given: r.list("given"), Expect: r.get("expect"), Overrides: r.get("overrides"),
		Versions: r.get("versions"), Checksum: r.text("checksum"),
	}
}

// functionFields are those that a function has of its own.
func readFunction(n *manifest.Node, r record) {
	n.Extra = value.NewDict(3)
	for _, key := range []string{"returns", "arguments", "overloads"} {
		if v := r.get(key); v != nil {
			n.Extra.SetStr(key, v)
		}
	}
}

func readMacro(r record) *manifest.Macro {
	m := &manifest.Macro{
		ID: manifest.ID(r.text("unique_id")), Name: r.text("name"), Package: r.text("package_name"), Path: r.text("path"),
		OriginalFilePath: r.text("original_file_path"), Raw: r.text("macro_sql"), Macros: r.sub("depends_on").ids("macros"),
		Description: r.text("description"), Meta: r.dict("meta"), Config: r.dict("config"), Docs: readDocs(r.sub("docs")),
		PatchPath: r.text("patch_path"), Arguments: r.list("arguments"), CreatedAt: r.float("created_at"),
	}
	if r.get("supported_languages") != nil {
		m.Languages = append([]string{}, r.texts("supported_languages")...)
	}
	return m
}

func readDoc(r record) *manifest.Doc {
	return &manifest.Doc{ID: manifest.ID(r.text("unique_id")), Name: r.text("name"), Package: r.text("package_name"),
		Path: r.text("path"), OriginalFilePath: r.text("original_file_path"), Contents: r.text("block_contents")}
}

func readGroup(r record) *manifest.Group {
	return &manifest.Group{ID: manifest.ID(r.text("unique_id")), Name: r.text("name"), Package: r.text("package_name"),
		Path: r.text("path"), OriginalFilePath: r.text("original_file_path"), Owner: r.dict("owner"),
		Description: r.text("description"), Config: r.dict("config")}
}
