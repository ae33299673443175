package parse

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/manifest"
	"dex/internal/project"
)

// TestHooksHavePlaces holds the place of every hook of a project, all of which
// say the same, against a list, after a parse and after one that takes all from
// the cache.
func TestHooksHavePlaces(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join("testdata", "places", "*.txtar"))
	if err != nil || len(paths) < 2 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) { holdPlaces(t, path) })
	}
}

func holdPlaces(t *testing.T, path string) {
	a, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := unpack(t, a)
	for range 2 {
		p, m, way := placed(t, dir)
		var got strings.Builder
		for _, n := range m.Graph().Nodes {
			for _, event := range hookKeys {
				writePlaces(t, &got, p, n, event)
			}
		}
		if d := cmp.Diff(part(a, "want"), got.String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", way, d)
		}
	}
}

// writePlaces writes one line for each hook: whose it is, where it is, and the
// line's text from there on.
func writePlaces(t *testing.T, got *strings.Builder, p *project.Project, n *manifest.Node, event string) {
	t.Helper()
	at := p.Origins(n, event)
	hooks, err := n.Config.Hooks(event)
	if err != nil {
		t.Fatal(err)
	}
	if n.Kind != manifest.KindOperation && len(hooks) != len(at) {
		t.Errorf("%s has %d of %s, and %d places: %v", n.ID, len(hooks), event, len(at), at)
	}
	if n.Kind == manifest.KindOperation && event != "pre-hook" {
		return
	}
	for _, pos := range at {
		line := []rune(p.Line(pos))
		if pos.Col < 1 || pos.Col > len(line) {
			t.Errorf("%s: no such place: %s in %q", n.ID, pos, string(line))
			continue
		}
		got.WriteString(string(n.ID) + " " + event + " " + pos.String() + " " + strings.TrimSpace(string(line[pos.Col-1:])) + "\n")
	}
}

func placed(t *testing.T, dir string) (*project.Project, *manifest.Manifest, Way) {
	t.Helper()
	c, err := OpenCache(filepath.Join(dir, "target", CacheFile), "one", true)
	if err != nil {
		t.Fatal(err)
	}
	p, inv, faults := loadFor(t, dir, surroundings{known: c.Known})
	if p == nil {
		t.Fatal(faultText(faults))
	}
	m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv, Cache: c})
	if err != nil || m == nil {
		t.Fatal(err, faultText(faults))
	}
	return p, m, c.Way()
}
