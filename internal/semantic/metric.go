package semantic

import (
	"slices"
	"strings"
	"unicode"

	"dex/internal/jinja/value"
)

// MetricFields are the fields that a metric's node has of its own, for an item
// that CheckMetric let pass: label, type, type_params, filter, metadata,
// time_granularity.
func MetricFields(d *value.Dict) (*value.Dict, *Fault) {
	if _, older := d.GetStr("type_params"); older {
		return olderMetric(d)
	}
	return OwnMetricFields(d, "", nil)
}

// OwnMetricFields is MetricFields for the form without type_params. model is the
// semantic model that the metric stands in, "" where it stands in none; day that
// model's time dimension, which may be nil.
func OwnMetricFields(d *value.Dict, model string, day value.Value) (*value.Dict, *Fault) {
	b := builder{}
	kind := b.member("MetricType", metricTypes, or(get(d, "type"), value.Str("simple")), "type")
	agg := b.aggregated(d, model, day)
	params := fields(
		"measure", nil, "input_measures", value.NewList(),
		"numerator", b.input(get(d, "numerator")), "denominator", b.input(get(d, "denominator")),
		"expr", exprText(get(d, "expr")), "window", nil, "grain_to_date", nil, "metrics", b.inputs(listAt(d, "input_metrics")),
		"conversion_type_params", b.ownConversion(d, kind), "cumulative_type_params", b.ownCumulative(d, kind),
		"metric_aggregation_params", agg,
		"fill_nulls_with", nil, // dbt: what the item says here gets lost
		"join_to_timespine", value.Bool(truthAt(d, "join_to_timespine")), "is_private", or(get(d, "hidden"), value.Bool(false)),
	)
	return metricFields(d, kind, params), b.fault
}

func olderMetric(d *value.Dict) (*value.Dict, *Fault) {
	b := builder{}
	kind := b.member("MetricType", metricTypes, or(get(d, "type"), value.Str("simple")), "type")
	p := dictAt(d, "type_params")
	grain := value.Value(nil)
	if g := get(p, "grain_to_date"); g != nil {
		grain = b.member("TimeGranularity", granularities, g, "type_params", "grain_to_date")
	}
	params := fields(
		"measure", b.measure(get(p, "measure")), "input_measures", value.NewList(),
		"numerator", b.input(get(p, "numerator")), "denominator", b.input(get(p, "denominator")),
		"expr", exprText(get(p, "expr")), "window", b.window(get(p, "window")), "grain_to_date", grain,
		"metrics", b.inputs(listAt(p, "metrics")),
		"conversion_type_params", b.conversion(dictAt(p, "conversion_type_params")), "cumulative_type_params", b.cumulative(p, textAt(d, "type")),
		"metric_aggregation_params", nil, "fill_nulls_with", nil, "join_to_timespine", value.Bool(false), "is_private", nil,
	)
	return metricFields(d, kind, params), b.fault
}

func metricFields(d *value.Dict, kind value.Value, params *value.Dict) *value.Dict {
	return fields(
		"label", orFalsy(get(d, "label"), at(d, "name")), "type", kind, "type_params", params,
		"filter", where(get(d, "filter")), "metadata", nil, "time_granularity", at(d, "time_granularity"),
	)
}

// MeasureMetric is the item of the metric that a measure with create_metric makes.
func MeasureMetric(measure *value.Dict, enabled bool, meta *value.Dict) *value.Dict {
	name := at(measure, "name")
	return fields(
		"name", name, "label", orFalsy(get(measure, "label"), name), "type", value.Str("simple"),
		"type_params", fields("measure", name, "expr", orFalsy(get(measure, "expr"), name)),
		"description", orFalsy(get(measure, "description"), value.Str("Metric created from measure "+value.ToStr(name))),
		"config", fields("enabled", value.Bool(enabled), "meta", meta),
	)
}

// builder makes fields of parts of an item and keeps the first fault.
type builder struct {
	fault *Fault
	lost  bool // a part could not be made, for a reason that is told elsewhere
}

func (b *builder) fail(f *Fault) {
	if b.fault == nil {
		b.fault = f
	}
}

func (b *builder) member(class string, of []string, v value.Value, path ...any) value.Value {
	out, f := member(class, of, v, path...)
	if f != nil {
		b.fail(f)
	}
	return out
}

// where gives a filter, one text or several, the form in which the manifest has it.
func where(v value.Value) value.Value {
	var all []value.Value
	switch x := v.(type) {
	case value.Str:
		all = []value.Value{x}
	case *value.List:
		all = x.Elems
	default:
		return nil
	}
	out := value.NewList()
	for _, s := range all {
		out.Elems = append(out.Elems, fields("where_sql_template", s))
	}
	return fields("where_filters", out)
}

func exprText(v value.Value) value.Value {
	if v == nil {
		return nil
	}
	return value.Str(value.ToStr(v))
}

// measure is an input measure: a name, or a mapping.
func (b *builder) measure(v value.Value) value.Value {
	switch x := v.(type) {
	case value.Str:
		return fields("name", x, "filter", nil, "alias", nil, "join_to_timespine", value.Bool(false), "fill_nulls_with", nil)
	case *value.Dict:
		return fields("name", at(x, "name"), "filter", where(get(x, "filter")), "alias", at(x, "alias"),
			"join_to_timespine", or(get(x, "join_to_timespine"), value.Bool(false)), "fill_nulls_with", whole(get(x, "fill_nulls_with")))
	}
	return nil
}

// whole makes an integer of a float without a fraction.
func whole(v value.Value) value.Value {
	if f, ok := v.(value.Float); ok {
		return value.Int(int64(f))
	}
	return v
}

// fraction makes a float of an integer.
func fraction(v value.Value) value.Value {
	if i, ok := v.(value.Int); ok {
		return value.Float(float64(i))
	}
	return v
}

// input is an input metric: a name, or a mapping.
func (b *builder) input(v value.Value) value.Value {
	switch x := v.(type) {
	case value.Str:
		return fields("name", x, "filter", nil, "alias", nil, "offset_window", nil, "offset_to_grain", nil)
	case *value.Dict:
		return fields("name", at(x, "name"), "filter", where(get(x, "filter")), "alias", at(x, "alias"),
			"offset_window", b.window(get(x, "offset_window")), "offset_to_grain", at(x, "offset_to_grain"))
	}
	return nil
}

func (b *builder) inputs(elems []value.Value) *value.List {
	out := value.NewList()
	for _, e := range elems {
		out.Elems = append(out.Elems, b.input(e))
	}
	return out
}

// window reads "28 days". dbt: only the plural of a standard granularity loses its
// s.
func (b *builder) window(v value.Value) value.Value {
	if v == nil {
		return nil
	}
	given := value.ToStr(v)
	bad := func(reason string) value.Value {
		b.fail(bare("Invalid window config given in %s @ window: {'window': "+value.Repr(v)+"} - "+reason, "window"))
		return nil
	}
	parts := strings.Split(strings.ToLower(given), " ")
	if len(parts) != 2 {
		return bad("Invalid window (" + given + ") in cumulative/conversion metric. Should be of the form `<count> <granularity>`, e.g., `28 days`")
	}
	count, grain := parts[0], parts[1]
	if one, plural := strings.CutSuffix(grain, "s"); plural && slices.Contains(granularities, one) {
		grain = one
	}
	if count == "" || strings.ContainsFunc(count, func(r rune) bool { return !unicode.IsDigit(r) }) {
		return bad("Invalid count (" + count + ") in cumulative/conversion metric window string: (" + given + ")")
	}
	n, err := value.ParseJSON([]byte(strings.TrimLeft(count[:len(count)-1], "0") + count[len(count)-1:]))
	if err != nil {
		return bad("Invalid count (" + count + ") in cumulative/conversion metric window string: (" + given + ")")
	}
	return fields("count", n, "granularity", value.Str(grain))
}

func (b *builder) conversion(p *value.Dict) *value.Dict {
	if p == nil {
		return nil
	}
	return fields(
		"entity", at(p, "entity"), "base_measure", b.measure(get(p, "base_measure")), "conversion_measure", b.measure(get(p, "conversion_measure")),
		"base_metric", nil, "conversion_metric", nil,
		"calculation", b.member("ConversionCalculationType", calculations, or(get(p, "calculation"), value.Str("conversion_rate"))),
		"window", b.window(get(p, "window")), "constant_properties", at(p, "constant_properties"),
	)
}

func (b *builder) ownConversion(d *value.Dict, kind value.Value) *value.Dict {
	if kind != value.Str("conversion") {
		return nil
	}
	for _, key := range [...]string{"base_metric", "conversion_metric", "entity"} {
		if get(d, key) == nil {
			b.fail(bare(key + " is required for conversion metrics."))
			return nil
		}
	}
	return fields(
		"entity", at(d, "entity"), "base_measure", nil, "conversion_measure", nil,
		"base_metric", b.input(get(d, "base_metric")), "conversion_metric", b.input(get(d, "conversion_metric")),
		"calculation", b.member("ConversionCalculationType", calculations, at(d, "calculation"), "calculation"),
		"window", b.window(get(d, "window")), "constant_properties", at(d, "constant_properties"),
	)
}

// cumulative reads cumulative_type_params, with window and grain_to_date where
// they stood before there was such a thing.
func (b *builder) cumulative(p *value.Dict, kind string) *value.Dict {
	if strings.ToLower(kind) != "cumulative" {
		return nil
	}
	c := dictAt(p, "cumulative_type_params")
	return fields(
		"window", b.window(firstOf(get(c, "window"), get(p, "window"))), "grain_to_date", firstOf(get(c, "grain_to_date"), get(p, "grain_to_date")),
		"period_agg", b.member("PeriodAggregation", periods, or(get(c, "period_agg"), value.Str("first"))), "metric", nil,
	)
}

// firstOf is the first value that is something.
func firstOf(values ...value.Value) value.Value {
	for _, v := range values {
		if v != nil && v.Truth() {
			return v
		}
	}
	return nil
}

func (b *builder) ownCumulative(d *value.Dict, kind value.Value) *value.Dict {
	if kind != value.Str("cumulative") {
		return nil
	}
	in := get(d, "input_metric")
	if in == nil {
		b.fail(bare("input_metric is required for cumulative metrics."))
		return nil
	}
	return fields(
		"window", b.window(get(d, "window")), "grain_to_date", at(d, "grain_to_date"),
		"period_agg", b.member("PeriodAggregation", periods, or(get(d, "period_agg"), value.Str("first")), "period_agg"), "metric", b.input(in),
	)
}

// aggregated is what a metric with agg says of its aggregation.
func (b *builder) aggregated(d *value.Dict, model string, day value.Value) *value.Dict {
	agg := get(d, "agg")
	if agg == nil {
		return nil
	}
	if model == "" {
		b.fail(&Fault{Reason: "simple metrics in v2 YAML must be attached to semantic_model", Path: nil, Bare: true})
		return nil
	}
	percentile := strings.ToLower(textAt(d, "percentile_type"))
	return fields(
		"semantic_model", value.Str(model), "agg", b.member("AggregationType", aggregations, agg, "agg"),
		"agg_params", fields("percentile", fraction(get(d, "percentile")), "use_discrete_percentile", value.Bool(percentile == "discrete"),
			"use_approximate_percentile", value.Bool(percentile == "continuous")),
		"agg_time_dimension", orFalsy(get(d, "agg_time_dimension"), day), "non_additive_dimension", b.ownNonAdditive(dictAt(d, "non_additive_dimension")),
	)
}

func (b *builder) ownNonAdditive(d *value.Dict) *value.Dict {
	if d == nil {
		return nil
	}
	return fields("name", at(d, "name"), "window_choice", b.member("AggregationType", aggregations, at(d, "window_agg"), "non_additive_dimension"),
		"window_groupings", or(get(d, "group_by"), value.NewList()))
}

func isLetter(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' }

func isWord(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
