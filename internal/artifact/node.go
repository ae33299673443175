package artifact

import (
	"slices"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Compiled is what compiling and running a node found out, for the manifest
// that is written at the end of an invocation.
type Compiled struct {
	Path      string // compiled_path: "target/compiled/shop/models/orders.sql"; "" is null
	BuildPath string // "target/run/shop/models/orders.sql"; "" is null
	Code      string // compiled_code
	Done      bool   // compiled: whether compiled_code is known
	Injected  bool   // extra_ctes_injected
	CTEs      []CTE
	// Macros are macros that the node called, for depends_on.macros beside those
	// that parsing found.
	Macros []string
	// References are the relations that take the place of the expressions in
	// `to` of foreign keys, once a model is compiled.
	References map[string]string
	// HookPlace is the position of an on-run hook that ran, from 1 and over all
	// packages; 0 leaves the place within its own project. dbt counts anew when
	// hooks run.
	HookPlace int
	Bodies    []string // of a function: compiled_body of its overloads
}

// CTE is an ephemeral model that was put into a compiled query.
type CTE struct{ ID, SQL string }

// NodeDict gives a node as templates see it, as `model` and in `graph.nodes`.
// c may be nil. The dict is the caller's own.
func NodeDict(n *manifest.Node, c *Compiled) *value.Dict {
	s := newDictSink()
	writeNode(s, n, c)
	return s.root
}

// writeNode writes the fields of a node of any kind, in dbt's order: that of
// the fields of its resource classes.
func writeNode(s sink, n *manifest.Node, c *Compiled) {
	switch n.Kind {
	case manifest.KindSource:
		writeSource(s, n)
	case manifest.KindExposure:
		writeExposure(s, n)
	case manifest.KindUnitTest:
		if n.UnitTest == nil { // its model's template on its way
			writeParsed(s, n, c)
			return
		}
		writeUnitTest(s, n)
	case manifest.KindMetric:
		writeMetric(s, n)
	case manifest.KindSemanticModel:
		writeSemanticModel(s, n)
	case manifest.KindSavedQuery:
		writeSavedQuery(s, n)
	default:
		writeParsed(s, n, c)
	}
}

// writeParsed writes what stands in `nodes` and `functions`.
func writeParsed(s sink, n *manifest.Node, c *Compiled) {
	if c == nil {
		c = &Compiled{}
	}
	s.textOrNull("database", n.Database)
	s.text("schema", n.Schema)
	writeResource(s, n)
	s.text("alias", n.Alias)
	s.open("checksum")
	s.text("name", n.ChecksumName)
	s.text("checksum", n.Checksum)
	s.close()
	s.config("config", &n.Config)
	s.texts("tags", n.Tags)
	s.text("description", n.Description)
	writeColumns(s, n.Columns(), c)
	s.dict("meta", n.Meta)
	s.textOrNull("group", n.Group)
	writeDocs(s, n.Docs)
	s.textOrNull("patch_path", n.PatchPath)
	buildPath := c.BuildPath
	if buildPath == "" {
		buildPath = n.BuildPath
	}
	s.textOrNull("build_path", buildPath)
	s.dict("unrendered_config", n.Unrendered)
	s.float("created_at", n.CreatedAt)
	if s.full() {
		s.dict("config_call_dict", n.ConfigCall)
		s.dict("unrendered_config_call_dict", n.UnrenderedCall)
	}
	s.textOrNull("relation_name", n.RelationName)
	s.text("raw_code", n.Raw)
	s.ids("doc_blocks", n.DocBlocks)
	if n.Kind == manifest.KindSeed {
		writeSeed(s, n)
		return
	}
	writeCompiled(s, n, c)
	if n.Kind == manifest.KindOperation {
		place := n.HookIndex
		if c.HookPlace > 0 {
			place = c.HookPlace
		}
		s.number("index", int64(place))
		if n.Hook != nil {
			s.dict("hook", n.Hook)
		}
	}
	if n.Kind == manifest.KindFunction {
		writeFunction(s, n, c.Bodies)
		return
	}
	if own, ok := ownFields[n.Kind]; ok {
		own(s, n, c)
	}
}

// writeResource writes the fields by which every resource is known.
func writeResource(s sink, n *manifest.Node) {
	s.text("name", n.Name)
	s.text("resource_type", string(n.Kind))
	s.text("package_name", n.Package)
	s.text("path", n.Path)
	s.text("original_file_path", n.OriginalFilePath)
	s.text("unique_id", string(n.ID))
	s.texts("fqn", n.FQN)
}

func writeSeed(s sink, n *manifest.Node) {
	s.textOrNull("root_path", n.RootPath)
	s.open("depends_on")
	s.ids("macros", n.Macros)
	s.close()
	deferRelation(s)
}

// deferRelation stands for a relation of another environment, which dbt sets
// while it runs with --defer.
func deferRelation(s sink) {
	if s.full() {
		s.value("defer_relation", nil)
	}
}

func writeCompiled(s sink, n *manifest.Node, c *Compiled) {
	s.text("language", n.Language)
	writeRefs(s, n.Refs)
	writeCalls(s, "sources", n.Sources)
	writeCalls(s, "metrics", n.Metrics)
	writeCalls(s, "functions", n.Functions)
	writeDependsOn(s, n, c.Macros)
	s.textOrNull("compiled_path", c.Path)
	if c.Done {
		s.truth("compiled", true)
		s.text("compiled_code", c.Code)
		s.truth("extra_ctes_injected", c.Injected)
		s.openList("extra_ctes")
		for _, e := range c.CTEs {
			s.open("")
			s.text("id", e.ID)
			s.text("sql", e.SQL)
			s.close()
		}
		s.closeList()
	}
	s.open("contract")
	s.truth("enforced", n.Contract.Enforced)
	s.truth("alias_types", n.Contract.AliasTypes)
	s.textOrNull("checksum", n.Contract.Checksum)
	s.close()
}

// ownFields are those that one kind alone has, behind the common ones.
var ownFields = map[manifest.Kind]func(sink, *manifest.Node, *Compiled){
	manifest.KindModel:    writeModel,
	manifest.KindTest:     writeTest,
	manifest.KindSnapshot: func(s sink, _ *manifest.Node, _ *Compiled) { deferRelation(s) },
}

func writeModel(s sink, n *manifest.Node, c *Compiled) {
	s.text("access", n.Access)
	s.list("constraints", c.refer(n.Constraints))
	s.value("version", n.Version)
	s.value("latest_version", n.LatestVersion)
	s.value("deprecation_date", n.DeprecationDate)
	deferRelation(s)
	s.texts("primary_key", n.PrimaryKey)
	s.value("time_spine", n.TimeSpine)
	if s.full() {
		s.value("batch", nil)
	}
}

func writeTest(s sink, n *manifest.Node, _ *Compiled) {
	t := n.Test
	if t == nil || !t.Generic {
		return
	}
	s.textOrNull("column_name", t.ColumnName)
	s.textOrNull("file_key_name", t.FileKey)
	s.textOrNull("attached_node", string(t.Attached))
	s.open("test_metadata")
	s.text("name", t.Name)
	s.dict("kwargs", t.Kwargs)
	s.textOrNull("namespace", t.Namespace)
	s.close()
}

// writeFunction writes what a function has, and the bodies that its overloads
// were compiled to.
func writeFunction(s sink, n *manifest.Node, bodies []string) {
	if n.Extra == nil {
		return
	}
	n.Extra.Each(func(k, v value.Value) bool {
		if list, ok := v.(*value.List); ok && len(bodies) > 0 && value.ToStr(k) == "overloads" {
			v = withBodies(list, bodies)
		}
		s.named(value.ToStr(k), v)
		return true
	})
}

func withBodies(overloads *value.List, bodies []string) *value.List {
	out := value.NewList()
	for i, o := range overloads.Elems {
		if d, ok := o.(*value.Dict); ok && i < len(bodies) {
			d = d.Clone()
			d.SetStr("compiled_body", value.Str(bodies[i]))
			o = d
		}
		out.Elems = append(out.Elems, o)
	}
	return out
}

// writeExtra writes the fields that dex carries through as it found them.
func writeExtra(s sink, n *manifest.Node) {
	if n.Extra == nil {
		return
	}
	n.Extra.Each(func(k, v value.Value) bool {
		s.named(value.ToStr(k), v)
		return true
	})
}

func writeSource(s sink, n *manifest.Node) {
	src := n.Source
	s.textOrNull("database", n.Database)
	s.text("schema", n.Schema)
	writeResource(s, n)
	s.text("source_name", src.SourceName)
	s.text("source_description", src.SourceDescription)
	s.text("loader", src.Loader)
	s.text("identifier", src.Identifier)
	s.dict("quoting", src.Quoting)
	s.textOrNull("loaded_at_field", src.LoadedAtField)
	s.textOrNull("loaded_at_query", src.LoadedAtQuery)
	s.value("freshness", src.Freshness)
	s.value("external", src.External)
	s.text("description", n.Description)
	writeColumns(s, n.Columns(), nil)
	s.dict("meta", n.Meta)
	s.dict("source_meta", src.SourceMeta)
	s.texts("tags", n.Tags)
	s.config("config", &n.Config)
	s.textOrNull("patch_path", n.PatchPath)
	s.dict("unrendered_config", n.Unrendered)
	s.textOrNull("relation_name", n.RelationName)
	s.float("created_at", n.CreatedAt)
	s.textOrNull("unrendered_database", src.UnrenderedDB)
	s.textOrNull("unrendered_schema", src.UnrenderedSchema)
	s.ids("doc_blocks", n.DocBlocks)
	if s.full() {
		s.dict("_event_status", nil)
	}
}

func writeExposure(s sink, n *manifest.Node) {
	x := n.Exposure
	writeResource(s, n)
	s.text("type", x.Type)
	s.dict("owner", x.Owner)
	s.text("description", n.Description)
	s.textOrNull("label", x.Label)
	s.textOrNull("maturity", x.Maturity)
	s.dict("meta", n.Meta)
	s.texts("tags", n.Tags)
	s.config("config", &n.Config)
	s.dict("unrendered_config", n.Unrendered)
	s.textOrNull("url", x.URL)
	writeDependsOn(s, n, nil)
	writeRefs(s, n.Refs)
	writeCalls(s, "sources", n.Sources)
	writeCalls(s, "metrics", n.Metrics)
	s.float("created_at", n.CreatedAt)
}

func writeUnitTest(s sink, n *manifest.Node) {
	u := n.UnitTest
	s.text("model", u.Model)
	s.list("given", u.Given)
	s.value("expect", u.Expect)
	writeResource(s, n)
	s.text("description", n.Description)
	s.value("overrides", u.Overrides)
	writeDependsOn(s, n, nil)
	s.config("config", &n.Config)
	s.textOrNull("checksum", u.Checksum)
	s.textOrNull("schema", n.Schema)
	s.float("created_at", n.CreatedAt)
	s.value("versions", u.Versions)
	s.value("version", n.Version)
}

func writeDocs(s sink, d manifest.Docs) {
	s.open("docs")
	s.truth("show", d.Show)
	s.value("node_color", d.Color)
	s.close()
}

func writeDependsOn(s sink, n *manifest.Node, called []string) {
	s.open("depends_on")
	s.ids("macros", withCalled(n.Macros, called))
	s.ids("nodes", n.Parents)
	s.close()
}

// withCalled adds macros that a node met at run time to those that parsing found.
func withCalled(found []manifest.ID, called []string) []manifest.ID {
	out := found
	for _, c := range called {
		if id := manifest.ID(c); !slices.Contains(out, id) {
			out = append(out[:len(out):len(out)], id)
		}
	}
	return out
}

func writeRefs(s sink, refs []manifest.Ref) {
	s.openList("refs")
	for i := range refs {
		s.open("")
		s.text("name", refs[i].Name)
		s.textOrNull("package", refs[i].Package)
		s.value("version", refs[i].Version)
		s.close()
	}
	s.closeList()
}

func writeCalls(s sink, key string, calls [][]string) {
	s.openList(key)
	for _, c := range calls {
		s.texts("", c)
	}
	s.closeList()
}
