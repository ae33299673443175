// Package archtest holds the house to its plan: which package may import which.
package archtest

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// floors lists every package from the ground up. A package imports only from
// floors below its own, and never a sibling on the same floor. The picture with
// its reasons is in docs/ARCHITECTURE.md.
var floors = [][]string{
	{"diag", "dag", "eventtime", "sqltext", "semver", "dotenv", "tablediff", "builtin", "scaffold", "docsite", "secret", "pgtest", "store", "jinja/value"},
	{"event", "result", "jinja/syntax", "jinja/pylib", "manifest", "adapter", "store/storetest"},
	{"pack", "sqlparam", "pyrun"},
	{"jinja", "yamldoc", "agate", "seedfile", "selector", "plan", "artifact", "session", "adapter/adaptertest", "adapter/adaptertest/faulty", "pymodel"},
	{"adapter/duckdb", "adapter/postgres", "semantic", "state", "notify", "audit", "operation", "store/sqlite"},
	{"project", "profile", "render", "alert", "adapter/all"},
	{"parse", "run", "deps", "lint"},
	{"engine", "parse/parsetest"},
	{"cli"},
}

func TestFloors(t *testing.T) {
	const root = "dex/internal/"
	floor := map[string]int{"archtest": len(floors)}
	for i, names := range floors {
		for _, n := range names {
			floor[n] = i
		}
	}
	// Files are opened here, not by a go command: so go test sees that they are
	// inputs, and does not hand back a cached pass once one of them changes.
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "testdata" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.ImportsOnly)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), ".."+string(filepath.Separator)))
		own, ok := floor[name]
		if !ok {
			t.Errorf("%s stands on no floor: add it to floors", name)
		}
		for _, im := range f.Imports {
			dep, ours := strings.CutPrefix(strings.Trim(im.Path.Value, `"`), root)
			if !ours {
				continue
			}
			if at, known := floor[dep]; !known || at >= own {
				t.Errorf("%s: %s (floor %d) imports %s (floor %d): imports run down only", path, name, own, dep, at)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
