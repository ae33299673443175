package jinja

import (
	"slices"
	"strings"
	"testing"

	"dex/internal/jinja/value"
)

// TestNative replays what dbt's native rendering gave, as Python's repr.
func TestNative(t *testing.T) {
	var cases []struct {
		T, Want string
		Err     *string
	}
	readJSON(t, "testdata/native.json", &cases)
	sc := scopeMap{
		"one": value.Int(1), "s": value.Str("abc"), "n": value.Str("12"), "t": value.Bool(true),
		"l": parseJSON("[1, 2]"), "d": parseJSON(`{"a": 1}`), "none_": value.None, "f": value.Float(1.5),
		"yes": value.Str("True"), "tup": value.Str("(1, 2)"), "lst": value.Str(`[1, "a"]`), "sp": value.Str(" 3"),
	}
	for _, c := range cases {
		tmpl, err := Compile("value", c.T)
		var got value.Value
		if err == nil {
			got, err = tmpl.RenderNative(value.NewThread(t.Context(), nil), sc)
		}
		switch {
		case c.Err != nil:
			if err == nil || !strings.Contains(*c.Err, err.Error()) {
				t.Errorf("%q gave %v, %v; want error %q", c.T, got, err, *c.Err)
			}
		case err != nil:
			t.Errorf("%q: %v; want %s", c.T, err, c.Want)
		case value.Repr(got) != c.Want:
			t.Errorf("%q gave %s, want %s", c.T, value.Repr(got), c.Want)
		}
	}
}

// TestBlocks replays what dbt found in files with blocks.
func TestBlocks(t *testing.T) {
	var cases []struct {
		T    string
		Want [][4]string
		Warn []string
		Err  *string
	}
	readJSON(t, "testdata/blocks.json", &cases)
	opt := BlockOptions{Kinds: []string{"macro", "materialization", "test", "data_test", "docs", "snapshot"}}
	for _, c := range cases {
		blocks, warnings, err := Blocks("file.sql", c.T, opt)
		if c.Err != nil {
			if err == nil || err.Error() != *c.Err {
				t.Errorf("%q: error %v, want %s", c.T, err, *c.Err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.T, err)
			continue
		}
		var got [][4]string
		for _, b := range blocks {
			got = append(got, [4]string{b.Kind, b.Name, b.Full, b.Contents})
		}
		var msgs []string
		for _, w := range warnings {
			msgs = append(msgs, w.Msg)
		}
		if !slices.Equal(got, c.Want) || !slices.Equal(msgs, c.Warn) {
			t.Errorf("%q\ngot  %q %q\nwant %q %q", c.T, got, msgs, c.Want, c.Warn)
		}
	}
}

// TestCalls replays the macro calls that dbt found in templates.
func TestCalls(t *testing.T) {
	var cases []struct {
		T    string
		Want []string
	}
	readJSON(t, "testdata/calls.json", &cases)
	for _, c := range cases {
		tmpl, err := Compile("t", c.T)
		if err != nil {
			t.Errorf("%q: %v", c.T, err)
			continue
		}
		if got := macroNames(tmpl.Calls()); !slices.Equal(got, c.Want) {
			t.Errorf("%q gave %q, want %q", c.T, got, c.Want)
		}
	}
}

// macroNames turns calls into the list dbt makes of them, which names a
// dispatched macro twice.
func macroNames(calls []Call) []string {
	var out []string
	add := func(name string) {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, c := range calls {
		switch {
		case c.Dispatch != nil:
			if c.Dispatch.Macro != "" {
				out = append(out, c.Dispatch.Macro)
			}
			if c.Dispatch.Namespace != "" {
				out = append(out, c.Dispatch.Namespace+"."+c.Dispatch.Macro)
			}
		case c.Package == "adapter":
		case c.Package != "":
			add(c.Package + "." + c.Name)
		case c.Name != "ref" && c.Name != "source" && c.Name != "config":
			add(c.Name)
		}
	}
	return out
}
