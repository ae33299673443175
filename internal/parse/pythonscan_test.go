package parse

import (
	"strings"
	"testing"
)

// What dbt 1.12 says of files without a good function model.
func TestModelFaultAsDBT(t *testing.T) {
	const head = "def model(dbt, session):\n"
	const tooMany = "In current version, model function should return only one dataframe object"
	for src, want := range map[string]string{
		"":                                     "",
		"\n# nothing\n":                        "",
		"x = 1\n":                              "dbt allows exactly one model defined per python file, found 0",
		head + " return 1\n" + head + " pass":  "dbt allows exactly one model defined per python file, found 2",
		"def model(a, dbt): return a":          "'dbt' not provided for model as the first argument",
		"def model(dbt): return a":             "model function should have two args, `dbt` and a session to current warehouse",
		head + "    return 1, 2\n":             tooMany,
		head + "    return (1, 2)\n":           tooMany,
		head + "    return (1)\n":              "",
		head + "    return f(1, 2)\n":          "",
		head + "    x = 1\n":                   tooMany,
		head + "    if x:\n        return 1\n": tooMany,
		head + "    return (\n1\n)\nx = 2\n":   "",
		head + "    returned = 1\n":            tooMany,
		"'''\ndef model(dbt, s):\n'''\ndef model(dbt, session: 'x, y' = None) -> int:\n\treturn 1\n": "",
		head + "    return 1\n\n# end\n\nclass A:\n    x = 1\n":                                      "",
	} {
		if got := scanPython(src).modelFault(); got != want {
			t.Errorf("%q:\n got %q\nwant %q", src, got, want)
		}
	}
}

func TestPythonCalls(t *testing.T) {
	src := `"""dbt.ref("doc")"""
# dbt.ref("comment")
x = 'dbt.ref("text")'
mydbt.ref("other"); a.dbt.ref("attr")
y = [dbt.ref("a"), dbt.source("s", # why (
  "t")]
z = f"{dbt.ref('f')} dbt.ref('plain')"
dbt.config(x="a) # no comment", y=('b', 1))
dbt.config.get("k", ")") ; dbt.config.meta_get( "m" )
dbt.refs("no"); dbt.ref ("spaced")
dbt.ref("unclosed"
`
	var got []string
	for _, c := range scanPython(src).calls() {
		got = append(got, c.fn+" "+strings.Join(strings.Fields(c.expr), " "))
		if !strings.HasPrefix(src[c.at:], "dbt.") {
			t.Errorf("%s is not at %d", c.expr, c.at)
		}
	}
	want := []string{
		`ref ref("a")`, `source source("s", "t")`, `ref ref('f')`, `config config(x="a) # no comment", y=('b', 1))`,
		`config.get get("k", ")")`, `config.meta_get meta_get( "m" )`, `ref ref ("spaced")`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Whatever the text, both of its forms are as long, and the search ends.
func FuzzScanPython(f *testing.F) {
	for _, s := range []string{"f'{x", `"""a`, "dbt.ref(('", "def model(", "r'\\", "def model(dbt, s):\n return (", "#"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		text := scanPython(src)
		if len(text.code) != len(src) || len(text.plain) != len(src) {
			t.Fatalf("%q: %d and %d bytes", src, len(text.code), len(text.plain))
		}
		text.calls()
		text.modelFault()
	})
}
