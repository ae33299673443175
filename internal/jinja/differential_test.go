package jinja

import (
	"os"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

// TestDifferential replays random templates, most of them about scopes, loops
// and macros or broken by a random edit, with what Jinja gave for each: the
// text, or the error with its line. DEX_JINJA_DIFF names further files.
func TestDifferential(t *testing.T) {
	files := append(strings.Fields(os.Getenv("DEX_JINJA_DIFF")), "testdata/differential.json")
	for _, file := range files {
		var cases []struct {
			T     string
			Chain bool
			Want  string
			Err   string
			Line  int
		}
		readJSON(t, file, &cases)
		bad := 0
		for _, c := range cases {
			got, err := renderWith(c.T, c.Chain)
			diff := got != c.Want
			if c.Err != "" || err != nil {
				e, _ := err.(*Error)
				if e != nil {
					got = e.Kind + ": " + e.Msg
				}
				diff = got != c.Err || e == nil || c.Line != 0 && e.Line != c.Line
				if !diff {
					continue
				}
				if e != nil && got == c.Err {
					t.Logf("line %d, want %d", e.Line, c.Line)
				}
				c.Want = c.Err
			}
			if diff {
				if bad++; bad <= 15 {
					t.Errorf("%v %s\ngot  %q\nwant %q", c.Chain, c.T, got, c.Want)
				}
			}
		}
		t.Logf("%s: %d of %d equal", file, len(cases)-bad, len(cases))
	}
}

func renderWith(src string, chain bool) (string, error) {
	tmpl, err := Compile("case.sql", src)
	if err != nil {
		return "", err
	}
	th := chainThread()
	th.Chain = chain
	return tmpl.Render(th, scopeMap{
		"g": value.Int(7), "xs": parseJSON("[1, 2, 3]"), "ys": parseJSON(`["a", "b"]`),
		"d": parseJSON(`{"k": 1, "j": [1, 2]}`), "z": value.Int(0), "nul": value.None, "s": value.Str("str"),
	})
}
