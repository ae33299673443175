package parse

import (
	"strings"

	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/render"
	"dex/internal/semantic"
)

// lateMetric is lateNode for a metric, whose filters are templates of their own.
func lateMetric(path []string) bool { return filterPath(path) || lateNode(path) }

// lateModel is lateNode for a model, whose metrics have filters.
func lateModel(path []string) bool {
	return len(path) > 0 && path[0] == "metrics" && filterPath(path) || lateNode(path)
}

// lateQuery is lateNode for a saved query.
func lateQuery(path []string) bool {
	return len(path) > 1 && path[0] == "query_params" && path[1] == "where" || lateNode(path)
}

func filterPath(path []string) bool {
	n := len(path)
	return n > 0 && path[n-1] == "filter" || n > 1 && path[n-2] == "filter"
}

// semanticFault is a fault of an item of a properties file, at its place.
func (p *parser) semanticFault(e *entry, f *semantic.Fault) diag.Diagnostic {
	summary := strings.Replace(f.Error(), "%s", e.props.file.Path, 1)
	if !f.Bare {
		summary = entryInvalid(e, summary)
	}
	return e.props.doc.Fault(e.placeOf(f.Path), diag.Parsing, "semantic-invalid", summary)
}

// placeOf is the place of the last step of a path into the item that the file has.
func (e *entry) placeOf(path []any) diag.Pos {
	doc, at := e.props.doc, e.pos
	var v value.Value = e.d
	for _, step := range path {
		switch x := v.(type) {
		case *value.Dict:
			key, _ := step.(string)
			next, ok := x.GetStr(key)
			if !ok {
				return at
			}
			at, v = doc.ValuePos(x, key), next
		case *value.List:
			i, isInt := step.(int)
			if !isInt || i >= len(x.Elems) {
				return at
			}
			at, v = doc.ItemPos(x, i), x.Elems[i]
		default:
			return at
		}
	}
	return at
}

// checkSemantics holds an item against the keys that package semantic knows.
func (p *parser) checkSemantics(e *entry) bool {
	var f *semantic.Fault
	switch e.section.key {
	case "models":
		f = semantic.CheckModel(e.d)
	case "metrics":
		f = semantic.CheckMetric(e.d)
	case "semantic_models":
		f = semantic.CheckSemanticModel(e.d)
	case "saved_queries":
		f = semantic.CheckSavedQuery(e.d)
	}
	if f != nil {
		p.report(p.semanticFault(e, f))
	}
	return f == nil
}

// semanticNode begins the node of a semantic model, metric or saved query; nil
// where its configuration is at fault, which has been reported.
func (p *parser) semanticNode(e *entry, kind manifest.Kind, name string, config *value.Dict) *draft {
	pkg := e.props.pkg
	n := &manifest.Node{
		ID: manifest.ID(string(kind) + "." + pkg.Name + "." + name), Kind: kind, Package: pkg.Name, Name: name,
		FQN: fqn(pkg, e.props.file.Rel, name), Path: e.props.file.Rel, OriginalFilePath: e.props.file.Path,
		CreatedAt: p.createdAt, Pos: e.pos,
	}
	c, err := p.config(pkg, kind, n.FQN, config, nil)
	if err != nil {
		p.report(e.fault("config", diag.Parsing, "config-invalid", err.Error()))
		return nil
	}
	d := &draft{node: n, pkg: pkg, off: !c.Enabled()}
	n.Config, n.Group = c, c.Str("group")
	n.Unrendered = p.unrendered(d, n.FQN, config, nil)
	return d
}

// metricNode makes the node of an item of `metrics:`.
func (p *parser) metricNode(e *entry) *draft {
	extra, f := semantic.MetricFields(e.d)
	return p.metricDraft(e, e.d, extra, f)
}

func (p *parser) metricDraft(e *entry, item, extra *value.Dict, f *semantic.Fault) *draft {
	if f != nil {
		p.report(p.semanticFault(e, f))
		return nil
	}
	cfg, _ := item.GetStr("config")
	config, _ := cfg.(*value.Dict)
	d := p.semanticNode(e, manifest.KindMetric, text(item, "name"), config)
	if d == nil {
		return nil
	}
	n := d.node
	n.Extra, n.Description, n.Meta = extra, text(item, "description"), value.NewDict(0)
	if _, older := item.GetStr("type_params"); older {
		tags, _ := item.GetStr("tags")
		n.Tags = textList(tags)
		if m, ok := optional(item, "meta").(*value.Dict); ok {
			n.Meta = m
		}
		if m := dictOf(&n.Config, "meta"); m.Len() > 0 {
			n.Meta = m
		}
	}
	return d
}

// semanticModelNodes makes the node of an item of `semantic_models:`, and metrics
// of the measures that ask for one.
func (p *parser) semanticModelNodes(e *entry) []*draft {
	d := p.semanticNode(e, manifest.KindSemanticModel, e.name, e.config())
	if d == nil {
		return nil
	}
	meta := dictOf(&d.node.Config, "meta")
	extra, f := semantic.ModelFields(e.d, meta)
	if !p.semanticModel(e, d, extra, f) {
		return nil
	}
	out := []*draft{d}
	for _, m := range items(e.d, "measures") {
		if !truth(m, "create_metric", false) {
			continue
		}
		item := semantic.MeasureMetric(m, !d.off, meta)
		fields, f := semantic.MetricFields(item)
		if metric := p.metricDraft(e, item, fields, f); metric != nil {
			metric.node.Pos = e.props.doc.Start(m)
			out = append(out, metric)
		}
	}
	return out
}

// semanticModel gives the node of a semantic model its fields and takes down which
// model it is about.
func (p *parser) semanticModel(e *entry, d *draft, extra *value.Dict, f *semantic.Fault) bool {
	if f != nil {
		p.report(p.semanticFault(e, f))
		return false
	}
	n := d.node
	n.Extra, n.Description = extra, text(extra, "description")
	expr := text(extra, "model")
	if ref, src, ok := render.StaticRef(expr); ok && src == nil {
		n.Refs = append(n.Refs, ref)
		return true
	}
	_, notes, err := p.inv.ParseText(p.ctx, n, "{{ "+expr+" }}", "model")
	if err != nil {
		fault := p.renderFault(n, source{}, err)
		fault.Pos = e.placeOf([]any{"model"})
		fault.Source = e.props.doc.Line(fault.Pos.Line)
		p.report(fault)
		return false
	}
	n.Refs = append(n.Refs, notes.Refs...)
	return true
}

// ownSemantics makes what an item of `models:` declares of semantics for the
// models that it describes: a semantic model, and its metrics.
func (p *parser) ownSemantics(e *entry) []*draft {
	var out []*draft
	for _, model := range e.models {
		own := semantic.OwnModel(e.d, model.node.Name, model.patch.columns)
		if own == nil {
			return nil
		}
		d := p.semanticNode(e, manifest.KindSemanticModel, own.Name, own.Config)
		if d == nil {
			return nil
		}
		extra, f := own.Fields(e.name, model.patch.description, dictOf(&d.node.Config, "meta"))
		if !p.semanticModel(e, d, extra, f) {
			return nil
		}
		out = append(out, d)
		for _, m := range items(e.d, "metrics") {
			if metric := p.ownMetric(e, m, own.Name); metric != nil {
				out = append(out, metric)
			}
		}
	}
	return out
}

func (p *parser) ownMetric(e *entry, m *value.Dict, model string) *draft {
	day := optional(e.d, "agg_time_dimension")
	if kind := optional(m, "type"); kind != nil && !strings.EqualFold(value.ToStr(kind), "simple") {
		model, day = "", nil
	}
	extra, f := semantic.OwnMetricFields(m, model, day)
	if d := p.metricDraft(e, m, extra, f); d != nil {
		d.node.Pos = e.props.doc.Start(m)
		return d
	}
	return nil
}

// savedQueryNode makes the node of an item of `saved_queries:`.
func (p *parser) savedQueryNode(e *entry) *draft {
	d := p.semanticNode(e, manifest.KindSavedQuery, e.name, e.config())
	if d == nil {
		return nil
	}
	n := d.node
	given := value.NewDict(2)
	for _, key := range [...]string{"export_as", "schema"} {
		v, _ := n.Config.Get(key)
		given.SetStr(key, v)
	}
	extra, f := semantic.QueryFields(e.d, given, func(name string, cfg *value.Dict) (semantic.Relation, bool) { return p.exportName(e, name, cfg) })
	if f != nil {
		p.report(p.semanticFault(e, f))
	}
	if extra == nil || f != nil {
		return nil
	}
	tags, _ := e.d.GetStr("tags")
	own, _ := n.Config.Get("tags")
	n.Extra, n.Description, n.Tags = extra, text(e.d, "description"), sortedUnique(append(textList(tags), textList(own)...))
	return d
}

// exportName is what the relation of an export would be called if it were a node
// without a schema of its own; false where a macro failed, which has been
// reported.
func (p *parser) exportName(e *entry, name string, cfg *value.Dict) (semantic.Relation, bool) {
	d := p.newDraft(manifest.KindSavedQuery, e.props.pkg, name, source{file: e.props.file.Path, made: true})
	d.node.Pos = e.pos
	d.node.Config = manifest.NewConfig(manifest.KindModel)
	for _, key := range [...]string{"database", "alias"} {
		if v := optional(cfg, key); v != nil {
			d.node.Config.Set(key, v)
		}
	}
	ok := p.name(d)
	return semantic.Relation{Database: d.node.Database, Schema: d.node.Schema, Alias: d.node.Alias}, ok
}

// describeSemantics renders the descriptions of a semantic model's parts; what
// else has such fields keeps a copy of its own description there.
func (p *parser) describeSemantics(n *manifest.Node) {
	if _, ok := n.Extra.GetStr("description"); ok && n.Description != "" {
		n.Extra.SetStr("description", value.Str(n.Description))
	}
	semantic.Descriptions(n.Extra, func(part *value.Dict, src string) {
		s, _ := p.description(n, src)
		part.SetStr("description", value.Str(s))
	})
}

// columnSemantics gives a column its part in a semantic model.
func (p *parser) columnSemantics(e *entry, c *manifest.Column, d *value.Dict) {
	dimension, entity := optional(d, "dimension"), optional(d, "entity")
	if dimension == nil && entity == nil && c.Granularity == "" {
		return
	}
	var faults [3]*semantic.Fault
	c.Granularity, faults[0] = semantic.Granularity(c.Granularity)
	c.Dimension, faults[1] = semantic.ColumnDimension(dimension, c.Name, c.Description)
	c.Entity, faults[2] = semantic.ColumnEntity(entity, c.Name, c.Description)
	for _, f := range faults {
		if f != nil {
			fault := p.semanticFault(e, f)
			fault.Pos = e.props.doc.Start(d)
			fault.Source = e.props.doc.Line(fault.Pos.Line)
			p.report(fault)
		}
	}
}

// spines lists the models that are time spines, in dbt's order.
func (p *parser) spines() []manifest.ID {
	var out []manifest.ID
	for _, d := range p.drafts {
		if n := d.node; n.TimeSpine != nil && p.m.Nodes[n.ID] == n {
			out = append(out, n.ID)
		}
	}
	return out
}

// validateSemantics holds what the project says of semantics, taken together,
// against the rules. dbt does so only where there is a metric and a semantic model.
func (p *parser) validateSemantics([]*manifest.Node) {
	doc := semantic.NewDocument(p.m)
	if len(doc.Models) == 0 {
		return
	}
	if why := doc.SpineFault(); why != "" {
		p.report(nodeFault(doc.Models[0], diag.Parsing, "time-spine-missing", why))
		return
	}
	if len(doc.Metrics) == 0 {
		return
	}
	flags := semantic.Flags{
		NestedCumulative: p.flag("require_nested_cumulative_type_params", false),
		DeclaredSpines:   p.flag("require_yaml_configuration_for_mf_time_spines", false),
	}
	for _, i := range semantic.Validate(doc, flags) {
		f := warning(diag.Pos{}, "semantic-layer", i.Message)
		switch i.Severity {
		case semantic.Broken:
			f.Severity, f.Class, f.Code = diag.Error, diag.Parsing, "semantic-manifest-invalid"
		case semantic.Deprecated:
			f.Code = "semantic-layer-deprecation"
		}
		if i.Node != nil {
			f.Pos, f.Node = i.Node.Pos, string(i.Node.ID)
		}
		p.report(f)
	}
}

// timeSpine is the time spine that an item of `models:` declares; nil where there is
// none, or where it is at fault, which has been reported.
func (p *parser) timeSpine(e *entry) value.Value {
	if optional(e.d, "time_spine") == nil {
		return nil
	}
	v, f := semantic.TimeSpine(e.d, e.name, items(e.d, "columns"))
	if f != nil {
		p.report(p.semanticFault(e, f))
	}
	return v
}
