package selector

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dex/internal/artifact"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

// shop reads the project of the recorded cases: testdata/manifest.json is what
// dbt 1.12.6 made of it.
func shop(t testing.TB) (*manifest.Manifest, value.Value) {
	t.Helper()
	m, err := artifact.ReadManifest("testdata/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return m, readJSON(t, "selectors.json")
}

func readJSON(t testing.TB, name string) value.Value {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	v, err := value.ParseJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// flags are the arguments of a recorded call of `dbt ls`.
type flags struct {
	sel, exclude, kinds, noKinds []string
	selector                     string
	indirect                     Indirect
}

func readFlags(t *testing.T, args []string) (f flags) {
	t.Helper()
	for i := 0; i < len(args); i += 2 {
		v := args[i+1]
		switch args[i] {
		case "--select":
			f.sel = append(f.sel, v)
		case "--exclude":
			f.exclude = append(f.exclude, v)
		case "--selector":
			f.selector = v
		case "--resource-type":
			f.kinds = append(f.kinds, v)
		case "--exclude-resource-type":
			f.noKinds = append(f.noKinds, v)
		case "--indirect-selection":
			f.indirect = Indirect(v)
		default:
			t.Fatalf("a case with the argument %s", args[i])
		}
	}
	return f
}

// list does what `dbt ls` does with these flags.
func list(m *manifest.Manifest, selectors value.Value, f flags) ([]string, []Warning, error) {
	mode, err := ParseIndirect(string(f.indirect))
	if err != nil {
		return nil, nil, err
	}
	named, err := ParseSelectors(selectors, mode)
	if err != nil {
		return nil, nil, err
	}
	kinds, err := Kinds("list", f.kinds, f.noKinds)
	if err != nil {
		return nil, nil, err
	}
	var spec Spec
	if f.selector != "" {
		spec, err = named.Spec(f.selector)
	} else {
		spec, err = Parse(f.sel, f.exclude, mode)
	}
	if err != nil {
		return nil, nil, err
	}
	set, warnings, err := Select(m, spec, Options{Kinds: kinds, EmptyNodes: true, Selectors: named})
	if err != nil {
		return nil, nil, err
	}
	ids := []string{}
	for _, id := range m.Graph().IDs(set) {
		ids = append(ids, string(id))
	}
	return ids, warnings, nil
}

func texts(v value.Value) []string {
	list := []string{}
	for _, e := range v.(*value.List).Elems {
		list = append(list, value.ToStr(e))
	}
	return list
}

// TestRecordedSelections replays random selections whose answers were recorded
// from `dbt ls`: 500 of the first set, 400 of another seed, in which some are
// refused.
func TestRecordedSelections(t *testing.T) {
	m, selectors := shop(t)
	for name, count := range map[string]int{"cases.json": 500, "cases_more.json": 400} {
		cases := readJSON(t, name).(*value.List).Elems
		if len(cases) != count {
			t.Fatalf("%s: %d cases", name, len(cases))
		}
		for _, c := range cases {
			checkCase(t, m, selectors, c.(*value.Dict))
		}
	}
}

func checkCase(t *testing.T, m *manifest.Manifest, selectors value.Value, c *value.Dict) {
	t.Helper()
	args, _ := c.GetStr("args")
	want, selects := c.GetStr("nodes")
	got, _, err := list(m, selectors, readFlags(t, texts(args)))
	if (err == nil) != selects {
		t.Errorf("%s: %v; dbt refuses it: %v", strings.Join(texts(args), " "), err, !selects)
	}
	if err != nil || !selects {
		return
	}
	if w := texts(want); !slices.Equal(got, w) {
		t.Errorf("%s\nmissing  %v\ntoo many %v", strings.Join(texts(args), " "), minus(w, got), minus(got, w))
	}
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}
