package yamldoc

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/jinja/pylib"
	"dex/internal/jinja/value"
)

// typed writes a value as the recorded cases do: ["int", "1"], ["map", [...]].
func typed(t *testing.T, v value.Value) any {
	each := func(vs []value.Value) []any {
		out := make([]any, len(vs))
		for i, v := range vs {
			out[i] = typed(t, v)
		}
		return out
	}
	switch x := v.(type) {
	case value.NoneType:
		return []any{"none"}
	case value.Bool:
		return []any{"bool", bool(x)}
	case value.Int, *value.BigInt:
		return []any{"int", value.ToStr(v)}
	case value.Float:
		return []any{"float", value.ToStr(v)}
	case value.Str:
		return []any{"str", string(x)}
	case value.Bytes:
		return []any{"bytes", hex.EncodeToString([]byte(x))}
	case *value.List:
		return []any{"list", each(x.Elems)}
	case *value.Tuple:
		return []any{"tuple", each(x.Elems)}
	case *value.Set:
		elems := x.Elems()
		slices.SortFunc(elems, func(a, b value.Value) int { return strings.Compare(value.Repr(a), value.Repr(b)) })
		return []any{"set", each(elems)}
	case *value.Dict:
		pairs := []any{}
		x.Each(func(k, v value.Value) bool {
			pairs = append(pairs, []any{typed(t, k), typed(t, v)})
			return true
		})
		return []any{"map", pairs}
	case *pylib.Date:
		return []any{"date", value.ToStr(v)}
	case *pylib.DateTime:
		return []any{"datetime", strings.Replace(value.ToStr(v), " ", "T", 1)}
	}
	t.Fatalf("a %s in a document", v.Type())
	return nil
}

// TestPyYAML replays documents with the values that PyYAML's safe loader gave.
func TestPyYAML(t *testing.T) {
	for _, file := range []string{"testdata/pyyaml.json", "testdata/pyyaml_more.json"} {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var cases []struct {
			YAML  string
			Value any
			Error bool
		}
		if err := json.Unmarshal(src, &cases); err != nil {
			t.Fatal(err)
		}
		for i, c := range cases {
			t.Run(strconv.Itoa(i), func(t *testing.T) {
				doc, faults := Decode("x.yml", []byte(c.YAML))
				if c.Error {
					if !faults.HasErrors() {
						t.Errorf("%q\ngives %s, but is an error", c.YAML, value.Repr(doc.Value))
					}
					return
				}
				if faults.HasErrors() {
					t.Fatalf("%q\n%v", c.YAML, faults.Err())
				}
				if diff := cmp.Diff(c.Value, typed(t, doc.Value)); diff != "" {
					t.Errorf("%q (-PyYAML +dex)\n%s", c.YAML, diff)
				}
			})
		}
	}
}
