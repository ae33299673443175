package semantic

import (
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// ModelFields are the fields that a semantic model's node has of its own, for an
// item that CheckSemanticModel let pass. meta is that of the node's configuration,
// which each part takes over.
func ModelFields(d, meta *value.Dict) (*value.Dict, *Fault) {
	b := builder{}
	x := modelParts{name: textAt(d, "name"), model: at(d, "model"), description: at(d, "description"), label: at(d, "label"),
		primary: at(d, "primary_entity")}
	if defaults := dictAt(d, "defaults"); defaults != nil {
		x.defaults = pick(defaults, "agg_time_dimension")
	}
	for i, e := range dictsAt(d, "entities") {
		x.entities = append(x.entities, fields(
			"name", at(e, "name"), "type", b.member("EntityType", entityTypes, at(e, "type"), "entities", i, "type"), "description", at(e, "description"),
			"label", at(e, "label"), "role", at(e, "role"), "expr", at(e, "expr"), "config", partConfig(meta, e)))
	}
	for _, m := range dictsAt(d, "measures") {
		x.measures = append(x.measures, b.measureFields(m, meta))
	}
	for i, e := range dictsAt(d, "dimensions") {
		x.dimensions = append(x.dimensions, dimension(e, at(e, "name"), at(e, "description"), at(e, "expr"),
			b.member("DimensionType", dimensionTypes, at(e, "type"), "dimensions", i, "type"), b.timeParams(dictAt(e, "type_params"), i), partConfig(meta, e)))
	}
	return x.fields(), b.fault
}

// modelParts are the parts of a semantic model.
type modelParts struct {
	name                               string
	model, description, label, primary value.Value
	defaults                           *value.Dict
	entities, measures, dimensions     []*value.Dict
}

func (x *modelParts) fields() *value.Dict {
	return fields(
		"model", x.model, "node_relation", nil, "description", x.description, "label", x.label, "defaults", x.defaults,
		"entities", list(x.entities), "measures", list(x.measures), "dimensions", list(x.dimensions), "metadata", nil, "primary_entity", x.primary,
	)
}

// partConfig is the config of a part: its own meta over the semantic model's.
func partConfig(meta *value.Dict, part *value.Dict) *value.Dict {
	return fields("meta", merged(meta, dictAt(dictAt(part, "config"), "meta")))
}

// merged lays mappings over each other, the later ones on top. Any may be nil.
func merged(dicts ...*value.Dict) *value.Dict {
	out := value.NewDict(0)
	for _, d := range dicts {
		if d == nil {
			continue
		}
		d.Each(func(k, v value.Value) bool {
			_ = out.Set(k, v) // k was the key of a dict already
			return true
		})
	}
	return out
}

func dimension(d *value.Dict, name, description, expr, kind value.Value, params, config *value.Dict) *value.Dict {
	return fields(
		"name", name, "type", kind, "description", description, "label", at(d, "label"),
		"is_partition", or(get(d, "is_partition"), value.Bool(false)), "type_params", params, "expr", expr, "metadata", nil, "config", config, "datatype", nil,
	)
}

func (b *builder) timeParams(d *value.Dict, i int) *value.Dict {
	if d == nil {
		return nil
	}
	return fields("time_granularity", b.member("TimeGranularity", granularities, at(d, "time_granularity"), "dimensions", i, "type_params"),
		"validity_params", validity(dictAt(d, "validity_params")))
}

func validity(d *value.Dict) *value.Dict {
	if d == nil {
		return nil
	}
	return fields("is_start", or(get(d, "is_start"), value.Bool(false)), "is_end", or(get(d, "is_end"), value.Bool(false)))
}

func (b *builder) measureFields(m, meta *value.Dict) *value.Dict {
	var params, nonAdditive *value.Dict
	if p := dictAt(m, "agg_params"); p != nil {
		params = fields("percentile", fraction(get(p, "percentile")), "use_discrete_percentile", or(get(p, "use_discrete_percentile"), value.Bool(false)),
			"use_approximate_percentile", or(get(p, "use_approximate_percentile"), value.Bool(false)))
	}
	if p := dictAt(m, "non_additive_dimension"); p != nil {
		nonAdditive = fields("name", at(p, "name"), "window_choice", b.member("AggregationType", aggregations, at(p, "window_choice")),
			"window_groupings", or(get(p, "window_groupings"), value.NewList()))
	}
	return fields(
		"name", at(m, "name"), "agg", b.member("AggregationType", aggregations, at(m, "agg")), "description", at(m, "description"), "label", at(m, "label"),
		"create_metric", value.Bool(false), // dbt: what the item says here shows as a metric of its own
		"expr", exprText(get(m, "expr")), "agg_params", params, "non_additive_dimension", nonAdditive,
		"agg_time_dimension", at(m, "agg_time_dimension"), "config", partConfig(meta, m),
	)
}

// Own is the semantic model that a model declares.
type Own struct {
	Name    string
	Config  *value.Dict // what it configures, as an item's config
	d       *value.Dict
	columns []*manifest.Column
}

// OwnModel reads the semantic model that an item of `models:` declares for a model;
// nil where it declares none, or says that it is off. The columns are the model's.
//
// dbt: enabled and group count only where there is a config beside them.
func OwnModel(d *value.Dict, model string, columns []*manifest.Column) *Own {
	out := &Own{Name: model, Config: value.NewDict(0), d: d, columns: columns}
	switch x := get(d, "semantic_model").(type) {
	case value.Bool:
		if !bool(x) {
			return nil
		}
	case *value.Dict:
		if v, ok := x.GetStr("enabled"); ok && v == value.Bool(false) {
			return nil
		}
		if name := get(x, "name"); name != nil {
			out.Name = value.ToStr(name)
		}
		if cfg := dictAt(x, "config"); cfg != nil {
			out.Config.SetStr("meta", or(get(cfg, "meta"), value.NewDict(0)))
			out.Config.SetStr("enabled", value.Bool(true))
			if g := get(x, "group"); g != nil {
				out.Config.SetStr("group", g)
			}
		}
	default:
		return nil
	}
	return out
}

// Fields are the fields of the node of a model's own semantic model. model and
// description are the model's.
func (o *Own) Fields(model, description string, meta *value.Dict) (*value.Dict, *Fault) {
	b := builder{}
	x := modelParts{
		name: o.Name, model: value.Str("ref('" + model + "')"), description: value.Str(description),
		primary: at(o.d, "primary_entity"), defaults: pick(o.d, "agg_time_dimension"),
	}
	for _, c := range o.columns {
		if e := columnDimensionFields(c, meta); e != nil {
			x.dimensions = append(x.dimensions, e)
		}
		if e := columnEntityFields(c, meta); e != nil {
			x.entities = append(x.entities, e)
		}
	}
	derived := dictAt(o.d, "derived_semantics")
	for _, e := range dictsAt(derived, "dimensions") {
		x.dimensions = append(x.dimensions, b.derivedDimension(e, meta))
	}
	for _, e := range dictsAt(derived, "entities") {
		if get(e, "name") == nil {
			b.fail(bare("Derived entity is missing a required 'name' field.", "derived_semantics", "entities"))
		}
		x.entities = append(x.entities, fields(
			"name", at(e, "name"), "type", b.member("EntityType", entityTypes, at(e, "type"), "derived_semantics", "entities"),
			"description", at(e, "description"), "label", at(e, "label"), "role", nil, "expr", at(e, "expr"), "config", partConfig(meta, e)))
	}
	return x.fields(), b.fault
}

func (b *builder) derivedDimension(e, meta *value.Dict) *value.Dict {
	var params *value.Dict
	if g := get(e, "granularity"); g != nil {
		params = fields("time_granularity", b.member("TimeGranularity", granularities, g, "derived_semantics", "dimensions"),
			"validity_params", validity(dictAt(e, "validity_params")))
	}
	return dimension(e, at(e, "name"), at(e, "description"), at(e, "expr"),
		b.member("DimensionType", dimensionTypes, at(e, "type"), "derived_semantics", "dimensions"), params, partConfig(meta, e))
}

// ColumnDimension gives what a column says of a dimension the form in which the
// manifest has it: the type alone, or a mapping with all its fields.
func ColumnDimension(v value.Value, name, description string) (value.Value, *Fault) {
	b := builder{}
	switch x := v.(type) {
	case value.Str:
		v = b.member("DimensionType", dimensionTypes, x, "dimension")
	case *value.Dict:
		v = fields(
			"name", orFalsy(get(x, "name"), value.Str(name)), "type", b.member("DimensionType", dimensionTypes, at(x, "type"), "dimension"),
			"description", orFalsy(get(x, "description"), value.Str(description)), "label", at(x, "label"),
			"is_partition", or(get(x, "is_partition"), value.Bool(false)), "config", or(get(x, "config"), value.NewDict(0)),
			"validity_params", validity(dictAt(x, "validity_params")))
	}
	return v, b.fault
}

// ColumnEntity is ColumnDimension for an entity.
func ColumnEntity(v value.Value, name, description string) (value.Value, *Fault) {
	b := builder{}
	switch x := v.(type) {
	case value.Str:
		v = b.member("EntityType", entityTypes, x, "entity")
	case *value.Dict:
		v = fields(
			"name", orFalsy(get(x, "name"), value.Str(name)), "type", b.member("EntityType", entityTypes, at(x, "type"), "entity"),
			"description", orFalsy(get(x, "description"), value.Str(description)), "label", at(x, "label"), "config", or(get(x, "config"), value.NewDict(0)))
	}
	return v, b.fault
}

// Granularity is a column's granularity as the manifest has it.
func Granularity(s string) (string, *Fault) {
	if s == "" {
		return "", nil
	}
	v, f := member("TimeGranularity", granularities, value.Str(s), "granularity")
	return value.ToStr(v), f
}

// renamed is the expression of a part whose name is not its column's.
func renamed(name value.Value, column string) value.Value {
	if value.Equal(name, value.Str(column)) {
		return nil
	}
	return value.Str(column)
}

func columnDimensionFields(c *manifest.Column, meta *value.Dict) *value.Dict {
	own := dictAt(c.Config, "meta")
	switch x := c.Dimension.(type) {
	case value.Str:
		// dbt: the column's granularity gets lost.
		return dimension(nil, value.Str(c.Name), value.Str(c.Description), nil, x, nil, fields("meta", merged(meta, own)))
	case *value.Dict:
		var params *value.Dict
		if c.Granularity != "" {
			params = fields("time_granularity", value.Str(c.Granularity), "validity_params", validity(dictAt(x, "validity_params")))
		}
		return dimension(x, at(x, "name"), orFalsy(get(x, "description"), value.Str(c.Description)), renamed(at(x, "name"), c.Name), at(x, "type"), params,
			fields("meta", merged(meta, own, dictAt(dictAt(x, "config"), "meta"))))
	}
	return nil
}

func columnEntityFields(c *manifest.Column, meta *value.Dict) *value.Dict {
	own := dictAt(c.Config, "meta")
	entity := func(name, kind, description, label, expr value.Value, m *value.Dict) *value.Dict {
		return fields("name", name, "type", kind, "description", description, "label", label, "role", nil, "expr", expr, "config", fields("meta", merged(meta, m)))
	}
	switch x := c.Entity.(type) {
	case value.Str:
		return entity(value.Str(c.Name), x, value.Str(c.Description), nil, nil, own)
	case *value.Dict:
		if m := dictAt(dictAt(x, "config"), "meta"); m != nil {
			own = m
		}
		return entity(at(x, "name"), at(x, "type"), at(x, "description"), at(x, "label"), renamed(at(x, "name"), c.Name), own)
	}
	return nil
}

// TimeSpine gives a model's time_spine all its fields; nil where it has none. It
// reports columns that are not the model's.
func TimeSpine(d *value.Dict, model string, columns []*value.Dict) (value.Value, *Fault) {
	spine := dictAt(d, "time_spine")
	if spine == nil {
		return nil, nil
	}
	byName := map[string]*value.Dict{}
	names := value.NewList()
	for _, c := range columns {
		if byName[textAt(c, "name")] == nil {
			names.Elems = append(names.Elems, at(c, "name"))
		}
		byName[textAt(c, "name")] = c
	}
	standard := textAt(spine, "standard_granularity_column")
	path := []any{"time_spine", "standard_granularity_column"}
	if byName[standard] == nil {
		latest := ""
		if truthAt(d, "latest_version") {
			latest = " for latest version"
		}
		return nil, bare("Time spine standard granularity column must be defined on the model. Got invalid column name '"+standard+
			"' for model '"+model+"'. Valid names"+latest+": "+value.Repr(names)+".", path...)
	}
	if !truthAt(byName[standard], "granularity") {
		return nil, bare("Time spine standard granularity column must have a granularity defined. Please add one for column '"+standard+
			"' in model '"+model+"'.", path...)
	}
	missing, custom := value.NewList(), value.NewList()
	for _, g := range dictsAt(spine, "custom_granularities") {
		column := orFalsy(get(g, "column_name"), at(g, "name"))
		if byName[value.ToStr(column)] == nil {
			missing.Elems = append(missing.Elems, column)
		}
		custom.Elems = append(custom.Elems, pick(g, "name", "column_name"))
	}
	if missing.Len() > 0 {
		return nil, bare("Time spine custom granularity columns do not exist in the model. Columns not found: "+value.Repr(missing)+
			"; Available columns: "+value.Repr(names), "time_spine", "custom_granularities")
	}
	return fields("standard_granularity_column", value.Str(standard), "custom_granularities", custom), nil
}

// Descriptions calls f for the description of each part of a semantic model, with
// the mapping that it stands in.
func Descriptions(extra *value.Dict, f func(part *value.Dict, text string)) {
	for _, key := range [...]string{"dimensions", "measures", "entities"} {
		for _, part := range dictsAt(extra, key) {
			if s := textAt(part, "description"); s != "" && strings.Contains(s, "{") {
				f(part, s)
			}
		}
	}
}
