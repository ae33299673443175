package jinja

import (
	"strings"

	"dex/internal/jinja/value"
)

var filtersMapping = map[string]FilterFunc{
	"items":  filter("do_items", filterItems, "value"),
	"tojson": filterEnv("do_tojson", filterTojson, "value", "indent?"),
}

// filterItems is a generator, and so are its errors late.
func filterItems(t *value.Thread, a []value.Value) (value.Value, error) {
	src := a[0]
	var it value.Iter
	return generator(func() (value.Value, bool, error) {
		if it == nil {
			if isUndefined(src) {
				return nil, false, nil
			}
			if !isMapping(src) {
				return nil, false, value.TypeErrorf("Can only get item pairs from a mapping.")
			}
			view, err := value.CallMethod(t, src, "items", nil, nil)
			if err != nil {
				return nil, false, err
			}
			if it, err = value.Iterate(view); err != nil {
				return nil, false, err
			}
		}
		return it.Next()
	}), nil
}

// filterTojson sorts keys and escapes what HTML could take for its own. It is
// not dbt's function of the same name.
func filterTojson(_ *value.Thread, a []value.Value) (value.Value, error) {
	o := value.JSONOptions{EnsureASCII: true, SortKeys: true}
	switch indent := orDefault(a[1], value.None).(type) {
	case value.NoneType:
	case value.Int:
		o.Indent = spaces(int(indent))
	case value.Bool:
		o.Indent = spaces(int(boolInt(indent)))
	case value.Str:
		o.Indent = string(indent)
	default:
		return nil, value.TypeErrorf("can't multiply sequence by non-int of type '%s'", indent.Type())
	}
	b, err := value.AppendJSON(nil, a[0], o)
	if err != nil {
		return nil, err
	}
	return value.Markup(jsonInHTML.Replace(string(b))), nil
}

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }
