package semantic

import (
	"context"
	"errors"
	"slices"
	"strings"

	"dex/internal/jinja"
	"dex/internal/jinja/value"
)

// item is what a filter or a saved query names: Dimension('order__status'),
// TimeDimension('metric_time', 'day'), Entity(...), Metric(...).
type item struct {
	kind        string
	name        string
	path        []string // entity_path
	by          []string // group_by of a metric
	grain, part string
	descending  bool
}

// id tells items apart.
func (i *item) id() string {
	down := ""
	if i.descending {
		down = "desc"
	}
	return strings.Join([]string{i.kind, i.name, strings.Join(i.path, ","), strings.Join(i.by, ","), i.grain, i.part, down}, "\x00")
}

// Names of Python's exceptions as messages have them.
const (
	parseException = "metricflow_semantic_interfaces.call_parameter_sets.ParseJinjaObjectException"
	jinjaException = "metricflow_semantic_interfaces.parsing.text_input.ti_exceptions.QueryItemJinjaException"
	querySyntax    = "metricflow_semantic_interfaces.errors.InvalidQuerySyntax"
	builderMethod  = "metricflow_semantic_interfaces.parsing.text_input.ti_exceptions.InvalidBuilderMethodException"
)

// exception is a Python exception by its full name.
type exception struct{ class, msg string }

// Error gives what traceback.format_exception_only gives.
func (e *exception) Error() string { return e.class + ": " + e.msg + "\n" }

// methodsOf are the methods of items; in an order-by there are more.
var (
	methodsOf      = map[string][]string{"Dimension": {"descending", "grain", "date_part"}}
	orderMethodsOf = map[string][]string{
		"Dimension": {"descending", "grain", "date_part"}, "TimeDimension": {"descending"}, "Entity": {"descending"}, "Metric": {"descending"},
	}
)

// params are the parameters of the functions that make items.
var itemParams = map[string][]string{
	"Dimension": {"name", "entity_path"}, "Entity": {"entity_name", "entity_path"}, "Metric": {"metric_name", "group_by"},
	"TimeDimension": {"time_dimension_name", "time_granularity_name", "entity_path", "descending", "date_part_name"},
}

// itemsIn lists the items that a template prints, each once. The template sees
// nothing but the functions that make them.
func itemsIn(template string, methods map[string][]string) ([]*item, error) {
	broken := &exception{jinjaException, "Error while processing Jinja template:\n" + indented(template)}
	t, err := jinja.Compile("filter", template)
	if err != nil {
		return nil, broken
	}
	s := &itemScope{methods: methods}
	if _, err = t.Render(value.NewThread(context.Background(), nil), s); err != nil || s.missing {
		var e *exception
		switch {
		case s.fault != nil:
			return nil, s.fault
		case errors.As(err, &e):
			return nil, e
		}
		var je *jinja.Error
		if errors.As(err, &je) && !s.missing && je.Kind != "UndefinedError" && je.Kind != "TemplateSyntaxError" && je.Kind != "SecurityError" {
			return nil, &exception{je.Kind, je.Msg}
		}
		return nil, broken
	}
	return s.found, nil
}

func indented(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			lines[i] = "    " + l
		}
	}
	return strings.Join(lines, "\n")
}

// itemScope gives a template the functions that make items, and keeps those that
// are printed.
type itemScope struct {
	methods map[string][]string
	found   []*item
	missing bool // the template asks for another name
	fault   *exception
}

// jinjaNames are the names that every template has.
var jinjaNames = []string{"range", "dict", "lipsum", "cycler", "joiner", "namespace"}

// Lookup implements jinja.Scope.
func (s *itemScope) Lookup(name string) (value.Value, bool) {
	params, ok := itemParams[name]
	if !ok {
		s.missing = s.missing || !slices.Contains(jinjaNames, name)
		return nil, false
	}
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		given, err := bind("_create()", params, 1, args, kw)
		if err != nil {
			return nil, err
		}
		return s.make(name, given)
	}), true
}

// bind gives the arguments of a call by parameter; the first must are asked for.
func bind(call string, params []string, must int, args []value.Value, kw []value.Arg) (map[string]value.Value, error) {
	if len(args) > len(params) {
		return nil, value.TypeErrorf("%s takes %d positional arguments but %d were given", call, len(params), len(args))
	}
	out := map[string]value.Value{}
	for i, a := range args {
		out[params[i]] = a
	}
	for _, k := range kw {
		if !slices.Contains(params, k.Name) {
			return nil, value.TypeErrorf("%s got an unexpected keyword argument '%s'", call, k.Name)
		}
		out[k.Name] = k.Value
	}
	for _, p := range params[:must] {
		if out[p] == nil {
			return nil, value.TypeErrorf("%s missing 1 required positional argument: '%s'", call, p)
		}
	}
	return out, nil
}

func (s *itemScope) make(kind string, given map[string]value.Value) (value.Value, error) {
	name, ok := given[itemParams[kind][0]].(value.Str)
	if !ok {
		return nil, value.Errorf("AttributeError", "'%s' object has no attribute 'split'", given[itemParams[kind][0]].Type())
	}
	i := &item{kind: kind, name: string(name)}
	var err error
	if i.path, err = texts(given["entity_path"]); err != nil {
		return nil, err
	}
	if i.by, err = texts(given["group_by"]); err != nil {
		return nil, err
	}
	i.grain, i.part = optionalText(given["time_granularity_name"]), optionalText(given["date_part_name"])
	i.descending = given["descending"] != nil && given["descending"].Truth()
	return &itemValue{s: s, i: i}, s.check(i)
}

func optionalText(v value.Value) string {
	if v == nil || v == value.None {
		return ""
	}
	return value.ToStr(v)
}

// texts is tuple(v) for a sequence of texts.
func texts(v value.Value) ([]string, error) {
	var elems []value.Value
	switch x := v.(type) {
	case nil:
	case *value.List:
		elems = x.Elems
	case *value.Tuple:
		elems = x.Elems
	case value.Str:
		for _, r := range string(x) {
			elems = append(elems, value.Str(string(r)))
		}
	default:
		return nil, value.TypeErrorf("'%s' object is not iterable", v.Type())
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		out[i] = value.ToStr(e)
	}
	return out, nil
}

var dateParts = []string{"year", "quarter", "month", "day", "dow", "doy"}

// check is what every item must be. dbt: ObjectBuilderItemDescription.
func (s *itemScope) check(i *item) error {
	why := ""
	plain := i.kind == "Entity" || i.kind == "Metric"
	kind := "item_type=<QueryItemType." + strings.ToUpper(i.kind) + ": '" + i.kind + "'>"
	switch {
	case plain && i.grain != "":
		why = "self.time_granularity_name=" + value.Repr(value.Str(i.grain)) + " is not supported for " + kind
	case plain && i.part != "":
		why = "self.date_part_name=" + value.Repr(value.Str(i.part)) + " is not supported for " + kind
	case i.kind == "Metric" && len(i.path) > 0:
		why = "The entity path should not be specified for a metric."
	case i.kind == "Metric" && len(dundered(i.name, nil).links) > 0:
		why = "The name of the metric should not have entity links."
	case i.part != "" && !slices.Contains(dateParts, strings.ToLower(i.part)):
		why = value.Repr(value.Str(i.part)) + " is not a valid date part. Valid values are " + pySet(dateParts)
	default:
		return nil
	}
	s.fault = &exception{querySyntax, why}
	return s.fault
}

// itemValue is an item while a template makes it. Its methods change it.
type itemValue struct {
	s *itemScope
	i *item
}

func (v *itemValue) Type() string { return "_RenderingClassForJinjaTemplate" }

// Truth is true.
func (v *itemValue) Truth() bool { return true }

// AppendStr takes the item down.
func (v *itemValue) AppendStr(b []byte) []byte {
	for _, have := range v.s.found {
		if have.id() == v.i.id() {
			return b
		}
	}
	v.s.found = append(v.s.found, v.i)
	return b
}

// AppendRepr shows nothing of use.
func (v *itemValue) AppendRepr(b []byte) []byte { return append(b, "<item>"...) }

// itemMethods are the methods of items with the name of their one parameter.
var itemMethods = map[string]string{"grain": "time_granularity", "descending": "_is_descending", "date_part": "date_part_name"}

// Attr gives a method.
func (v *itemValue) Attr(name string) (value.Value, bool) {
	param, ok := itemMethods[name]
	if !ok {
		return nil, false
	}
	return value.NewFunc(name, func(_ *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		given, err := bind("_RenderingClassForJinjaTemplate."+name+"()", []string{param}, 1, args, kw)
		if err != nil {
			return nil, err
		}
		i := *v.i
		switch arg := given[param]; name {
		case "grain":
			i.grain = or2(optionalText(arg), i.grain)
		case "date_part":
			i.part = or2(optionalText(arg), i.part)
		default:
			i.descending = arg.Truth() || i.descending
		}
		if err := v.s.check(&i); err != nil {
			return nil, err
		}
		if !slices.Contains(v.s.methods[i.kind], name) {
			v.s.fault = &exception{builderMethod, "`" + name + "` can't be used with `" + i.kind + "` in this context."}
			return nil, v.s.fault
		}
		v.i = &i
		return v, nil
	}), true
}

func or2(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// dunder is a name in parts: "order__ordered_at__month".
type dunder struct {
	links      []string
	name, time string
}

// dundered takes a name apart. custom are granularities beside the standard ones.
func dundered(name string, custom []string) dunder {
	parts := strings.Split(name, "__")
	n := len(parts)
	last := parts[n-1]
	if n > 1 && (slices.Contains(granularities, last) || slices.Contains(custom, last)) {
		return dunder{parts[:n-2], parts[n-2], last}
	}
	return dunder{links: parts[:n-1], name: last}
}

// calls are the things of the project that a filter names.
type calls struct {
	names  []string // elements, in dbt's order of kinds
	grains []string // granularities of time dimensions
}

const metricTime = "metric_time"

// callsIn finds what a filter names, or an element of a saved query that stands in
// a template. dbt: JinjaObjectParser.parse_call_parameter_sets.
func callsIn(template string, custom []string) (calls, error) {
	found, err := itemsIn(template, methodsOf)
	if err != nil {
		return calls{}, &exception{parseException, "Error while parsing Jinja template:\n" + template}
	}
	var out [4][]string
	var c calls
	for _, i := range found {
		at, name, err := 0, "", error(nil)
		switch {
		case i.kind == "Entity":
			d := dundered(i.name, nil)
			if name = d.name; d.time != "" {
				err = &exception{parseException, "Name is in an incorrect format: " + value.Repr(value.Str(i.name)) + ". It should not contain a time grain suffix."}
			}
		case i.kind == "Metric":
			at, name = 3, i.name
			if len(i.by) == 0 {
				err = &exception{parseException, "`group_by` parameter is required for Metric in where filter. This is needed to determine 1) the " +
					"granularity to aggregate the metric to and 2) how to join the metric to the rest of the query."}
			}
		case i.kind == "Dimension" && i.grain == "" && i.part == "":
			at = 1
			d := dundered(i.name, nil)
			name, err = d.name, wellFormed(i.name, d)
		default:
			at = 2
			var grain string
			name, grain, err = timeCall(i, custom)
			if grain != "" {
				c.grains = append(c.grains, grain)
			}
		}
		if err != nil {
			return calls{}, err
		}
		out[at] = append(out[at], name)
	}
	c.names = slices.Concat(out[:]...)
	return c, nil
}

func wellFormed(name string, d dunder) error {
	if len(d.links) == 1 || d.name == metricTime {
		return nil
	}
	return &exception{parseException, "Name is in an incorrect format: " + value.Repr(value.Str(name)) +
		". It should be of the form: <primary entity name>__<dimension_name>"}
}

func timeCall(i *item, custom []string) (name, grain string, err error) {
	d := dundered(i.name, custom)
	if err := wellFormed(i.name, d); err != nil {
		return "", "", err
	}
	if d.time != "" && i.grain != "" && i.grain != d.time {
		return "", "", &exception{parseException, "Received different grains in `time_dimension_name` parameter ('" + i.name +
			"') and `time_granularity_name` parameter ('" + i.grain + "'). Remove the grain suffix (`" + d.time +
			"`) from the time dimension name and use the `time_granularity_name` parameter to specify the intendend grain."}
	}
	return d.name, strings.ToLower(or2(d.time, i.grain)), nil
}
