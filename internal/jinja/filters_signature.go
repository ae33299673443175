package jinja

import "dex/internal/jinja/value"

// body is the inside of a filter, called with exactly as many values as the
// filter has parameters; an absent optional one is nil.
type body func(t *value.Thread, a []value.Value) (value.Value, error)

// filter makes a filter of a body. fname and params are those of the Python
// function behind it, since they stand in its TypeErrors.
func filter(fname string, fn body, params ...string) FilterFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		if len(kw) == 0 && len(args) == len(params) {
			return fn(t, args)
		}
		bound, err := value.Bind(fname, args, kw, params...)
		if err != nil {
			return nil, err
		}
		return fn(t, bound)
	}
}

// filterEnv is filter for a Python function that takes the environment as its
// first parameter: its TypeErrors count that argument.
func filterEnv(fname string, fn body, params ...string) FilterFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		if len(kw) == 0 && len(args) == len(params) {
			return fn(t, args)
		}
		bound, err := value.Bind(fname, args, kw, params...)
		if err != nil {
			counted := append([]value.Value{value.None}, args...)
			_, err = value.Bind(fname, counted, kw, append([]string{"environment"}, params...)...)
			return nil, err
		}
		return fn(t, bound)
	}
}

// orDefault is v, or def where the argument is absent.
func orDefault(v, def value.Value) value.Value {
	if v == nil {
		return def
	}
	return v
}

// truth is bool(v) of an argument that may be absent.
func truth(v value.Value) bool { return v != nil && v.Truth() }

// absent reports an argument that is not given or None, which most filters
// treat alike.
func absent(v value.Value) bool { return v == nil || v == value.None }

// isUndefined reports a value of Jinja's Undefined.
func isUndefined(v value.Value) bool {
	_, ok := v.(*value.Undefined)
	return ok
}

// softStr is markupsafe.soft_str: strings stay what they are, Markup included.
func softStr(v value.Value) value.Value {
	if _, ok := value.AsString(v); ok {
		return v
	}
	return value.Str(value.ToStr(v))
}

// method calls a method of a string, for what Unicode makes hard.
func method(t *value.Thread, recv value.Value, name string, args ...value.Value) (value.Value, error) {
	return value.CallMethod(t, recv, name, args, nil)
}

func filterArgumentErrorf(format string, args ...any) error {
	return value.Errorf("FilterArgumentError", format, args...)
}

// generator makes a Python generator. Nothing of it runs before the first
// value is asked for, and so its errors come late, as in Python.
func generator(next func() (value.Value, bool, error)) value.Value {
	return value.NewIterator("generator", value.IterFunc(next))
}

// generateFrom is a generator over the elements of src: open is called with
// the first step, and step gives the next value from the source.
func generateFrom(src value.Value, step func(it value.Iter) (value.Value, bool, error)) value.Value {
	var it value.Iter
	done := false
	return generator(func() (value.Value, bool, error) {
		if done {
			return nil, false, nil
		}
		if it == nil {
			var err error
			if it, err = value.Iterate(src); err != nil {
				done = true
				return nil, false, err
			}
		}
		v, ok, err := step(it)
		done = !ok || err != nil
		return v, ok, err
	})
}
