package jinja

import (
	"strconv"
	"strings"

	"dex/internal/jinja/value"
)

// attrPath is an attribute as filters name it: 'a.b', 'a.0', 3.
type attrPath []value.Value

// parseAttr reads the attribute argument of a filter. None and an absent one
// are the empty path, which gives the item itself.
func parseAttr(attr value.Value) attrPath {
	if absent(attr) {
		return nil
	}
	s, ok := value.AsString(attr)
	if !ok {
		return attrPath{attr}
	}
	return splitAttr(s)
}

func splitAttr(s string) attrPath {
	parts := strings.Split(s, ".")
	path := make(attrPath, len(parts))
	for i, part := range parts {
		path[i] = value.Str(part)
		if n, err := strconv.ParseInt(part, 10, 64); err == nil && part[0] != '-' && part[0] != '+' {
			path[i] = value.Int(n)
		}
	}
	return path
}

// parseAttrs reads the attribute argument of sort: several paths with commas
// between them.
func parseAttrs(attr value.Value) []attrPath {
	if attr == nil {
		return []attrPath{nil}
	}
	s, ok := value.AsString(attr)
	if !ok {
		return []attrPath{parseAttr(attr)}
	}
	var paths []attrPath
	for _, one := range strings.Split(s, ",") {
		paths = append(paths, splitAttr(one))
	}
	return paths
}

// get follows the path from item. def, unless nil, stands for whatever is
// missing on the way.
func (p attrPath) get(t *value.Thread, item, def value.Value) (value.Value, error) {
	for _, part := range p {
		v, err := t.Item(item, part)
		if err != nil {
			return nil, err
		}
		item = v
		if !absent(def) && isUndefined(item) {
			item = def
		}
	}
	return item, nil
}

// undefinedIn is what a missing attribute or element of obj gives.
func undefinedIn(obj, key value.Value) value.Value {
	owner := obj.Type() + " object"
	switch obj.(type) {
	case value.NoneType:
		owner = "None"
	case value.Markup:
		owner = "markupsafe." + owner
	}
	if name, ok := value.AsString(key); ok {
		return &value.Undefined{Name: name, Hint: value.Repr(value.Str(owner)) + " has no attribute " + value.Repr(key)}
	}
	return &value.Undefined{Name: value.ToStr(key), Hint: owner + " has no element " + value.Repr(key)}
}

// ignoreCase lowers a string, which is how sorting and comparing filters make
// their keys.
func ignoreCase(t *value.Thread, v value.Value) (value.Value, error) {
	s, ok := value.AsString(v)
	if !ok {
		return v, nil
	}
	if isASCII(s) {
		return value.Str(strings.ToLower(s)), nil
	}
	return strMethod(t, v, "lower")
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// keyFunc gives the key by which a filter compares an item.
type keyFunc func(item value.Value) (value.Value, error)

// attrKey is the key of filters with `attribute` and `case_sensitive`.
func attrKey(t *value.Thread, path attrPath, caseSensitive bool, def value.Value) keyFunc {
	return func(item value.Value) (value.Value, error) {
		v, err := path.get(t, item, def)
		if err != nil || caseSensitive {
			return v, err
		}
		return ignoreCase(t, v)
	}
}
