package jinja

import "dex/internal/jinja/value"

// filtersGuard are the filters that guarded values alone need. raw lifts the guard:
// the value becomes the author's text. Elsewhere it hands its value on.
var filtersGuard = map[string]FilterFunc{
	"raw": filter("raw", func(_ *value.Thread, a []value.Value) (value.Value, error) { return value.Plain(a[0]), nil }, "value"),
}

// handOn are the filters that choose among values, order them or hand them on, and
// make no text of them: they get guarded values as they are.
var handOn = map[string]bool{
	"raw": true, "default": true, "d": true, "first": true, "last": true, "list": true, "reverse": true, "sort": true,
	"unique": true, "batch": true, "slice": true, "select": true, "reject": true, "selectattr": true, "rejectattr": true,
	"map": true, "groupby": true, "dictsort": true, "items": true, "attr": true, "random": true, "min": true, "max": true,
}

// guardedFilter is a filter for threads that guard as well. Filters that lay text out
// keep the author's text and values in it apart; of all others the result is guarded as a
// whole.
func guardedFilter(name string, f FilterFunc) FilterFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (value.Value, error) {
		if t == nil || t.Guard == nil || !value.HasGuarded(args, kw) {
			return f(t, args, kw)
		}
		if handOn[name] && !wholly(name, args[0]) {
			return f(t, append([]value.Value{value.Open(args[0])}, args[1:]...), kw)
		}
		return t.Guard.Filter(t, name, f, args, kw)
	}
}

// wholly reports a filter that makes one guarded value of another, where it would
// otherwise hand members on: the text reversed, the characters of a text.
func wholly(name string, v value.Value) bool {
	x, ok := v.(*value.Guarded)
	if !ok {
		return false
	}
	_, text := value.AsString(x.V)
	return name == "list" || name == "reverse" && text
}

// guardedTest is a test that looks at plain values.
func guardedTest(f TestFunc) TestFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if t == nil || t.Guard == nil || !value.HasGuarded(args, kw) {
			return f(t, args, kw)
		}
		return f(t, value.PlainArgs(args), kw)
	}
}
