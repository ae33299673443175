package semantic

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// Rules about what semantic models share, and about names.

// uniqueMeasures: a measure stands in one semantic model.
func (c *checker) uniqueMeasures() {
	seen := map[string][]string{}
	c.eachPart("measures", func(n *manifest.Node, m *value.Dict) {
		name := NameOf(m)
		if in := seen[name]; in != nil {
			c.broken(n, "Found measure with name "+name+" in multiple semantic models with names ("+pyList(in)+")")
		}
		seen[name] = append(seen[name], n.Name)
	})
}

// dimensionConsistency: dimensions of one name are of one kind.
func (c *checker) dimensionConsistency() {
	first := map[string]*value.Dict{}
	c.eachPart("dimensions", func(n *manifest.Node, d *value.Dict) {
		name := NameOf(d)
		had := first[name]
		if had == nil {
			first[name] = d
			return
		}
		if a, b := textAt(had, "type"), textAt(d, "type"); a != b {
			c.broken(n, "In semantic model `"+n.Name+"`, type conflict for dimension `"+name+"` - already in model as type `"+pyEnum("DimensionType", a)+
				"` but got `"+pyEnum("DimensionType", b)+"`")
		}
		if a, b := truthAt(had, "is_partition"), truthAt(d, "is_partition"); a != b {
			c.broken(n, "In semantic model `"+n.Name+", conflicting is_partition attribute for dimension `DimensionReference(element_name="+value.Repr(value.Str(name))+
				")` - already in model with is_partition as `"+value.ToStr(value.Bool(a))+"` but got `"+value.ToStr(value.Bool(b))+"``")
		}
	})
}

// kindsOfPart are the kinds of part in the order in which dbt looks at them for
// elementConsistency.
var kindsOfPart = [...]struct{ key, kind string }{{"measures", "measure"}, {"dimensions", "dimension"}, {"entities", "entity"}}

// elementConsistency: parts of one name are of one kind.
func (c *checker) elementConsistency() {
	types := map[string]map[string][]*manifest.Node{}
	var order []string
	for _, n := range c.doc.Models {
		for _, k := range kindsOfPart {
			for _, part := range dictsAt(n.Extra, k.key) {
				name := NameOf(part)
				if types[name] == nil {
					types[name] = map[string][]*manifest.Node{}
					order = append(order, name)
				}
				types[name][k.kind] = append(types[name][k.kind], n)
			}
		}
	}
	for _, name := range order {
		if len(types[name]) < 2 {
			continue
		}
		var kinds, shown []string
		for kind := range types[name] {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		for _, kind := range kinds {
			shown = append(shown, "<"+pyEnum("SemanticModelElementType", kind)+": '"+kind+"'>")
		}
		for _, kind := range kinds {
			var models []string
			for _, n := range types[name][kind] {
				models = append(models, n.Name)
			}
			c.broken(types[name][kind][0], "In semantic models "+pySet(models)+", element `"+name+"` is of type "+pyEnum("SemanticModelElementType", kind)+
				", but it is used as types ["+strings.Join(shown, ", ")+"] across the model.")
		}
	}
}

// dimensionPairs: a dimension of a primary entity stands in one semantic model.
func (c *checker) dimensionPairs() {
	known := map[string]map[string]string{}
	for _, n := range c.doc.Models {
		primary := get(n.Extra, "primary_entity")
		for _, e := range dictsAt(n.Extra, "entities") {
			if primary == nil && textAt(e, "type") == "primary" {
				primary = at(e, "name")
			}
		}
		if primary == nil {
			continue
		}
		entity := value.ToStr(primary)
		fresh := known[entity] == nil // dbt: then twice in one model is no matter
		if fresh {
			known[entity] = map[string]string{}
		}
		for _, d := range dictsAt(n.Extra, "dimensions") {
			name := NameOf(d)
			if had, ok := known[entity][name]; ok && !fresh {
				c.broken(n, "Duplicate dimension + primary entity pairing detected, dimension + primary entity pairings must be unique. Semantic model `"+n.Name+
					"` has a primary entity of `"+entity+"` and dimension `"+name+"`, but this pairing is already in use on semantic model `"+had+"`.")
				continue
			}
			known[entity][name] = n.Name
		}
	}
}

func (c *checker) metricLabels() {
	c.labels(c.doc.Metrics, "metric")
}

// labels: those of the nodes of one kind differ.
func (c *checker) labels(nodes []*manifest.Node, kind string) {
	seen := map[string]string{}
	for _, n := range nodes {
		c.label(n, kind, seen)
	}
}

func (c *checker) label(n *manifest.Node, kind string, seen map[string]string) {
	v := get(n.Extra, "label")
	if v == nil {
		return
	}
	label := value.ToStr(v)
	if had, ok := seen[label]; ok {
		c.broken(n, "Can't use label `"+label+"` for  "+kind+" `"+n.Name+"` as it's already used for "+kind+" `"+had+"`")
		return
	}
	seen[label] = n.Name
}

// modelLabels: labels of semantic models differ, and so do those of the parts of
// one.
func (c *checker) modelLabels() {
	seen := map[string]string{}
	for _, n := range c.doc.Models {
		c.label(n, "semantic model", seen)
		for _, k := range [...]struct{ key, word, many string }{{"dimensions", "Dimension", "dimensions"}, {"entities", "Entity", "entities"}, {"measures", "Measure", "measures"}} {
			counts := map[string]int{}
			var order []string
			for _, part := range dictsAt(n.Extra, k.key) {
				if v := get(part, "label"); v != nil {
					s := value.ToStr(v)
					if counts[s]++; counts[s] == 1 {
						order = append(order, s)
					}
				}
			}
			for _, s := range order {
				if counts[s] > 1 {
					c.broken(n, k.word+" labels must be unique within a semantic model. The label `"+s+"` was used for "+strconv.Itoa(counts[s])+" "+k.many+
						" on semantic model `"+n.Name)
				}
			}
		}
	}
}

// entityLabels: an entity has one label in all semantic models.
func (c *checker) entityLabels() {
	type first struct{ model, label string }
	seen := map[string]first{}
	c.eachPart("entities", func(n *manifest.Node, e *value.Dict) {
		v := get(e, "label")
		if v == nil {
			return
		}
		name, label := NameOf(e), value.ToStr(v)
		had, ok := seen[name]
		if !ok {
			seen[name] = first{n.Name, label}
		} else if had.label != label {
			c.broken(n, "Entities with the same name must have the same label or the label must be `None`. Entity `"+name+"` on semantic model `"+n.Name+
				"` has label `"+label+"` but the same entity on semantic model `"+had.model+"`")
		}
	})
}

var goodName = regexp.MustCompile(`\A[a-z](_?[a-z0-9])*\z`)

// reservedNames are MetricFlow's own, with its reason.
var reservedNames = map[string]string{
	metricTime:         "Used as the query input for creating time series metrics from measures with different time dimension names.",
	"mf_internal_uuid": "Used internally to reference a column that has a uuid generated by MetricFlow.",
}

// name checks a name of anything.
func (c *checker) name(n *manifest.Node, name string) {
	if len(name) < 2 || !goodName.MatchString(name) {
		c.broken(n, "Invalid name `"+name+"` - names may only contain lower case letters, numbers, and underscores. Additionally, names must start with a lower case letter, "+
			"cannot end with an underscore, cannot contain dunders (double underscores, or __), and must be at least 2 characters long.")
	}
	var grains []string
	for _, g := range granularities {
		grains = append(grains, strings.ToUpper(g))
	}
	if slices.Contains(grains, strings.ToUpper(name)) {
		c.broken(n, "Invalid name `"+name+"` - names cannot match reserved time granularity keywords ("+pyList(grains)+")")
	}
	if why, ok := reservedNames[strings.ToLower(name)]; ok {
		c.broken(n, "Invalid name `"+name+"` - this name is reserved by MetricFlow. Reason: "+why)
	}
}

// names: they are well formed, and differ among what they could be taken for.
func (c *checker) names() {
	for _, k := range [...]struct {
		nodes []*manifest.Node
		kind  string
	}{{c.doc.Models, "semantic_model"}, {c.doc.Metrics, "metric"}, {c.doc.Queries, "saved_query"}} {
		seen := map[string]bool{}
		kind := pyEnum("SemanticManifestNodeType", k.kind)
		for _, n := range k.nodes {
			c.name(n, n.Name)
			if seen[n.Name] {
				c.broken(n, "Can't use name `"+n.Name+"` for a "+kind+" when it was already used for another "+kind)
			}
			seen[n.Name] = true
		}
	}
	taken := c.partNames()
	for _, n := range c.doc.Metrics {
		taken[n.Name] = "metric"
	}
	for _, n := range c.doc.Models {
		taken[n.Name] = "semantic_model"
	}
	c.grainNames(taken)
}

// partNames checks the names of parts and gives them with their kinds.
func (c *checker) partNames() map[string]string {
	taken := map[string]string{}
	for _, n := range c.doc.Models {
		var all []string
		for _, k := range [...]struct{ key, kind string }{{"measures", "measure"}, {"entities", "entity"}, {"dimensions", "dimension"}} {
			seen := map[string]bool{}
			for _, part := range dictsAt(n.Extra, k.key) {
				name := NameOf(part)
				taken[name] = k.kind
				if seen[name] {
					c.broken(n, "In semantic model `"+n.Name+"`, can't use name `"+name+"` for a "+k.kind+" when it was already used for a "+k.kind)
				}
				seen[name] = true
				all = append(all, name)
			}
		}
		for _, name := range all {
			c.name(n, name)
		}
	}
	return taken
}

// grainNames checks the names of custom granularities.
func (c *checker) grainNames(taken map[string]string) {
	seen := map[string]bool{}
	var twice []string
	var last *manifest.Node
	for _, s := range c.doc.spines() {
		last = s.node
		for _, g := range s.custom {
			name := NameOf(g)
			c.name(s.node, name)
			if kind, ok := taken[name]; ok {
				c.broken(s.node, "Can't use name `"+name+"` for a custom granularity when it was already used for a "+kind+".")
			}
			if seen[name] {
				twice = append(twice, name)
			}
			seen[name] = true
		}
	}
	if twice != nil {
		c.broken(last, "Custom granularity names must be unique, but found duplicate custom granularities with the names "+pySet(twice)+".")
	}
}

// undeclaredSpine tells of a time spine that is one by its name alone.
func (c *checker) undeclaredSpine() {
	n := c.doc.Legacy
	if n == nil || n.TimeSpine != nil || slices.ContainsFunc(c.doc.spines(), func(s spine) bool { return s.grain == "day" }) {
		return
	}
	c.add(Deprecated, n, "Time spines without YAML configuration are in the process of deprecation. Please add YAML configuration for your '"+legacySpine+
		"' model. See documentation on MetricFlow time spines: https://docs.getdbt.com/docs/build/metricflow-time-spine and behavior change documentation: "+behaviorChanges)
}

// timeSpines: one for each granularity, and one as fine as the finest dimension.
func (c *checker) timeSpines() {
	spines := c.doc.spines()
	if len(spines) == 0 {
		return
	}
	byGrain := map[string][]string{}
	var order []string
	for _, s := range spines {
		if byGrain[s.grain] == nil {
			order = append(order, s.grain)
		}
		byGrain[s.grain] = append(byGrain[s.grain], or2(s.node.RelationName, strings.Join([]string{s.node.Database, s.node.Schema, s.node.Alias}, ".")))
	}
	var twice []string
	smallest := order[0]
	for _, g := range order {
		if len(byGrain[g]) > 1 {
			twice = append(twice, value.Repr(value.Str(strings.ToUpper(g)))+": "+pyList(byGrain[g]))
		}
		if grainSize(g) < grainSize(smallest) {
			smallest = g
		}
	}
	if twice != nil {
		c.doubtful(nil, "Only one time spine is supported per granularity. Got duplicates: {"+strings.Join(twice, ", ")+"}")
	}
	finest := ""
	c.eachPart("dimensions", func(_ *manifest.Node, d *value.Dict) {
		if g := textAt(dictAt(d, "type_params"), "time_granularity"); g != "" && (finest == "" || grainSize(g) < grainSize(finest)) {
			finest = g
		}
	})
	switch {
	case finest == "":
		c.doubtful(nil, "No time dimensions configured. To avoid unexpected query errors, configuring a time spine at or below the smallest time dimension granularity is recommended.")
	case grainSize(finest) < grainSize(smallest):
		c.doubtful(nil, "To avoid unexpected query errors, configuring a time spine at or below the smallest time dimension granularity is recommended. "+
			"Smallest time dimension granularity: "+strings.ToUpper(finest)+"; Smallest time spine granularity: "+pyEnum("TimeGranularity", smallest))
	}
}
