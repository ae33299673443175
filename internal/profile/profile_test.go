package profile

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/adapter"
	"dex/internal/jinja/value"
	"dex/internal/yamldoc"
)

// credentials is what the tests' own driver makes of a target.
type credentials struct{ target *value.Dict }

func (c credentials) Database() string     { return "db" }
func (c credentials) Schema() string       { return "main" }
func (c credentials) Context() *value.Dict { return c.target }
func (c credentials) Secrets() []string    { return []string{"from the driver"} }
func (c credentials) Unique() string       { return "test" }

func init() {
	adapter.Register(adapter.Driver{
		Type: "duckdb",
		Credentials: func(target *value.Dict, dir string) (adapter.Credentials, error) {
			if _, bad := target.GetStr("bad"); bad {
				return nil, fmt.Errorf("Additional properties are not allowed ('bad' was unexpected)") //nolint:staticcheck // dbt's words
			}
			return credentials{target}, nil
		},
		Open: func(context.Context, adapter.Credentials, adapter.Options) (adapter.Adapter, error) { return nil, nil },
	})
}

// fake renders {{ env_var('X') }}, alone or inside a text, and nothing else.
type fake map[string]string

func (env fake) Render(v value.Value, path []string) (value.Value, error) {
	s := value.ToStr(v)
	before, rest, _ := strings.Cut(s, "{{ env_var('")
	name, after, ok := strings.Cut(rest, "') }}")
	if !ok {
		return nil, value.Errorf("TemplateSyntaxError", "unexpected end of template")
	}
	text, set := env[name]
	if !set {
		return nil, value.Errorf("EnvVarMissingError", "Env var required but not provided: '%s'", name)
	}
	if strings.HasPrefix(name, "DBT_ENV_SECRET") {
		text = Placeholder(name)
	}
	if name == "THREADS" {
		return value.Int(8), nil
	}
	return value.Str(before + text + after), nil
}

var env = fake{"TARGET": "prod", "THREADS": "8", "DBT_ENV_SECRET_PW": "hunter2", "PATH": "x.duckdb"}

func (env fake) lookup(name string) (string, bool) { v, ok := env[name]; return v, ok }

// run loads the profile of a folder with the files given. The project names the
// profile p, unless it says otherwise.
func run(t *testing.T, files map[string]string, change func(*Options)) (*Profile, string) {
	t.Helper()
	dir := t.TempDir()
	project := "name: shop\nprofile: p\n"
	for name, text := range files {
		if name == "dbt_project.yml" {
			project = text
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, _ := yamldoc.Decode("dbt_project.yml", []byte(project))
	named, _ := doc.Value.(*value.Dict).GetStr("profile")
	o := Options{
		ProjectDir: dir, ProjectName: "shop", ProjectDoc: doc, ProjectPos: doc.Pos("profile"),
		Renderer: env, Env: env.lookup, Environ: []string{"HOME=/h", "DBT_ENV_SECRET_PW=hunter2", "DBT_ENV_SECRET_EMPTY= "},
		Home: filepath.Join(dir, "home"),
	}
	if named != nil {
		o.ProjectProfile = value.ToStr(named)
	}
	if change != nil {
		change(&o)
	}
	p, faults := Load(o)
	var b strings.Builder
	for _, f := range faults {
		b.WriteString(f.Error() + "\n")
	}
	if p == nil {
		return nil, strings.ReplaceAll(b.String(), dir, "DIR")
	}
	fmt.Fprintf(&b, "%s.%s: %s %s, %d threads, from %q\n", p.Name, p.TargetName, p.Type, value.Repr(p.Target), p.Threads, p.File)
	for _, n := range p.Notices {
		b.WriteString(n + "\n")
	}
	return p, strings.ReplaceAll(b.String(), dir, "DIR")
}

const two = `p:
  target: dev
  outputs:
    dev: {type: duckdb, path: dev.duckdb, threads: 4}
    prod:
      type: duckdb
      path: "{{ env_var('UNSET') }}"
`

// TestLoad has a case for each way a target is found and for each fault, with
// the whole message. The cases stand in testdata/load.txtar: their want.
func TestLoad(t *testing.T) {
	a, err := txtar.ParseFile("testdata/load.txtar")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, f := range a.Files {
		want[f.Name] = string(f.Data)
	}
	profiles := func(s string) map[string]string { return map[string]string{"profiles.yml": s} }
	type testCase struct {
		name   string
		files  map[string]string
		change func(*Options)
	}
	cases := []testCase{
		{"found in the project", profiles(two), nil},
		{"found at home", map[string]string{"home/.dbt/profiles.yml": two}, nil},
		{"folder given", map[string]string{"profiles.yml": "x: 1\n", "conf/profiles.yml": two}, func(o *Options) { o.Dir = filepath.Join(o.ProjectDir, "conf") }},
		{"folder given without a file", nil, func(o *Options) { o.Dir = filepath.Join(o.ProjectDir, "conf") }},
		{"no file at all", nil, nil},
		{"no file at all, with flags", nil, func(o *Options) { o.Target, o.Threads, o.ProjectProfile = "ci", 3, "" }},
		{"flags", profiles("q:\n  outputs: {ci: {type: duckdb}}\n"), func(o *Options) { o.Name, o.Target, o.Threads = "q", "ci", 2 }},
		{"target rendered", profiles("p: {target: \"{{ env_var('TARGET') }}\", outputs: {prod: {type: duckdb, threads: \"{{ env_var('THREADS') }}\", path: \"{{ env_var('PATH') }}\"}}}\n"), nil},
		{"target left out", profiles("p: {outputs: {default: {type: duckdb}}}\n"), nil},
		{"profile rendered", map[string]string{"dbt_project.yml": "name: shop\nprofile: \"{{ env_var('TARGET') }}\"\n", "profiles.yml": "prod: {outputs: {default: {type: duckdb}}}\n"}, nil},
		{"secret", profiles("p: {target: a, outputs: {a: {type: duckdb, password: \"x{{ env_var('DBT_ENV_SECRET_PW') }}y\", settings: {s3_token: abcdef}}}}\n"), nil},
		{"password like Jinja", profiles("p: {target: a, outputs: {a: {type: duckdb, password: \"a{{b\"}}}\n"), nil},
		{"profile unnamed", map[string]string{"dbt_project.yml": "name: shop\n", "profiles.yml": two}, nil},
		{"profile missing", profiles("pp: {outputs: {}}\nconfig: {}\n"), nil},
		{"profile missing, unlike any", profiles("zebra: {outputs: {}}\nyak: {}\nconfig: {}\n"), func(o *Options) { o.Name = "other" }},
		{"profile empty", profiles("p:\n"), nil},
		{"profile a text", profiles("p: x\n"), nil},
		{"file empty", profiles("# nothing\n"), nil},
		{"file a list", profiles("- a\n"), nil},
		{"file broken", profiles("p: {a\n"), nil},
		{"outputs missing", profiles("p: {target: a}\n"), nil},
		{"target missing", profiles("p:\n  target: pord\n  outputs:\n    dev: {type: duckdb}\n    prod: {type: duckdb}\n"), nil},
		{"target missing, from the flag", profiles(two), func(o *Options) { o.Target = "nowhere" }},
		{"target a text", profiles("p: {target: a, outputs: {a: x}}\n"), nil},
		{"variable not set", profiles(two), func(o *Options) { o.Target = "prod" }},
		{"Jinja broken", profiles("p: {target: a, outputs: {a: {type: duckdb, path: '{{ x'}}}\n"), nil},
		{"type missing", profiles("p: {target: a, outputs: {a: {path: x}}}\n"), nil},
		{"type unknown", profiles("p:\n  target: a\n  outputs:\n    a:\n      type: duckbd\n"), nil},
		{"type unlike any", profiles("p: {target: a, outputs: {a: {type: snowflake}}}\n"), nil},
		{"threads a text", profiles("p: {target: a, outputs: {a: {type: duckdb, threads: '4'}}}\n"), nil},
		{"threads none", profiles("p: {target: a, outputs: {a: {type: duckdb, threads: 0}}}\n"), nil},
		{"credentials refused", profiles("p: {target: a, outputs: {a: {type: duckdb, bad: 1}}}\n"), nil},
	}
	rewriting := os.Getenv("REWRITE") != ""
	out := &txtar.Archive{Comment: []byte("What TestLoad's cases give. REWRITE=1 go test writes it anew.\n")}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, got := run(t, c.files, c.change)
			out.Files = append(out.Files, txtar.File{Name: c.name, Data: []byte(got)})
			if diff := cmp.Diff(want[c.name], got); diff != "" && !rewriting {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if rewriting {
		if err := os.WriteFile("testdata/load.txtar", txtar.Format(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSecrets(t *testing.T) {
	p, msg := run(t, map[string]string{"profiles.yml": `p:
  target: a
  outputs:
    a:
      type: duckdb
      password: "x{{ env_var('DBT_ENV_SECRET_PW') }}y"
      pass: abc
      path: "md:db?motherduck_token=tok123&x=1"
      attach: [{path: "postgres://joe:sesame@host/db"}]
      secrets: [{type: s3, key_id: AKIA1, secret: topsecret}]
`}, nil)
	if p == nil {
		t.Fatal(msg)
	}
	// secrets: is named as a secret, so that all below it is one: better too much
	// than too little.
	want := []string{"from the driver", "topsecret", "xhunter2y", "hunter2", "sesame", "tok123", "AKIA1"}
	if diff := cmp.Diff(want, p.Secrets()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if slices.Contains(p.Secrets(), "abc") {
		t.Error("a short text would hide much of the output")
	}
}

// TestNoSecretInFaults: the line under the caret is left out where it may hold a
// secret.
func TestNoSecretInFaults(t *testing.T) {
	for _, src := range []string{
		"p: {target: a, outputs: {a: {type: nope, password: sesame}}}\n",
		"p:\n  target: a\n  outputs:\n    a:\n      type: duckdb\n      password: sesame: open\n",
		"p:\n  outputs:\n    default:\n      type: duckdb\n      private_key: |\n        -----BEGIN\n        sesame\n       sesame: {\n",
		"p:\n  outputs:\n    default:\n      type: duckdb\n      path: [\"postgres://joe:sesame@host\", x\n",
	} {
		p, msg := run(t, map[string]string{"profiles.yml": src}, nil)
		if p != nil || !strings.Contains(msg, "profiles.yml:") || strings.Contains(msg, "sesame") {
			t.Errorf("%s\ngives\n%s", src, msg)
		}
	}
}

func TestReveal(t *testing.T) {
	env := fake{"DBT_ENV_SECRET_A": "1", "DBT_ENV_SECRET_B": "2"}
	got := Reveal(Placeholder("DBT_ENV_SECRET_A")+"-"+Placeholder("DBT_ENV_SECRET_B")+"-"+Placeholder("DBT_ENV_SECRET_C"), env.lookup)
	if want := "1-2-" + Placeholder("DBT_ENV_SECRET_C"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
