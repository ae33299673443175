package semantic

import (
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// File is the name of the semantic manifest in the target folder.
const File = "semantic_manifest.json"

// Document is the semantic manifest: what MetricFlow reads of a project. It looks
// at the manifest that it was made of.
type Document struct {
	Models, Metrics, Queries []*manifest.Node
	Spines                   []*manifest.Node // models with a time_spine
	// Legacy is the model metricflow_time_spine, which stands for a time spine where
	// it declares none; nil where there is no such model, or no semantic model.
	Legacy *manifest.Node
}

// legacySpine is the name of the model that is a time spine by its name alone.
const legacySpine = "metricflow_time_spine"

// NewDocument gathers the semantic manifest of a project, in the order in which
// dbt has made its parts.
func NewDocument(m *manifest.Manifest) *Document {
	d := &Document{}
	for _, id := range m.Semantic {
		n := m.Others[id]
		if n == nil {
			continue
		}
		switch n.Kind {
		case manifest.KindSemanticModel:
			d.Models = append(d.Models, n)
		case manifest.KindMetric:
			d.Metrics = append(d.Metrics, n)
		case manifest.KindSavedQuery:
			d.Queries = append(d.Queries, n)
		}
	}
	for _, id := range m.Spines {
		if n := m.Nodes[id]; n != nil {
			d.Spines = append(d.Spines, n)
		}
	}
	if len(d.Models) > 0 {
		if n, err := m.ResolveRef("", manifest.Ref{Name: legacySpine}); err == nil {
			d.Legacy = n
		}
	}
	return d
}

// spine is a time spine.
type spine struct {
	node   *manifest.Node
	column string
	grain  string
	custom []*value.Dict // name, column_name
}

func (d *Document) spines() []spine {
	var out []spine
	for _, n := range d.Spines {
		t, ok := n.TimeSpine.(*value.Dict)
		if !ok {
			continue
		}
		s := spine{node: n, column: textAt(t, "standard_granularity_column"), custom: dictsAt(t, "custom_granularities")}
		for _, c := range n.Columns() {
			if c.Name == s.column {
				s.grain = c.Granularity
				break
			}
		}
		out = append(out, s)
	}
	return out
}

// customGrains are the names of the granularities that time spines define.
func (d *Document) customGrains() []string {
	var out []string
	for _, s := range d.spines() {
		for _, g := range s.custom {
			out = append(out, NameOf(g))
		}
	}
	return out
}

// JSON encodes the document as dbt does, without a line break.
func (d *Document) JSON() ([]byte, error) {
	models, metrics, queries := value.NewList(), value.NewList(), value.NewList()
	for _, n := range d.Models {
		models.Elems = append(models.Elems, modelJSON(n))
	}
	for _, n := range d.Metrics {
		metrics.Elems = append(metrics.Elems, metricJSON(n))
	}
	for _, n := range d.Queries {
		queries.Elems = append(queries.Elems, queryJSON(n))
	}
	doc := fields("semantic_models", models, "metrics", metrics, "project_configuration", d.configuration(), "saved_queries", queries)
	return value.AppendJSON(nil, doc, value.JSONOptions{EnsureASCII: true})
}

// configuration is what the document says of the project. The version is that of
// the library that dbt writes it with.
func (d *Document) configuration() *value.Dict {
	tables, spines := value.NewList(), value.NewList()
	if d.Legacy != nil && d.Legacy.TimeSpine == nil {
		tables.Elems = append(tables.Elems, fields("location", orNone(d.Legacy.RelationName), "column_name", value.Str("date_day"), "grain", value.Str("day")))
	}
	for _, s := range d.spines() {
		custom := value.NewList()
		for _, g := range s.custom {
			custom.Elems = append(custom.Elems, pick(g, "name", "column_name"))
		}
		n := s.node
		spines.Elems = append(spines.Elems, fields(
			"node_relation", relation(fields("alias", value.Str(n.Alias), "schema_name", value.Str(n.Schema), "database", orNone(n.Database), "relation_name", orNone(n.RelationName))),
			"primary_column", fields("name", value.Str(s.column), "time_granularity", value.Str(s.grain)), "custom_granularities", custom))
	}
	return fields(
		"time_spine_table_configurations", tables, "metadata", nil,
		"dsi_package_version", fields("major_version", value.Str("0"), "minor_version", value.Str("213"), "patch_version", value.Str("0")),
		"time_spines", spines,
	)
}

func orNone(s string) value.Value {
	if s == "" {
		return nil
	}
	return value.Str(s)
}

// relation is a node's relation; one without a name is named by its parts.
func relation(d *value.Dict) *value.Dict {
	if d == nil {
		return nil
	}
	out := pick(d, "alias", "schema_name", "database", "relation_name")
	if !truthAt(out, "relation_name") {
		out.SetStr("relation_name", value.Str(relationName(d)))
	}
	return out
}

func relationName(d *value.Dict) string {
	if s := textAt(d, "relation_name"); s != "" {
		return s
	}
	parts := []string{textAt(d, "schema_name"), textAt(d, "alias")}
	if db := textAt(d, "database"); db != "" {
		parts = append([]string{db}, parts...)
	}
	return strings.Join(parts, ".")
}

// metaOnly is a configuration as the document has it.
func metaOnly(n *manifest.Node) *value.Dict {
	meta, _ := n.Config.Get("meta")
	return fields("meta", meta)
}

func each(dicts []*value.Dict, keys ...string) *value.List {
	out := value.NewList()
	for _, d := range dicts {
		out.Elems = append(out.Elems, pick(d, keys...))
	}
	return out
}

func modelJSON(n *manifest.Node) *value.Dict {
	x := n.Extra
	return fields(
		"name", value.Str(n.Name), "defaults", at(x, "defaults"), "description", at(x, "description"), "node_relation", relation(dictAt(x, "node_relation")),
		"primary_entity", at(x, "primary_entity"),
		"entities", each(dictsAt(x, "entities"), "name", "description", "type", "role", "expr", "metadata", "label", "config"),
		"measures", each(dictsAt(x, "measures"), "name", "agg", "description", "create_metric", "expr", "agg_params", "metadata", "non_additive_dimension",
			"agg_time_dimension", "label", "config"),
		"dimensions", each(dictsAt(x, "dimensions"), "name", "description", "type", "datatype", "is_partition", "type_params", "expr", "metadata", "label", "config"),
		"label", at(x, "label"), "metadata", nil, "config", metaOnly(n),
	)
}

func metricJSON(n *manifest.Node) *value.Dict {
	x := n.Extra
	return fields(
		"name", value.Str(n.Name), "description", value.Str(n.Description), "type", at(x, "type"), "datatype", nil,
		"type_params", typeParamsJSON(dictAt(x, "type_params")), "filter", at(x, "filter"), "metadata", nil, "label", at(x, "label"),
		"config", metaOnly(n), "time_granularity", at(x, "time_granularity"),
	)
}

func typeParamsJSON(p *value.Dict) *value.Dict {
	out := pick(p, "measure", "numerator", "denominator", "expr", "window", "grain_to_date", "metrics", "conversion_type_params", "cumulative_type_params",
		"input_measures", "metric_aggregation_params", "join_to_timespine", "fill_nulls_with", "is_private")
	if c := dictAt(p, "conversion_type_params"); c != nil {
		out.SetStr("conversion_type_params", pick(c, "base_measure", "base_metric", "conversion_measure", "conversion_metric", "entity", "calculation",
			"window", "constant_properties"))
	}
	if c := dictAt(p, "cumulative_type_params"); c != nil {
		out.SetStr("cumulative_type_params", lowered(pick(c, "window", "grain_to_date", "period_agg", "metric"), "grain_to_date"))
	}
	if m, ok := get(p, "metrics").(*value.List); ok {
		inputs := value.NewList()
		for _, v := range m.Elems {
			if in, ok := v.(*value.Dict); ok {
				v = lowered(in.Clone(), "offset_to_grain")
			}
			inputs.Elems = append(inputs.Elems, v)
		}
		out.SetStr("metrics", inputs)
	}
	return out
}

// lowered writes a word of d in small letters; d is the caller's own.
func lowered(d *value.Dict, key string) *value.Dict {
	if s := textAt(d, key); s != "" {
		d.SetStr(key, value.Str(strings.ToLower(s)))
	}
	return d
}

func queryJSON(n *manifest.Node) *value.Dict {
	x := n.Extra
	exports := value.NewList()
	for _, e := range dictsAt(x, "exports") {
		exports.Elems = append(exports.Elems, fields("name", at(e, "name"), "config", pick(dictAt(e, "config"), "export_as", "schema_name", "alias")))
	}
	tags := value.NewList()
	for _, t := range n.Tags {
		tags.Elems = append(tags.Elems, value.Str(t))
	}
	return fields(
		"name", value.Str(n.Name), "query_params", pick(dictAt(x, "query_params"), "metrics", "group_by", "order_by", "limit", "where"),
		"description", at(x, "description"), "metadata", nil, "label", at(x, "label"), "exports", exports, "tags", tags,
	)
}
