package operation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/jinja/value"
)

const block = `#!/usr/bin/env python3
# /// script
# dependencies = [
#   "requests<3",
#   "rich",
# ]
# requires-python = ">=3.11"
#
# [tool.other]
# anything = 1
#
# [tool.dex]
# tags = ["a", 'b']
# meta.x.y = 1_000
# when = 2024-01-02
# at = 2024-01-02T03:04:05Z
# retries = {attempts = 2, on = ["lock"]}
#
# [[tool.dex.params]]
# name = "a"
# [[tool.dex.params]]
# name = "b"
# item.type = "date"
# ///
import dex
`

func TestReadPython(t *testing.T) {
	for name, src := range map[string]string{
		"plain": block, "windows": strings.ReplaceAll(block, "\n", "\r\n"), "mark": "\ufeff" + strings.SplitN(block, "\n", 2)[1],
		"twice ended": strings.Replace(block, "# ///\n", "# # ///\n# ///\n", 1),
	} {
		got, faults := ReadPython("x.py", src)
		if len(faults) > 0 {
			t.Errorf("%s: %v", name, faults)
			continue
		}
		if d := cmp.Diff([]string{"requests<3", "rich"}, got.Dependencies); d != "" || got.RequiresPython != ">=3.11" {
			t.Errorf("%s: %s %s", name, d, got.RequiresPython)
		}
		const want = `{'tags': ['a', 'b'], 'meta': {'x': {'y': 1000}}, 'when': '2024-01-02', 'at': '2024-01-02T03:04:05Z', ` +
			`'retries': {'attempts': 2, 'on': ['lock']}, 'params': [{'name': 'a'}, {'name': 'b', 'item': {'type': 'date'}}]}`
		if d := cmp.Diff(want, value.Repr(got.Tool)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	got, _ := ReadPython("x.py", block)
	params, _ := got.Tool.GetStr("params")
	second := params.(*value.List).Elems[1].(*value.Dict)
	if at := got.Doc.ValuePos(second, "name").String(); at != "x.py:22:10" {
		t.Errorf("the second parameter's name stands at %s", at)
	}
	if at := got.Doc.KeyPos(got.Tool, "retries").String(); at != "x.py:17:3" {
		t.Errorf("retries stands at %s", at)
	}
	if line := got.Doc.Line(17); line != `# retries = {attempts = 2, on = ["lock"]}` {
		t.Errorf("line 17 is %q", line)
	}
}

func TestReadPythonFaults(t *testing.T) {
	for src, want := range map[string]string{
		"import dex\n":                                                    "",
		"# /// pyproject\n# x\n# ///\n":                                   "",
		"# /// script\n# ///\n":                                           "",
		"# /// script\nimport dex\n# ///":                                 "x.py:1:1 does not end",
		"# /// script\n# a = \n# ///\n":                                   "x.py:2:7 not TOML",
		"# /// script\n# a=12345678901234567890\n# ///\n":                 "x.py:2:5 not TOML",
		"# /// script\n# a=1\n# a=2\n# ///":                               "x.py:3:3 not TOML",
		"# /// script\n# depends = []\n# ///\n":                           "x.py:2:3 Unknown key 'depends'",
		"# /// script\n# dependencies = \"a\"\n# ///\n":                   "x.py:2:18 dependencies",
		"# /// script\n# [tool]\n# dex = 3\n# ///\n":                      "x.py:3:9 dex of tool has to be a mapping",
		"# /// script\n# ///\nx = 1\n# /// script\n# [tool.dex]\n# ///\n": "x.py:4:1 A second block",
	} {
		_, faults := ReadPython("x.py", src)
		place, words, _ := strings.Cut(want, " ")
		switch {
		case want == "" && len(faults) > 0:
			t.Errorf("%q: %v", src, faults)
		case want == "":
		case len(faults) != 1 || faults[0].Pos.String() != place || !strings.Contains(faults[0].Summary, words):
			t.Errorf("%q: %v, want %s", src, faults, want)
		}
	}
}

// FuzzReadPython: whatever a file holds, reading it ends with a table or a fault.
func FuzzReadPython(f *testing.F) {
	f.Add(block)
	f.Add("# /// script\n# a.b.c = [[1, {x = 1}], 'y']\n# [a.b.d]\n# [[e]]\n# [[e.f]]\n# x = \"\"\"\n# \"\"\"\n# ///\n")
	f.Add("# /// script\n# x = inf\n# y = nan\n# z = 0xff\n# t = 07:32:00\n# ///\n")
	f.Fuzz(func(t *testing.T, src string) {
		got, faults := ReadPython("x.py", src)
		if got.Tool != nil {
			op := New()
			op.Lay(Layer{Doc: got.Doc, Dict: got.Tool, What: "it"}, &faults)
			op.Settle()
		}
	})
}
