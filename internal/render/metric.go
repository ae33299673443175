package render

import (
	"slices"

	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// callMetric is metric('name') and metric('package', 'name'). dbt:
// RuntimeMetricResolver.
func callMetric(f *Frame, _ *value.Thread, v []value.Value) (value.Value, error) {
	pkg, name, err := targetArgs("metric", v[0].(*value.Tuple).Elems)
	if err != nil {
		return nil, err
	}
	if f.Phase == Parse {
		f.notes.Metrics = append(f.notes.Metrics, calledAs(pkg, name))
		return &metric{name: name, pkg: pkg}, nil
	}
	n, err := f.Inv.Manifest.ResolveOther(manifest.KindMetric, f.pkg, pkg, name)
	if err != nil {
		return nil, f.notFound(err)
	}
	return &metric{name: n.Name, pkg: n.Package, node: n, m: f.Inv.Manifest}, nil
}

// metric is what metric() gives: the metric's name as text, and, once all nodes are
// known, its fields and what it is made of. dbt: ResolvedMetricReference.
type metric struct {
	name, pkg string
	node      *manifest.Node // nil while parsing
	m         *manifest.Manifest
}

// Type is dbt's class.
func (r *metric) Type() string {
	if r.node == nil {
		return "MetricReference"
	}
	return "ResolvedMetricReference"
}

// Truth is true.
func (r *metric) Truth() bool { return true }

// AppendStr appends the name.
func (r *metric) AppendStr(b []byte) []byte { return append(b, r.name...) }

// AppendRepr shows class and name.
func (r *metric) AppendRepr(b []byte) []byte {
	return append(append(append(append(b, '<'), r.Type()...), ' '), r.name+">"...)
}

// Attr gives the name, the package and, of a resolved metric, what else it has.
func (r *metric) Attr(name string) (value.Value, bool) {
	switch {
	case name == "metric_name":
		return value.Str(r.name), true
	case name == "package_name" && r.pkg == "":
		return value.None, true
	case name == "package_name":
		return value.Str(r.pkg), true
	case r.node == nil:
		return nil, false
	case name == "node":
		return NodeValue(r.node), true
	}
	if f, ok := metricMethods[name]; ok {
		return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
			if _, err := value.Bind(name, args, kw); err != nil {
				return nil, err
			}
			return f(r), nil
		}), true
	}
	return NodeValue(r.node).GetStr(name)
}

// metricMethods tell what a metric is made of, itself first.
var metricMethods = map[string]func(*metric) value.Value{
	"full_metric_dependency":    func(r *metric) value.Value { return r.names(func(*manifest.Node) bool { return true }) },
	"base_metric_dependency":    func(r *metric) value.Value { return r.names(func(n *manifest.Node) bool { return !madeOfMetrics(n) }) },
	"derived_metric_dependency": func(r *metric) value.Value { return r.names(madeOfMetrics) },
	"derived_metric_dependency_depth": func(r *metric) value.Value {
		out := value.NewList()
		r.depths(r.node, 1, out)
		return out
	},
}

// madeOfMetrics reports whether a metric is made of others.
func madeOfMetrics(n *manifest.Node) bool {
	v, _ := n.Extra.GetStr("type")
	return v == value.Str("derived") || v == value.Str("ratio")
}

// names lists the metrics that the metric is made of, each once.
func (r *metric) names(want func(*manifest.Node) bool) *value.List {
	out := value.NewList()
	var seen []manifest.ID
	var visit func(n *manifest.Node)
	visit = func(n *manifest.Node) {
		if slices.Contains(seen, n.ID) {
			return
		}
		seen = append(seen, n.ID)
		if want(n) {
			out.Elems = append(out.Elems, value.Str(n.Name))
		}
		for _, id := range n.Parents {
			if p := r.m.Node(id); p != nil && p.Kind == manifest.KindMetric {
				visit(p)
			}
		}
	}
	visit(r.node)
	return out
}

// depths lists derived metrics on the way up with how far they are.
func (r *metric) depths(n *manifest.Node, depth int, out *value.List) {
	if !madeOfMetrics(n) {
		return
	}
	d := value.NewDict(1)
	d.SetStr(n.Name, value.Int(depth))
	out.Elems = append(out.Elems, d)
	for _, id := range n.Parents {
		if p := r.m.Node(id); p != nil && p.Kind == manifest.KindMetric {
			r.depths(p, depth+1, out)
		}
	}
}
