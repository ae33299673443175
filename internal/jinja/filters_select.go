package jinja

import (
	"slices"

	"dex/internal/jinja/value"
)

var filtersSelect = map[string]FilterFunc{
	"map":        filterMap,
	"reject":     selector{keep: false}.filter,
	"rejectattr": selector{keep: false, attr: true}.filter,
	"select":     selector{keep: true}.filter,
	"selectattr": selector{keep: true, attr: true}.filter,
}

// mapper turns one item into another.
type mapper func(item value.Value) (value.Value, error)

// filterMap looks an attribute up, or applies a filter. As in Python nothing
// happens before the first item is asked for, the checks of the arguments
// included.
func filterMap(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	src := args[0]
	args, kw = slices.Clone(args[1:]), slices.Clone(kw)
	var fn mapper
	return lazily(src, func() (err error) {
		fn, err = prepareMap(t, args, kw)
		return err
	}, func(it value.Iter) (value.Value, bool, error) {
		v, ok, err := it.Next()
		if err != nil || !ok {
			return nil, false, err
		}
		v, err = fn(v)
		return v, err == nil, err
	}), nil
}

// lazily is a generator over src that does nothing for a false src and else
// prepares itself at the first step.
func lazily(src value.Value, prepare func() error, step func(it value.Iter) (value.Value, bool, error)) value.Value {
	if !src.Truth() {
		prepare = func() error { return nil }
		src = value.NewTuple()
	}
	return generateFrom(src, prepare, step)
}

func prepareMap(t *value.Thread, args []value.Value, kw []value.Arg) (mapper, error) {
	if len(args) == 0 {
		if attr, rest := cutArg(kw, "attribute"); attr != nil {
			def, rest := cutArg(rest, "default")
			if len(rest) > 0 {
				return nil, filterArgumentErrorf("Unexpected keyword argument %s", value.Repr(value.Str(rest[0].Name)))
			}
			path := parseAttr(attr)
			return func(item value.Value) (value.Value, error) { return path.get(t, item, def) }, nil
		}
		return nil, filterArgumentErrorf("map requires a filter argument")
	}
	name, ok := value.AsString(args[0])
	f, found := lookupFilter(name)
	missing := noSuch("filter", args[0])
	return func(item value.Value) (value.Value, error) {
		if !ok || !found {
			return nil, missing
		}
		// args[0], the name's place, is free for the item.
		args[0] = item
		return f(t, args, kw)
	}, nil
}

// cutArg takes a keyword argument out of kw.
func cutArg(kw []value.Arg, name string) (value.Value, []value.Arg) {
	for i, arg := range kw {
		if arg.Name == name {
			return arg.Value, slices.Delete(slices.Clone(kw), i, i+1)
		}
	}
	return nil, kw
}

// noSuch is the error of a filter or test that is named at run time.
func noSuch(what string, name value.Value) error {
	msg := "No " + what + " named " + value.Repr(name) + "."
	if u, ok := name.(*value.Undefined); ok {
		msg += " (" + u.Error().Msg + "; did you forget to quote the callable name?)"
	}
	return value.Errorf("TemplateRuntimeError", "%s", msg)
}

// selector is the four filters that keep items by a test: of the item or of an
// attribute, what passes or what fails.
type selector struct{ keep, attr bool }

// predicate says whether an item passes.
type predicate func(item value.Value) (bool, error)

func (s selector) filter(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
	src := args[0]
	args, kw = slices.Clone(args[1:]), slices.Clone(kw)
	var pass predicate
	return lazily(src, func() (err error) {
		pass, err = s.prepare(t, args, kw)
		return err
	}, func(it value.Iter) (value.Value, bool, error) {
		for {
			v, ok, err := it.Next()
			if err != nil || !ok {
				return nil, false, err
			}
			ok, err = pass(v)
			if err != nil {
				return nil, false, err
			}
			if ok == s.keep {
				return v, true, nil
			}
		}
	}), nil
}

func (s selector) prepare(t *value.Thread, args []value.Value, kw []value.Arg) (predicate, error) {
	var path attrPath
	if s.attr {
		if len(args) == 0 {
			return nil, filterArgumentErrorf("Missing parameter for attribute name")
		}
		path, args = parseAttr(args[0]), args[1:]
	}
	if len(args) == 0 {
		return func(item value.Value) (bool, error) {
			v, err := path.get(t, item, nil)
			return err == nil && v.Truth(), err
		}, nil
	}
	name, ok := value.AsString(args[0])
	test, found := lookupTest(name)
	missing := noSuch("test", args[0])
	return func(item value.Value) (bool, error) {
		if !ok || !found {
			return false, missing
		}
		v, err := path.get(t, item, nil)
		if err != nil {
			return false, err
		}
		args[0] = v // the name's place is free
		return test(t, args, kw)
	}, nil
}
