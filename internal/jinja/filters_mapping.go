package jinja

import (
	"bytes"
	"regexp"
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
			view, err := method(t, src, "items")
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
	indent, broken, err := jsonIndent(orDefault(a[1], value.None))
	if err != nil {
		return nil, err
	}
	if broken {
		o.Indent = 1
	}
	b, err := value.AppendJSON(nil, a[0], o)
	if err != nil {
		return nil, err
	}
	if err := value.CheckText(len(b) + bytes.Count(b, []byte(" "))*len(indent)); broken && err != nil {
		return nil, err
	}
	if broken && indent != " " {
		b = leadingSpace.ReplaceAllFunc(b, func(m []byte) []byte {
			return []byte("\n" + strings.Repeat(indent, len(m)-1))
		})
	}
	return value.Markup(jsonInHTML.Replace(string(b))), nil
}

// leadingSpace is a line end with the indentation behind it: within a JSON
// string there are no raw line ends.
var leadingSpace = regexp.MustCompile("\n *")

// jsonIndent is what one level of json.dumps is indented by, and whether it
// breaks lines at all: 0 does, None does not.
func jsonIndent(v value.Value) (indent string, broken bool, err error) {
	switch v := v.(type) {
	case value.NoneType:
		return "", false, nil
	case value.Int:
		if err := value.CheckText(int(v)); v > 0 && err != nil {
			return "", false, err
		}
		return strings.Repeat(" ", int(max(v, 0))), true, nil
	case value.Bool:
		return strings.Repeat(" ", int(boolInt(v))), true, nil
	}
	if s, ok := value.AsString(v); ok {
		return s, true, nil
	}
	return "", false, value.TypeErrorf("can't multiply sequence by non-int of type '%s'", v.Type())
}
