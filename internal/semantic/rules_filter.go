package semantic

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Rules about filters and saved queries, whose parts are templates.

// filters: they are templates that name dimensions, entities and metrics.
func (c *checker) filters() {
	known := append(slices.Clone(granularities), c.custom...)
	for _, n := range c.doc.Metrics {
		c.metricFilter(n, dictAt(n.Extra, "filter"), "trying to parse filter of metric `"+n.Name+"`", known)
		p := paramsOf(n)
		if m := dictAt(p, "measure"); m != nil {
			c.metricFilter(n, dictAt(m, "filter"), "trying to parse filter of measure input `"+NameOf(m)+"` on metric `"+n.Name+"`", known)
		}
		for _, key := range [...]string{"numerator", "denominator"} {
			c.metricFilter(n, dictAt(dictAt(p, key), "filter"), "trying to parse the "+key+" filter on metric `"+n.Name+"`", known)
		}
		for _, in := range dictsAt(p, "metrics") {
			c.metricFilter(n, dictAt(in, "filter"), "trying to parse filter for input metric `"+NameOf(in)+"` on metric `"+n.Name+"`", known)
		}
	}
	for _, n := range c.doc.Queries {
		c.queryFilters(n, known)
	}
}

// templates are the templates of a filter.
func templates(filter *value.Dict) []string {
	var out []string
	for _, f := range dictsAt(filter, "where_filters") {
		out = append(out, textAt(f, "where_sql_template"))
	}
	return out
}

func (c *checker) metricFilter(n *manifest.Node, filter *value.Dict, doing string, known []string) {
	var bad []string
	var good []calls
	for _, t := range templates(filter) {
		found, err := callsIn(t, known)
		if err != nil {
			msg := err.Error()
			if e, ok := err.(*exception); ok {
				msg = e.msg
			}
			// dbt: it shows Python's stack as well.
			bad = append(bad, "Filter:", indented(t), "Error Message:", indented(msg))
			continue
		}
		good = append(good, found)
	}
	if bad != nil {
		c.failed(n, doing, &exception{parseException, strings.Join(append([]string{"Encountered error(s) while parsing:\n"}, bad...), "\n")})
		return
	}
	for _, found := range good {
		c.grains(n, "METRIC", found, known)
	}
}

func (c *checker) grains(n *manifest.Node, kind string, found calls, known []string) {
	for _, g := range found.grains {
		if !slices.Contains(known, g) {
			c.doubtful(n, "Filter for SemanticManifestNodeType."+kind+" `"+n.Name+"` is not valid. `"+g+"` is not a valid granularity name. Valid granularity options: "+pyList(known))
		}
	}
}

func (c *checker) queryFilters(n *manifest.Node, known []string) {
	all := templates(dictAt(dictAt(n.Extra, "query_params"), "where"))
	before := len(c.issues)
	for _, t := range all {
		if _, err := callsIn(t, known); err != nil {
			c.failed(n, "trying to parse a filter in saved query `"+n.Name+"`", err)
			continue
		}
		// dbt: for each filter it goes over all of them, and breaks off at a bad one.
		for _, u := range all {
			found, err := callsIn(u, known)
			if err != nil {
				c.issues = c.issues[:before]
				c.failed(n, "validating the where field in a saved query.", err)
				return
			}
			c.grains(n, "SAVED_QUERY", found, known)
		}
	}
}

// savedQueries ask for metrics and elements that are there.
func (c *checker) savedQueries() {
	metrics := map[string]bool{}
	for _, n := range c.doc.Metrics {
		metrics[n.Name] = true
	}
	elements := map[string]bool{metricTime: true}
	for name := range metrics {
		elements[name] = true
	}
	for _, key := range [...]string{"dimensions", "entities"} {
		c.eachPart(key, func(_ *manifest.Node, part *value.Dict) { elements[NameOf(part)] = true })
	}
	for _, n := range c.doc.Queries {
		for _, name := range QueryMetrics(n.Extra) {
			if !metrics[name] {
				c.broken(n, "`"+name+"` is not a valid metric name.")
			}
		}
		p := dictAt(n.Extra, "query_params")
		for _, v := range listAt(p, "group_by") {
			by := value.ToStr(v)
			found, err := callsIn("{{"+by+"}}", c.custom)
			switch {
			case err != nil:
				c.failed(n, "trying to parse a group-by in saved query `"+n.Name+"`", err)
			case len(found.names) != 1 || !elements[found.names[0]]:
				c.broken(n, "`"+by+"` is not a valid group-by name.")
			}
		}
		c.orderBy(n, p)
		if limit, ok := get(p, "limit").(value.Int); ok && limit < 0 {
			c.broken(n, "Invalid limit value: "+value.ToStr(limit)+" (should be >= 0)")
		}
	}
}

// orderBy: what a saved query is ordered by is among what it asks for.
func (c *checker) orderBy(n *manifest.Node, p *value.Dict) {
	order := listAt(p, "order_by")
	if len(order) == 0 {
		return
	}
	asked := map[string]bool{}
	before := len(c.issues)
	one := func(input string, methods map[string][]string) *item {
		i, err := singleItem(input, methods)
		if err != nil {
			c.failed(n, "parsing a field in "+value.Repr(value.Str(n.Name))+". Note that metrics need to be specified using the object-builder syntax (`Metric('metric_name')`) "+
				"and if `.descending(...)` is specified, it should be at the end.", err)
		}
		return i
	}
	for _, name := range QueryMetrics(n.Extra) {
		if i := one("Metric('"+name+"')", methodsOf); i != nil {
			asked[i.id()] = true
		}
	}
	for _, v := range listAt(p, "group_by") {
		if i := one(value.ToStr(v), methodsOf); i != nil {
			asked[i.id()] = true
		}
	}
	if len(c.issues) > before {
		return
	}
	for _, v := range order {
		i := one(value.ToStr(v), orderMethodsOf)
		if i == nil {
			continue
		}
		plain := *i
		plain.descending = false
		if !asked[plain.id()] {
			c.broken(n, value.ToStr(v)+" does not match any of the listed metrics or group-by items. ")
		}
	}
}

// singleItem reads an expression that is one item.
func singleItem(input string, methods map[string][]string) (*item, error) {
	found, err := itemsIn("{{ "+input+" }}", methods)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, &exception{querySyntax, "Did not get exactly one query item from: " + value.Repr(value.Str(input)) + " Got: []"}
	}
	return found[0], nil
}
