package project

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/diag"
	"dex/internal/jinja/value"
)

var rewrite = flag.Bool("rewrite", false, "write what comes out into the golden files")

// fake renders {{ shout(x) }} to X, {{ number }} to 7, {{ boom }} to an error
// and {{ unset }} to the error of a missing environment variable.
type fake struct{}

var call = regexp.MustCompile(`\{\{ (\w+)(?:\((\w+)\))? \}\}`)

func (fake) Render(v value.Value, path []string) (value.Value, error) {
	s := value.ToStr(v)
	m := call.FindStringSubmatch(s)
	if m == nil {
		return nil, errors.New("expected a call")
	}
	switch m[1] {
	case "number":
		return value.Int(7), nil
	case "boom":
		return nil, value.Errorf("UndefinedError", "'boom' is undefined")
	case "unset":
		return nil, value.Errorf("EnvVarMissingError", "Env var required but not provided: 'UNSET'")
	}
	return value.Str(strings.Replace(s, m[0], strings.ToUpper(m[2]), 1)), nil
}

// unpack writes the files of an archive, except the golden parts, into a folder
// whose name is always the same length of path below it.
func unpack(t *testing.T, a *txtar.Archive) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range a.Files {
		if f.Name == "want" {
			continue
		}
		name, target, isLink := strings.Cut(f.Name, " -> ")
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if isLink {
			err = os.Symlink(target, path)
		} else {
			err = os.WriteFile(path, f.Data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestGolden loads the project of each archive and holds what came out against
// its part "want": the faults with their carets, then the project.
func TestGolden(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, path := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			dir := unpack(t, a)
			got := strings.ReplaceAll(load(t, dir, string(a.Comment)), dir, "DIR")
			for i, f := range a.Files {
				if f.Name != "want" {
					continue
				}
				if *rewrite {
					a.Files[i].Data = []byte(got)
					if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
						t.Fatal(err)
					}
				} else if diff := cmp.Diff(string(f.Data), got); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
				return
			}
			t.Fatal("no part named want")
		})
	}
}

// load prints a project. The archive's comment may hold options.
func load(t *testing.T, dir, comment string) string {
	t.Helper()
	var b strings.Builder
	report := func(faults diag.List) {
		for _, f := range faults {
			kind := "error"
			if f.Severity == diag.Warning {
				kind = "warning"
			}
			fmt.Fprintf(&b, "%s %s\n%s\n\n", kind, f.Code, f.Error())
		}
	}
	raw, faults := ReadRaw(dir)
	report(faults)
	if raw == nil {
		return b.String()
	}
	o := Options{Raw: raw, Renderer: fake{}, PackageRenderer: fake{}, SecretRenderer: fake{}, OwnRenderer: fake{}, Version: "1.12.6"}
	o.JinjaExtensions = strings.Contains(comment, "jinja-extensions")
	o.AnalysisTree = strings.Contains(comment, "analysis-tree")
	if strings.Contains(comment, "small-seeds") {
		o.MaxSeedBytes = 8
	}
	if strings.Contains(comment, "builtin") {
		o.Builtin = append(o.Builtin, fstest.MapFS{
			"dbt_project.yml": {Data: []byte("name: dbt\nversion: 1.0\n")},
			"macros/a.sql":    {Data: []byte("{% macro a() %}{% endmacro %}\n")},
		})
	}
	p, faults, err := Load(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	report(faults)
	if p != nil {
		show(t, &b, p)
	}
	return b.String()
}

func show(t *testing.T, b *strings.Builder, p *Project) {
	for _, pkg := range p.Packages {
		fmt.Fprintf(b, "package %s %q root=%v profile=%q\n", pkg.Name, pkg.Version, pkg.Root, pkg.Profile)
		fmt.Fprintf(b, "  paths %+v\n  target %s, logs %s, packages %s, clean %v\n", pkg.Paths, pkg.TargetPath, pkg.LogPath, pkg.InstallPath, pkg.CleanTargets)
		if pkg.QueryComment != nil {
			fmt.Fprintf(b, "  query-comment %s\n", value.Repr(pkg.QueryComment))
		}
		fmt.Fprintf(b, "  quoting %s, flags %s, vars %s, cloud %s, requires %v, restrict %v\n", value.Repr(pkg.Quoting),
			value.Repr(pkg.Flags), value.Repr(pkg.Vars), value.Repr(pkg.Cloud), pkg.RequireDbt, pkg.RestrictAccess)
		for _, d := range pkg.Dispatch {
			fmt.Fprintf(b, "  dispatch %s: %v\n", d.Namespace, d.SearchOrder)
		}
		for _, h := range pkg.OnRunStart {
			fmt.Fprintf(b, "  on-run-start %s: %s\n", h.Pos, h.SQL)
		}
		for _, h := range pkg.OnRunEnd {
			fmt.Fprintf(b, "  on-run-end %s: %s\n", h.Pos, h.SQL)
		}
		for k := range kindCount {
			for _, f := range pkg.Files(k) {
				text, err := f.Contents()
				if err != nil {
					t.Fatal(err)
				}
				fmt.Fprintf(b, "  %s %s + %s = %s, %s:%.8s, %d bytes, %d lines down\n", f.Kind, f.SearchPath, f.Rel, f.Path, f.Checksum.Name, f.Checksum.Hex, len(text), f.LeadingLines())
			}
		}
		for _, q := range []struct{ kind, fqn string }{
			{"model", "shop.staging.orders"}, {"model", "shop.orders"}, {"seed", "shop.raw"}, {"test", "shop.not_null"},
			{"source", "shop.s.t"}, {"analysis", "shop.a"}, {"semantic_model", "shop.m"}, {"exposure", "shop.e"},
		} {
			for i, layer := range pkg.ConfigFor(q.kind, strings.Split(q.fqn, ".")) {
				if layer.Len() == 0 {
					continue
				}
				levels := strings.Split(q.fqn, ".")[:i]
				k, _ := layer.At(0)
				fmt.Fprintf(b, "  config %s %s at %v: %s, %s at %s\n", q.kind, q.fqn, levels, value.Repr(layer), k, pkg.ConfigPos(q.kind, levels, value.ToStr(k)))
			}
		}
	}
	for _, d := range append(p.Dependencies.Packages, p.Dependencies.Locked...) {
		fmt.Fprintf(b, "dependency %s: %s %s at %s\n", p.Dependencies.File, d.Source, d.Name(), d.Pos)
	}
	if p.Selectors != value.None {
		fmt.Fprintf(b, "selectors %s\n", value.Repr(p.Selectors))
	}
}

func TestFaults(t *testing.T) {
	src, err := os.ReadFile("testdata/faults.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i, c := range strings.Split(string(src), "=====\n") {
		if i == 0 {
			out.WriteString(c)
			continue
		}
		yml, _, ok := strings.Cut(c, "-----\n")
		if !ok {
			t.Fatalf("case %d has no line -----", i)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, ProjectFile), []byte(yml), 0o644); err != nil {
			t.Fatal(err)
		}
		out.WriteString("=====\n" + yml + "-----\n")
		raw, faults := ReadRaw(dir)
		if raw != nil {
			var more diag.List
			if _, more, err = Load(context.Background(), Options{Raw: raw, Renderer: fake{}, Version: "1.12.6"}); err != nil {
				t.Fatal(err)
			}
			faults = append(faults, more...)
		}
		if len(faults) == 0 {
			out.WriteString("no fault\n")
		}
		for _, f := range faults {
			out.WriteString(f.Error() + "\n")
		}
	}
	if *rewrite {
		if err := os.WriteFile("testdata/faults.txt", []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(string(src), out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	raw, faults := ReadRaw(dir)
	if raw != nil || len(faults) != 1 {
		t.Fatal(raw, faults)
	}
	want := "Runtime Error\n  No dbt_project.yml found at expected path " + filepath.Join(dir, "dbt_project.yml") +
		"\n  Verify that each entry within packages.yml (and their transitive dependencies) contains a file named dbt_project.yml"
	if got := faults[0].Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFindDir(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "models", "staging")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := FindDir(deep); got != deep {
		t.Errorf("without a project: %s", got)
	}
	if err := os.WriteFile(filepath.Join(dir, ProjectFile), []byte("name: x\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := FindDir(deep); got != dir {
		t.Errorf("got %s, want %s", got, dir)
	}
}

// TestVar: the nearer mapping wins, and the user's project over the package.
func TestVar(t *testing.T) {
	dir := unpack(t, &txtar.Archive{Files: []txtar.File{
		{Name: "dbt_project.yml", Data: []byte("name: shop\nvars:\n  a: root\n  b: root\n  util: {b: root for util}\n  shop: {c: own}\n")},
		{Name: "packages.yml", Data: []byte("packages: [{local: util}]\n")},
		{Name: "dbt_packages/util/dbt_project.yml", Data: []byte("name: util\nvars:\n  a: util\n  d: util\n  util: {e: inner}\n")},
	}})
	raw, faults := ReadRaw(dir)
	if faults.HasErrors() {
		t.Fatal(faults)
	}
	p, faults, err := Load(context.Background(), Options{Raw: raw})
	if p == nil {
		t.Fatal(faults, err)
	}
	for _, c := range []struct{ pkg, name, want string }{
		{"shop", "a", "root"}, {"shop", "b", "root"}, {"shop", "c", "own"}, {"shop", "d", ""},
		{"util", "a", "root"}, {"util", "b", "root for util"}, {"util", "c", ""}, {"util", "d", "util"}, {"util", "e", "inner"},
		{"nowhere", "a", "root"},
	} {
		got := ""
		if v, ok := p.Var(c.pkg, c.name); ok {
			got = value.ToStr(v)
		}
		if got != c.want {
			t.Errorf("var %s of %s is %q, want %q", c.name, c.pkg, got, c.want)
		}
	}
}

// TestKnown: a file whose checksum is known is not read.
func TestKnown(t *testing.T) {
	dir := unpack(t, &txtar.Archive{Files: []txtar.File{
		{Name: "dbt_project.yml", Data: []byte("name: shop\n")},
		{Name: "models/a.sql", Data: []byte("select 1\n")},
	}})
	raw, _ := ReadRaw(dir)
	p, faults, err := Load(context.Background(), Options{Raw: raw, Known: func(f *File) (Checksum, bool) {
		return Checksum{Name: "sha256", Hex: "known " + f.Path}, f.Size == 9 && !f.ModTime.IsZero()
	}})
	if p == nil {
		t.Fatal(faults, err)
	}
	f := p.Root.Files(Model)[0]
	if f.Checksum.Hex != "known models/a.sql" {
		t.Errorf("checksum is %v", f.Checksum)
	}
	if text, err := f.Contents(); text != "select 1" || err != nil {
		t.Errorf("contents are %q, %v", text, err)
	}
}

func TestCancel(t *testing.T) {
	dir := unpack(t, &txtar.Archive{Files: []txtar.File{
		{Name: "dbt_project.yml", Data: []byte("name: shop\n")},
		{Name: "models/a.sql", Data: []byte("select 1\n")},
	}})
	raw, _ := ReadRaw(dir)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := Load(ctx, Options{Raw: raw}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
