package deps

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/event"
	"dex/internal/jinja/value"
)

// repository makes a repository in DIR/repo: a tag v1, main behind it, a branch
// next that asks for a package, a folder sub with a package of its own.
func repository(t *testing.T, dir string) (commits map[string]string) {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Fatal("git is missing: `deps` calls it, and so do its tests")
	}
	repo := filepath.Join(dir, "repo")
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", "-C", repo}, args...)...)
		cmd.Env = gitEnv(os.Environ())
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	write := func(name, text string) {
		path := filepath.Join(repo, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("dbt_project.yml", "name: pkg\n")
	write("sub/dbt_project.yml", "name: sub\n")
	write("macros/m.sql", "one")
	commits = map[string]string{}
	commit := func(name string) {
		git("add", "-A")
		git("commit", "-q", "-m", name)
		commits[name] = git("rev-parse", "HEAD")
	}
	git("init", "-q", "-b", "main")
	commit("one")
	git("tag", "v1")
	write("macros/m.sql", "two")
	commit("two")
	git("checkout", "-q", "-b", "next")
	write("packages.yml", "packages: [{local: ../base}]\n")
	write("macros/m.sql", "three")
	commit("three")
	git("checkout", "-q", "main")
	return commits
}

type warnings []event.Data

func (w *warnings) warn(d event.Data) error { *w = append(*w, d); return nil }

func TestGit(t *testing.T) {
	for _, c := range []struct {
		name, entry string
		macro       string // what the package's macro says
		commit      string
		installed   int
		warns       bool
	}{
		{"tag", "{git: 'URL', revision: v1}", "one", "one", 1, false},
		{"default", "{git: 'URL'}", "two", "two", 1, true},
		{"default, not warned of", "{git: 'URL', warn-unpinned: false}", "two", "two", 1, false},
		{"main", "{git: 'URL', revision: main}", "two", "two", 1, true},
		{"branch, with what it asks for", "{git: 'URL', revision: next}", "three", "three", 2, false},
		{"commit", "{git: 'URL', revision: ONE}", "one", "one", 1, false},
		{"a path from the project's folder", "{git: ../repo, revision: v1}", "one", "one", 1, false},
		{"asked for twice, under two names", "{git: 'URL', revision: v1}, {git: 'URL.git', revision: v1}, {git: 'URL'}", "one", "one", 1, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := world(t, map[string]string{"base/dbt_project.yml": "name: base\n"})
			commits := repository(t, dir)
			url := "file://" + filepath.ToSlash(filepath.Join(dir, "repo"))
			entry := strings.ReplaceAll(c.entry, "URL", url)
			entry = strings.ReplaceAll(entry, "ONE", commits["one"])
			if err := os.WriteFile(filepath.Join(dir, "shop/packages.yml"), []byte("packages: ["+entry+"]\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			var w warnings
			out, faults := install(t, dir, func(o *Options) { o.Warn = w.warn })
			if faults != "" {
				t.Fatal(faults)
			}
			if got := read(t, filepath.Join(dir, "shop/dbt_packages/pkg/macros/m.sql")); got != c.macro {
				t.Errorf("macro %s, not %s", got, c.macro)
			}
			if len(out.Installed) != c.installed || (len(w) > 0) != c.warns || len(w) > 1 {
				t.Errorf("%+v %v", out.Installed, w)
			}
			if lock := read(t, filepath.Join(dir, "shop", lockFile)); !strings.Contains(lock, "    name: pkg\n    revision: "+commits[c.commit]+"\n") {
				t.Errorf("no commit in the lock file\n%s", lock)
			}
			// From the lock file: the same commit, and nobody is warned.
			w = nil
			if again, faults := install(t, dir, func(o *Options) { o.Warn = w.warn }); faults != "" || again.LockFile != "" || len(w) > 0 {
				t.Errorf("%+v %s %v", again, faults, w)
			}
		})
	}
}

func TestGitSubdirectory(t *testing.T) {
	dir := world(t, map[string]string{"shop/packages.yml": "packages: [{git: ../repo, revision: v1, subdirectory: sub}, {git: ../repo, revision: v1}]\n"})
	repository(t, dir)
	var told []event.Data
	_, faults := install(t, dir, func(o *Options) { o.Emit = func(_ event.Level, d event.Data) { told = append(told, d) } })
	if faults != "" {
		t.Fatal(faults)
	}
	read(t, filepath.Join(dir, "shop/dbt_packages/sub/dbt_project.yml"))
	read(t, filepath.Join(dir, "shop/dbt_packages/pkg/dbt_project.yml"))
	if lock := read(t, filepath.Join(dir, "shop", lockFile)); !strings.Contains(lock, "    subdirectory: sub\n") {
		t.Error(lock)
	}
	if !strings.Contains(messages(told), "\nand subdirectory sub\n") {
		t.Error(messages(told))
	}
}

func messages(told []event.Data) string {
	var b strings.Builder
	for _, d := range told {
		b.WriteString(d.Message() + "\n")
	}
	return b.String()
}

// secretEnv renders the variable that holds a secret.
type secretEnv struct{}

func (secretEnv) Render(v value.Value, _ []string) (value.Value, error) {
	if s, ok := v.(value.Str); ok {
		return value.Str(strings.ReplaceAll(string(s), "{{ env_var('DBT_ENV_SECRET_T') }}", "repo")), nil
	}
	return v, nil
}

// TestGitSecret: the lock file keeps the variable, and is rendered when packages
// are installed from it. One that is written out is blanked, with a warning.
func TestGitSecret(t *testing.T) {
	dir := world(t, map[string]string{"shop/packages.yml": "packages:\n  - git: \"../{{ env_var('DBT_ENV_SECRET_T') }}\"\n    revision: v1\n"})
	repository(t, dir)
	change := func(w *warnings) func(*Options) {
		return func(o *Options) {
			o.Renderer, o.Warn = secretEnv{}, w.warn
			o.Clean = func(s string) string { return strings.ReplaceAll(s, "repo", "*****") }
		}
	}
	var w warnings
	if _, faults := install(t, dir, change(&w)); faults != "" || len(w) > 0 {
		t.Fatal(faults, w)
	}
	lock := read(t, filepath.Join(dir, "shop", lockFile))
	if strings.Contains(lock, "repo") || !strings.Contains(lock, "env_var('DBT_ENV_SECRET_T')") {
		t.Error(lock)
	}
	if again, faults := install(t, dir, change(&w)); faults != "" || again.LockFile != "" {
		t.Error(again, faults)
	}
	if err := os.WriteFile(filepath.Join(dir, "shop/packages.yml"), []byte("packages: [{git: ../repo, revision: v1}]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, faults := install(t, dir, change(&w)); faults != "" || len(w) != 1 || w[0].Name() != "DepsScrubbedPackageName" {
		t.Error(faults, w)
	}
	if lock := read(t, filepath.Join(dir, "shop", lockFile)); !strings.Contains(lock, "git: ../*****\n") {
		t.Error(lock)
	}
}

func TestGitFaults(t *testing.T) {
	asks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer asks.Close()
	for _, c := range []struct{ name, entry, want string }{
		{"no such revision", "{git: ../repo, revision: nope}", "Error checking out spec='nope' for repo ../repo\n"},
		{"no such commit", "{git: ../repo, revision: " + strings.Repeat("a", 40) + "}", "Error checking out spec='aaaa"},
		{"no such repository", "{git: ../none, revision: v1}", "Error checking out spec='v1' for repo ../none\n"},
		{"two revisions", "{git: ../repo, revision: v1}, {git: ../repo, revision: main}", "git dependencies should contain exactly one version. ../repo contains: {'main', 'v1'}\n"},
		{"two sources", "{git: ../repo, revision: v1}, {local: ../repo}", "Cannot incorporate ../repo (LocalUnpinnedPackage) in ../repo (GitUnpinnedPackage): mismatched types\n"},
		{"no project in it", "{git: ../repo, revision: v1, subdirectory: macros}", "No dbt_project.yml found at expected path"},
		{"a server that asks for a password", "{git: '" + asks.URL + "/x.git', revision: v1}", "dex asks for no password: put one into the address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := world(t, map[string]string{"shop/packages.yml": "packages: [" + c.entry + "]\n", "shop/dbt_packages/old/x": ""})
			repository(t, dir)
			t.Setenv("no_proxy", "*")
			out, faults := install(t, dir, nil)
			if out != nil || !strings.Contains(faults, c.want) {
				t.Errorf("%s, want %s", faults, c.want)
			}
			read(t, filepath.Join(dir, "shop/dbt_packages/old/x"))
		})
	}
}

func TestNoGit(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := world(t, map[string]string{"shop/packages.yml": "packages: [{git: ../repo, revision: v1}]\n"})
	_, faults := install(t, dir, nil)
	if !strings.Contains(faults, "git could not be started") || !strings.Contains(faults, "install it, or lay the package into a folder") {
		t.Error(faults)
	}
}

func TestPrivate(t *testing.T) {
	in := newInstaller(Options{})
	for _, c := range []struct{ name, provider, want string }{
		{"org/repo", "", "git@github.com:org/repo.git"}, {"org/repo", "github", "git@github.com:org/repo.git"},
		{"org/repo", "gitlab", "git@gitlab.com:org/repo.git"}, {"org/p/repo", "ado", "git@ssh.dev.azure.com:v3/org/p/repo"},
		{"org/p/repo", "azure_devops", "git@ssh.dev.azure.com:v3/org/p/repo"},
	} {
		if got, err := in.privateAddress(c.name, c.provider); got != c.want || err != nil {
			t.Errorf("%s %s: %s %v", c.name, c.provider, got, err)
		}
	}
	in.o.Env = func(string) (string, bool) { return `[{"org": "x"}]`, true }
	if _, err := in.privateAddress("org/repo", ""); err == nil {
		t.Error("the hosted service's variable is passed over")
	}
}

// TestAdd: packages.yml as dbt writes it.
func TestAdd(t *testing.T) {
	for _, c := range []struct {
		name, file, text string
		add              Addition
		want             string
	}{
		{"new file", "packages.yml", "", Addition{"acme/util", "1.0.0", "hub"}, "packages:\n  - package: acme/util\n    version: 1.0.0\n"},
		{"range, in the place of the same package from Git", "packages.yml", "# gone\npackages:\n  - git: https://x/util.git\n    revision: \"1.0\"\n  - local: ../base\n",
			Addition{"acme/util", ">=0.9.0,<1.1.0", "hub"}, "packages:\n  - local: ../base\n  - package: acme/util\n    version:\n      - '>=0.9.0'\n      - <1.1.0\n"},
		{"git", "packages.yml", "packages: [{git: 'https://x/dbt-utils-more.git', revision: a}]", Addition{"https://x/dbt_utils.git", "v1", "git"},
			"packages:\n  - git: https://x/dbt-utils-more.git\n    revision: a\n  - git: https://x/dbt_utils.git\n    revision: v1\n"},
		{"local, in dependencies.yml", "dependencies.yml", "packages: []\nprojects: [{name: p}]\n", Addition{"../base", "", "local"},
			"packages:\n  - local: ../base\nprojects:\n  - name: p\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := world(t, map[string]string{"base/dbt_project.yml": "name: base\n"})
			path := filepath.Join(dir, "shop", c.file)
			if c.text != "" {
				if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			in := newInstaller(Options{Root: root(t, dir)})
			if err := in.add(c.add); err != nil || len(in.faults) > 0 {
				t.Fatal(err, in.faults)
			}
			if diff := cmp.Diff(c.want, read(t, path)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
