package semantic

import (
	"dex/internal/jinja/value"
)

// Sources says what a metric is made of: measures, a semantic model, or other
// metrics.
type Sources struct {
	Measures []*value.Dict // input measures
	Model    string        // a semantic model of the project, by name
	Metrics  []string      // names, as often as they stand there
	// Inherits says that the metric takes over the measures of its metrics.
	Inherits bool
	Fault    string // why it is made of nothing; "" is fine
}

// SourcesOf finds what a metric is made of. extra are the fields of its node.
func SourcesOf(extra *value.Dict) Sources {
	p := dictAt(extra, "type_params")
	measure, cumulative, conversion := dictAt(p, "measure"), dictAt(p, "cumulative_type_params"), dictAt(p, "conversion_type_params")
	switch kind := textAt(extra, "type"); kind {
	case "simple", "cumulative":
		switch {
		case measure != nil:
			return Sources{Measures: []*value.Dict{measure}}
		case kind == "cumulative":
			if in := dictAt(cumulative, "metric"); in != nil {
				return Sources{Metrics: []string{NameOf(in)}}
			}
			return Sources{Fault: "Cumulative metric should have a measure or input_metric defined, but it does not."}
		}
		if model := textAt(dictAt(p, "metric_aggregation_params"), "semantic_model"); model != "" {
			return Sources{Model: model}
		}
		return Sources{Fault: "Simple metric should have a measure or agg type defined, but it does not."}
	case "conversion":
		return conversionSources(conversion)
	case "ratio":
		n, d := dictAt(p, "numerator"), dictAt(p, "denominator")
		if n == nil || d == nil {
			return Sources{Fault: "Invalid ratio metric. Both a numerator and denominator must be specified"}
		}
		return Sources{Metrics: []string{NameOf(n), NameOf(d)}, Inherits: true}
	}
	var names []string
	for _, in := range dictsAt(p, "metrics") {
		names = append(names, NameOf(in))
	}
	return Sources{Metrics: names, Inherits: true}
}

func conversionSources(p *value.Dict) Sources {
	if p == nil {
		return Sources{Fault: "A conversion metric must have conversion_type_params defined."}
	}
	if a, b := dictAt(p, "base_measure"), dictAt(p, "conversion_measure"); a != nil && b != nil {
		return Sources{Measures: []*value.Dict{a, b}}
	}
	if a, b := dictAt(p, "base_metric"), dictAt(p, "conversion_metric"); a != nil && b != nil {
		return Sources{Metrics: []string{NameOf(a), NameOf(b)}}
	}
	return Sources{Fault: "A conversion metric must have base and conversion measures or base and conversion metrics defined."}
}

// NameOf is the name of an input measure or metric.
func NameOf(in *value.Dict) string { return textAt(in, "name") }

// Inputs are the measures that go into a metric.
func Inputs(extra *value.Dict) []*value.Dict {
	return dictsAt(dictAt(extra, "type_params"), "input_measures")
}

// AddInput adds a measure to those that go into a metric, unless it is there.
func AddInput(extra, measure *value.Dict) {
	l, ok := get(dictAt(extra, "type_params"), "input_measures").(*value.List)
	if !ok {
		return
	}
	for _, have := range l.Elems {
		if value.Equal(have, measure) {
			return
		}
	}
	l.Elems = append(l.Elems, measure)
}

// Measures are the names of a semantic model's measures.
func Measures(extra *value.Dict) []string {
	var out []string
	for _, m := range dictsAt(extra, "measures") {
		out = append(out, NameOf(m))
	}
	return out
}
