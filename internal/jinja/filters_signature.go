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

// builtin is filter for a function of one argument that Python has in C, whose
// TypeErrors are worded differently.
func builtin(fname string, fn body) FilterFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		if err := oneArgument(fname, args, kw); err != nil {
			return nil, err
		}
		return fn(t, args)
	}
}

func oneArgument(fname string, args []value.Value, kw []value.Arg) error {
	switch {
	case len(kw) > 0:
		return value.TypeErrorf("%s() takes no keyword arguments", fname)
	case len(args) != 1:
		return value.TypeErrorf("%s() takes exactly one argument (%d given)", fname, len(args))
	}
	return nil
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

// strMethod calls a method that every str has, which needs no look-up first.
func strMethod(t *value.Thread, s value.Value, name string, args ...value.Value) (value.Value, error) {
	return value.CallMethod(t, s, name, args, nil)
}

// softStr is markupsafe.soft_str: strings stay what they are, Markup included.
func softStr(v value.Value) value.Value {
	if _, ok := value.AsString(v); ok {
		return v
	}
	return value.Str(value.ToStr(v))
}

// method calls recv.name(*args) as Python does: unlike a dot in a template, a
// method that is not there is an AttributeError.
func method(t *value.Thread, recv value.Value, name string, args ...value.Value) (value.Value, error) {
	fn, found, err := value.GetAttr(recv, name)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, value.Errorf("AttributeError", "'%s' object has no attribute '%s'", recv.Type(), name)
	}
	return value.Call(t, fn, args, nil)
}

func filterArgumentErrorf(format string, args ...any) error {
	return value.Errorf("FilterArgumentError", format, args...)
}

// generator makes a Python generator. Nothing of it runs before the first
// value is asked for, and so its errors come late, as in Python.
func generator(next func() (value.Value, bool, error)) value.Value {
	return value.NewIterator("generator", value.IterFunc(next))
}

// generateFrom is a generator over the elements of src: at the first step it
// calls prepare, unless nil, and begins to walk src; step gives the next value.
func generateFrom(src value.Value, prepare func() error, step func(it value.Iter) (value.Value, bool, error)) value.Value {
	var it value.Iter
	done := false
	begin := func() (err error) {
		if prepare != nil {
			err = prepare()
		}
		if err == nil {
			it, err = value.Iterate(src)
		}
		return err
	}
	return generator(func() (value.Value, bool, error) {
		if done {
			return nil, false, nil
		}
		if it == nil {
			if err := begin(); err != nil {
				done = true
				return nil, false, err
			}
		}
		v, ok, err := step(it)
		done = !ok || err != nil
		return v, ok, err
	})
}
