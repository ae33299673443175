package render_test

import (
	"context"
	"errors"
	"testing"

	"dex/internal/adapter"
	"dex/internal/render"
)

func relation(name string) adapter.Relation {
	return adapter.Relation{Database: "db", Schema: "dw", Identifier: name, Type: adapter.TypeTable}
}

// catalog answers Relations; during runs while the query is under way.
type catalog struct {
	adapter.Conn
	has    []adapter.Relation
	err    error
	during func()
	asked  int
}

func (c *catalog) Relations(context.Context, string, []string) ([]adapter.Relation, error) {
	c.asked++
	has := c.has
	if c.during != nil {
		c.during()
	}
	return has, c.err
}

// look tells what the cache says of a relation.
func look(c *render.Cache, name string) string {
	_, exists, known := c.Find(relation(name))
	switch {
	case exists:
		return "present"
	case known:
		return "absent"
	}
	return "unknown"
}

func TestCache(t *testing.T) {
	fill := func(conn *catalog) func(*render.Cache) {
		return func(c *render.Cache) {
			_ = c.Fill(context.Background(), conn, "db", []string{"dw"})
		}
	}
	listed := fill(&catalog{has: []adapter.Relation{relation("a")}})
	for _, c := range []struct {
		name  string
		steps []func(*render.Cache)
		a, b  string // what it says of a and b at the end
	}{
		{"a new cache knows nothing", nil, "unknown", "unknown"},
		{"a listed schema", steps(listed), "present", "absent"},
		{"a listing that failed", steps(fill(&catalog{err: errors.New("broken")})), "unknown", "unknown"},
		{"names are compared without case", steps(fill(&catalog{has: []adapter.Relation{{Database: "DB", Schema: "Dw", Identifier: "A"}}})), "present", "absent"},
		{"made", steps(listed, add("b")), "present", "present"},
		{"made in a schema that was not listed", steps(add("b")), "unknown", "present"},
		{"dropped", steps(listed, drop("a")), "absent", "absent"},
		{"renamed", steps(listed, func(c *render.Cache) { c.Rename(relation("a"), relation("b")) }), "absent", "present"},
		{"a dropped schema is unknown", steps(listed, func(c *render.Cache) { c.DropSchema("db", "dw") }), "unknown", "unknown"},
		{"doubt", steps(listed, drop("a"), doubt("a")), "unknown", "absent"},
		{"asking ends doubt", steps(listed, doubt("a", "b"), listed), "present", "absent"},
		{"what was made while the database was asked is kept", steps(func(c *render.Cache) {
			fill(&catalog{has: []adapter.Relation{relation("a")}, during: func() { add("b")(c) }})(c)
		}), "present", "present"},
		{"and what was dropped", steps(func(c *render.Cache) {
			fill(&catalog{has: []adapter.Relation{relation("a")}, during: func() { drop("a")(c) }})(c)
		}), "absent", "absent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := render.NewCache()
			for _, s := range c.steps {
				s(cache)
			}
			if a, b := look(cache, "a"), look(cache, "b"); a != c.a || b != c.b {
				t.Errorf("a is %s and b %s, not %s and %s", a, b, c.a, c.b)
			}
		})
	}
}

func add(name string) func(*render.Cache)  { return func(c *render.Cache) { c.Add(relation(name)) } }
func drop(name string) func(*render.Cache) { return func(c *render.Cache) { c.Drop(relation(name)) } }
func doubt(names ...string) func(*render.Cache) {
	return func(c *render.Cache) {
		for _, name := range names {
			c.Doubt([]adapter.Relation{relation(name)})
		}
	}
}

func steps(s ...func(*render.Cache)) []func(*render.Cache) { return s }

// TestCacheList: a schema with anything in doubt has no list.
func TestCacheList(t *testing.T) {
	cache := render.NewCache()
	conn := &catalog{has: []adapter.Relation{relation("b"), relation("a")}}
	if _, known := cache.List("db", "dw"); known {
		t.Error("a schema that was never listed has a list")
	}
	if err := cache.Fill(context.Background(), conn, "db", []string{"dw", "empty"}); err != nil {
		t.Fatal(err)
	}
	cache.Add(relation("c"))
	cache.Drop(relation("a"))
	cache.Add(relation("b")) // keeps its place
	list, known := cache.List("DB", "DW")
	if !known || len(list) != 2 || list[0].Identifier != "b" || list[1].Identifier != "c" {
		t.Errorf("list %v, known %t", list, known)
	}
	if list, known := cache.List("db", "empty"); !known || len(list) != 0 {
		t.Errorf("an empty schema: %v, known %t", list, known)
	}
	cache.Doubt([]adapter.Relation{relation("c")})
	if _, known := cache.List("db", "dw"); known {
		t.Error("a list with a relation in doubt")
	}
}

// BenchmarkCacheFind looks relations up in a schema of a thousand.
func BenchmarkCacheFind(b *testing.B) {
	cache := render.NewCache()
	conn := &catalog{}
	for i := range 1000 {
		conn.has = append(conn.has, relation("model_"+string(rune('a'+i%26))+string(rune('a'+i/26%26))+string(rune('a'+i/676))))
	}
	if err := cache.Fill(context.Background(), conn, "db", []string{"dw"}); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, exists, _ := cache.Find(conn.has[500]); !exists {
			b.Fatal("not found")
		}
	}
}

// linked is a catalog that knows which views read what.
type linked struct {
	catalog
	links []adapter.Link
}

func (l *linked) Links(context.Context, string, []string) ([]adapter.Link, error) {
	return l.links, l.err
}

func reads(view, of string) adapter.Link {
	return adapter.Link{Relation: relation(of), View: relation(view)}
}

// TestCacheLinks: what a database drops with a relation is gone for the cache too.
func TestCacheLinks(t *testing.T) {
	all := func() *linked {
		conn := &linked{links: []adapter.Link{reads("b", "a"), reads("c", "b"), reads("d", "c"), reads("e", "d"), reads("b", "b2")}}
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			conn.has = append(conn.has, relation(name))
		}
		return conn
	}
	rename := func(from, to string) func(*render.Cache) {
		return func(c *render.Cache) { c.Rename(relation(from), relation(to)) }
	}
	for _, c := range []struct {
		name  string
		steps []func(*render.Cache)
		gone  string // those of a to e that are absent
	}{
		{"the views of views", steps(drop("b")), "bcde"},
		{"nothing above", steps(drop("e")), "e"},
		{"a replaced view takes them under its new name", steps(rename("b", "b_old"), add("b"), drop("b_old")), "cde"},
		{"a view that was replaced before does not go", steps(rename("c", "c_old"), add("c"), drop("c_old"), drop("b")), "bde"},
		{"a view is dropped once", steps(drop("c"), add("d"), drop("b")), "bce"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := render.NewCache()
			if err := cache.Fill(context.Background(), all(), "db", []string{"dw"}); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.steps {
				s(cache)
			}
			gone := ""
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				if look(cache, name) == "absent" {
					gone += name
				}
			}
			if gone != c.gone {
				t.Errorf("gone are %s, not %s", gone, c.gone)
			}
		})
	}
	// What changed while the database was asked is newer than the answer.
	conn, cache := all(), render.NewCache()
	conn.during = func() { cache.Add(relation("c")) }
	if err := cache.Fill(context.Background(), conn, "db", []string{"dw"}); err != nil {
		t.Fatal(err)
	}
	if views := cache.Drop(relation("b")); len(views) != 0 || look(cache, "c") != "present" {
		t.Errorf("%v went with b; c is %s", views, look(cache, "c"))
	}
}
