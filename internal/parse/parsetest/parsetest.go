// Package parsetest gives tests of what stands above parsing a parsed project,
// with dex's own macros, as the engine would hand it over. It opens no database.
package parsetest

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/adapter/duckdb"
	"dex/internal/builtin"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/parse"
	"dex/internal/project"
	"dex/internal/render"
)

// PlainProject stands where a test gives no dbt_project.yml.
const PlainProject = "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n"

// Project is a parsed project. Its target is the schema dw of a DuckDB in memory.
type Project struct {
	Dir      string
	Project  *project.Project
	Inv      *render.Invocation
	Manifest *manifest.Manifest
}

// Load writes files, path -> text, to a new folder and parses them. The test ends
// where the project has faults. change, which may be nil, changes what templates
// share before anything is rendered.
func Load(t testing.TB, files map[string]string, change func(*render.Invocation)) *Project {
	t.Helper()
	return LoadFor(t, duckdb.Driver(), files, change)
}

// LoadFor is Load for another kind of database; change names the database itself.
func LoadFor(t testing.TB, driver adapter.Driver, files map[string]string, change func(*render.Invocation)) *Project {
	t.Helper()
	p := &Project{Dir: t.TempDir()}
	write(t, p.Dir, project.ProjectFile, PlainProject)
	for name, text := range files {
		write(t, p.Dir, name, text)
	}
	raw, faults := project.ReadRaw(p.Dir)
	must(t, faults.Err())
	p.Inv = invocation(raw.Name(), driver)
	if change != nil {
		change(p.Inv)
	}
	with := renderer{p.Inv}
	loaded, faults, err := project.Load(context.Background(), project.Options{
		Raw: raw, Renderer: with, PackageRenderer: with, SecretRenderer: with, OwnRenderer: with,
		Builtin: []fs.FS{builtin.Project, driver.Macros},
	})
	must(t, err)
	must(t, faults.Err())
	p.Project = loaded
	for _, pkg := range loaded.Packages {
		p.Inv.PackageNames = append(p.Inv.PackageNames, pkg.Name)
		p.Inv.PackageVars[pkg.Name] = pkg.Vars
	}
	p.Manifest, faults, err = parse.Manifest(context.Background(), parse.Options{Project: loaded, Inv: p.Inv, Sink: event.Discard})
	must(t, err)
	must(t, faults.Err())
	return p
}

func invocation(name string, driver adapter.Driver) *render.Invocation {
	flags, target := value.NewDict(2), value.NewDict(4)
	flags.SetStr("WHICH", value.Str("build"))
	flags.SetStr("FULL_REFRESH", value.Bool(false))
	for _, kv := range [][2]string{{"type", driver.Type}, {"name", "dev"}, {"schema", "dw"}, {"database", "memory"}} {
		target.SetStr(kv[0], value.Str(kv[1]))
	}
	inv := &render.Invocation{
		ID: "00000000-0000-4000-8000-000000000000", StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Command: "build", Project: name, Profile: "shop", Flags: flags, Args: value.NewDict(0), Target: target,
		AdapterType: driver.Type, Dialect: driver.Dialect, Database: "memory", Schema: "dw", CLIVars: value.NewDict(0),
		PackageVars: map[string]*value.Dict{}, Dispatch: map[string][]string{},
		Quoting:          render.Quoting{Database: true, Schema: true, Identifier: true},
		Getenv:           func(string) (string, bool) { return "", false },
		InternalPackages: []string{"dbt_" + driver.Type, "dbt"}, Cache: render.NewCache(), Sink: event.Discard,
	}
	inv.Macros = render.NewMacros(name, inv.InternalPackages)
	return inv
}

// renderer renders dbt_project.yml with the names of an invocation.
type renderer struct{ inv *render.Invocation }

// Render implements yamldoc.Renderer.
func (r renderer) Render(v value.Value, _ []string) (value.Value, error) {
	return r.inv.Native(context.Background(), v, r.inv.Project, nil)
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, []byte(text), 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
