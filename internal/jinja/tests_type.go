package jinja

import "dex/internal/jinja/value"

var testsType = map[string]TestFunc{
	"boolean": testOf("test_boolean", isBool),
	"callable": func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if err := oneArgument("callable", args, kw); err != nil {
			return false, err
		}
		return isCallable(args[0]), nil
	},
	"defined":   testOf("test_defined", func(v value.Value) bool { return !isUndefined(v) }),
	"escaped":   testOf("test_escaped", isEscaped),
	"false":     testOf("test_false", func(v value.Value) bool { return v == value.Value(value.Bool(false)) }),
	"float":     testOf("test_float", isFloat),
	"integer":   testOf("test_integer", isInteger),
	"iterable":  testOf("test_iterable", isIterable),
	"mapping":   testOf("test_mapping", isMapping),
	"none":      testOf("test_none", func(v value.Value) bool { return v == value.None }),
	"number":    testOf("test_number", isNumber),
	"sequence":  testOf("test_sequence", isSequence),
	"string":    testOf("test_string", isString),
	"true":      testOf("test_true", func(v value.Value) bool { return v == value.Value(value.Bool(true)) }),
	"undefined": testOf("test_undefined", isUndefined),
}

// testOf makes a test of a property of the value alone.
func testOf(fname string, is func(value.Value) bool) TestFunc {
	return func(_ *value.Thread, args []value.Value, kw []value.Arg) (bool, error) {
		if len(args) != 1 || len(kw) > 0 {
			_, err := value.Bind(fname, args, kw, "value")
			return false, err
		}
		return is(args[0]), nil
	}
}

func isBool(v value.Value) bool {
	_, ok := v.(value.Bool)
	return ok
}

func isFloat(v value.Value) bool {
	_, ok := v.(value.Float)
	return ok
}

func isInteger(v value.Value) bool {
	switch v.(type) {
	case value.Int, *value.BigInt:
		return true
	}
	return false
}

func isNumber(v value.Value) bool {
	switch v.(type) {
	case value.Bool, value.Int, *value.BigInt, value.Float, *value.Decimal:
		return true
	}
	return false
}

func isString(v value.Value) bool {
	_, ok := value.AsString(v)
	return ok
}

func isEscaped(v value.Value) bool {
	_, ok := v.(value.Markup)
	return ok
}

// isCallable: an undefined value counts, since its class can be called, if only
// to raise an error.
func isCallable(v value.Value) bool {
	_, ok := v.(value.Callable)
	return ok || isUndefined(v)
}

func isIterable(v value.Value) bool {
	_, err := value.Iterate(v)
	return err == nil
}

// mapping is a host's value that acts as a dict.
type mapping interface{ IsMapping() bool }

func isMapping(v value.Value) bool {
	switch v := v.(type) {
	case *value.Dict:
		return true
	case mapping:
		return v.IsMapping()
	}
	return false
}

// isSequence: it has a length and can be subscripted, which a set cannot.
func isSequence(v value.Value) bool {
	switch v.(type) {
	case value.Str, value.Markup, value.Bytes, *value.List, *value.Tuple, *value.Dict, *value.Range, *value.Undefined:
		return true
	}
	_, sized := v.(value.Sized)
	_, indexed := v.(value.Indexer)
	return sized && indexed
}
