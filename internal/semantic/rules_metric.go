package semantic

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Rules about metrics.

const standardOnly = "Custom granularities are not supported for this field yet."

func typeOf(n *manifest.Node) string { return textAt(n.Extra, "type") }

func paramsOf(n *manifest.Node) *value.Dict { return dictAt(n.Extra, "type_params") }

func (c *checker) metricNamed(name string) *manifest.Node {
	for _, n := range c.doc.Metrics {
		if n.Name == name {
			return n
		}
	}
	return nil
}

// derivedMetrics: they have inputs that exist, under names that do not collide, and
// an expression of them.
func (c *checker) derivedMetrics() {
	for _, n := range c.doc.Metrics {
		if typeOf(n) != "derived" {
			continue
		}
		inputs := dictsAt(paramsOf(n), "metrics")
		if len(inputs) == 0 {
			c.broken(n, "No input metrics found for derived metric '"+n.Name+"'. Please add metrics to type_params.metrics.")
		}
		for _, in := range inputs {
			if c.metricNamed(NameOf(in)) == nil {
				c.broken(n, "For metric: "+n.Name+", input metric: '"+NameOf(in)+"' does not exist as a configured metric in the model.")
			}
		}
	}
	for _, n := range c.doc.Metrics {
		c.inputAliases(n)
		c.inputOffsets(n)
		c.derivedExpression(n)
	}
}

func (c *checker) inputAliases(n *manifest.Node) {
	if typeOf(n) != "derived" {
		return
	}
	inputs := dictsAt(paramsOf(n), "metrics")
	used := map[string]bool{}
	for _, in := range inputs {
		used[NameOf(in)] = true
	}
	for _, in := range inputs {
		alias := textAt(in, "alias")
		if alias == "" {
			continue
		}
		c.name(n, alias)
		if used[alias] { // dbt: an alias counts as used only from here on
			c.broken(n, "Alias '"+alias+"' for input metric: '"+NameOf(in)+"' is already being used. Please choose another alias.")
		}
	}
}

func (c *checker) inputOffsets(n *manifest.Node) {
	for _, in := range dictsAt(paramsOf(n), "metrics") {
		window, grain := dictAt(in, "offset_window"), strings.ToLower(textAt(in, "offset_to_grain"))
		if window != nil {
			c.window(n, window, true)
		}
		if grain != "" && !slices.Contains(granularities, grain) {
			c.broken(n, "Invalid time granularity found in `offset_to_grain`: '"+grain+"'. "+standardOnly)
		}
		if window != nil && grain != "" {
			c.broken(n, "Both offset_window and offset_to_grain set for derived metric '"+n.Name+"' on input metric '"+NameOf(in)+"'. Please set one or the other.")
		}
	}
}

func (c *checker) derivedExpression(n *manifest.Node) {
	if typeOf(n) != "derived" {
		return
	}
	expr := textAt(paramsOf(n), "expr")
	if expr == "" {
		c.doubtful(n, "No `expr` set for derived metric "+n.Name+". Please add an `expr` that references all input metrics.")
		return
	}
	for _, in := range dictsAt(paramsOf(n), "metrics") {
		if name := or2(textAt(in, "alias"), NameOf(in)); !strings.Contains(expr, name) {
			c.doubtful(n, "Input metric '"+name+"' is not used in `expr`: '"+expr+"' for derived metric '"+n.Name+"'. Please update the `expr` or remove the input metric.")
		}
	}
}

// window checks the granularity of a window.
func (c *checker) window(n *manifest.Node, w *value.Dict, custom bool) {
	grain := textAt(w, "granularity")
	known := func(s string) bool { return slices.Contains(granularities, s) || slices.Contains(c.custom, s) }
	if one, plural := strings.CutSuffix(grain, "s"); plural && known(one) {
		grain = one
	}
	msg := "Invalid time granularity '" + grain + "' in window: '" + textAt(w, "count") + " " + textAt(w, "granularity") + "'"
	switch {
	case !known(grain):
		c.broken(n, msg)
	case !custom && !slices.Contains(granularities, grain):
		c.broken(n, msg+" "+standardOnly)
	}
}

// measureAliases: where a metric takes one measure in several ways, these have names
// of their own, which nothing else has.
func (c *checker) measureAliases() {
	measures := map[string]bool{}
	c.eachPart("measures", func(_ *manifest.Node, m *value.Dict) { measures[NameOf(m)] = true })
	used := map[string][]string{}
	for _, n := range c.doc.Metrics {
		c.neededAliases(n)
		for _, in := range Inputs(n.Extra) {
			v := get(in, "alias")
			if v == nil {
				continue
			}
			alias := value.ToStr(v)
			c.name(n, alias)
			if measures[alias] {
				c.broken(n, "Alias `"+alias+"` for measure `"+NameOf(in)+"` conflicts with measure names defined elsewhere in the model! This can cause ambiguity for certain types "+
					"of query. Please choose another alias.")
			}
			if had := used[alias]; had != nil {
				c.broken(n, "Measure alias "+alias+" conflicts with a measure alias used elsewhere in the model! This can cause ambiguity for certain types of query. Please choose "+
					"another alias, or, if the measures are constrained in the same way, consider centralizing that definition in a new semantic model. Measure specification: "+
					pyModel("PydanticMetricInputMeasure", in, true)+". Existing metrics with that measure alias used: "+pyList(had))
			}
			used[alias] = append(used[alias], n.Name)
		}
	}
}

func (c *checker) neededAliases(n *manifest.Node) {
	byName := map[string][]*value.Dict{}
	var order []string
	for _, in := range Inputs(n.Extra) {
		name := NameOf(in)
		if byName[name] == nil {
			order = append(order, name)
		}
		byName[name] = append(byName[name], in)
	}
	for _, name := range order {
		if len(byName[name]) == 1 {
			continue
		}
		var bare []string
		for _, in := range byName[name] {
			if get(in, "filter") != nil && get(in, "alias") == nil {
				bare = append(bare, pyModel("PydanticMetricInputMeasure", in, false))
			}
		}
		if bare != nil {
			c.broken(n, "PydanticMetric "+n.Name+" depends on multiple different constrained versions of measure "+name+". In such cases, aliases must be provided, but the "+
				"following input measures have constraints specified without an alias: ["+strings.Join(bare, ", ")+"].")
		}
	}
}

// metricMeasures: what a metric measures is there.
func (c *checker) metricMeasures() {
	for _, n := range c.doc.Metrics {
		for _, in := range Inputs(n.Extra) {
			if c.modelOfMeasure(NameOf(in)) == nil {
				c.broken(n, "Measure "+NameOf(in)+" referenced in metric "+n.Name+" is not defined in the model!")
			}
		}
	}
}

func (c *checker) modelOfMeasure(name string) *manifest.Node {
	for _, n := range c.doc.Models {
		if slices.Contains(Measures(n.Extra), name) {
			return n
		}
	}
	return nil
}

// cumulativeMetrics: they add up over a window, or since the beginning of a
// granularity.
func (c *checker) cumulativeMetrics() {
	for _, n := range c.doc.Metrics {
		if typeOf(n) != "cumulative" {
			continue
		}
		p := paramsOf(n)
		own := dictAt(p, "cumulative_type_params")
		former, window := dictAt(p, "window"), dictAt(own, "window")
		if former != nil && window != nil && !value.Equal(former, window) {
			c.broken(n, "Got differing values for `window` on cumulative metric '"+n.Name+"'. In `type_params.window`, got '"+pyModel("PydanticMetricTimeWindow", former, true)+
				"'. In `type_params.cumulative_type_params.window`, got '"+pyModel("PydanticMetricTimeWindow", window, true)+
				"'. Please remove the value from `type_params.window`.")
		}
		if window == nil {
			window = former
		}
		grain := or2(strings.ToLower(textAt(own, "grain_to_date")), textAt(p, "grain_to_date"))
		if grain != "" && !slices.Contains(granularities, grain) {
			c.broken(n, "Invalid time granularity found in `grain_to_date`: '"+grain+"'. "+standardOnly)
		}
		if window != nil && grain != "" {
			c.broken(n, "Both window and grain_to_date set for cumulative metric. Please set one or the other.")
		}
		if window != nil {
			c.window(n, window, false)
		}
	}
}

// formerWindows tells of windows of cumulative metrics in their former place; nested
// makes that an error.
func (c *checker) formerWindows(nested bool) {
	var names []string
	for _, n := range c.doc.Metrics {
		if p := paramsOf(n); get(p, "window") != nil || get(p, "grain_to_date") != nil {
			names = append(names, n.Name)
		}
	}
	switch {
	case names == nil:
	case nested:
		c.broken(nil, "Cumulative fields `type_params.window` and `type_params.grain_to_date` should be nested under `type_params.cumulative_type_params.window` and "+
			"`type_params.cumulative_type_params.grain_to_date`. Invalid metrics: "+strings.Join(names, ", ")+". See documentation on behavior changes: "+behaviorChanges)
	default:
		c.add(Deprecated, nil, "Cumulative fields `type_params.window` and `type_params.grain_to_date` have been moved and will soon be deprecated. Please nest those values under "+
			"`type_params.cumulative_type_params.window` and `type_params.cumulative_type_params.grain_to_date`. See documentation on behavior changes: "+behaviorChanges)
	}
}

const behaviorChanges = "https://docs.getdbt.com/reference/global-configs/behavior-changes."

// conversionMetrics: both of their inputs are counts that have the entity.
func (c *checker) conversionMetrics() {
	for _, n := range c.doc.Metrics {
		p := dictAt(paramsOf(n), "conversion_type_params")
		if typeOf(n) != "conversion" || p == nil {
			continue
		}
		base, conversion := c.inputModel(n, p, "base"), c.inputModel(n, p, "conversion")
		if base == nil || conversion == nil {
			continue
		}
		entity := textAt(p, "entity")
		if !hasEntity(base, entity) {
			c.broken(n, "Entity: "+entity+" not found in base semantic model: "+base.Name+".")
		}
		if !hasEntity(conversion, entity) {
			c.broken(n, "Entity: "+entity+" not found in conversion semantic model: "+conversion.Name+".")
		}
		c.conversionInput(n, p, "base", base)
		c.conversionInput(n, p, "conversion", conversion)
		if w := dictAt(p, "window"); w != nil {
			c.window(n, w, false)
		}
		for _, side := range [...]struct {
			key   string
			model *manifest.Node
		}{{"base_property", base}, {"conversion_property", conversion}} {
			for _, k := range dictsAt(p, "constant_properties") {
				if name := textAt(k, side.key); !hasEntity(side.model, name) && dimensionOf(side.model, name, anyDimension) == nil {
					c.broken(n, "The provided constant property: "+name+", cannot be found in semantic model "+side.model.Name)
				}
			}
		}
	}
}

func hasEntity(n *manifest.Node, name string) bool {
	return slices.ContainsFunc(dictsAt(n.Extra, "entities"), func(e *value.Dict) bool { return NameOf(e) == name })
}

// inputModel finds the semantic model of an input of a conversion metric.
func (c *checker) inputModel(n *manifest.Node, p *value.Dict, side string) *manifest.Node {
	if in := dictAt(p, side+"_metric"); in != nil {
		m := c.metricNamed(NameOf(in))
		if m != nil && typeOf(m) != "simple" {
			c.broken(m, "Metric '"+m.Name+"' is not a Simple metric, so it cannot be used as an input for Conversion metric '"+n.Name+"'.")
		}
		if m != nil {
			name := textAt(dictAt(paramsOf(m), "metric_aggregation_params"), "semantic_model")
			for _, model := range c.doc.Models {
				if name != "" && model.Name == name {
					return model
				}
			}
		}
		c.broken(n, "Input metric '"+NameOf(in)+"' for conversion metric '"+n.Name+"' is linked to a semantic model that does not exist in your manifest.")
		return nil
	}
	in := dictAt(p, side+"_measure")
	model := c.modelOfMeasure(NameOf(in))
	if model == nil {
		c.broken(n, "Input measure '"+NameOf(in)+"' for conversion metric '"+n.Name+"' does not exist in your manifest.")
	}
	return model
}

// conversionInput: an input is a count, and that of the conversion has no filter.
func (c *checker) conversionInput(n *manifest.Node, p *value.Dict, side string, model *manifest.Node) {
	in, word := dictAt(p, side+"_measure"), "Measure"
	var agg, expr string
	if in != nil {
		for _, m := range dictsAt(model.Extra, "measures") {
			if NameOf(m) == NameOf(in) {
				agg, expr = textAt(m, "agg"), textAt(m, "expr")
				break
			}
		}
	} else {
		in, word = dictAt(p, side+"_metric"), "Metric"
		m := c.metricNamed(NameOf(in))
		agg, expr = textAt(dictAt(paramsOf(m), "metric_aggregation_params"), "agg"), textAt(paramsOf(m), "expr")
	}
	if agg != "count" && agg != "count_distinct" && (agg != "sum" || expr != "1") {
		c.broken(n, "For conversion metrics, the input "+strings.ToLower(word)+" must be COUNT/SUM(1)/COUNT_DISTINCT. "+word+" '"+NameOf(in)+"' is agg type: "+
			pyEnum("AggregationType", agg))
	}
	if side == "conversion" && get(in, "filter") != nil {
		c.doubtful(n, word+" input '"+NameOf(in)+"' has a filter. For conversion metrics, filtering on the conversion input is not fully supported yet. ")
	}
}

// simpleExpressions: the expression of a simple metric is its measure's.
func (c *checker) simpleExpressions() {
	for _, n := range c.doc.Metrics {
		in := dictAt(paramsOf(n), "measure")
		if typeOf(n) != "simple" || in == nil {
			continue
		}
		var measure *value.Dict
		c.eachPart("measures", func(_ *manifest.Node, m *value.Dict) {
			if NameOf(m) == NameOf(in) {
				measure = m
			}
		})
		if measure == nil {
			c.broken(n, "Measure '"+NameOf(in)+"'not found in semantic manifest")
			continue
		}
		expr := get(paramsOf(n), "expr")
		if expr != nil && !value.Equal(expr, at(measure, "expr")) && value.ToStr(expr) != NameOf(measure) {
			c.doubtful(n, "Metric '"+n.Name+"' should not have an expr set if it's proxy from measures")
		}
	}
}
