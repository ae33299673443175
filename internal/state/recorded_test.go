package state_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"dex/internal/artifact"
	"dex/internal/event"
	"dex/internal/jinja/value"
	"dex/internal/parse"
	"dex/internal/parse/parsetest"
	"dex/internal/render"
	"dex/internal/selector"
	"dex/internal/state"
	"dex/internal/yamldoc"
)

// change is one change of testdata/project.json with what `dbt ls` then gave for
// each selector.
type change struct {
	Change string
	Files  map[string]*string // path -> text; null is a file that is gone
	Args   []string           // "--vars" and its value
	Env    map[string]string
	Select map[string]any // selector -> ids, or "error"
}

func readJSON[T any](t *testing.T, name string) (v T) {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(src, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// with gives the files of the project after a change.
func with(files map[string]string, c change) map[string]string {
	out := maps.Clone(files)
	for path, text := range c.Files {
		if text == nil {
			delete(out, path)
		} else {
			out[path] = *text
		}
	}
	return out
}

// settings gives templates the variables of a change.
func settings(t *testing.T, c change) func(*render.Invocation) {
	return func(inv *render.Invocation) {
		inv.Getenv = func(name string) (string, bool) { v, ok := c.Env[name]; return v, ok }
		if len(c.Args) == 2 {
			doc, faults := yamldoc.Decode("", []byte(c.Args[1]))
			if err := faults.Err(); err != nil {
				t.Fatal(err)
			}
			inv.CLIVars = doc.Value.(*value.Dict)
		}
	}
}

// leave writes a project's manifest as an invocation leaves it, and reads it.
func leave(t *testing.T, p *parsetest.Project) *state.Previous {
	t.Helper()
	dir := t.TempDir()
	var b bytes.Buffer
	if err := artifact.EncodeManifest(&b, p.Manifest, nil, artifact.Meta{Started: time.Now(), Generated: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return read(t, dir)
}

func read(t *testing.T, dir string) *state.Previous {
	t.Helper()
	s, err := state.Read(state.Places{Path: dir, Dir: dir, Target: dir}, parse.WrittenConfig)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRecordedChanges replays single changes to a project against what `dbt ls
// --state` gave for each of eleven selectors: once with a manifest that dex left,
// once with the one that dbt left, which holds no built-in macros.
func TestRecordedChanges(t *testing.T) {
	files := readJSON[map[string]string](t, "project.json")
	replay(t, "cases.json", 51, files, map[string]*state.Previous{
		"dex": leave(t, parsetest.Load(t, files, nil)),
		"dbt": read(t, "testdata"),
	})
}

// TestMoreRecordedChanges replays changes to a project with more of everything:
// configurations of all kinds in all places, and what hangs on environments.
//
// dbt: a date in YAML is compared with its text, so that the model which has one
// is always modified.
func TestMoreRecordedChanges(t *testing.T) {
	files := readJSON[map[string]string](t, "more_project.json")
	replay(t, "more_cases.json", 86, files, map[string]*state.Previous{"dex": leave(t, parsetest.Load(t, files, nil))})
}

func replay(t *testing.T, cases string, count int, files map[string]string, states map[string]*state.Previous) {
	changes := readJSON[[]change](t, cases)
	if len(changes) != count {
		t.Fatalf("%d changes", len(changes))
	}
	for _, c := range changes {
		t.Run(c.Change, func(t *testing.T) {
			p := parsetest.Load(t, with(files, c), settings(t, c))
			for by, s := range states {
				for sel, want := range c.Select {
					got, err := list(p, &state.Comparison{Previous: s}, sel)
					if (err != nil) != (want == "error") {
						t.Errorf("%s, state of %s: %v; dbt: %v", sel, by, err, want)
					}
					if err == nil && !slices.Equal(got, texts(want)) {
						t.Errorf("%s, state of %s\ngot  %v\nwant %v", sel, by, got, want)
					}
				}
			}
		})
	}
}

func texts(v any) []string {
	list := []string{}
	for _, s := range v.([]any) {
		list = append(list, s.(string))
	}
	return list
}

// list does what `dbt ls --select sel` does.
func list(p *parsetest.Project, c *state.Comparison, sel string) ([]string, error) {
	kinds, err := selector.Kinds("list", nil, nil)
	if err != nil {
		return nil, err
	}
	spec, err := selector.Parse([]string{sel}, nil, selector.Eager)
	if err != nil {
		return nil, err
	}
	set, _, err := selector.Select(p.Manifest, spec, selector.Options{Kinds: kinds, EmptyNodes: true, History: c})
	if err != nil {
		return nil, err
	}
	ids := []string{}
	for _, id := range p.Manifest.Graph().IDs(set) {
		ids = append(ids, string(id))
	}
	return ids, nil
}

// warnings gathers what a comparison tells the user.
func warnings(into *[]string) func(event.Data) error {
	return func(e event.Data) error {
		*into = append(*into, e.Name()+": "+e.Message())
		return nil
	}
}
