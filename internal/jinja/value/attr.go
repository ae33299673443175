package value

import "strings"

// GetAttr is getattr(v, name). It is false where v has no such attribute.
// Attributes with two underscores in front, which every Python object has, are
// a SecurityError, as in Jinja's sandbox; other names with an underscore in
// front are never there.
func GetAttr(v Value, name string) (Value, bool, error) {
	if strings.HasPrefix(name, "_") {
		if strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__") && len(name) > 4 {
			return nil, false, Errorf("SecurityError", "access to attribute %s of '%s' object is unsafe.", Repr(Str(name)), v.Type())
		}
		return nil, false, nil
	}
	switch x := v.(type) {
	case Getter:
		a, ok := x.Attr(name)
		return a, ok, nil
	case *Undefined:
		return nil, false, x.Error()
	}
	if m := methodOf(v, name); m != nil {
		if m.property {
			a, err := m.call(nil, v, nil, nil)
			return a, true, err
		}
		return &Method{recv: v, row: m}, true, nil
	}
	return nil, false, nil
}
