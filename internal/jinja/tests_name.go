package jinja

import "dex/internal/jinja/value"

var testsName = map[string]TestFunc{
	"filter": testKnown("test_filter", func(name string) bool { _, ok := lookupFilter(name); return ok }),
	"lower":  testCase("test_lower", "islower"),
	"test":   testKnown("test_test", func(name string) bool { _, ok := lookupTest(name); return ok }),
	"upper":  testCase("test_upper", "isupper"),
}

// testKnown makes a test of whether a name stands in a table.
func testKnown(fname string, known func(string) bool) TestFunc {
	return func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if len(args) != 1 || len(kw) > 0 {
			_, err := value.Bind(fname, append([]value.Value{value.None}, args...), kw, "env", "value")
			return false, err
		}
		if _, err := value.HashKey(args[0]); err != nil {
			return false, err
		}
		name, ok := value.AsString(args[0])
		return ok && known(name), nil
	}
}

// testCase makes a test of str(value) by one of its methods.
func testCase(fname, name string) TestFunc {
	return func(t *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if len(args) != 1 || len(kw) > 0 {
			_, err := value.Bind(fname, args, kw, "value")
			return false, err
		}
		v, err := strMethod(t, value.Str(value.ToStr(args[0])), name)
		return err == nil && v.Truth(), err
	}
}
