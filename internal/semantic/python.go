package semantic

import (
	"slices"
	"strings"

	"dex/internal/jinja/value"
)

// Messages of the rules show values as Python does.

// pyList is a list of texts.
func pyList(texts []string) string {
	l := value.NewList()
	for _, t := range texts {
		l.Elems = append(l.Elems, value.Str(t))
	}
	return value.Repr(l)
}

// pySet is a set of texts, in order: Python's own order changes from run to run.
func pySet(texts []string) string {
	sorted := slices.Clone(texts)
	slices.Sort(sorted)
	sorted = slices.Compact(sorted)
	if len(sorted) == 0 {
		return "set()"
	}
	list := pyList(sorted)
	return "{" + list[1:len(list)-1] + "}"
}

// modelField is a field of a class of MetricFlow's, with the class of its value
// where that is one of these as well.
type modelField struct{ name, class string }

var modelClasses = map[string][]modelField{
	"PydanticMetricInputMeasure":      {{"name", ""}, {"filter", "PydanticWhereFilterIntersection"}, {"alias", ""}, {"join_to_timespine", ""}, {"fill_nulls_with", ""}},
	"PydanticWhereFilterIntersection": {{"where_filters", "PydanticWhereFilter"}},
	"PydanticWhereFilter":             {{"where_sql_template", ""}},
	"PydanticMetricTimeWindow":        {{"count", ""}, {"granularity", ""}},
}

// pyModel is the repr of an object of one of these classes, bare its str: without
// the class.
func pyModel(class string, d *value.Dict, bare bool) string {
	var parts []string
	for _, f := range modelClasses[class] {
		parts = append(parts, f.name+"="+pyField(f.class, at(d, f.name)))
	}
	if bare {
		return strings.Join(parts, " ")
	}
	return class + "(" + strings.Join(parts, ", ") + ")"
}

func pyField(class string, v value.Value) string {
	switch x := v.(type) {
	case *value.Dict:
		if class != "" {
			return pyModel(class, x, false)
		}
	case *value.List:
		parts := make([]string, len(x.Elems))
		for i, e := range x.Elems {
			parts[i] = pyField(class, e)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return value.Repr(v)
}

// pyEnum is str() of a member of an enumeration.
func pyEnum(class, v string) string { return class + "." + strings.ToUpper(v) }
