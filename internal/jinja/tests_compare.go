package jinja

import (
	"reflect"

	"dex/internal/jinja/value"
)

var testsCompare = map[string]TestFunc{
	"!=":          comparison("ne", value.OpNe),
	"<":           comparison("lt", value.OpLt),
	"<=":          comparison("le", value.OpLe),
	"==":          comparison("eq", value.OpEq),
	">":           comparison("gt", value.OpGt),
	">=":          comparison("ge", value.OpGe),
	"eq":          comparison("eq", value.OpEq),
	"equalto":     comparison("eq", value.OpEq),
	"ge":          comparison("ge", value.OpGe),
	"greaterthan": comparison("gt", value.OpGt),
	"gt":          comparison("gt", value.OpGt),
	"in":          testPair("test_in", "value", "seq", func(v, seq value.Value) (bool, error) { return value.Contains(seq, v) }),
	"le":          comparison("le", value.OpLe),
	"lessthan":    comparison("lt", value.OpLt),
	"lt":          comparison("lt", value.OpLt),
	"ne":          comparison("ne", value.OpNe),
	"sameas":      testPair("test_sameas", "value", "other", func(a, b value.Value) (bool, error) { return same(a, b), nil }),
}

// testPair makes a test of the value and one argument.
func testPair(fname, first, second string, fn func(a, b value.Value) (bool, error)) TestFunc {
	return func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if len(args) != 2 || len(kw) > 0 {
			bound, err := value.Bind(fname, args, kw, first, second)
			if err != nil {
				return false, err
			}
			args = bound
		}
		return fn(args[0], args[1])
	}
}

// comparison is a function of Python's operator module: built in, and with a
// wording of its own for a wrong number of arguments.
func comparison(name string, op value.Op) TestFunc {
	return func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		switch {
		case len(kw) > 0:
			return false, value.TypeErrorf("_operator.%s() takes no keyword arguments", name)
		case len(args) != 2:
			return false, value.TypeErrorf("%s expected 2 arguments, got %d", name, len(args))
		}
		return value.Compare(op, args[0], args[1])
	}
}

// same is Python's `is`. Values that are not pointers are the same when they
// are equal and of one type, as with the constants of one template.
func same(a, b value.Value) bool {
	ta, tb := reflect.TypeOf(a), reflect.TypeOf(b)
	return ta == tb && ta.Comparable() && a == b
}
