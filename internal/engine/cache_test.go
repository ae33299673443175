package engine

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	_ "dex/internal/adapter/all"
)

// cachedProject is a project on disk and the engine that works on it.
type cachedProject struct {
	t      *testing.T
	dir    string
	engine Engine
	clock  time.Time
}

func newCachedProject(t *testing.T) *cachedProject {
	t.Helper()
	p := &cachedProject{t: t, dir: t.TempDir(), clock: time.Unix(1_600_000_000, 0)}
	p.engine.Now = func() time.Time { return time.Unix(1_700_000_000, 0) }
	p.write("dbt_project.yml", "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\ntarget-path: \"{{ env_var('DEX_OUT', 'out') }}\"\n")
	p.write("profiles.yml", "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}}}\n")
	p.write("models/a.sql", "select 1 as id")
	p.write("models/b.sql", "select * from {{ ref('a') }}")
	p.write("models/c.sql", "select * from {{ ref('b') }}")
	return p
}

// write writes a file with a time of its own, long ago.
func (p *cachedProject) write(name, text string) {
	p.t.Helper()
	path := filepath.Join(p.dir, name)
	p.clock = p.clock.Add(time.Second)
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err == nil {
		err = os.Chtimes(path, p.clock, p.clock)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// invoke carries out a command and gives the manifest.json that stands then.
func (p *cachedProject) invoke(command, id string, partial bool) string {
	p.t.Helper()
	out, err := p.engine.Invoke(context.Background(), Invocation{
		ID: id, Command: command, ProjectDir: p.dir, ProfilesDir: p.dir, WriteJSON: true, PartialParse: partial, Threads: 1, Limit: -1,
	})
	if err != nil || out.Failed() {
		p.t.Fatalf("%s: %v %v", command, err, out.Results)
	}
	src, err := os.ReadFile(filepath.Join(p.dir, "out", "manifest.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(src)
}

// whole is the manifest of a parse that knows of nothing before it.
func (p *cachedProject) whole(id string) string {
	p.t.Helper()
	if err := os.RemoveAll(filepath.Join(p.dir, "out")); err != nil {
		p.t.Fatal(err)
	}
	return p.invoke("parse", id, true)
}

func TestManifestStaysWhereNothingChanged(t *testing.T) {
	p := newCachedProject(t)
	first := p.whole("first")
	if p.invoke("parse", "second", true) != first {
		t.Error("the manifest of an unchanged project was written again")
	}
	if p.invoke("parse", "third", false) == first {
		t.Error("the manifest was not written though no earlier parse was to count")
	}
	if err := os.WriteFile(filepath.Join(p.dir, "out", "manifest.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p.invoke("parse", "third", true) == "{}" {
		t.Error("a foreign file passed for the manifest")
	}
}

func TestManifestWrittenOverIsTheWholeOne(t *testing.T) {
	p := newCachedProject(t)
	p.whole("x")
	steps := []struct {
		name string
		do   func()
	}{
		{"a body", func() { p.write("models/a.sql", "select 2 as id") }},
		{"a reference more", func() { p.write("models/c.sql", "select * from {{ ref('b') }} join {{ ref('a') }} using (id)") }},
		{"a reference less", func() { p.write("models/c.sql", "select * from {{ ref('a') }}") }},
		{"a run", func() { p.invoke("run", "x", true) }},
		{"a body after a run", func() { p.write("models/b.sql", "select id from {{ ref('a') }}") }},
		{"a new model", func() { p.write("models/d.sql", "select * from {{ ref('c') }}") }},
	}
	for _, s := range steps {
		s.do()
		got := p.invoke("parse", "x", true)
		again := p.invoke("parse", "y", true)
		if want := p.whole("x"); got != want {
			t.Errorf("%s: the manifest differs from that of a parse anew", s.name)
		} else if again != want {
			t.Errorf("%s: the manifest was written a second time", s.name)
		}
	}
}

func TestNothingIsWrittenWithoutArtifacts(t *testing.T) {
	p := newCachedProject(t)
	parse := func() {
		t.Helper()
		if _, err := p.engine.Invoke(context.Background(), Invocation{Command: "list", ProjectDir: p.dir, ProfilesDir: p.dir, PartialParse: true, Limit: -1}); err != nil {
			t.Fatal(err)
		}
	}
	parse()
	if _, err := os.Stat(filepath.Join(p.dir, "out")); err == nil {
		t.Error("a target folder was made")
	}
	p.whole("x")
	cache := filepath.Join(p.dir, "out", "partial_parse.dexcache")
	before, err := os.ReadFile(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"select 2 as id", "{{ config(tags=['x']) }} select 2 as id"} {
		p.write("models/a.sql", text)
		parse()
		after, err := os.ReadFile(cache)
		if err != nil || string(before) != string(after) {
			t.Errorf("the cache was written after %q: %v", text, err)
		}
	}
}
