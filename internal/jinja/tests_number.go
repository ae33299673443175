package jinja

import "dex/internal/jinja/value"

var testsNumber = map[string]TestFunc{
	"divisibleby": testPair("test_divisibleby", "value", "num", func(v, num value.Value) (bool, error) { return leaves(v, num, 0) }),
	"even":        testModulo("test_even", 0),
	"odd":         testModulo("test_odd", 1),
}

// leaves says whether v % by == rest.
func leaves(v, by value.Value, rest value.Int) (bool, error) {
	r, err := value.Mod(v, by)
	if err != nil {
		return false, err
	}
	return value.Equal(r, rest), nil
}

func testModulo(fname string, rest value.Int) TestFunc {
	return func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if len(args) != 1 || len(kw) > 0 {
			_, err := value.Bind(fname, args, kw, "value")
			return false, err
		}
		return leaves(args[0], value.Int(2), rest)
	}
}
