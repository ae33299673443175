package plan

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dex/internal/artifact"
	"dex/internal/dag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/selector"
)

// shop is the project of the recorded orders: what dbt 1.12.6 made of it.
func shop(t testing.TB) *manifest.Manifest {
	t.Helper()
	m, err := artifact.ReadManifest("../selector/testdata/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// planOf does what the command line does: select, then plan.
func planOf(t testing.TB, m *manifest.Manifest, command string, args []string, opt Options) *Plan {
	t.Helper()
	var sel, exclude []string
	into := &sel
	for _, a := range args {
		switch a {
		case "--select":
			into = &sel
		case "--exclude":
			into = &exclude
		default:
			*into = append(*into, a)
		}
	}
	spec, err := selector.Parse(sel, exclude, selector.Eager)
	if err != nil {
		t.Fatal(err)
	}
	kinds, err := selector.Kinds(command, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	set, _, err := selector.Select(m, spec, selector.Options{Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(command, m, set, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func texts(v value.Value) []string {
	list := []string{}
	for _, e := range v.(*value.List).Elems {
		list = append(list, value.ToStr(e))
	}
	return list
}

// TestOrderIsDBTs compares the order of tasks with the order of results that
// dbt 1.12.6 left with --threads 1, and what would be skipped with what dbt
// skipped.
func TestOrderIsDBTs(t *testing.T) {
	src, err := os.ReadFile("testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	cases, err := value.ParseJSON(src)
	if err != nil {
		t.Fatal(err)
	}
	m := shop(t)
	for _, c := range cases.(*value.List).Elems {
		get := func(key string) value.Value { v, _ := c.(*value.Dict).GetStr(key); return v }
		command, args := value.ToStr(get("command")), texts(get("args"))
		want, status := texts(get("order")), texts(get("status"))
		p := planOf(t, m, command, args, Options{})
		got := []string{}
		for _, task := range p.Tasks {
			got = append(got, task.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s %v\ngot  %v\nwant %v", command, args, got, want)
			continue
		}
		if skipped := walk(t, p, status); !slices.Equal(skipped, status) {
			t.Errorf("%s %v skips\ngot  %v\nwant %v", command, args, skipped, status)
		}
	}
}

// walk goes through a plan with one worker, lets those tasks fail that dbt saw
// fail, and returns every status with the skipped ones that follow from it.
func walk(t *testing.T, p *Plan, status []string) []string {
	t.Helper()
	got := slices.Clone(status)
	w := p.Walk()
	for at := 0; !w.Over(); at++ {
		s, ok := w.Next()
		if !ok {
			t.Fatalf("%s: nothing is ready after %d tasks", p.Command, at)
		}
		if int(s.Node) != at {
			t.Errorf("%s: task %d starts as number %d", p.Command, s.Node, at)
		}
		failed := status[s.Node] == "error" || status[s.Node] == "fail" && p.Command == "build"
		switch {
		case s.Because >= 0:
			got[s.Node] = "skipped"
		case status[s.Node] == "skipped":
			got[s.Node] = "run although dbt skips it"
		}
		w.Done(s.Node, s.Because < 0 && !failed)
	}
	return got
}

// hooked3 is a project of three models in a row, the middle one ephemeral, one
// apart, and two on-run hooks on either side.
func hooked3(t *testing.T) *manifest.Manifest {
	t.Helper()
	m := manifest.New("shop", "duckdb")
	add := func(id string, parents ...manifest.ID) *manifest.Node {
		part := strings.SplitN(id, ".", 3)
		n := &manifest.Node{ID: manifest.ID(id), Kind: manifest.Kind(part[0]), Package: "shop", Name: part[2],
			FQN: part[1:], Raw: "select 1", Parents: parents, Config: manifest.NewConfig(manifest.Kind(part[0]))}
		m.Nodes[n.ID] = n
		return n
	}
	add("model.shop.a")
	add("model.shop.b", "model.shop.a").Config.Set("materialized", value.Str("ephemeral"))
	add("model.shop.c", "model.shop.b")
	add("model.shop.z")
	for _, name := range []string{"start-0", "start-1", "end-0", "end-1"} {
		n := add("operation.shop." + name)
		if strings.HasPrefix(name, "start") {
			m.OnStart = append(m.OnStart, n.ID)
		} else {
			m.OnEnd = append(m.OnEnd, n.ID)
		}
	}
	if faults := m.Freeze(); len(faults) > 0 {
		t.Fatal(faults.Err())
	}
	return m
}

func TestPrint(t *testing.T) {
	m := hooked3(t)
	for _, tt := range []struct {
		command, sel string
		opt          Options
		want         string
	}{
		{"run", "a b c", Options{}, `run: 6 tasks
on-run-start
  1  hook      operation.shop.start-0
  2  hook      operation.shop.start-1  after 1
nodes
  3  model     model.shop.a  after 2
  4  model     model.shop.c  after 3
on-run-end
  5  hook      operation.shop.end-0  after all, whatever became of them
  6  hook      operation.shop.end-1  after 5
within the queries of others
     model     model.shop.b
`},
		{"run", "a c", Options{NoHooks: true}, `run: 2 tasks
nodes
  1  model     model.shop.a
  2  model     model.shop.c  after 1
`},
		{"compile", "b+", Options{}, `compile: 2 tasks
nodes
  1  model     model.shop.b
  2  model     model.shop.c  after 1
`},
		{"clone", "a c", Options{}, `clone: 2 tasks
nodes
  1  model     model.shop.a
  2  model     model.shop.c
`},
		{"run", "nothing", Options{}, "run: 0 tasks\n"},
	} {
		p := planOf(t, m, tt.command, []string{"--select", tt.sel}, tt.opt)
		var b strings.Builder
		if err := p.Print(&b); err != nil {
			t.Fatal(err)
		}
		if b.String() != tt.want {
			t.Errorf("%s %s\ngot\n%s\nwant\n%s", tt.command, tt.sel, b.String(), tt.want)
		}
	}
}

// TestHooksFrameTheNodes lets one task after the other fail and looks at what is
// then skipped.
func TestHooksFrameTheNodes(t *testing.T) {
	p := planOf(t, hooked3(t), "run", nil, Options{})
	for failing, want := range map[string]string{
		"":                       "",
		"operation.shop.start-0": "operation.shop.start-1 model.shop.a model.shop.z model.shop.c",
		"operation.shop.start-1": "model.shop.a model.shop.z model.shop.c",
		"model.shop.a":           "model.shop.c", // through the ephemeral model between
		"model.shop.z":           "",
		"operation.shop.end-0":   "operation.shop.end-1",
	} {
		var skipped []string
		w := p.Walk()
		for !w.Over() {
			s, ok := w.Next()
			if !ok {
				t.Fatal("nothing is ready")
			}
			id := p.Tasks[s.Node].ID
			if s.Because >= 0 {
				skipped = append(skipped, id)
			}
			w.Done(s.Node, s.Because < 0 && id != failing)
		}
		if got := strings.Join(skipped, " "); got != want {
			t.Errorf("when %q fails: %s are skipped, want %s", failing, got, want)
		}
	}
	if p.Total != 3 {
		t.Errorf("Total is %d", p.Total)
	}
}

func TestHashTellsPlansApart(t *testing.T) {
	hash := func(command, sel string, change func(*manifest.Manifest)) string {
		m := hooked3(t)
		change(m)
		return planOf(t, m, command, []string{"--select", sel}, Options{}).Hash()
	}
	same := func(*manifest.Manifest) {}
	base := hash("run", "a c", same)
	if base != hash("run", "c a", same) {
		t.Error("the same plan has two hashes")
	}
	seen := map[string]string{base: "the plan itself"}
	for name, h := range map[string]string{
		"another command":   hash("build", "a c", same),
		"another selection": hash("run", "a", same),
		"another text":      hash("run", "a c", func(m *manifest.Manifest) { m.Node("model.shop.a").Raw = "select 2" }),
		"another config":    hash("run", "a c", func(m *manifest.Manifest) { m.Node("model.shop.a").Config.Set("materialized", value.Str("table")) }),
		"another hook":      hash("run", "a c", func(m *manifest.Manifest) { m.Node("operation.shop.end-1").Raw = "x" }),
	} {
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
}

func TestNewRefuses(t *testing.T) {
	m := hooked3(t)
	m.OnStart = []manifest.ID{"operation.shop.gone"}
	if _, err := New("run", m, m.Graph().Set("model.shop.a"), Options{}); err == nil || err.Error() != "plan run: the hook operation.shop.gone is not in the manifest" {
		t.Errorf("got %v", err)
	}
}

func TestNewOperation(t *testing.T) {
	p := NewOperation(&Task{ID: "macro.shop.grant", Macro: "grant"})
	w := p.Walk()
	s, ok := w.Next()
	if !ok || p.Tasks[s.Node].Kind != Operation || p.Hash() == "" {
		t.Errorf("got %v, %v", s, ok)
	}
	if w.Done(s.Node, true); !w.Over() {
		t.Error("one task does not end the plan")
	}
	if _, at := p.Find("macro.shop.grant"); at != 0 {
		t.Errorf("found at %d", at)
	}
}

// TestGates compares the edges from tests with the plain rule: a node waits for
// every test all of whose parents come before it, and for nothing else new.
func TestGates(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := drawProject(t)
		g := m.Graph()
		var edges []dag.Edge
		for i := range int32(g.Len()) {
			for _, c := range g.Children(i) {
				edges = append(edges, dag.Edge{Parent: i, Child: c})
			}
		}
		gated := dag.New(g.Len(), append(edges, gates(g)...))
		if c := gated.Cycle(); c != nil {
			t.Fatalf("the gates make the cycle %v", g.IDs(g.Set(g.Nodes[c[0]].ID)))
		}
		for i, n := range g.Nodes {
			one := dag.NewSet(g.Len())
			one.Add(int32(i))
			before, now := g.Ancestors(one, dag.Unlimited), gated.Ancestors(one, dag.Unlimited)
			want := before.Clone()
			for j, test := range g.Nodes {
				if n.Kind != manifest.KindModel || test.Kind != manifest.KindTest || len(test.Parents) == 0 {
					continue
				}
				all := true
				for _, p := range g.Parents(int32(j)) {
					all = all && before.Has(p)
				}
				if all {
					want.Add(int32(j))
				}
			}
			if n.Kind == manifest.KindModel && !now.Equal(want) {
				t.Fatalf("%s waits for %v, want %v", n.ID, g.IDs(now), g.IDs(want))
			}
		}
	})
}

// drawProject makes a random project of models and tests of one to three of
// them.
func drawProject(t *rapid.T) *manifest.Manifest {
	m := manifest.New("shop", "duckdb")
	models := rapid.IntRange(1, 12).Draw(t, "models")
	id := func(i int) manifest.ID { return manifest.ID("model.shop." + string(rune('a'+i))) }
	add := func(n *manifest.Node) {
		n.Config = manifest.NewConfig(n.Kind)
		m.Nodes[n.ID] = n
	}
	for i := range models {
		n := &manifest.Node{ID: id(i), Kind: manifest.KindModel}
		for p := range i {
			if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
				n.Parents = append(n.Parents, id(p))
			}
		}
		add(n)
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "tests") {
		n := &manifest.Node{ID: manifest.ID("test.shop.t" + string(rune('0'+i))), Kind: manifest.KindTest}
		for _, p := range rapid.SliceOfNDistinct(rapid.IntRange(0, models-1), 1, min(3, models), rapid.ID[int]).Draw(t, "of") {
			n.Parents = append(n.Parents, id(p))
		}
		add(n)
	}
	if faults := m.Freeze(); len(faults) > 0 {
		t.Fatal(faults.Err())
	}
	return m
}

func BenchmarkNew30k(b *testing.B) {
	m := manifest.New("shop", "duckdb")
	for i := range 30_000 {
		kind := manifest.KindModel
		if i%3 == 2 {
			kind = manifest.KindTest
		}
		n := &manifest.Node{ID: bigID(kind, i), Kind: kind, Config: manifest.NewConfig(kind)}
		for k := 1; k <= 3; k++ {
			if p := i - k*17; p >= 0 && p%3 != 2 && (kind == manifest.KindModel || k < 3) {
				n.Parents = append(n.Parents, bigID(manifest.KindModel, p))
			}
		}
		m.Nodes[n.ID] = n
	}
	if faults := m.Freeze(); len(faults) > 0 {
		b.Fatal(faults.Err())
	}
	all := dag.FullSet(m.Graph().Len())
	for _, command := range []string{"run", "build"} {
		b.Run(command, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(command, m, all, Options{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func bigID(k manifest.Kind, i int) manifest.ID {
	digits := []byte("00000")
	for at := 4; i > 0; at, i = at-1, i/10 {
		digits[at] += byte(i % 10)
	}
	return manifest.ID(string(k) + ".shop." + string(digits))
}
