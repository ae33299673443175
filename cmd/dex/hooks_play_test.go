package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// play is a case under way: its folder, and what is remembered from one command
// to the next.
type play struct {
	t       *testing.T
	c       *hookCase
	adapter string
	db      playground
	blanker
	lastManifest map[string]nodeFact
}

// playground is the database of a case.
type playground interface {
	// output is what a target of profiles.yml says of it.
	output() map[string]any
	// script runs SQL.
	script(sql string) error
	// ask gives a query's rows, of a single column its values alone; each is text,
	// or nil for NULL.
	ask(sql string) ([]any, error)
	// relations is the query that lists tables and views.
	relations() string
	// statements gives what the last command sent, logged being what it wrote to
	// logs/dbt.log.
	statements(logged []byte, b blanker) ([]statementFact, error)
}

const plainProject = "name: shop\nversion: '1.0'\nconfig-version: 2\nprofile: hooks\n"

// playCase runs all commands of a case on a database and gives the differences from
// what is recorded.
func playCase(t *testing.T, c *hookCase, adapter string) []string {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &play{t: t, c: c, adapter: adapter, blanker: blanker{root: root}}
	switch adapter {
	case "duckdb":
		p.db = &duckPlay{t, root}
	case "postgres":
		db := newPostgresPlay(t)
		p.db, p.database = db, db.relay.Database
	default:
		t.Fatalf("no database %s", adapter)
	}
	p.prepare()
	var diffs []string
	for i := range c.Commands {
		got := p.command(&c.Commands[i])
		for _, d := range p.compare(&c.Recorded[adapter][i], got) {
			diffs = append(diffs, strings.Join(c.Recorded[adapter][i].Argv, " ")+": "+d)
		}
	}
	return diffs
}

// prepare writes the project and sets the database up.
func (p *play) prepare() {
	project := map[string]*string{}
	for name, text := range p.c.Files {
		project[name] = &text
	}
	if project["dbt_project.yml"] == nil {
		text := plainProject
		project["dbt_project.yml"] = &text
	}
	p.write(project)
	dev := p.db.output()
	dev["type"], dev["schema"], dev["threads"] = p.adapter, "dw", 1
	maps.Copy(dev, p.c.Profile)
	outputs := map[string]any{"dev": dev}
	for name, more := range p.c.Targets {
		target := maps.Clone(dev)
		maps.Copy(target, more)
		outputs[name] = target
	}
	profiles, err := yaml.Marshal(map[string]any{"hooks": map[string]any{"target": "dev", "outputs": outputs}})
	p.must(err)
	p.must(os.WriteFile(p.path("profiles.yml"), profiles, 0o644))
	p.must(p.db.script(observerSQL))
	p.script(p.c.Setup)
}

// command does what a command asks for, runs it, and notes what came of it.
func (p *play) command(c *hookCommand) *facts {
	p.script(c.SQL)
	p.write(c.Files)
	for from, to := range c.Copy {
		text, err := os.ReadFile(p.path(from))
		if err != nil {
			return &facts{Exit: -1, ErrorText: err.Error()}
		}
		p.must(os.MkdirAll(filepath.Dir(p.path(to)), 0o755))
		p.must(os.WriteFile(p.path(to), text, 0o644))
	}
	results, manifest := stampOf(p.path("target/run_results.json")), stampOf(p.path("target/manifest.json"))
	logged := len(p.read("logs/dbt.log"))

	cmd := exec.CommandContext(p.t.Context(), "dex", c.Argv...)
	cmd.Dir, cmd.Env = p.root, p.environ(c.Env)
	output, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}

	got := &facts{Exit: cmd.ProcessState.ExitCode(), ErrorText: string(output), Tables: p.tables()}
	if stampOf(p.path("target/run_results.json")) != results {
		got.Results = p.results()
	}
	if stampOf(p.path("target/manifest.json")) != manifest {
		if m := p.manifest(); !sameJSON(m, p.lastManifest) {
			got.Manifest, p.lastManifest = m, m
		}
	}
	if c.Stdout {
		got.Stdout = []string{}
		for _, line := range strings.Split(string(output), "\n") {
			if strings.TrimSpace(line) != "" {
				got.Stdout = append(got.Stdout, p.text(line))
			}
		}
	}
	got.Files = p.readAll(c.Read)
	got.Statements, err = p.db.statements(p.read("logs/dbt.log")[logged:], p.blanker)
	p.must(err)
	return got
}

// environ is the environment of a command: this process's without its settings
// of dbt and dex.
func (p *play) environ(more map[string]string) []string {
	env := []string{
		"DBT_PROFILES_DIR=" + p.root, "DBT_USE_COLORS=false", "DBT_LOG_FORMAT_FILE=json", "DBT_LOG_LEVEL_FILE=debug",
		"DBT_SEND_ANONYMOUS_USAGE_STATS=false", "DO_NOT_TRACK=1", "DBT_VERSION_CHECK=false", "HOME=" + p.root,
	}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); name != "HOME" && !strings.HasPrefix(name, "DBT_") && !strings.HasPrefix(name, "DEX_") {
			env = append(env, kv)
		}
	}
	for name, v := range more {
		env = append(env, name+"="+v)
	}
	return env
}

// results reads run_results.json; it gives an empty list, not nil, where there
// are no rows.
func (p *play) results() []resultFact {
	doc := struct {
		Results []resultFact `json:"results"`
	}{Results: []resultFact{}}
	p.must(json.Unmarshal(p.read("target/run_results.json"), &doc))
	return doc.Results
}

// manifest reads what manifest.json says of hooks.
func (p *play) manifest() map[string]nodeFact {
	var doc struct {
		Nodes map[string]struct {
			Type    string   `json:"resource_type"`
			RawCode string   `json:"raw_code"`
			Tags    []string `json:"tags"`
			Index   *int     `json:"index"`
			Path    string   `json:"path"`
			File    string   `json:"original_file_path"`
			Config  struct {
				Enabled *bool      `json:"enabled"`
				Pre     []hookFact `json:"pre-hook"`
				Post    []hookFact `json:"post-hook"`
			} `json:"config"`
			DependsOn struct {
				Nodes  []string `json:"nodes"`
				Macros []string `json:"macros"`
			} `json:"depends_on"`
		} `json:"nodes"`
	}
	p.must(json.Unmarshal(p.read("target/manifest.json"), &doc))
	out := map[string]nodeFact{}
	for id, n := range doc.Nodes {
		f := nodeFact{Pre: p.hooks(n.Config.Pre), Post: p.hooks(n.Config.Post)}
		if n.Type == "operation" {
			f = nodeFact{SQL: p.text(n.RawCode), Tags: n.Tags, Index: n.Index, Path: n.Path, File: n.File, Enabled: n.Config.Enabled}
		} else if len(f.Pre)+len(f.Post) == 0 {
			continue
		}
		f.Nodes, f.Macros = sorted(n.DependsOn.Nodes), sorted(ownMacros(n.DependsOn.Macros))
		out[id] = f
	}
	return out
}

func (p *play) hooks(hooks []hookFact) []hookFact {
	for i := range hooks {
		if s := hooks[i].SQL; s != nil {
			text := p.text(*s)
			hooks[i].SQL = &text
		}
	}
	return hooks
}

var builtin = regexp.MustCompile(`^macro\.dbt(_duckdb|_postgres)?\.`)

// ownMacros leaves out the macros that come with the engine.
func ownMacros(ids []string) []string {
	var out []string
	for _, id := range ids {
		if !builtin.MatchString(id) {
			out = append(out, id)
		}
	}
	return out
}

// readAll reads files that a command should have written; nil is one that is
// not there.
func (p *play) readAll(names []string) map[string]*string {
	if len(names) == 0 {
		return nil
	}
	out := map[string]*string{}
	for _, name := range names {
		out[name] = nil
		if src, err := os.ReadFile(p.path(name)); err == nil {
			text := p.squeeze(string(src))
			out[name] = &text
		}
	}
	return out
}

func (p *play) write(files map[string]*string) {
	for name, text := range files {
		path := p.path(name)
		if text == nil {
			p.must(os.Remove(path))
			continue
		}
		p.must(os.MkdirAll(filepath.Dir(path), 0o755))
		p.must(os.WriteFile(path, []byte(*text), 0o644))
	}
}

// read gives a file's text; none where it is not there.
func (p *play) read(name string) []byte {
	text, err := os.ReadFile(p.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		p.t.Fatal(err)
	}
	return text
}

func (p *play) path(name string) string { return filepath.Join(p.root, filepath.FromSlash(name)) }

func (p *play) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// stamp is a file's state as far as writing it anew changes it.
type stamp struct {
	modified, size int64
	there          bool
}

func stampOf(path string) stamp {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}
	}
	return stamp{info.ModTime().UnixNano(), info.Size(), true}
}

func sameJSON(a, b any) bool {
	return bytes.Equal(asJSON(a), asJSON(b))
}

func asJSON(v any) []byte {
	out, err := json.Marshal(v)
	if err != nil {
		panic(err) // facts are plain data
	}
	return out
}
