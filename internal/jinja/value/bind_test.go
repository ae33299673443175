package value

import (
	"strings"
	"testing"
)

// The texts are those of CPython 3.11 for a function def f(...) with the same
// parameters and arguments.
func TestBind(t *testing.T) {
	one := func(n int) []Value {
		out := make([]Value, n)
		for i := range out {
			out[i] = Int(i + 1)
		}
		return out
	}
	kw := func(names ...string) (out []Arg) {
		for _, n := range names {
			out = append(out, Arg{n, Str(n)})
		}
		return out
	}
	cases := []struct {
		params []string
		args   int
		kw     []Arg
		want   string
	}{
		{nil, 1, nil, "!f() takes 0 positional arguments but 1 was given"},
		{nil, 2, nil, "!f() takes 0 positional arguments but 2 were given"},
		{[]string{"a"}, 0, nil, "!f() missing 1 required positional argument: 'a'"},
		{[]string{"a"}, 2, nil, "!f() takes 1 positional argument but 2 were given"},
		{[]string{"a", "b"}, 0, nil, "!f() missing 2 required positional arguments: 'a' and 'b'"},
		{[]string{"a", "b", "c"}, 0, nil, "!f() missing 3 required positional arguments: 'a', 'b', and 'c'"},
		{[]string{"a", "b"}, 1, nil, "!f() missing 1 required positional argument: 'b'"},
		{[]string{"a"}, 1, kw("b"), "!f() got an unexpected keyword argument 'b'"},
		{[]string{"a"}, 2, kw("b"), "!f() got an unexpected keyword argument 'b'"},
		{[]string{"a"}, 1, kw("a"), "!f() got multiple values for argument 'a'"},
		{[]string{"a?"}, 2, nil, "!f() takes from 0 to 1 positional arguments but 2 were given"},
		{[]string{"a", "b?"}, 3, nil, "!f() takes from 1 to 2 positional arguments but 3 were given"},
		{[]string{"a", "b?"}, 0, kw("b"), "!f() missing 1 required positional argument: 'a'"},
		{[]string{"a", "*args"}, 0, nil, "!f() missing 1 required positional argument: 'a'"},
		{[]string{"a", "**kw"}, 2, nil, "!f() takes 1 positional argument but 2 were given"},
		{[]string{"a", "**kw"}, 1, kw("a"), "!f() got multiple values for argument 'a'"},
		{[]string{"a", "*args", "k"}, 1, nil, "!f() missing 1 required keyword-only argument: 'k'"},
		{[]string{"a", "*args", "k", "l"}, 1, nil, "!f() missing 2 required keyword-only arguments: 'k' and 'l'"},
		{[]string{"a", "*args", "k"}, 0, nil, "!f() missing 1 required positional argument: 'a'"},
		{[]string{"a", "*args", "k"}, 3, kw("k"), "[1, (2, 3), 'k']"},
		{[]string{"a", "b?"}, 1, nil, "[1, nil]"},
		{[]string{"a", "b?"}, 0, kw("b", "a"), "['a', 'b']"},
		{[]string{"a", "*args", "**kw"}, 2, kw("z", "y"), "[1, (2,), {'z': 'z', 'y': 'y'}]"},
		{[]string{"*args", "**kw"}, 0, nil, "[(), {}]"},
	}
	for _, c := range cases {
		out, err := Bind("f", one(c.args), c.kw, c.params...)
		got := "[" + strings.Join(shown(out), ", ") + "]"
		if err != nil {
			got = "!" + err.Error()
		}
		if got != c.want {
			t.Errorf("f(%v) with %d arguments and %v:\n got %s\nwant %s", c.params, c.args, c.kw, got, c.want)
		}
	}
}

// shown is the repr of each value, and nil for none.
func shown(vs []Value) []string {
	out := make([]string, len(vs))
	for i, v := range vs {
		out[i] = "nil"
		if v != nil {
			out[i] = Repr(v)
		}
	}
	return out
}
