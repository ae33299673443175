package semantic

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// The keys of items, in the order in which dbt looks at them. What stands here
// are facts of dbt 1.12: the fields of its classes Unparsed*.
var (
	filters     = maybe(text, listOf(text))
	windowShape = record(may("is_start", flag), may("is_end", flag))

	inputMeasure = anyOf(record(must("name", text), may("filter", filters), may("alias", maybe(text)),
		may("join_to_timespine", flag), may("fill_nulls_with", maybe(integer))), text)
	inputMetric = anyOf(record(must("name", text), may("filter", filters), may("alias", maybe(text)),
		may("offset_window", maybe(text)), may("offset_to_grain", maybe(text))), text)
	constants = maybe(listOf(record(must("base_property", text), must("conversion_property", text))))

	typeParams = record(
		may("measure", maybe(inputMeasure)), may("numerator", maybe(inputMetric)), may("denominator", maybe(inputMetric)),
		may("expr", maybe(text, flag)), may("window", maybe(text)), may("grain_to_date", maybe(text)),
		may("metrics", maybe(listOf(inputMetric))),
		may("conversion_type_params", maybe(record(must("base_measure", inputMeasure), must("conversion_measure", inputMeasure),
			must("entity", text), may("calculation", text), may("window", maybe(text)), may("constant_properties", constants)))),
		may("cumulative_type_params", maybe(record(may("window", maybe(text)), may("grain_to_date", maybe(text)), may("period_agg", text)))),
	)

	metricShape = record(append(metricHead(text), must("type_params", typeParams), may("meta", object), may("tags", listOf(text)))...)

	// ownMetricShape is that of a metric without type_params, and of one in a model.
	ownMetricShape = record(append(metricHead(maybe(text)),
		may("hidden", flag), may("agg", maybe(text)), may("percentile", maybe(number)), may("percentile_type", maybe(text)),
		may("join_to_timespine", maybe(flag)), may("fill_nulls_with", maybe(integer)), may("expr", maybe(text, integer)),
		may("non_additive_dimension", maybe(record(must("name", text), must("window_agg", text), may("group_by", listOf(text))))),
		may("agg_time_dimension", maybe(text)), may("window", maybe(text)), may("grain_to_date", maybe(text)), may("period_agg", text),
		may("input_metric", maybe(inputMetric)), may("numerator", maybe(inputMetric)), may("denominator", maybe(inputMetric)),
		may("input_metrics", maybe(listOf(inputMetric))), may("entity", maybe(text)), may("calculation", maybe(text)),
		may("base_metric", maybe(inputMetric)), may("conversion_metric", maybe(inputMetric)), may("constant_properties", constants))...)

	entityShape = record(must("type", text), may("name", text), may("description", maybe(text)), may("label", maybe(text)),
		may("config", object), may("role", maybe(text)), may("expr", maybe(text)))
	dimensionShape = record(must("type", text), may("name", text), may("description", maybe(text)), may("label", maybe(text)),
		may("is_partition", flag), may("config", object),
		may("type_params", maybe(record(must("time_granularity", text), may("validity_params", maybe(windowShape))))), may("expr", maybe(text)))
	measureShape = record(must("name", text), must("agg", text), may("description", maybe(text)), may("label", maybe(text)),
		may("expr", maybe(text, flag, integer)),
		may("agg_params", maybe(record(may("percentile", maybe(number)), may("use_discrete_percentile", flag), may("use_approximate_percentile", flag)))),
		may("non_additive_dimension", maybe(record(must("name", text), must("window_choice", text), may("window_groupings", listOf(text))))),
		may("agg_time_dimension", maybe(text)), may("create_metric", flag), may("config", object))
	modelShape = record(must("name", text), must("model", text), may("config", object), may("description", maybe(text)), may("label", maybe(text)),
		may("defaults", maybe(record(may("agg_time_dimension", maybe(text))))), may("entities", listOf(entityShape)),
		may("measures", listOf(measureShape)), may("dimensions", listOf(dimensionShape)), may("primary_entity", maybe(text)))

	queryShape = record(must("name", text),
		must("query_params", record(may("metrics", listOf(text)), may("group_by", listOf(text)), may("where", filters),
			may("order_by", listOf(text)), may("limit", maybe(integer)))),
		may("description", maybe(text)), may("label", maybe(text)), may("exports", listOf(record(must("name", text), may("config", object)))),
		may("config", object), may("tags", anyOf(text, listOf(text))))
)

func metricHead(label shape) []field {
	return []field{must("name", text), may("type", text), may("label", label), may("description", text), may("filter", filters),
		may("time_granularity", maybe(text)), may("config", object)}
}

// What a model says of its semantic model, and its columns of their part in it.
var (
	columnDimension = maybe(record(must("type", text), may("name", maybe(text)), may("description", maybe(text)), may("label", maybe(text)),
		may("is_partition", flag), may("config", object), may("validity_params", maybe(windowShape))), text)
	columnEntity = maybe(record(must("type", text), may("name", maybe(text)), may("description", maybe(text)), may("label", maybe(text)),
		may("config", object)), text)
	derivedEntity = record(must("type", text), may("name", maybe(text)), may("description", maybe(text)), may("label", maybe(text)),
		may("config", object), must("expr", text))
	derivedDimension = record(must("type", text), may("name", text), may("description", maybe(text)), may("label", maybe(text)),
		may("is_partition", flag), may("config", object), may("validity_params", maybe(windowShape)), must("expr", text), may("granularity", maybe(text)))

	modelKeys = []field{
		may("time_spine", maybe(record(must("standard_granularity_column", text),
			may("custom_granularities", listOf(record(must("name", text), may("column_name", maybe(text)))))))),
		may("semantic_model", maybe(record(may("name", maybe(text)), may("enabled", flag), may("group", maybe(text)),
			may("config", maybe(record(may("meta", object))))), flag)),
		may("primary_entity", maybe(text)), may("agg_time_dimension", maybe(text)), may("metrics", maybe(listOf(ownMetricShape))),
		may("derived_semantics", maybe(record(may("entities", listOf(derivedEntity)), may("dimensions", listOf(derivedDimension))))),
	}
	columnKeys = []field{may("granularity", maybe(text)), may("dimension", columnDimension), may("entity", columnEntity)}
)

// SemanticKeys are the keys of a model that this package knows.
func SemanticKeys() []string {
	var out []string
	for _, k := range modelKeys {
		out = append(out, k.name)
	}
	return out
}

// CheckModel holds what an item of `models:` says of semantics against what it
// may say.
func CheckModel(d *value.Dict) *Fault {
	for i, c := range listAt(d, "columns") {
		if col, ok := c.(*value.Dict); ok {
			if f := checkKeys(col, columnKeys, []any{"columns", i}); f != nil {
				return f
			}
		}
	}
	return checkKeys(d, modelKeys, nil)
}

func checkKeys(d *value.Dict, known []field, path []any) *Fault {
	for _, k := range known {
		if v, ok := d.GetStr(k.name); ok {
			if f := k.is(v, append(path, k.name)); f != nil {
				return f
			}
		}
	}
	return nil
}

// CheckMetric checks an item of `metrics:`. dbt takes it for one of the older form
// where it has type_params.
func CheckMetric(d *value.Dict) *Fault {
	is, older := ownMetricShape, false
	if _, older = d.GetStr("type_params"); older {
		is = metricShape
	}
	if f := is(d, nil); f != nil {
		return f
	}
	if f := metricName(textAt(d, "name")); f != nil {
		return f
	}
	switch {
	case older && get(d, "label") == nil:
		return bare(`Field "label" of type str is missing in UnparsedMetric instance`)
	case older:
		return nil
	case get(d, "type") == nil:
		return atRoot("'type' is a required property") // dbt: a KeyError
	case textAt(d, "type") == "simple" && get(d, "agg") == nil:
		return atRoot("Simple metrics must have an agg param.")
	}
	return nil
}

// metricName checks the name of a metric. dbt: UnparsedMetricBase.validate; it
// does not see those that stand in models.
func metricName(name string) *Fault {
	var why []string
	if strings.Contains(name, " ") {
		why = append(why, "cannot contain spaces")
	}
	if len([]rune(name)) > 250 {
		why = append(why, "cannot contain more than 250 characters")
	}
	if name == "" || !isLetter(rune(name[0])) {
		why = append(why, "must begin with a letter")
	}
	if name == "" || strings.ContainsFunc(strings.TrimSuffix(name, "\n"), func(r rune) bool { return !isWord(r) }) {
		why = append(why, "must contain only letters, numbers and underscores")
	}
	if why == nil {
		return nil
	}
	return atRoot("The metric name '" + name + "' is invalid.  It " + strings.Join(why, ", "))
}

func atRoot(reason string) *Fault { return &Fault{Reason: reason} }

// CheckSemanticModel checks an item of `semantic_models:`.
func CheckSemanticModel(d *value.Dict) *Fault {
	if f := modelShape(d, nil); f != nil {
		return f
	}
	for _, part := range [...]struct{ key, class string }{{"entities", "UnparsedEntity"}, {"dimensions", "UnparsedDimension"}} {
		for i, e := range dictsAt(d, part.key) {
			if get(e, "name") == nil {
				return bare(`Field "name" of type str is missing in `+part.class+" instance", part.key, i)
			}
		}
	}
	return nil
}

// CheckSavedQuery checks an item of `saved_queries:`.
func CheckSavedQuery(d *value.Dict) *Fault { return queryShape(d, nil) }

// Members of dbt's enumerations.
var (
	metricTypes    = []string{"simple", "ratio", "cumulative", "derived", "conversion"}
	aggregations   = []string{"sum", "min", "max", "count_distinct", "sum_boolean", "average", "percentile", "median", "count"}
	dimensionTypes = []string{"categorical", "time"}
	entityTypes    = []string{"foreign", "natural", "primary", "unique"}
	calculations   = []string{"conversions", "conversion_rate"}
	periods        = []string{"first", "last", "average"}
	destinations   = []string{"table", "view"}
	// granularities are in the order of their size, the smallest first.
	granularities = []string{"nanosecond", "microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"}
)

// member checks that v is of an enumeration, which finds words in any case, as
// dbt's do.
func member(class string, of []string, v value.Value, path ...any) (value.Value, *Fault) {
	s, ok := v.(value.Str)
	if ok && slices.Contains(of, strings.ToLower(string(s))) {
		return value.Str(strings.ToLower(string(s))), nil
	}
	return value.None, bare("Invalid enum value: `"+value.ToStr(v)+"` in enum "+class, path...)
}
