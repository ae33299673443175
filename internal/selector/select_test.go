package selector

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"dex/internal/dag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
)

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"*", "a.b/c", true}, {"a*c", "abbc", true}, {"a*c", "abbd", false}, {"", "", true}, {"", "a", false},
		{"?", "é", true}, {"?", "", false}, {"??", "a", false}, {"*é*", "caféine", true}, {"a**b", "ab", true},
		{"[op]*", "orders", true}, {"[op]*", "xorders", false}, {"[!o]*", "orders", false}, {"[!o]*", "people", true},
		{"[a-c]x", "bx", true}, {"[a-c]x", "dx", false}, {"[c-a]", "b", false}, {"[-a]", "-", true}, {"[a-]", "-", true},
		{"[]]", "]", true}, {"[!]]", "]", false}, {"[abc", "[abc", true}, {"[abc", "a", false}, {"a[", "a[", true}, {"[]", "[]", true},
		{"*.sql", "orders.sql", true}, {"rev?nue", "revenue", true}, {"*a*b*c", "xxaxxbxxbxxc", true}, {"*a*b*c", "xxaxxbxxbxx", false},
	} {
		if got := match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

func TestParseCriteria(t *testing.T) {
	for _, tt := range []struct{ raw, want string }{
		{"orders", "fqn() orders"},
		{"+orders", "parents:-1 fqn() orders"},
		{"2+orders+3", "parents:2 children:3 fqn() orders"},
		{"0+orders", "parents:0 fqn() orders"},
		{"@orders", "@ fqn() orders"},
		{"tag:a+b", "tag() a+b"},
		{"tag:a++", "children:-1 tag() a+"},
		{"config.meta.owner:ann", "config(meta,owner) ann"},
		{"models/a.sql", "path() models/a.sql"},
		{"a.SQL", "file() a.SQL"},
		{"source:raw.orders+1", "children:1 source() raw.orders"},
		{"a b", "fqn() a b"},
		{":x", "fqn() :x"},
		{"+", "parents:-1 fqn() "},
		{"", "fqn() "},
		{"nope:x", "error 'nope' is not a valid method name: the methods are access, config, exposure, file, fqn, group, metric, package, path, resource_type, result, saved_query, selector, semantic_model, source, source_status, state, tag, test_name, test_type, unit_test, version"},
		{"@a+", `error Invalid node spec @a+ - "@" prefix and "+" suffix are incompatible`},
	} {
		c, err := parseCriteria(tt.raw, Eager)
		got := ""
		if err != nil {
			got = "error " + err.Error()
		} else {
			if c.ChildrensParents {
				got += "@ "
			}
			if c.Parents {
				got += fmt.Sprintf("parents:%d ", c.ParentsDepth)
			}
			if c.Children {
				got += fmt.Sprintf("children:%d ", c.ChildrenDepth)
			}
			got += c.Method + "(" + strings.Join(c.Arguments, ",") + ") " + value.ToStr(c.Value)
		}
		if got != tt.want {
			t.Errorf("%q\ngot  %s\nwant %s", tt.raw, got, tt.want)
		}
	}
}

func TestErrors(t *testing.T) {
	m, selectors := shop(t)
	for _, tt := range []struct{ sel, want string }{
		{"resource_type:modle", `Invalid resource_type selector "modle"`},
		{"test_type:foo", `Invalid test type selector foo: expected "generic", "singular", "unit", or "data"`},
		{"version:newest", `Invalid version type selector newest: expected one of: "latest", "prerelease", "old", or "none"`},
		{"exposure:a.b.c", `Invalid exposure selector value "a.b.c". Exposures must be of the form ${exposure_name} or ${exposure_package.exposure_name}`},
		{"source:a.b.c.d", "Invalid source selector value \"a.b.c.d\". Sources must be of the form `${source_name}`, `${source_name}.${target_name}`, or `${package_name}.${source_name}.${target_name}"},
		{"selector:none", "Selector 'none' did not match any selector in selectors.yml"},
		{"state:modified+", "state:modified+ compares with an earlier invocation, and there is none at hand"},
		{"result:error", "result:error compares with an earlier invocation, and there is none at hand"},
		{"path:/models", `Invalid path selector "/models": non-relative patterns are unsupported`},
	} {
		_, _, err := list(m, selectors, flags{sel: []string{tt.sel}})
		var e *Error
		if !errors.As(err, &e) || e.Msg != tt.want {
			t.Errorf("%s\ngot  %v\nwant %s", tt.sel, err, tt.want)
		}
	}
}

func TestWarnings(t *testing.T) {
	m, selectors := shop(t)
	_, warnings, err := list(m, selectors, flags{sel: []string{"orders nothing", "tag:nope,orders"}, exclude: []string{"gone"}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range warnings {
		got = append(got, w.String())
	}
	want := []string{
		"The selection criterion 'nothing' does not match any enabled nodes",
		"The selection criterion 'tag:nope,orders' does not match any enabled nodes",
		"The selection criterion 'gone' does not match any enabled nodes",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if _, warnings, err = list(manifestOf(t), value.None, flags{}); err != nil || len(warnings) != 0 {
		t.Errorf("a selection of everything in an empty project: %v, %v", warnings, err)
	}
}

// manifestOf makes a frozen manifest of a few nodes.
func manifestOf(t testing.TB, nodes ...*manifest.Node) *manifest.Manifest {
	t.Helper()
	m := manifest.New("shop", "duckdb")
	for _, n := range nodes {
		m.Nodes[n.ID] = n
	}
	if faults := m.Freeze(); len(faults) > 0 {
		t.Fatal(faults.Err())
	}
	return m
}

func TestSelectorsFile(t *testing.T) {
	m, _ := shop(t)
	for _, tt := range []struct{ doc, want string }{
		{`{"selectors": [{"name": "a", "definition": {"tag": "seeded"}}]}`, "seed.shop.countries seed.shop.currencies"},
		{`{"selectors": [{"name": "a", "definition": {"union": ["countries", {"exclude": ["currencies"]}, "tag:seeded"]}}]}`, "seed.shop.countries"},
		{`{"selectors": [{"name": "a", "definition": {"method": "tag", "value": "seeded", "exclude": ["countries"]}}]}`, "seed.shop.currencies"},
		{`{"selectors": [{"name": "a", "definition": {"method": "fqn", "value": "lib_base", "children": true, "children_depth": 0}}]}`,
			"model.lib.lib_base model.lib.lib_top model.shop.customers model.shop.dim.v1 model.shop.dim.v2 model.shop.people model.shop.staff"},
		{`{"selectors": [{"name": "a", "definition": {"method": "config.meta.tier", "value": 1}}]}`, "model.shop.customers"},
		{`{"selectors": [{"name": "a", "definition": {"method": "selector", "value": "b"}}, {"name": "b", "definition": "selector:a"}]}`,
			"error Circular dependency detected in selector: b --> a --> b"},
		{`{"selectors": [{"name": "a", "definition": {"union": [], "tag": "x"}}]}`,
			"error Could not read selector file data: selector a: Only a single 'union' or 'intersection' key is allowed in a root level selector definition; found union,tag."},
		{`{"selectors": [{"name": "a", "definition": {"method": "tag", "children": true}}]}`,
			`error Could not read selector file data: selector a: Expected either 1 key or else "method" and "value" keys, but got ['method', 'children']`},
		{`{"selectors": [{"name": "a", "definition": {"union": [{"exclude": ["x"]}, {"exclude": ["y"]}]}}]}`,
			"error Could not read selector file data: selector a: You cannot provide multiple exclude arguments to the same selector set operator:\n{'exclude': ['y']}"},
		{`{"selectors": [{"name": "a", "default": true, "definition": "x"}, {"name": "b", "default": true, "definition": "x"}]}`,
			"error Error when parsing the selector file. Found multiple selectors with `default: true`:a and b"},
		{`{"selectors": [{"name": "b", "definition": "x"}]}`, "error Could not find selector named a, expected one of ['b']"},
		{`{"selectors": [{"definition": "x"}]}`, "error a selector of selectors.yml has no name: {'definition': 'x'}"},
		{`[1]`, "error selectors.yml is a map with the key selectors, not a list"},
	} {
		doc, err := value.ParseJSON([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		ids, _, err := list(m, doc, flags{selector: "a", noKinds: []string{"test", "unit_test", "exposure"}})
		got := strings.Join(ids, " ")
		if err != nil {
			got = "error " + err.Error()
		}
		if got != tt.want {
			t.Errorf("%s\ngot  %s\nwant %s", tt.doc, got, tt.want)
		}
	}
}

func TestDefaultSelector(t *testing.T) {
	doc, err := value.ParseJSON([]byte(`{"selectors": [{"name": "a", "definition": "x"}, {"name": "b", "default": true, "definition": "y"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSelectors(doc, Eager)
	if err != nil || s.Default() != "b" || !slices.Equal(s.Names(), []string{"a", "b"}) {
		t.Errorf("got %v, %v", s, err)
	}
	var none *Selectors
	if none.Default() != "" || none.Names() != nil {
		t.Error("no file has selectors")
	}
}

func TestEmptyAndDisabledNodesAreLeftOut(t *testing.T) {
	mk := func(name, raw string) *manifest.Node {
		return &manifest.Node{ID: manifest.ID("model.shop." + name), Kind: manifest.KindModel, Package: "shop", Name: name,
			FQN: []string{"shop", name}, Raw: raw, Config: manifest.NewConfig(manifest.KindModel)}
	}
	off, between := mk("off", "x"), mk("between", "x")
	off.Config.Set("enabled", value.Bool(false))
	off.Parents = []manifest.ID{"model.shop.full"}
	between.Parents = []manifest.ID{"model.shop.off"}
	m := manifestOf(t, mk("full", "select 1"), mk("empty", " \n"), off, between)
	spec, err := Parse([]string{"full+ empty"}, nil, Eager)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := Select(m, spec, Options{})
	if err != nil || !slices.Equal(m.Graph().IDs(set), []manifest.ID{"model.shop.full"}) {
		t.Errorf("got %v, %v", m.Graph().IDs(set), err)
	}
}

func TestPathsComeFromTheProject(t *testing.T) {
	m, _ := shop(t)
	for _, tt := range []struct {
		pattern string
		want    int
	}{
		{"seeds", 2}, {"seeds/", 2}, {"./seeds", 2}, {"seeds/*.csv", 2}, {"seeds/co*", 1}, {"**/finance", 3}, {"models/deep", 0}, {"models/*/finance/revenue.sql", 1},
	} {
		spec, err := Parse([]string{"path:" + tt.pattern}, nil, Empty)
		if err != nil {
			t.Fatal(err)
		}
		set, _, err := Select(m, spec, Options{EmptyNodes: true})
		if err != nil || set.Len() != tt.want {
			t.Errorf("%s: %v, %v", tt.pattern, m.Graph().IDs(set), err)
		}
	}
	spec, err := Parse([]string{"path:anything"}, nil, Empty)
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	set, _, err := Select(m, spec, Options{EmptyNodes: true, Glob: func(p string) []string { asked = p; return []string{"seeds/countries.csv"} }})
	if err != nil || asked != "anything" || !slices.Equal(m.Graph().IDs(set), []manifest.ID{"seed.shop.countries"}) {
		t.Errorf("with Glob: asked for %q, got %v, %v", asked, m.Graph().IDs(set), err)
	}
}

// stubHistory says that one node was modified.
type stubHistory struct{ id manifest.ID }

func (h stubHistory) Select(m *manifest.Manifest, method string, arguments []string, want string) (dag.Set, error) {
	if got := method + "." + strings.Join(arguments, ".") + ":" + want; got != "state.modified.body:x" && got != "state.:modified" {
		return nil, errorf("asked for %s", got)
	}
	return m.Graph().Set(h.id), nil
}

func TestHistoryAnswers(t *testing.T) {
	m, _ := shop(t)
	spec, err := Parse([]string{"state:modified+1"}, nil, Empty)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := Select(m, spec, Options{EmptyNodes: true, History: stubHistory{"model.lib.lib_base"}})
	want := []manifest.ID{"model.lib.lib_base", "model.lib.lib_top", "test.lib.unique_lib_base_id.1c9b71af03"}
	if err != nil || !slices.Equal(m.Graph().IDs(set), want) {
		t.Errorf("got %v, %v", m.Graph().IDs(set), err)
	}
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		command        string
		include, leave []string
		want           string
	}{
		{"run", nil, nil, "model"},
		{"test", nil, []string{"unit_test"}, "test"},
		{"test", []string{"model", "test"}, nil, "test"},
		{"ls", []string{"analysis"}, nil, "analysis"},
		{"build", []string{"all"}, []string{"test", "unit_test", "exposure", "saved_query", "function"}, "model seed snapshot"},
		{"list", []string{"all"}, []string{"test", "unit_test", "exposure", "saved_query", "function", "model"}, "analysis metric seed semantic_model snapshot source"},
		{"run", []string{"modle"}, nil, "'modle' is not a valid resource type"},
		{"debug", nil, nil, ""},
	} {
		kinds, err := Kinds(tt.command, tt.include, tt.leave)
		var words []string
		for k := range kinds {
			words = append(words, string(k))
		}
		slices.Sort(words)
		got := strings.Join(words, " ")
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%v: got %s", tt, got)
		}
	}
}

// big makes a project of n nodes: models in a deep graph, two tests for each
// third one.
func big(b testing.TB, n int) *manifest.Manifest {
	var nodes []*manifest.Node
	for i := range n {
		name := fmt.Sprintf("m%05d", i)
		node := &manifest.Node{ID: manifest.ID("model.shop." + name), Kind: manifest.KindModel, Package: "shop", Name: name,
			FQN: []string{"shop", fmt.Sprintf("dir%02d", i%50), name}, OriginalFilePath: fmt.Sprintf("models/dir%02d/%s.sql", i%50, name),
			Raw: "select 1", Tags: []string{fmt.Sprintf("tag%d", i%20)}, Config: manifest.NewConfig(manifest.KindModel), Access: "protected"}
		node.Config.Set("materialized", value.Str([]string{"view", "table"}[i%2]))
		if i%3 == 2 {
			node.ID, node.Kind = manifest.ID("test.shop."+name), manifest.KindTest
			node.Test = &manifest.TestInfo{Generic: true, Name: "not_null"}
			node.Parents = []manifest.ID{nodes[i-1].ID, nodes[i-2].ID}
		} else {
			for k := 1; k <= 3; k++ {
				if p := i - k*17; p >= 0 && nodes[p].Kind == manifest.KindModel {
					node.Parents = append(node.Parents, nodes[p].ID)
				}
			}
		}
		nodes = append(nodes, node)
	}
	return manifestOf(b, nodes...)
}

func BenchmarkSelect30k(b *testing.B) {
	m := big(b, 30_000)
	for _, sel := range []string{"", "m15000+", "+m15000", "@m15000", "tag:tag3+", "path:models/dir07", "config.materialized:table,tag:tag4", "shop.dir1*", "*500", "resource_type:test"} {
		b.Run(sel, func(b *testing.B) {
			var words []string
			if sel != "" {
				words = []string{sel}
			}
			b.ReportAllocs()
			for b.Loop() {
				spec, err := Parse(words, nil, Eager)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := Select(m, spec, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
