package jinja

import "dex/internal/jinja/value"

var filtersObject = map[string]FilterFunc{
	"attr":    filterEnv("do_attr", filterAttr, "obj", "name"),
	"d":       filter("do_default", filterDefault, "value", "default_value?", "boolean?"),
	"default": filter("do_default", filterDefault, "value", "default_value?", "boolean?"),
}

func filterDefault(_ *value.Thread, a []value.Value) (value.Value, error) {
	if isUndefined(a[0]) || truth(a[2]) && !a[0].Truth() {
		return orDefault(a[1], value.Str("")), nil
	}
	return a[0], nil
}

// filterAttr looks an attribute up and, unlike a dot, never an item.
func filterAttr(t *value.Thread, a []value.Value) (value.Value, error) {
	name, ok := value.AsString(a[1])
	if !ok {
		return nil, value.TypeErrorf("attribute name must be string, not '%s'", a[1].Type())
	}
	v, found, err := value.GetAttr(a[0], name)
	switch {
	case err != nil:
		// What the sandbox refuses is undefined, with a reason.
		return t.Attr(a[0], name)
	case found:
		return v, nil
	}
	return undefinedIn(a[0], a[1]), nil
}
