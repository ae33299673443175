package manifest

import (
	"errors"
	"strings"
	"testing"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

func node(id string) *Node {
	part := strings.SplitN(id, ".", 3)
	n := &Node{ID: ID(id), Kind: Kind(part[0]), Package: part[1], Name: part[2],
		OriginalFilePath: "models/" + part[2] + ".sql", Access: "protected"}
	if name, v, versioned := strings.Cut(part[2], ".v"); versioned && n.Kind == KindModel {
		n.Name, n.Version, n.LatestVersion = name, value.Str(v), value.Str("2")
	}
	if n.Kind == KindSource {
		src, table, _ := strings.Cut(part[2], ".")
		n.Name, n.Source = table, &SourceInfo{SourceName: src}
	}
	n.Config = NewConfig(n.Kind)
	return n
}

// project makes a manifest of the root project "shop"; an ID with a "-" before
// it is disabled.
func project(ids ...string) *Manifest {
	m := New("shop", "duckdb")
	for _, id := range ids {
		n := node(strings.TrimPrefix(id, "-"))
		switch {
		case id[0] == '-':
			m.Disabled[n.ID] = append(m.Disabled[n.ID], n)
		case n.Source != nil:
			m.Sources[n.ID] = n
		default:
			m.Nodes[n.ID] = n
		}
	}
	m.Index()
	return m
}

func TestResolveRef(t *testing.T) {
	m := project("model.shop.orders", "model.lib.orders", "model.lib.only", "model.a.twice", "model.b.twice",
		"model.shop.dim.v1", "model.shop.dim.v2", "seed.shop.codes", "test.shop.probe", "-model.shop.off", "-model.lib.dim.v3",
		"-model.shop.only")
	tests := []struct {
		from string
		ref  Ref
		want string
	}{
		{"shop", Ref{Name: "orders"}, "model.shop.orders"},
		{"lib", Ref{Name: "orders"}, "model.shop.orders"}, // the root project goes first
		{"lib", Ref{Package: "lib", Name: "orders"}, "model.lib.orders"},
		{"shop", Ref{Name: "only"}, "model.lib.only"}, // enabled elsewhere beats disabled here
		{"shop", Ref{Name: "codes"}, "seed.shop.codes"},
		{"shop", Ref{Name: "dim"}, "model.shop.dim.v2"},
		{"shop", Ref{Name: "dim", Version: value.Int(1)}, "model.shop.dim.v1"},
		{"shop", Ref{Name: "dim.v1"}, "model.shop.dim.v1"},
		{"shop", Ref{Name: "dim", Version: value.Str("")}, "model.shop.dim.v2"}, // an empty version is none
		{"shop", Ref{Name: "probe"}, "Model 'model.shop.asks' (models/asks.sql) depends on a node named 'probe' which was not found"},
		{"shop", Ref{Name: "off"}, "Model 'model.shop.asks' (models/asks.sql) depends on a node named 'off' which is disabled"},
		{"shop", Ref{Package: "lib", Name: "codes"}, "Model 'model.shop.asks' (models/asks.sql) depends on a node named 'codes' in package or project 'lib' which was not found"},
		{"shop", Ref{Name: "dim", Version: value.Int(3)}, "Model 'model.shop.asks' (models/asks.sql) depends on a node named 'dim' with version '3' which is disabled"},
		{"shop", Ref{Name: "twice"}, "When referencing 'twice', dbt found nodes in multiple packages: 'model.a.twice', 'model.b.twice'\nTo fix this, use two-argument 'ref', with the package name first: 'a' or 'b'"},
	}
	for _, tt := range tests {
		n, err := m.ResolveRef(tt.from, tt.ref)
		got := ""
		var miss *LookupError
		switch {
		case errors.As(err, &miss):
			got = miss.Message(node("model.shop.asks"))
		case err != nil:
			t.Fatalf("%v: a strange error: %v", tt.ref, err)
		default:
			got = string(n.ID)
		}
		if got != tt.want {
			t.Errorf("%s: ref %+v\ngot  %s\nwant %s", tt.from, tt.ref, got, tt.want)
		}
	}
	m.NodePackageFirst = true
	if n, err := m.ResolveRef("lib", Ref{Name: "orders"}); err != nil || n.ID != "model.lib.orders" {
		t.Errorf("with NodePackageFirst: %v, %v", n, err)
	}
}

func TestResolveSource(t *testing.T) {
	m := project("source.shop.raw.orders", "source.lib.raw.orders", "source.lib.raw.users", "-source.shop.raw.off")
	for _, tt := range []struct{ from, table, want string }{
		{"lib", "orders", "source.shop.raw.orders"},
		{"shop", "users", "source.lib.raw.users"},
		{"shop", "off", "Unit_Test 'unit_test.shop.u' (models/u.sql) depends on a source named 'raw.off' which is disabled"},
		{"shop", "none", "Unit_Test 'unit_test.shop.u' (models/u.sql) depends on a source named 'raw.none' which was not found"},
	} {
		n, err := m.ResolveSource(tt.from, "raw", tt.table)
		var got string
		if err != nil {
			d := err.(*LookupError).Diagnostic(node("unit_test.shop.u"), diag.Pos{})
			got = d.Summary
		} else {
			got = string(n.ID)
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.table, got, tt.want)
		}
	}
}

func TestResolveDoc(t *testing.T) {
	m := New("shop", "duckdb")
	for _, id := range []string{"doc.zoo.a", "doc.lib.a", "doc.dbt.__overview__", "doc.shop.__overview__"} {
		p := strings.Split(id, ".")
		m.Docs[ID(id)] = &Doc{ID: ID(id), Package: p[1], Name: p[2]}
	}
	m.Index()
	for _, tt := range []struct{ from, pkg, name, want string }{
		{"shop", "", "a", "doc.lib.a"}, {"zoo", "", "a", "doc.zoo.a"}, {"shop", "zoo", "a", "doc.zoo.a"},
		{"lib", "", "__overview__", "doc.shop.__overview__"},
	} {
		if d := m.ResolveDoc(tt.from, tt.pkg, tt.name); d == nil || string(d.ID) != tt.want {
			t.Errorf("%v: got %v", tt, d)
		}
	}
	if d := m.ResolveDoc("shop", "", "nothing"); d != nil {
		t.Errorf("got %v", d)
	}
}

func TestCheckAccess(t *testing.T) {
	private, asks := node("model.shop.secret"), node("model.shop.asks")
	private.Access, private.Group = "private", "g"
	err := CheckAccess(asks, private, false)
	want := "Node model.shop.asks attempted to reference node model.shop.secret, which is not allowed because the referenced node is private to the 'g' group."
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	asks.Group = "g"
	if err := CheckAccess(asks, private, false); err != nil {
		t.Errorf("of the same group: %v", err)
	}
	if err := CheckAccess(node("model.lib.x"), node("model.shop.y"), true); err == nil {
		t.Error("a protected model of a package with restricted access was given out")
	}
}

func TestFreeze(t *testing.T) {
	m := project("model.shop.a", "model.shop.b", "source.shop.s.t", "test.shop.t")
	link := func(child, parent ID) { n := m.Node(child); n.Parents = append(n.Parents, parent) }
	link("model.shop.a", "source.shop.s.t")
	link("model.shop.b", "model.shop.a")
	link("test.shop.t", "model.shop.b")
	link("test.shop.t", "model.shop.a")
	if faults := m.Freeze(); len(faults) != 0 {
		t.Fatal(faults.Err())
	}
	if got := m.ChildrenOf("model.shop.a"); len(got) != 2 || got[0] != "model.shop.b" || got[1] != "test.shop.t" {
		t.Errorf("children of a: %v", got)
	}
	if got := m.ParentsOf("test.shop.t"); len(got) != 2 || got[0] != "model.shop.a" {
		t.Errorf("parents of t: %v", got)
	}
	if m.Node("model.shop.a") == nil || m.Node("model.shop.z") != nil || m.ParentsOf("model.shop.z") != nil {
		t.Error("look-ups by ID are wrong")
	}
}

func TestFreezeFindsFaults(t *testing.T) {
	m := project("model.shop.a", "model.shop.b", "model.shop.c", "model.shop.d")
	m.Node("model.shop.a").Parents = []ID{"model.shop.b"}
	m.Node("model.shop.b").Parents = []ID{"model.shop.c"}
	m.Node("model.shop.c").Parents = []ID{"model.shop.a"}
	m.Node("model.shop.d").Parents = []ID{"model.shop.c", "model.shop.gone"}
	faults := m.Freeze()
	var got []string
	for _, d := range faults {
		got = append(got, d.Summary)
	}
	want := "'model.shop.d' depends on 'model.shop.gone' which is not in the graph!|" +
		"Found a cycle: model.shop.a --> model.shop.c --> model.shop.b"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}
