package yamldoc

import (
	"encoding/json"
	"os"
	"strconv"
	"testing"

	"dex/internal/jinja/value"
)

// untyped makes a value of what testdata/dump.json holds: ["int", "3"].
func untyped(t *testing.T, v any) value.Value {
	l := v.([]any)
	switch l[0] {
	case "none":
		return value.None
	case "bool":
		return value.Bool(l[1].(bool))
	case "int":
		n, err := strconv.ParseInt(l[1].(string), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return value.Int(n)
	case "float":
		f, err := strconv.ParseFloat(l[1].(string), 64)
		if err != nil {
			t.Fatal(err)
		}
		return value.Float(f)
	case "str":
		return value.Str(l[1].(string))
	case "list":
		out := value.NewList()
		for _, e := range l[1].([]any) {
			out.Elems = append(out.Elems, untyped(t, e))
		}
		return out
	}
	d := value.NewDict(4)
	for _, p := range l[1].([]any) {
		if err := d.Set(untyped(t, p.([]any)[0]), untyped(t, p.([]any)[1])); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// TestEncode replays values with what PyYAML 6.0's safe_dump wrote of them.
func TestEncode(t *testing.T) {
	src, err := os.ReadFile("testdata/dump.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Value any
		Sort  bool
		YAML  string
	}
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		got, err := Encode(untyped(t, c.Value), c.Sort)
		if err != nil {
			t.Errorf("%v: %v", c.Value, err)
			continue
		}
		if string(got) != c.YAML {
			t.Errorf("%.80v\nwant %q\ngot  %q", c.Value, c.YAML, got)
		}
	}
}
