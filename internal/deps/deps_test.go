package deps

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/jinja/value"
	"dex/internal/project"
)

// env renders {{ env_var('U', 'util') }} to util.
type env struct{}

func (env) Render(v value.Value, path []string) (value.Value, error) {
	return value.Str(strings.ReplaceAll(value.ToStr(v), "{{ env_var('U', 'util') }}", "util")), nil
}

// world writes files below a new folder and gives it; the project is in shop.
func world(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	if _, ok := files["shop/dbt_project.yml"]; !ok {
		files["shop/dbt_project.yml"] = "name: shop\n"
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func root(t *testing.T, dir string) *project.Package {
	t.Helper()
	raw, faults := project.ReadRaw(filepath.Join(dir, "shop"))
	if raw == nil {
		t.Fatal(faults)
	}
	p, faults, err := project.Load(context.Background(), project.Options{Raw: raw, SecretRenderer: env{}, OwnRenderer: env{}, SkipInstalled: true, SkipFiles: true})
	if p == nil {
		t.Fatal(faults, err)
	}
	return p.Root
}

func install(t *testing.T, dir string, change func(*Options)) (*Result, string) {
	t.Helper()
	o := Options{Root: root(t, dir), Renderer: env{}}
	if change != nil {
		change(&o)
	}
	out, faults, err := Install(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range faults {
		b.WriteString(f.Error() + "\n")
	}
	return out, strings.ReplaceAll(b.String(), dir, "DIR")
}

func read(t *testing.T, path string) string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func nested() map[string]string {
	return map[string]string{
		"shop/packages.yml":    "packages:\n  - local: \"../{{ env_var('U', 'util') }}\"\n  - local: ../base\n    name: named\n",
		"util/dbt_project.yml": "name: util\n",
		"util/packages.yml":    "packages: [{local: ../base}, {local: ../deep}]\n",
		"base/dbt_project.yml": "name: base\n",
		"deep/dbt_project.yml": "name: deep\n",
		"deep/packages.yml":    "packages: [{local: ../util}]\n", // asks for what asks for it
		"util/macros/m.sql":    "{% macro m() %}{% endmacro %}\n",

		"shop/dbt_packages/old/dbt_project.yml": "name: old\n",
	}
}

func TestInstall(t *testing.T) {
	dir := world(t, nested())
	out, faults := install(t, dir, nil)
	if faults != "" {
		t.Fatal(faults)
	}
	want := []Installed{{Name: "util", Source: "../util"}, {Name: "base", Source: "../base"}, {Name: "deep", Source: "../deep"}}
	if diff := cmp.Diff(want, out.Installed); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// The hash is dbt's for the same two entries.
	if diff := cmp.Diff(`packages:
  - local: ../util
    name: util
  - local: ../base
    name: base
  - local: ../deep
    name: deep
sha1_hash: 1fb92958a0f814b98e26964f56afac3e8835d7e4
`, read(t, filepath.Join(dir, "shop/package-lock.yml"))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	link := filepath.Join(dir, "shop/dbt_packages/util")
	if to, err := os.Readlink(link); err != nil || to != filepath.Join(dir, "util") {
		t.Errorf("util leads to %q, %v", to, err)
	}
	if got := read(t, filepath.Join(link, "macros/m.sql")); !strings.Contains(got, "macro m()") {
		t.Errorf("got %q", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop/dbt_packages/old")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was there before is still there: %v", err)
	}
	// Installing again removes links, not what they lead to.
	again, faults := install(t, dir, nil)
	if faults != "" || again.LockFile != "" || len(again.Installed) != 3 {
		t.Errorf("again: %+v %s", again, faults)
	}
	read(t, filepath.Join(dir, "util/macros/m.sql"))
	if upgraded, _ := install(t, dir, func(o *Options) { o.Upgrade = true }); upgraded.LockFile == "" {
		t.Error("an upgrade kept the lock file")
	}
	// The installed project loads.
	raw, _ := project.ReadRaw(filepath.Join(dir, "shop"))
	p, list, err := project.Load(context.Background(), project.Options{Raw: raw, SecretRenderer: env{}, OwnRenderer: env{}})
	if p == nil || len(p.Packages) != 4 {
		t.Errorf("%v %v", list, err)
	}
}

// TestHash: dbt's hash of other entries, recorded from dbt.
func TestHash(t *testing.T) {
	for text, want := range map[string]string{
		`[{local: "../{{ env_var('U', 'util') }}"}, {local: ../base, name: "é\"q"}]`: "6e2c9ab52f91479a46ee15a3dad702711217c1b7",
		"[{local: ../util}]":                   "2720d399edbd777b3ca910a9dc29ddb2cbded250",
		"[{git: 'https://example.com/a.git'}]": "9db25b13ff666734f0b4b31207b93c4aa7011810",
		"[{git: 'https://example.com/a.git', revision: v1, subdirectory: sub, warn-unpinned: false}]": "77004aadf32936ab445600a5d79f670808e6141e",
		"[{git: 'https://example.com/a.git', revision: 1.0}]":                                         "5ba6dc80399c42d86d7ed57a67fc9373208cc6fc",
		"[{git: 'https://example.com/a.git', revision: 1}]":                                           "ad0c99c53f001a6c7e0cfb910335ffe306ed6482",
		"[{package: a/b, version: 1.0.0}]":                                                            "fbe59819b389dd3c16eebc554e4ec5b3ce2924bc",
		"[{package: a/b, version: ['>=1.0.0', <2.0.0]}]":                                              "3fb81c1ba79cf8f4ae304803deaa6a9f1b48f61d",
		"[{package: a/b, version: 1}]":                                                                "32bf9a4e1b867194889b8706b73ea8b611e74a77",
		"[{package: a/b, version: 1.1, install_prerelease: true}]":                                    "2f428497b220c75873c13d58fef48aeb60f964bb",
		"[{package: a/b, version: ['>=1.0.0', 2]}]":                                                   "aabc78ea7380a3db5fe66433a7d854c10c065db2",
		"[{tarball: 'https://example.com/a.tar.gz', name: a}]":                                        "f36ed1f3d8513c5c5a34c52c0f1bd9f25011b020",
		"[{private: org/repo}]":                                                                       "a90b94ecc462239df60a1e40587b6a0773ecd3f8",
		"[{private: org/repo, provider: github, revision: x}]":                                        "aa3ba68b338b9dd5359cd69c3832463b1f0ccff6",
		"[{local: ../util, name: n}, {package: a/b, version: 1.0.0, name: b}]":                        "2a236121c4e18ac14b47bdcdefd4caad15a8123d",
	} {
		dir := world(t, map[string]string{"shop/packages.yml": "packages: " + text + "\n"})
		list, faults := project.ReadDependencies(filepath.Join(dir, "shop"), env{})
		if len(faults) > 0 {
			t.Fatal(text, faults)
		}
		if got := hash(list.Packages); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
}

// TestMalformed: what dbt refuses.
func TestMalformed(t *testing.T) {
	for text, want := range map[string]string{
		"[{git: x, revision: true}]":                                 "{'git': 'x', 'revision': True} is not valid under any of the given schemas",
		"[{package: a/b, version: 1.0.0, extra: 1}]":                 "is not valid under any of the given schemas",
		"[{package: a/b, version: 1.0.0, install-prerelease: true}]": "is not valid under any of the given schemas",
		"[{git: x, warn_unpinned: false}]":                           "is not valid under any of the given schemas",
		"[{git: x, warn-unpinned: maybe}]":                           "is not valid under any of the given schemas",
		"[{tarball: x}]":                                             "is not valid under any of the given schemas",
		"[{local: x, git: y}]":                                       "is not valid under any of the given schemas",
		"[{git: 5}]":                                                 "is not valid under any of the given schemas",
		"[{package: ab, version: 1}]":                                "ab was not found in the package index. Packages on the index require a namespace",
		"[{package: '', version: 1}]":                                "A hub package is missing the value. It is a required property.",
		"[{package: a/b}]":                                           "a/b is missing the version.",
	} {
		dir := world(t, map[string]string{"shop/packages.yml": "packages: " + text + "\n"})
		if _, faults := install(t, dir, nil); !strings.Contains(faults, want) {
			t.Errorf("%s: %s", text, faults)
		}
	}
}

func TestLockOnly(t *testing.T) {
	dir := world(t, nested())
	out, faults := install(t, dir, func(o *Options) { o.LockOnly = true })
	if faults != "" || len(out.Installed) != 0 || out.LockFile == "" {
		t.Errorf("%+v %s", out, faults)
	}
	read(t, filepath.Join(dir, "shop/dbt_packages/old/dbt_project.yml"))
}

func TestNothingAsked(t *testing.T) {
	dir := world(t, map[string]string{})
	out, faults := install(t, dir, nil)
	if faults != "" || len(out.Installed) != 0 || out.LockFile != "" {
		t.Errorf("%+v %s", out, faults)
	}
}

// TestCopy: where links are refused a package is copied, even one that holds the
// project that installs it.
func TestCopy(t *testing.T) {
	dir := world(t, map[string]string{
		"dbt_project.yml":   "name: above\n",
		"macros/m.sql":      "x",
		"elsewhere/n.sql":   "y",
		"shop/packages.yml": "packages: [{local: ..}]\n",
		"shop/models/a.sql": "select 1",
	})
	if err := os.Symlink(filepath.Join(dir, "elsewhere"), filepath.Join(dir, "macros/sub")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "macros/gone")); err != nil {
		t.Fatal(err)
	}
	in := newInstaller(Options{Root: root(t, dir)})
	in.link = func(string, string) error { return errors.New("refused") }
	if err := in.install(context.Background()); err != nil || len(in.faults) > 0 {
		t.Fatal(err, in.faults)
	}
	if !in.out.Installed[0].Copied {
		t.Error("not copied")
	}
	to := filepath.Join(dir, "shop/dbt_packages/above")
	if read(t, filepath.Join(to, "macros/m.sql")) != "x" || read(t, filepath.Join(to, "macros/sub/n.sql")) != "y" || read(t, filepath.Join(to, "shop/models/a.sql")) != "select 1" {
		t.Error("not the same files")
	}
	if _, err := os.Stat(filepath.Join(to, "shop/dbt_packages")); !errors.Is(err, os.ErrNotExist) {
		t.Error("the packages folder was copied into itself")
	}
}

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"all at once", map[string]string{"shop/packages.yml": `packages:
  - package: dbt-labs/dbt_utils
    version: 1.0
  - git: https://joe:sesame@example.com/x.git
    revision: -x
  - git: https://example.com/x.git
    subdirectory: ../..
  - {tarball: x, name: ../y}
  - {tarball: "ftp://x", name: y}
  - {private: a/b, provider: ado}
  - {private: a/b, provider: x}
`}, `Runtime Error
  "1.0" is not a valid semantic version.
    --> packages.yml:2:5
    2 |   - package: dbt-labs/dbt_utils
      |     ^
Runtime Error
  The 'ado' provider requires org/project/repo format (3 parts), got: 'a/b'
    --> packages.yml:10:5
    10 |   - {private: a/b, provider: ado}
       |     ^
Runtime Error
  Invalid private package configuration: 'a/b' provider: 'x'. Valid providers are: github, gitlab, ado, azure_devops
    --> packages.yml:11:5
    11 |   - {private: a/b, provider: x}
       |     ^
Runtime Error
  A Git address or revision cannot begin with '-': https://joe:sesame@example.com/x.git
    --> packages.yml:4:5
Runtime Error
  The subdirectory '../..' lies outside of the repository
    --> packages.yml:6:5
    6 |   - git: https://example.com/x.git
      |     ^
Runtime Error
  Invalid package name '../y': resolves outside of the temporary downloads directory
    --> packages.yml:8:5
    8 |   - {tarball: x, name: ../y}
      |     ^
Runtime Error
  External connection exception occurred: "ftp://x" is no address of the web: it begins with neither http:// nor https://
    --> packages.yml:9:5
    9 |   - {tarball: "ftp://x", name: y}
      |     ^
`},
		{"no project there", map[string]string{"shop/packages.yml": "packages: [{local: ../nope}]\n"}, `Runtime Error
  No dbt_project.yml found at expected path DIR/nope/dbt_project.yml
  Verify that each entry within packages.yml (and their transitive dependencies) contains a file named dbt_project.yml
    --> packages.yml:1:12
    1 | packages: [{local: ../nope}]
      |            ^
`},
		{"project broken", map[string]string{"shop/packages.yml": "packages: [{local: ../util}]\n", "util/dbt_project.yml": "name: x: y\n"}, `Runtime Error
  Syntax error near line 1: mapping values are not allowed in this context
    --> ../util/dbt_project.yml:1:8
    1 | name: x: y
      |        ^
  Put quotes around a text that has a colon and a blank in it, or check the indentation of this line.
`},
		{"no name", map[string]string{"shop/packages.yml": "packages: [{local: ../util}]\n", "util/dbt_project.yml": "version: 1.0\n"}, `Runtime Error
  Package defined in dbt_project.yml must have a name!
    --> packages.yml:1:12
    1 | packages: [{local: ../util}]
      |            ^
`},
		{"name that leads out", map[string]string{"shop/packages.yml": "packages: [{local: ../util}]\n", "util/dbt_project.yml": "name: ../../x\n"}, `Runtime Error
  Invalid package name '../../x': resolves outside of the packages-install-path ('dbt_packages')
    --> packages.yml:1:12
    1 | packages: [{local: ../util}]
      |            ^
`},
		{"same name twice", map[string]string{"shop/packages.yml": "packages: [{local: ../a}, {local: ../b}]\n", "a/dbt_project.yml": "name: x\n", "b/dbt_project.yml": "name: x\n"}, `Runtime Error
  Found duplicate project "x". This occurs when a dependency has the same project name as some other dependency.
    --> packages.yml:1:27
    1 | packages: [{local: ../a}, {local: ../b}]
      |                           ^
`},
		{"the root's name", map[string]string{"shop/packages.yml": "packages: [{local: ../a}]\n", "a/dbt_project.yml": "name: shop\n"}, `Runtime Error
  Found a dependency with the same name as the root project "shop". Package names must be unique in a project. Please rename one of these packages.
    --> packages.yml:1:12
    1 | packages: [{local: ../a}]
      |            ^
`},
		{"packages folder is the project", map[string]string{"shop/dbt_project.yml": "name: shop\npackages-install-path: .\n"}, `Runtime Error
  packages-install-path '.' holds the project itself, and installing packages would empty it
    --> dbt_project.yml:2:24
    2 | packages-install-path: .
      |                        ^
`},
		{"packages folder above the project", map[string]string{"shop/dbt_project.yml": "name: shop\npackages-install-path: ../..\n"}, `Runtime Error
  packages-install-path '../..' holds the project itself, and installing packages would empty it
    --> dbt_project.yml:2:24
    2 | packages-install-path: ../..
      |                        ^
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.files["shop/dbt_packages/old/x"] = ""
			dir := world(t, c.files)
			out, got := install(t, dir, nil)
			if out != nil {
				t.Errorf("installed %+v", out)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			read(t, filepath.Join(dir, "shop/dbt_packages/old/x")) // nothing was changed
			if _, err := os.Stat(filepath.Join(dir, "shop", lockFile)); !errors.Is(err, os.ErrNotExist) {
				t.Error("a lock file was written")
			}
		})
	}
}
