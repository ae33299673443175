package deps

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dex/internal/event"
)

// server is a package hub on loopback. What stands in front of an address is
// tried before the address answers.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string][]byte
	front map[string]func(n int, w http.ResponseWriter, r *http.Request) bool // false: go on
	asked map[string]int
}

// release is a version of a package of the hub.
type release struct {
	version  string
	packages string // JSON
	dbt      string // JSON
}

// newServer plays a hub with packages of the namespace acme.
func newServer(t *testing.T, packages map[string][]release) *server {
	t.Helper()
	s := &server{pages: map[string][]byte{}, front: map[string]func(int, http.ResponseWriter, *http.Request) bool{}, asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	var names []string
	for name, releases := range packages {
		names = append(names, "acme/"+name)
		var versions []string
		for _, r := range releases {
			archive := packed(t, folder(name+"-"+r.version, map[string]string{"dbt_project.yml": "name: " + name + "\n", "macros/m.sql": r.version})...)
			sum := sha1.Sum(archive)
			at := "/t/" + name + "-" + r.version + ".tar.gz"
			s.pages[at] = archive
			if r.packages == "" {
				r.packages = "[]"
			}
			if r.dbt == "" {
				r.dbt = "[]"
			}
			versions = append(versions, fmt.Sprintf(`%q: {"name": %q, "packages": %s, "require_dbt_version": %s, "downloads": {"tarball": %q, "sha1": %q}}`,
				r.version, name, r.packages, r.dbt, s.URL+at, hex.EncodeToString(sum[:])))
		}
		s.pages["/api/v1/acme/"+name+".json"] = []byte(fmt.Sprintf(`{"name": %q, "namespace": "acme", "versions": {%s}}`, name, strings.Join(versions, ", ")))
	}
	slices.Sort(names)
	s.pages["/api/v1/index.json"], _ = json.Marshal(names)
	return s
}

func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked[r.URL.Path]++
	n, front, page := s.asked[r.URL.Path], s.front[r.URL.Path], s.pages[r.URL.Path]
	s.mu.Unlock()
	switch {
	case front != nil && front(n, w, r):
	case page == nil:
		http.NotFound(w, r)
	default:
		_, _ = w.Write(page)
	}
}

// hubOptions points an installation at the server.
func hubOptions(s *server, told *[]event.Data) func(*Options) {
	return func(o *Options) {
		o.Env = func(name string) (string, bool) { return s.URL, name == "DEX_PACKAGE_HUB_URL" }
		o.Version, o.Pause, o.Client = "1.12.6", -1, s.Client()
		o.Emit = func(_ event.Level, d event.Data) { *told = append(*told, d) }
	}
}

type member struct {
	tar.Header
	text string
}

// folder is the members of an archive below one folder, ordered by name.
func folder(top string, files map[string]string) []member {
	var out []member
	for name, text := range files {
		out = append(out, member{tar.Header{Name: top + "/" + name, Typeflag: tar.TypeReg, Mode: 0o644}, text})
	}
	slices.SortFunc(out, func(a, b member) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func packed(t *testing.T, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, m := range members {
		m.Size = int64(len(m.text))
		if err := w.WriteHeader(&m.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// recordedHub is the hub that dbt was recorded against.
func recordedHub() map[string][]release {
	between := `[">=1.0.0", "<3.0.0"]`
	return map[string][]release{
		"util":   {{"0.9.0", "", between}, {"1.0.0", "", between}, {"1.1.0", "", between}, {"1.2.0-rc1", "", between}, {"2.0.0", "", `[">=2.0.0"]`}},
		"base":   {{version: "1.0.0"}, {"2.0.0", "", between}},
		"mid":    {{"1.0.0", `[{"package": "acme/util", "version": [">=0.9.0", "<1.1.0"]}, {"package": "acme/base", "version": "1.0.0"}]`, between}},
		"wants2": {{"1.0.0", `[{"package": "acme/base", "version": "2.0.0"}]`, between}},
	}
}

// TestHub: what dbt 1.12.6 resolves, writes and says for the same hub.
func TestHub(t *testing.T) {
	s := newServer(t, recordedHub())
	dir := world(t, map[string]string{"shop/packages.yml": "packages:\n  - package: acme/util\n    version: [\">=0.9.0\",\"<1.1.0\"]\n  - package: acme/mid\n    version: 1.0.0\n"})
	var told []event.Data
	out, faults := install(t, dir, hubOptions(s, &told))
	if faults != "" {
		t.Fatal(faults)
	}
	if diff := cmp.Diff(`packages:
  - name: util
    package: acme/util
    version: 1.0.0
  - name: mid
    package: acme/mid
    version: 1.0.0
  - name: base
    package: acme/base
    version: 1.0.0
sha1_hash: 0bc4a4571ba34577dde47d326c57abf8f265afc5
`, read(t, filepath.Join(dir, "shop", lockFile))); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got := read(t, filepath.Join(dir, "shop/dbt_packages/util/macros/m.sql")); got != "1.0.0" || len(out.Installed) != 3 {
		t.Errorf("%s %+v", got, out)
	}
	var said []string
	for _, d := range told {
		switch d.(type) {
		case event.RegistryGet, event.RegistryGot, event.DepsSetDownloadDirectory:
		default:
			said = append(said, strings.ReplaceAll(d.Message(), dir, "DIR"))
		}
	}
	if diff := cmp.Diff([]string{
		"Updating lock file in file path: DIR/shop/package-lock.yml",
		"Installing acme/util", "Installed from version 1.0.0", "Updated version available: 1.1.0",
		"Installing acme/mid", "Installed from version 1.0.0", "Up to date!",
		"Installing acme/base", "Installed from version 1.0.0", "Updated version available: 2.0.0",
		"", "Updates available for packages: ['acme/util', 'acme/base']\nUpdate your versions in packages.yml, then run dbt deps",
	}, said); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// The lock file fits: it counts, though the hub has a newer version by now.
	before := s.asked["/api/v1/index.json"]
	s.pages["/api/v1/acme/util.json"] = bytes.Replace(s.pages["/api/v1/acme/util.json"], []byte(`"0.9.0"`), []byte(`"1.0.9"`), 1)
	again, faults := install(t, dir, hubOptions(s, &told))
	if faults != "" || again.LockFile != "" || read(t, filepath.Join(dir, "shop/dbt_packages/util/macros/m.sql")) != "1.0.0" {
		t.Errorf("%+v %s", again, faults)
	}
	if s.asked["/api/v1/index.json"] != before+1 || s.asked["/api/v1/acme/util.json"] != 2 {
		t.Errorf("asked more often than once: %v", s.asked)
	}
}

func TestHubRefuses(t *testing.T) {
	for _, c := range []struct{ name, packages, want string }{
		{"conflict", "packages: [{package: acme/mid, version: 1.0.0}, {package: acme/wants2, version: 1.0.0}]", `Runtime Error
  Version error for package acme/base: Could not find a satisfactory version from options: ['=1.0.0', '=2.0.0']
    --> packages.yml:1:12
`},
		{"not in the index", "packages: [{package: acme/utils, version: 1.0.0}]", `Runtime Error
  Package acme/utils was not found in the package index
    --> packages.yml:1:12
  Did you mean 'acme/util'?
`},
		{"no version", "packages: [{package: acme/util, version: '>=5.0.0'}]", `Runtime Error
  Could not find a matching compatible version for package acme/util
    Requested range: >=5.0.0
    Compatible versions: ['0.9.0', '1.0.0', '1.1.0']

    Not shown: package versions incompatible with installed version of dbt-core
    To include them, run 'dbt --no-version-check deps'
    --> packages.yml:1:12
`},
		{"a lock file with a version that is gone", "packages: []", `Runtime Error
  Could not find a matching compatible version for package acme/util
    Requested range: =7.0.0, =7.0.0
    Compatible versions: ['0.9.0', '1.0.0', '1.1.0']

    Not shown: package versions incompatible with installed version of dbt-core
    To include them, run 'dbt --no-version-check deps'
    --> package-lock.yml:1:12
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, recordedHub())
			files := map[string]string{"shop/packages.yml": c.packages, "shop/dbt_packages/old/x": ""}
			if c.packages == "packages: []" {
				files["shop/package-lock.yml"] = "packages: [{package: acme/util, version: 7.0.0}]"
			}
			dir := world(t, files)
			var told []event.Data
			out, faults := install(t, dir, hubOptions(s, &told))
			var kept []string
			for _, line := range strings.Split(faults, "\n") {
				if !strings.Contains(line, " | ") {
					kept = append(kept, line)
				}
			}
			if diff := cmp.Diff(c.want, strings.Join(kept, "\n")); diff != "" || out != nil {
				t.Errorf("(-want +got)\n%s", diff)
			}
			read(t, filepath.Join(dir, "shop/dbt_packages/old/x"))
		})
	}
}

// TestHubPrereleases: they are taken where they are asked for, by a flag or by
// name; --no-version-check takes versions of other dbt versions.
func TestHubPrereleases(t *testing.T) {
	for _, c := range []struct{ entry, dbt, want string }{
		{"{package: acme/util, version: '>=0.9.0'}", "1.12.6", "1.1.0"},
		{"{package: acme/util, version: '>=0.9.0', install_prerelease: true}", "1.12.6", "1.2.0-rc1"},
		{"{package: acme/util, version: 1.2.0-rc1}", "1.12.6", "1.2.0-rc1"},
		{"{package: acme/util, version: '>=0.9.0'}", "", "2.0.0"},
	} {
		s := newServer(t, recordedHub())
		dir := world(t, map[string]string{"shop/packages.yml": "packages: [" + c.entry + "]"})
		var told []event.Data
		_, faults := install(t, dir, func(o *Options) { hubOptions(s, &told)(o); o.Version = c.dbt })
		if faults != "" {
			t.Fatal(faults)
		}
		if got := read(t, filepath.Join(dir, "shop/dbt_packages/util/macros/m.sql")); got != c.want {
			t.Errorf("%s: %s, not %s", c.entry, got, c.want)
		}
	}
}

// reset ends the connection without an answer.
func reset(w http.ResponseWriter) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = c.Close()
	}
}

// TestHubFaults: what goes wrong on the way is tried again; what cannot go right
// is not, and leaves what was installed as it was.
func TestHubFaults(t *testing.T) {
	const index, page, archive = "/api/v1/index.json", "/api/v1/acme/util.json", "/t/util-1.0.0.tar.gz"
	until := func(last int, do func(http.ResponseWriter)) func(int, http.ResponseWriter, *http.Request) bool {
		return func(n int, w http.ResponseWriter, _ *http.Request) bool {
			if n < last {
				do(w)
			}
			return n < last
		}
	}
	status := func(code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { w.Header().Set("Retry-After", "1"); w.WriteHeader(code) }
	}
	text := func(s string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { _, _ = w.Write([]byte(s)) }
	}
	for _, c := range []struct {
		name, path string
		last       int
		do         func(http.ResponseWriter)
		asked      int
		want       string // in the fault; "" is none
	}{
		{"500 twice", index, 3, status(500), 3, ""},
		{"429", page, 3, status(429), 3, ""},
		{"reset", page, 3, reset, 3, ""},
		{"reset of an archive", archive, 2, reset, 2, ""},
		{"truncated archive", archive, 2, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "9999")
			_, _ = w.Write([]byte("\x1f\x8b"))
		}, 2, ""},
		{"archive cut short with a fitting length", archive, 2, text("\x1f\x8b\x08\x00\x00"), 2, ""},
		{"no archive", archive, 2, text("<html>try later</html>"), 2, ""},
		{"500 for ever", page, 99, status(500), 6, "External connection exception occurred: 500 Internal Server Error for url: HUB/api/v1/acme/util.json"},
		{"404 of the index", index, 99, status(404), 1, "External connection exception occurred: 404 Not Found for url: HUB/api/v1/index.json"},
		{"404 of an archive", archive, 99, status(404), 1, "External connection exception occurred: 404 Not Found for url: HUB/t/util-1.0.0.tar.gz"},
		{"no JSON", index, 99, text("<html>"), 6, "Request error: The response of the package index is no list of names"},
		{"JSON of another form", page, 99, text("[]"), 6, "Request error: Expected a response type of <dict>"},
		{"JSON without versions", page, 99, text(`{"name": "util"}`), 6, "Request error: Expected the response to contain keys {'name', 'versions'}"},
		{"version without an archive", page, 99, text(`{"name": "util", "versions": {"1.0.0": {"name": "util"}}}`), 6, "Request error: Expected version 1.0.0 to contain keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newServer(t, map[string][]release{"util": {{version: "1.0.0"}}})
			s.front[c.path] = until(c.last, c.do)
			dir := world(t, map[string]string{"shop/packages.yml": "packages: [{package: acme/util, version: 1.0.0}]", "shop/dbt_packages/old/x": ""})
			var told []event.Data
			out, faults := install(t, dir, hubOptions(s, &told))
			faults = strings.ReplaceAll(faults, s.URL, "HUB")
			if s.asked[c.path] != c.asked {
				t.Errorf("asked %d times, not %d", s.asked[c.path], c.asked)
			}
			if c.want == "" {
				if faults != "" || read(t, filepath.Join(dir, "shop/dbt_packages/util/macros/m.sql")) != "1.0.0" {
					t.Errorf("%s", faults)
				}
				return
			}
			if out != nil || !strings.Contains(faults, c.want) {
				t.Errorf("%s, want %s", faults, c.want)
			}
			read(t, filepath.Join(dir, "shop/dbt_packages/old/x"))
			left, _ := filepath.Glob(filepath.Join(dir, "shop/.dbt-packages-*"))
			if left != nil {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

// TestSilence: a server that stops in the middle of an archive is given up after
// DBT_HTTP_TIMEOUT.
func TestSilence(t *testing.T) {
	s := newServer(t, map[string][]release{"util": {{version: "1.0.0"}}})
	s.front["/t/util-1.0.0.tar.gz"] = func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n > 1 {
			return false
		}
		w.Header().Set("Content-Length", "9999")
		_, _ = w.Write([]byte("\x1f\x8b"))
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	dir := world(t, map[string]string{"shop/packages.yml": "packages: [{package: acme/util, version: 1.0.0}]"})
	var told []event.Data
	_, faults := install(t, dir, func(o *Options) {
		hubOptions(s, &told)(o)
		env := o.Env
		o.Env = func(name string) (string, bool) {
			if name == "DBT_HTTP_TIMEOUT" {
				return "0.05", true
			}
			return env(name)
		}
	})
	if faults != "" || s.asked["/t/util-1.0.0.tar.gz"] != 2 {
		t.Errorf("%s %v", faults, s.asked)
	}
	if !slices.ContainsFunc(told, func(d event.Data) bool { return strings.Contains(d.Message(), "no answer within 50ms") }) {
		t.Error("the timeout was not told")
	}
}

// TestHubWarns: of a package that moved, and of an archive that is not the one
// the hub knows.
func TestHubWarns(t *testing.T) {
	s := newServer(t, map[string][]release{"util": {{version: "1.0.0"}}})
	page := s.pages["/api/v1/acme/util.json"]
	page = bytes.Replace(page, []byte(`"namespace": "acme"`), []byte(`"namespace": "acme", "redirectname": "newer", "redirectnamespace": null`), 1)
	s.pages["/api/v1/acme/util.json"] = bytes.Replace(page, []byte(`"sha1": "`), []byte(`"sha1": "0`), 1)
	dir := world(t, map[string]string{"shop/packages.yml": "packages: [{package: acme/util, version: 1.0.0}]"})
	var told []event.Data
	var warned []string
	change := func(o *Options) {
		hubOptions(s, &told)(o)
		o.Warn = func(d event.Data) error { warned = append(warned, d.Name()); return nil }
	}
	if _, faults := install(t, dir, change); faults != "" {
		t.Fatal(faults)
	}
	if diff := cmp.Diff([]string{"PackageRedirectDeprecation", "PackageHashMismatch"}, warned); diff != "" {
		t.Error(diff)
	}
	// Where warnings are faults, nothing is installed.
	if err := os.RemoveAll(filepath.Join(dir, "shop/dbt_packages")); err != nil {
		t.Fatal(err)
	}
	_, faults := install(t, dir, func(o *Options) {
		change(o)
		o.Warn = func(d event.Data) error {
			if d.Name() == "PackageHashMismatch" {
				return &event.WarningFault{Data: d}
			}
			return nil
		}
	})
	if !strings.Contains(faults, "is not the one that the hub knows") {
		t.Errorf("%q", faults)
	}
	if _, err := os.Stat(filepath.Join(dir, "shop/dbt_packages")); err == nil {
		t.Error("installed all the same")
	}
}

func TestTarball(t *testing.T) {
	s := newServer(t, nil)
	s.pages["/a.tar.gz"] = packed(t, folder("x-1", map[string]string{"dbt_project.yml": "name: inner\n", "macros/m.sql": "m", "packages.yml": "packages: [{local: ../base}]"})...)
	dir := world(t, map[string]string{
		"shop/packages.yml":    "packages:\n  - tarball: \"" + s.URL + "/a.tar.gz\"\n    name: named\n",
		"base/dbt_project.yml": "name: base\n",
	})
	var told []event.Data
	out, faults := install(t, dir, hubOptions(s, &told))
	if faults != "" {
		t.Fatal(faults)
	}
	if read(t, filepath.Join(dir, "shop/dbt_packages/named/macros/m.sql")) != "m" || len(out.Installed) != 2 {
		t.Errorf("%+v", out)
	}
	lock := strings.ReplaceAll(read(t, filepath.Join(dir, "shop", lockFile)), s.URL, "HUB")
	lock, _, _ = strings.Cut(lock, "sha1_hash")
	if diff := cmp.Diff("packages:\n  - name: named\n    tarball: HUB/a.tar.gz\n  - local: ../base\n    name: base\n", lock); diff != "" {
		t.Error(diff)
	}
	if s.asked["/a.tar.gz"] != 1 {
		t.Errorf("fetched %d times", s.asked["/a.tar.gz"])
	}
	if again, faults := install(t, dir, hubOptions(s, &told)); faults != "" || again.LockFile != "" || len(again.Installed) != 2 {
		t.Errorf("%+v %s", again, faults)
	}
}
