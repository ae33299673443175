package parse

import (
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/semantic"
)

// metrics finds what the metrics of a project are made of: the measures that go
// into each, which it takes over from other metrics, and what it depends on.
type metrics struct {
	p    *parser
	done map[*manifest.Node]bool
	// measures are the semantic models by measure and package; packages lists the
	// packages of each measure in the order in which they came.
	measures map[string]map[string]*manifest.Node
	packages map[string][]string
}

// resolveSemantics ties semantic models to their models' relations and metrics to
// what they are made of, in the order in which they were made. dbt: process_refs,
// process_metrics, process_saved_queries.
func (p *parser) resolveSemantics() {
	m := &metrics{p: p, done: map[*manifest.Node]bool{}, measures: map[string]map[string]*manifest.Node{}, packages: map[string][]string{}}
	list := p.enabledSemantics()
	if len(list) == 0 {
		return
	}
	for _, n := range list {
		if n.Kind == manifest.KindSemanticModel {
			m.addMeasures(n)
			p.relateModel(n)
		}
	}
	for _, d := range p.others {
		if n := d.node; n.Kind == manifest.KindSemanticModel && d.off {
			m.addMeasures(n)
		}
	}
	for _, n := range list {
		switch n.Kind {
		case manifest.KindMetric:
			m.resolve(n)
		case manifest.KindSavedQuery:
			for _, name := range semantic.QueryMetrics(n.Extra) {
				p.resolveMetric(n, []string{name})
			}
		}
	}
}

// enabledSemantics lists semantic models, metrics and saved queries that are
// enabled, in the order in which they were made.
func (p *parser) enabledSemantics() []*manifest.Node {
	var out []*manifest.Node
	for _, d := range p.others {
		if n := d.node; p.m.Others[n.ID] == n {
			out = append(out, n)
		}
	}
	return out
}

func (m *metrics) addMeasures(n *manifest.Node) {
	for _, name := range semantic.Measures(n.Extra) {
		if m.measures[name] == nil {
			m.measures[name] = map[string]*manifest.Node{}
		}
		if m.measures[name][n.Package] == nil {
			m.packages[name] = append(m.packages[name], n.Package)
			m.measures[name][n.Package] = n
		} else if n.Config.Enabled() || m.p.m.Others[n.ID] == nil {
			m.measures[name][n.Package] = n
		}
	}
}

// modelOf finds the semantic model of a measure, disabled ones included.
func (m *metrics) modelOf(from, measure string) *manifest.Node {
	for _, pkg := range [...]string{m.p.m.Project, from} {
		if n := m.measures[measure][pkg]; n != nil {
			return n
		}
	}
	if list := m.packages[measure]; len(list) > 0 {
		return m.measures[measure][list[0]]
	}
	return nil
}

// relateModel gives a semantic model the relation of its model.
func (p *parser) relateModel(n *manifest.Node) {
	if len(n.Parents) == 0 {
		return
	}
	to := p.m.Node(n.Parents[0])
	if to == nil {
		return
	}
	d := value.NewDict(4)
	d.SetStr("alias", value.Str(to.Alias))
	d.SetStr("schema_name", value.Str(to.Schema))
	d.SetStr("database", textOrNone(to.Database))
	d.SetStr("relation_name", textOrNone(to.RelationName))
	n.Extra.SetStr("node_relation", d)
}

func textOrNone(s string) value.Value {
	if s == "" {
		return value.None
	}
	return value.Str(s)
}

func (m *metrics) fault(n *manifest.Node, summary string) {
	m.p.report(nodeFault(n, diag.Parsing, "metric-invalid", summary))
}

// resolve finds what goes into one metric; it comes to the metrics that it is made
// of first. dbt: _process_metric_node.
func (m *metrics) resolve(n *manifest.Node) {
	if m.done[n] {
		return
	}
	m.done[n] = true
	s := semantic.SourcesOf(n.Extra)
	switch {
	case s.Fault != "":
		m.fault(n, s.Fault)
	case len(s.Measures) > 0:
		for _, in := range s.Measures {
			semantic.AddInput(n.Extra, in)
		}
		for _, in := range s.Measures {
			m.fromMeasure(n, semantic.NameOf(in))
		}
	case s.Model != "":
		n.Parents = appendNew(n.Parents, manifest.ID("semantic_model."+m.p.m.Project+"."+s.Model))
	default:
		for _, name := range s.Metrics {
			m.fromMetric(n, name, s)
		}
	}
}

func (m *metrics) fromMeasure(n *manifest.Node, measure string) {
	model := m.modelOf(n.Package, measure)
	switch {
	case model == nil:
		m.fault(n, "A semantic model having a measure `"+measure+"` does not exist but was referenced.")
	case !model.Config.Enabled():
		m.fault(n, "The measure `"+measure+"` is referenced on disabled semantic model `"+model.Name+"`.")
	default:
		n.Parents = appendNew(n.Parents, model.ID)
	}
}

func (m *metrics) fromMetric(n *manifest.Node, name string, s semantic.Sources) {
	to, err := m.p.m.ResolveOther(manifest.KindMetric, n.Package, "", name)
	if err != nil {
		why := "The metric `" + name + "` does not exist but was referenced."
		if s.Inherits {
			why = "The metric `" + name + "` does not exist but was referenced by metric `" + n.Name + "`."
		}
		if disabledMiss(err) {
			why = "The metric `" + name + "` is disabled and thus cannot be referenced."
		}
		m.fault(n, why)
		return
	}
	m.resolve(to)
	if s.Inherits {
		for _, in := range semantic.Inputs(to.Extra) {
			semantic.AddInput(n.Extra, in)
		}
	}
	n.Parents = appendNew(n.Parents, to.ID)
}
