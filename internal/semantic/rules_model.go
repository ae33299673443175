package semantic

import (
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Rules about semantic models, each by itself.

// eachPart calls f for the parts of all semantic models that stand under a key.
func (c *checker) eachPart(key string, f func(n *manifest.Node, part *value.Dict)) {
	for _, n := range c.doc.Models {
		for _, part := range dictsAt(n.Extra, key) {
			f(n, part)
		}
	}
}

// percentiles: only a percentile measure has parameters, and it needs them.
func (c *checker) percentiles() {
	c.eachPart("measures", func(n *manifest.Node, m *value.Dict) {
		if why := percentileFault(NameOf(m), textAt(m, "agg"), dictAt(m, "agg_params")); why != nil {
			for _, w := range why {
				c.broken(n, w)
			}
		}
	})
}

func percentileFault(name, agg string, p *value.Dict) []string {
	measure := "Measure '" + name + "'"
	percentile := get(p, "percentile")
	switch {
	case agg == "percentile" && percentile == nil:
		return []string{measure + " uses a PERCENTILE aggregation, which requires agg_params.percentile to be provided."}
	case agg == "percentile":
		if f, ok := percentile.(value.Float); ok && (f <= 0 || f >= 1) {
			return []string{"Percentile aggregation parameter for measure '" + name + "' is '" + value.ToStr(percentile) + "', but must be between 0 and 1 (non-inclusive). " +
				"For example, to indicate the 65th percentile value, set 'percentile: 0.65'. For percentile values of 0, please use MIN, for percentile values of 1, please use MAX."}
		}
		return nil
	case p == nil:
		return nil
	case agg == "median":
		var why []string
		if percentile != nil && !value.Equal(percentile, value.Float(0.5)) {
			why = append(why, measure+" uses a MEDIAN aggregation, while percentile is set to '"+value.ToStr(percentile)+
				"', a conflicting value. Please remove the parameter or set to '0.5'.")
		}
		if truthAt(p, "use_discrete_percentile") {
			why = append(why, measure+" uses a MEDIAN aggregation, while use_discrete_percentile is set to true. Please remove the parameter or set to False.")
		}
		return why
	}
	var wrong []string
	for _, key := range [...]string{"percentile", "use_discrete_percentile", "use_approximate_percentile"} {
		if truthAt(p, key) {
			wrong = append(wrong, key)
		}
	}
	if wrong == nil {
		return nil
	}
	return []string{measure + " with aggregation '" + agg + "' uses agg_params (" + strings.Join(wrong, ", ") + ") only relevant to Percentile measures."}
}

// countExpressions: a count needs something to count.
func (c *checker) countExpressions() {
	c.eachPart("measures", func(n *manifest.Node, m *value.Dict) {
		if textAt(m, "agg") != "count" {
			return
		}
		expr := get(m, "expr")
		if expr == nil {
			c.broken(n, "Measure '"+NameOf(m)+"' uses a COUNT aggregation, which requires an expr to be provided. Provide 'expr: 1' if a count of all rows is desired.")
			return
		}
		if s := value.ToStr(expr); strings.HasPrefix(strings.ToLower(s), "distinct ") {
			c.broken(n, "Measure '"+NameOf(m)+"' uses a 'count' aggregation with a DISTINCT expr: '"+s+"'. This is not supported as it effectively converts an additive "+
				"measure into a non-additive one, and this could cause certain queries to return incorrect results. Please use the count_distinct aggregation type.")
		}
	})
}

// validityWindows: a window in which rows are valid has a start and an end, and is
// all that its semantic model has of time.
func (c *checker) validityWindows() {
	const requirements = "Semantic models using dimension validity params to define a validity window must have exactly two time dimensions with validity params specified - " +
		"one marked `is_start` and the other marked `is_end`."
	for _, n := range c.doc.Models {
		var names, starts, ends []string
		for _, d := range dictsAt(n.Extra, "dimensions") {
			v := dictAt(dictAt(d, "type_params"), "validity_params")
			if v == nil {
				continue
			}
			names = append(names, NameOf(d))
			if truthAt(v, "is_start") {
				starts = append(starts, NameOf(d))
			}
			if truthAt(v, "is_end") {
				ends = append(ends, NameOf(d))
			}
		}
		if names == nil {
			continue
		}
		model := "Semantic model " + n.Name
		switch {
		case len(names) == 1 && len(starts) == 1 && len(ends) == 1:
			c.broken(n, model+" has a single validity param dimension that defines its window: `"+names[0]+"`. This is not a currently supported configuration! "+requirements+
				" If you have one column defining a window, as in a daily snapshot table, you can define a separate dimension and increment the time value in the `expr` field as a work-around.")
		case len(names) != 2:
			c.broken(n, model+" has "+strconv.Itoa(len(names))+" dimensions defined with validity params. They are: "+pyList(names)+". There must be either zero or two! "+
				"If you wish to define a validity window for this semantic model, please follow these requirements: "+requirements)
		case len(starts) != 1 || len(ends) != 1:
			// dbt: of the starts it shows none.
			c.broken(n, model+" has two validity param dimensions defined, but does not have exactly one each marked with is_start and is_end! Dimensions: "+pyList(names)+
				". is_start dimensions: []. is_end dimensions: "+pyList(ends)+". "+requirements)
		}
		c.validityKeys(n, names)
	}
}

func (c *checker) validityKeys(n *manifest.Node, dimensions []string) {
	model := "Semantic model " + n.Name
	var keys []string
	natural := false
	for _, e := range dictsAt(n.Extra, "entities") {
		switch textAt(e, "type") {
		case "primary", "unique":
			keys = append(keys, NameOf(e))
		case "natural":
			natural = true
		}
	}
	if !natural {
		c.broken(n, model+" has validity param dimensions defined, but does not have an entity with type `natural` set. The natural key for this semantic model is what we use to "+
			"process a validity window join. Primary or unique entities, if any, might be suitable for use as natural keys: ("+pyList(keys)+").")
	}
	if len(keys) > 0 {
		c.broken(n, model+" has validity param dimensions defined and also has one or more entities designated as `primary` or `unique`. This is not yet supported, as we do not "+
			"currently process joins against these key types for semantic models with validity windows specified.")
	}
	if measures := Measures(n.Extra); len(measures) > 0 {
		c.broken(n, model+" has both measures and validity param dimensions defined. This is not currently supported! Please remove either the measures or the validity params. "+
			"Measure names: "+pyList(measures)+". Validity param dimension names: "+pyList(dimensions)+".")
	}
}

// naturalEntities: there is one at most, and it asks for a validity window.
func (c *checker) naturalEntities() {
	for _, n := range c.doc.Models {
		var names []string
		for _, e := range dictsAt(n.Extra, "entities") {
			if textAt(e, "type") == "natural" && !slices.Contains(names, NameOf(e)) {
				names = append(names, NameOf(e))
			}
		}
		if len(names) > 1 {
			c.broken(n, "Semantic models can have at most one natural entity, but semantic model `"+n.Name+"` has "+strconv.Itoa(len(names))+
				" distinct natural entities set! "+pySet(names)+".")
		}
		windowed := slices.ContainsFunc(dictsAt(n.Extra, "dimensions"), func(d *value.Dict) bool {
			return dictAt(dictAt(d, "type_params"), "validity_params") != nil
		})
		if len(names) > 0 && !windowed {
			c.broken(n, "The use of `natural` entities is currently supported only in conjunction with a validity window defined in the set of time dimensions associated with "+
				"the semantic model. Semantic model `"+n.Name+"` uses a natural entity ("+pySet(names)+") but does not define a validity window!")
		}
	}
}

// timeDimension reports whether a semantic model has a time dimension of a name.
func timeDimension(n *manifest.Node, name string) bool {
	d := dimensionOf(n, name, func(d *value.Dict) bool { return textAt(d, "type") == "time" })
	return d != nil
}

func dimensionOf(n *manifest.Node, name string, fits func(*value.Dict) bool) *value.Dict {
	for _, d := range dictsAt(n.Extra, "dimensions") {
		if NameOf(d) == name && fits(d) {
			return d
		}
	}
	return nil
}

func anyDimension(*value.Dict) bool { return true }

// aggregationTime is the time dimension by which a measure is aggregated.
func aggregationTime(n *manifest.Node, name string) (string, error) {
	for _, m := range dictsAt(n.Extra, "measures") {
		if NameOf(m) != name {
			continue
		}
		if s := or2(textAt(m, "agg_time_dimension"), textAt(dictAt(n.Extra, "defaults"), "agg_time_dimension")); s != "" {
			return s, nil
		}
		break
	}
	return "", &exception{"AssertionError", "Aggregation time dimension for measure " + name + " is not set! This should either be set directly on the measure specification in " +
		"the model, or else defaulted to the primary time dimension in the data source containing the measure."}
}

// aggregationTimes: each measure has a time dimension of its semantic model.
func (c *checker) aggregationTimes() {
	for _, n := range c.doc.Models {
		before := len(c.issues)
		for _, name := range Measures(n.Extra) {
			day, err := aggregationTime(n, name)
			if err != nil {
				c.issues = c.issues[:before] // dbt: the rule breaks off
				c.failed(n, "checking aggregation time dimension for a semantic model", err)
				break
			}
			if !timeDimension(n, day) {
				c.broken(n, "In semantic model '"+n.Name+"', measure '"+name+"' has the aggregation time dimension set to '"+day+
					"', which is not a valid time dimension in the semantic model")
			}
		}
	}
}

// defaults: the default time dimension is one of the semantic model's.
func (c *checker) defaults() {
	for _, n := range c.doc.Models {
		if day := get(dictAt(n.Extra, "defaults"), "agg_time_dimension"); day != nil && !timeDimension(n, value.ToStr(day)) {
			c.broken(n, "Default aggregation time dimension was specified as '"+value.ToStr(day)+
				"' which doesn't exist as a time dimension in semantic model named '"+n.Name+"'.")
		}
	}
}

// nonAdditiveDimensions: what a measure cannot be added up over is a time dimension
// of the granularity by which it is aggregated.
func (c *checker) nonAdditiveDimensions() {
	before := len(c.issues)
	for _, n := range c.doc.Models {
		for _, m := range dictsAt(n.Extra, "measures") {
			over := dictAt(m, "non_additive_dimension")
			if over == nil {
				continue
			}
			day, err := aggregationTime(n, NameOf(m))
			if err != nil {
				c.issues = c.issues[:before] // dbt: the rule breaks off
				c.failed(n, "ensuring that a measure's non_additive_dimensions is valid", err)
				return
			}
			c.nonAdditive(n, m, over, day)
		}
	}
}

func (c *checker) nonAdditive(n *manifest.Node, m, over *value.Dict, day string) {
	measure := "Measure '" + NameOf(m) + "' has a "
	by, to := dimensionOf(n, day, anyDimension), dimensionOf(n, NameOf(over), anyDimension)
	if by == nil {
		c.broken(n, measure+"agg_time_dimension of "+day+" that is not defined as a dimension in semantic model '"+n.Name+"'.")
		return
	}
	measure += "non_additive_dimension with "
	switch {
	case to == nil:
		c.broken(n, measure+"name '"+NameOf(over)+"' that is not defined as a dimension in semantic model '"+n.Name+"'.")
	default:
		if textAt(to, "type") != "time" {
			c.broken(n, measure+"name'"+NameOf(over)+"' that is defined as a categorical dimension which is not supported.")
		}
		a, b := dictAt(to, "type_params"), dictAt(by, "type_params")
		if x, y := textAt(a, "time_granularity"), textAt(b, "time_granularity"); a != nil && b != nil && x != y {
			c.broken(n, measure+"name '"+NameOf(over)+"' that has a base time granularity ("+strings.ToUpper(x)+") that is not equal to the measure's agg_time_dimension "+
				day+" with a base granularity of ("+strings.ToUpper(y)+").")
		}
	}
	if w := textAt(over, "window_choice"); w != "min" && w != "max" {
		c.broken(n, measure+"an invalid 'window_choice' of '"+w+"'. Only choices supported are 'min' or 'max'.")
	}
	var strange []string
	for _, g := range listAt(over, "window_groupings") {
		if !slices.ContainsFunc(dictsAt(n.Extra, "entities"), func(e *value.Dict) bool { return NameOf(e) == value.ToStr(g) }) {
			strange = append(strange, value.ToStr(g))
		}
	}
	if strange != nil {
		c.broken(n, measure+"an invalid 'window_groupings'. These entities "+pySet(strange)+" do not exist in the semantic model.")
	}
}

// primaryEntities: a semantic model with dimensions has one primary entity, said
// in one way.
func (c *checker) primaryEntities() {
	for _, n := range c.doc.Models {
		var names []string
		for _, e := range dictsAt(n.Extra, "entities") {
			if textAt(e, "type") == "primary" {
				names = append(names, NameOf(e))
			}
		}
		said := get(n.Extra, "primary_entity")
		switch {
		case len(names) > 1:
			c.broken(n, "Semantic models can have only one primary entity. The semantic model `"+n.Name+"` has "+strconv.Itoa(len(names))+": "+strings.Join(names, ", "))
		case len(names) == 1 && said != nil:
			c.broken(n, "The semantic model `"+n.Name+"` has an entity named `"+names[0]+"` with type primary but it also has the `primary_entity` field set to `"+
				value.ToStr(said)+"`. Both should not be present in the model.")
		case len(names) == 0 && said == nil && len(dictsAt(n.Extra, "dimensions")) > 0:
			c.broken(n, "The semantic model "+n.Name+" contains dimensions, but it does not define a primary entity. Either add an entity with type PRIMARY or set a value for "+
				"the primary_entity key.")
		}
	}
}

// reservedWords may not be names.
func (c *checker) reservedWords() {
	for _, n := range c.doc.Models {
		name := relationName(dictAt(n.Extra, "node_relation"))
		var found []string
		for _, part := range strings.Split(strings.ToUpper(name), ".") {
			if slices.Contains(reserved, part) {
				found = append(found, part)
			}
		}
		if found != nil {
			c.broken(n, "'"+name+"' contains the SQL reserved keyword(s) "+pySet(found)+", and thus cannot be used for 'node_relation'.")
		}
		for _, kind := range [...]struct{ key, end string }{{"dimensions", "a dimension 'name'."}, {"entities", "an entity 'name'"}, {"measures", "a measure 'name'."}} {
			for _, part := range dictsAt(n.Extra, kind.key) {
				if name := NameOf(part); slices.Contains(reserved, strings.ToUpper(name)) {
					c.broken(n, "'"+name+"' is an SQL reserved keyword, and thus cannot be used as "+kind.end)
				}
			}
		}
	}
}

var reserved = strings.Fields("AND AS CREATE DISTINCT FOR FROM FULL HAVING IN INNER INTO IS JOIN LEFT LIKE NATURAL NOT NULL ON OR RIGHT SELECT UNION USING WHERE WITH")

// timeGranularities: a time dimension says how fine it is.
func (c *checker) timeGranularities() {
	c.eachPart("dimensions", func(n *manifest.Node, d *value.Dict) {
		if textAt(d, "type") == "time" && get(dictAt(d, "type_params"), "time_granularity") == nil {
			c.add(Deprecated, n, "In semantic model `"+n.Name+"`, time dimension `"+NameOf(d)+"` must have a time granularity set.")
		}
	})
}
