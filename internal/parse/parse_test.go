package parse

import (
	"bytes"
	stdcmp "cmp"
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/artifact"
	"dex/internal/builtin"
	"dex/internal/diag"
	"dex/internal/jinja/value"
	"dex/internal/manifest"
	"dex/internal/project"
	"dex/internal/render"
)

var update = flag.Bool("update", false, "rewrite the expected parts of testdata")

// TestProjects parses each project of testdata. An archive holds the project's
// files and, beside them, `ask`: one question a line, keys into manifest.json
// with blanks between; `want`: the answers; `faults`: what was reported.
func TestProjects(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			m, faults := parseDir(t, unpack(t, a), 0)
			got := map[string]string{"want": answers(t, m, part(a, "ask")), "faults": faultText(faults)}
			if *update {
				rewrite(t, path, a, got)
				return
			}
			for name, text := range got {
				if d := cmp.Diff(part(a, name), text); d != "" {
					t.Errorf("%s (-want +got):\n%s", name, d)
				}
			}
		})
	}
}

// testParts are the files of an archive that are not part of the project.
var testParts = map[string]bool{"ask": true, "want": true, "faults": true}

func part(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

func rewrite(t *testing.T, path string, a *txtar.Archive, got map[string]string) {
	var files []txtar.File
	for _, f := range a.Files {
		if f.Name != "want" && f.Name != "faults" {
			files = append(files, f)
		}
	}
	for _, name := range []string{"want", "faults"} {
		if got[name] != "" {
			files = append(files, txtar.File{Name: name, Data: []byte(got[name])})
		}
	}
	a.Files = files
	if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
		t.Fatal(err)
	}
}

// defaultProject stands where an archive has no dbt_project.yml.
const defaultProject = "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: shop\n"

func unpack(t testing.TB, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, project.ProjectFile, defaultProject)
	for _, f := range a.Files {
		if !testParts[f.Name] {
			write(t, dir, f.Name, string(f.Data))
		}
	}
	return dir
}

func write(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// yamlRenderer renders dbt_project.yml with the names of an invocation.
type yamlRenderer struct{ inv *render.Invocation }

func (r yamlRenderer) Render(v value.Value, _ []string) (value.Value, error) {
	return r.inv.Native(context.Background(), v, r.inv.Project, nil)
}

// surroundings are what a parse depends on beside the project's files.
type surroundings struct {
	vars        map[string]value.Value
	env         map[string]string
	target      string
	fullRefresh bool
	known       func(*project.File) (project.Checksum, bool)
}

// load reads the project in dir and makes an invocation for it, as the engine
// does.
func load(t testing.TB, dir string) (*project.Project, *render.Invocation) {
	t.Helper()
	p, inv, faults := loadFor(t, dir, surroundings{})
	if faults.HasErrors() {
		t.Fatal(faults.Err())
	}
	return p, inv
}

func loadFor(t testing.TB, dir string, s surroundings) (*project.Project, *render.Invocation, diag.List) {
	t.Helper()
	raw, faults := project.ReadRaw(dir)
	if faults.HasErrors() {
		return nil, nil, faults
	}
	inv := invocation(raw.Name(), s)
	r := yamlRenderer{inv}
	p, faults, err := project.Load(context.Background(), project.Options{
		Raw: raw, Renderer: r, PackageRenderer: r, SecretRenderer: r, OwnRenderer: r, Known: s.known,
		Builtin: []fs.FS{os.DirFS("../adapter/duckdb/macros"), builtin.Project},
	})
	if err != nil {
		t.Fatal(err)
	}
	if faults.HasErrors() {
		return nil, nil, faults
	}
	for _, pkg := range p.Packages {
		inv.PackageNames = append(inv.PackageNames, pkg.Name)
		inv.PackageVars[pkg.Name] = pkg.Vars
	}
	for _, d := range p.Root.Dispatch {
		inv.Dispatch[d.Namespace] = d.SearchOrder
	}
	return p, inv, nil
}

func invocation(name string, s surroundings) *render.Invocation {
	target, flags, vars := value.NewDict(4), value.NewDict(2), value.NewDict(0)
	for _, pair := range [][2]string{{"schema", "dw"}, {"database", "hooks"}, {"name", stdcmp.Or(s.target, "dev")}, {"type", "duckdb"}} {
		target.SetStr(pair[0], value.Str(pair[1]))
	}
	flags.SetStr("WHICH", value.Str("parse"))
	flags.SetStr("FULL_REFRESH", value.Bool(s.fullRefresh))
	for _, key := range slices.Sorted(maps.Keys(s.vars)) {
		vars.SetStr(key, s.vars[key])
	}
	inv := &render.Invocation{
		StartedAt: time.Unix(1_700_000_000, 0), Command: "parse", Project: name, Flags: flags, Args: value.NewDict(0),
		Target: target, AdapterType: "duckdb", Database: "hooks", Schema: "dw", CLIVars: vars,
		PackageVars: map[string]*value.Dict{}, Dispatch: map[string][]string{},
		Quoting:          render.Quoting{Database: true, Schema: true, Identifier: true},
		InternalPackages: []string{"dbt_duckdb", "dbt"},
	}
	inv.Getenv = func(name string) (string, bool) {
		if v, ok := s.env[name]; ok {
			return v, true
		}
		return "value of " + name, strings.HasPrefix(name, "SET_")
	}
	inv.Macros = render.NewMacros(name, inv.InternalPackages)
	return inv
}

func parseDir(t testing.TB, dir string, threads int) (*manifest.Manifest, diag.List) {
	t.Helper()
	p, inv := load(t, dir)
	m, faults, err := Manifest(context.Background(), Options{Project: p, Inv: inv, Threads: threads})
	if err != nil {
		t.Fatal(err)
	}
	return m, faults
}

func faultText(list diag.List) string {
	var b strings.Builder
	for _, f := range list {
		kind := "error"
		if f.Severity == diag.Warning {
			kind = "warning"
		}
		b.WriteString(kind + " " + f.Code + "\n")
		text := f.Error()
		for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
			b.WriteString(strings.TrimRight("  "+line, " ") + "\n")
		}
	}
	return b.String()
}

// encoded is the manifest as JSON.
func encoded(t testing.TB, m *manifest.Manifest) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := artifact.EncodeManifest(&b, m, nil, artifact.Meta{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// answers looks every question up in the manifest's JSON. A question that ends
// in "keys" asks for the keys.
func answers(t testing.TB, m *manifest.Manifest, ask string) string {
	t.Helper()
	if ask == "" {
		return ""
	}
	if m == nil {
		return "no manifest\n"
	}
	var top any
	dec := json.NewDecoder(bytes.NewReader(encoded(t, m)))
	dec.UseNumber()
	if err := dec.Decode(&top); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, q := range strings.Split(strings.TrimSpace(ask), "\n") {
		b.WriteString(q + " = " + answer(t, top, strings.Fields(q)) + "\n")
	}
	return b.String()
}

func answer(t testing.TB, at any, keys []string) string {
	for _, k := range keys {
		d, ok := at.(map[string]any)
		if !ok {
			return "<nothing>"
		}
		if k == "keys" {
			own := make([]string, 0, len(d))
			for name := range d {
				if !strings.HasPrefix(name, "macro.dbt") && !strings.HasPrefix(name, "doc.dbt") {
					own = append(own, name)
				}
			}
			return strings.Join(sortedUnique(own), " ")
		}
		if at, ok = d[k]; !ok {
			return "<nothing>"
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(at); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

// hookCase is a recorded project and what dbt's manifest said about its hooks.
// The index of on-run hooks is left out where they did not run: dbt counts them
// from 1 only when they do, dex always.
type hookCase struct {
	Name     string
	Files    map[string]string
	Fails    bool   // dbt refused the project while parsing it
	Error    string // dbt's words, where it refused
	Manifest map[string]map[string]any
}

// TestHooksAsRecorded holds hooks against what dbt made of the same projects.
func TestHooksAsRecorded(t *testing.T) {
	src, err := os.ReadFile("testdata/hooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []hookCase
	if err := json.Unmarshal(src, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, project.ProjectFile, defaultProject)
			for name, text := range c.Files {
				write(t, dir, name, text)
			}
			installLocal(t, dir, c.Files["packages.yml"])
			raw, faults := project.ReadRaw(dir)
			if c.Fails && (faults.HasErrors() || raw != nil && !loads(dir)) {
				return // refused even earlier
			}
			m, faults := parseDir(t, dir, 0)
			if c.Fails {
				if !faults.HasErrors() {
					t.Fatalf("dbt refuses this project: %s", c.Error)
				}
				return
			}
			if m == nil {
				t.Fatalf("no manifest: %s", faultText(faults))
			}
			for id, want := range c.Manifest {
				if d := cmp.Diff(want, hookFacts(t, m, manifest.ID(id), want)); d != "" {
					t.Errorf("%s (-dbt +dex):\n%s", id, d)
				}
			}
		})
	}
}

// loads reports whether a project's dbt_project.yml is accepted.
func loads(dir string) bool {
	raw, faults := project.ReadRaw(dir)
	if faults.HasErrors() {
		return false
	}
	p, _, err := project.Load(context.Background(), project.Options{Raw: raw, SkipInstalled: true, SkipFiles: true})
	return err == nil && p != nil
}

// installLocal does what deps does with local packages.
func installLocal(t *testing.T, dir, packages string) {
	t.Helper()
	for _, line := range strings.Split(packages, "\n") {
		_, at, ok := strings.Cut(line, "local:")
		if !ok {
			continue
		}
		at = strings.Trim(strings.TrimSpace(at), `"'`)
		if err := os.MkdirAll(filepath.Join(dir, "dbt_packages"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Join(dir, at), filepath.Join(dir, "dbt_packages", filepath.Base(at))); err != nil {
			t.Fatal(err)
		}
	}
}

// hookFacts gives of a node what a case has recorded.
func hookFacts(t *testing.T, m *manifest.Manifest, id manifest.ID, want map[string]any) map[string]any {
	n := m.Node(id)
	if n == nil && len(m.Disabled[id]) > 0 {
		n = m.Disabled[id][0]
	}
	if n == nil {
		return nil
	}
	all := map[string]any{
		"pre-hook": hooksOf(t, n, "pre-hook"), "post-hook": hooksOf(t, n, "post-hook"), "sql": n.Raw, "tags": n.Tags,
		"path": n.Path, "enabled": n.Config.Enabled(), "nodes": n.Parents, "macros": ownMacros(n.Macros),
	}
	out := map[string]any{}
	for key := range want {
		var v any
		b, err := json.Marshal(all[key])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		if v == nil {
			v = []any{}
		}
		out[key] = v
	}
	return out
}

func hooksOf(t *testing.T, n *manifest.Node, key string) []map[string]any {
	hooks, err := n.Config.Hooks(key)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for _, h := range hooks {
		var index any
		if h.Index != nil {
			index = value.ToGo(h.Index)
		}
		out = append(out, map[string]any{"sql": h.SQL, "transaction": h.Transaction, "index": index})
	}
	return out
}

func ownMacros(ids []manifest.ID) []manifest.ID {
	var out []manifest.ID
	for _, id := range ids {
		if !strings.HasPrefix(string(id), "macro.dbt.") && !strings.HasPrefix(string(id), "macro.dbt_") {
			out = append(out, id)
		}
	}
	return out
}

// TestWorkersDoNotShow parses one project with one worker and with eight.
func TestWorkersDoNotShow(t *testing.T) {
	for _, name := range []string{"kinds", "generic", "version", "faults", "properties"} {
		a, err := txtar.ParseFile("testdata/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		dir := unpack(t, a)
		m1, f1 := parseDir(t, dir, 1)
		m8, f8 := parseDir(t, dir, 8)
		if d := cmp.Diff(faultText(f1), faultText(f8)); d != "" {
			t.Errorf("%s: faults differ:\n%s", name, d)
		}
		if (m1 == nil) != (m8 == nil) {
			t.Fatalf("%s: a manifest comes with some number of workers only", name)
		}
		if m1 == nil {
			continue
		}
		if !bytes.Equal(encoded(t, m1), encoded(t, m8)) {
			t.Errorf("%s: the manifest depends on the number of workers", name)
		}
	}
}

func BenchmarkManifest(b *testing.B) {
	const n = 300
	dir := benchProject(b, n)
	b.ReportAllocs()
	for b.Loop() {
		if m, faults := parseDir(b, dir, 0); m == nil {
			b.Fatal(faultText(faults))
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/model")
}
