package jinja

import "dex/internal/jinja/value"

// filtersDbt is what dbt adds. Its as_... filters mark text for the rendering
// of YAML values, which is where they mean something; in a template that gives
// text they hand their value on.
var filtersDbt = map[string]FilterFunc{
	"as_bool":   filter("<lambda>", filterIdentity, "x"),
	"as_native": filter("<lambda>", filterIdentity, "x"),
	"as_number": filter("<lambda>", filterIdentity, "x"),
	"as_text":   filter("<lambda>", filterIdentity, "x"),
	"is_list":   filter("is_list", filterIsList, "value"),
}

func filterIdentity(_ *value.Thread, a []value.Value) (value.Value, error) { return a[0], nil }

func filterIsList(_ *value.Thread, a []value.Value) (value.Value, error) {
	_, ok := a[0].(*value.List)
	return value.Bool(ok), nil
}
