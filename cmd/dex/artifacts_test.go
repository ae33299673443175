package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/adapter"
)

// artifactStep is what dbt left after one command: see testdata/artifacts/record.py.
type artifactStep struct {
	Command   string         `json:"command"`
	Exit      int            `json:"exit"`
	Stdout    *string        `json:"stdout"`
	Artifacts map[string]any `json:"artifacts"`
}

// TestArtifacts runs the projects of testdata/artifacts and compares each field of
// each artifact with what dbt wrote: its key, its type, and its value where that
// does not differ from run to run.
func TestArtifacts(t *testing.T) {
	files, err := filepath.Glob("testdata/artifacts/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no projects in testdata/artifacts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			playArtifacts(t, file)
		})
	}
}

func playArtifacts(t *testing.T, file string) {
	a, err := txtar.ParseFile(file)
	must(t, err)
	recorded, err := os.ReadFile(strings.TrimSuffix(file, ".txtar") + ".json")
	must(t, err)
	var want []artifactStep
	must(t, json.Unmarshal(recorded, &want))
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	b := &build{t: t, dir: dir}
	for _, f := range a.Files {
		b.write(f.Name, string(f.Data))
	}
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "sql":
			b.connect(func(ctx context.Context, c adapter.Conn) {
				_, _, err := c.Execute(ctx, rest, false, 0)
				must(t, err)
			})
		case "dbt":
			if len(want) == 0 {
				t.Fatalf("no record of %q: run record.py", line)
			}
			compareStep(t, b, line, words(t, rest), want[0])
			want = want[1:]
		}
	}
	if len(want) > 0 {
		t.Errorf("%d recorded commands were not run", len(want))
	}
}

func compareStep(t *testing.T, b *build, line string, args []string, want artifactStep) {
	if want.Command != line {
		t.Fatalf("recorded is %q, the script says %q", want.Command, line)
	}
	cmd := exec.Command("dex", args...)
	cmd.Dir = b.dir
	var stdout, all strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &all
	err := cmd.Run()
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if code != want.Exit {
		t.Errorf("%s: exit %d, dbt %d\n%s%s", line, code, want.Exit, stdout.String(), all.String())
	}
	if want.Stdout != nil && stdout.String() != *want.Stdout && !sameLines(stdout.String(), *want.Stdout) {
		t.Errorf("%s prints\n%s\ndbt\n%s", line, stdout.String(), *want.Stdout)
	}
	for _, name := range []string{"manifest", "run_results", "catalog", "sources", "graph_summary"} {
		path := b.path("target/" + name + ".json")
		text, err := os.ReadFile(path)
		was, recorded := want.Artifacts[name]
		if errors.Is(err, os.ErrNotExist) {
			if recorded && !leftStanding[name] {
				t.Errorf("%s: %s.json is not written", line, name)
			}
			continue
		}
		must(t, err)
		if !leftStanding[name] {
			must(t, os.Remove(path))
		}
		if !recorded {
			if !leftStanding[name] {
				t.Errorf("%s: dbt writes no %s.json", line, name)
			}
			continue
		}
		var got any
		must(t, json.Unmarshal([]byte(strings.ReplaceAll(string(text), b.dir, "<dir>")), &got))
		if name == "graph_summary" && strings.Contains(line, "--inline") {
			continue // dbt's has the query itself as a node
		}
		d := fieldDiffer{name: name, show: strings.Contains(line, " show ")}
		d.compare("", was, got)
		for _, x := range d.found {
			t.Errorf("%s: %s.json %s", line, name, x)
		}
	}
}

// leftStanding are the artifacts that dex leaves alone where they say what a new one
// would: they stay, and are compared where dbt writes them.
var leftStanding = map[string]bool{"manifest": true, "graph_summary": true}

func sameLines(a, b string) bool {
	return slices.Equal(strings.Fields(a), strings.Fields(b))
}

// fieldDiffer compares two JSON values by the rules of one artifact.
type fieldDiffer struct {
	name  string
	show  bool // a macro of `show` itself stands among the node's own in dbt's manifest
	found []string
}

// byRun are the fields whose value each run has anew; their type is compared.
var byRun = map[string]bool{
	"generated_at": true, "invocation_id": true, "_invocation_id": true, "invocation_started_at": true, "run_started_at": true, "created_at": true,
	"started_at": true, "completed_at": true, "execution_time": true, "elapsed_time": true, "snapshotted_at": true,
	"max_loaded_at_time_ago_in_s": true, "macro_sql": true, "user_id": true, "thread_id": true, "args": true, "project_id": true,
	"root_path": true, "adapter_unique_id": true,
}

// unordered are lists whose order dbt gives by the order of its files.
var unordered = regexp.MustCompile(`^/(group_map|parent_map|child_map)/|/depends_on/|/succ$|/tags$`)

// asAnother are fields that differ on purpose: docs/COMPATIBILITY.md says why.
var asAnother = regexp.MustCompile(`^/docs/doc\.dbt\.|^/metadata/(env|quoting|send_anonymous)`)

func (d *fieldDiffer) say(path, format string, args ...any) {
	d.found = append(d.found, path+" "+fmt.Sprintf(format, args...))
}

func (d *fieldDiffer) compare(path string, want, got any) {
	key := path[strings.LastIndexByte(path, '/')+1:]
	if fmt.Sprintf("%T", want) != fmt.Sprintf("%T", got) {
		d.say(path, "is a %T (%v), dbt's a %T (%v)", got, got, want, want)
		return
	}
	if byRun[key] || asAnother.MatchString(path) || d.show && strings.HasSuffix(path, "/depends_on/macros") {
		return
	}
	switch want := want.(type) {
	case map[string]any:
		d.dicts(path, want, got.(map[string]any))
	case []any:
		d.lists(path, want, got.([]any))
	case string:
		if key == "compiled_code" || key == "message" || strings.HasSuffix(path, "/sql") {
			// Texts of dex's own macros have other blanks, and LINE counts them.
			want, got = oneLine(want), oneLine(got.(string))
		}
		if want != got {
			d.say(path, "is %q, dbt's %q", got, want)
		}
	default:
		if want != got {
			d.say(path, "is %v, dbt's %v", got, want)
		}
	}
}

var lineOfStatement = regexp.MustCompile(`LINE \d+:`)

func oneLine(s string) string {
	return strings.Join(strings.Fields(lineOfStatement.ReplaceAllString(s, "LINE:")), " ")
}

func (d *fieldDiffer) dicts(path string, want, got map[string]any) {
	if d.name == "graph_summary" && (path == "/linked" || path == "/with_test_edges") {
		d.graph(path, want, got)
		return
	}
	for _, k := range slices.Sorted(maps.Keys(want)) {
		v, ok := got[k]
		if !ok {
			d.say(path, "has no %s, which dbt has: %v", k, want[k])
			continue
		}
		d.compare(path+"/"+k, want[k], v)
	}
	for _, k := range slices.Sorted(maps.Keys(got)) {
		own := d.name == "manifest" && (strings.HasPrefix(k, "macro.dbt.") || strings.HasPrefix(k, "macro.dbt_duckdb.") || strings.HasPrefix(k, "doc.dbt."))
		if _, ok := want[k]; !ok && !own {
			d.say(path, "has %s, which dbt has not: %v", k, got[k])
		}
	}
}

func (d *fieldDiffer) lists(path string, want, got []any) {
	if path == "/results" {
		d.dicts(path, byID(want), byID(got))
		return
	}
	if unordered.MatchString(path+"/") || unordered.MatchString(path) {
		order := func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
	}
	if len(want) != len(got) {
		d.say(path, "has %d elements %v, dbt's %d %v", len(got), got, len(want), want)
		return
	}
	for i := range want {
		d.compare(fmt.Sprintf("%s/%d", path, i), want[i], got[i])
	}
}

func byID(results []any) map[string]any {
	out := map[string]any{}
	for _, r := range results {
		out[r.(map[string]any)["unique_id"].(string)] = r
	}
	return out
}

// graph compares graphs by the names of their nodes. Of the edges from tests dbt
// writes more than dex, which give no other order: what can be reached is compared.
func (d *fieldDiffer) graph(path string, want, got map[string]any) {
	a, b := reach(want), reach(got)
	for _, n := range slices.Sorted(maps.Keys(a)) {
		if !slices.Equal(a[n], b[n]) {
			d.say(path, "from %s one reaches %v, in dbt's %v", n, b[n], a[n])
		}
	}
	if len(a) != len(b) {
		d.say(path, "has %d nodes, dbt's %d", len(b), len(a))
	}
}

func reach(g map[string]any) map[string][]string {
	name := func(i string) string { return g[i].(map[string]any)["name"].(string) }
	out := map[string][]string{}
	for i := range g {
		seen, stack := map[string]bool{}, []string{i}
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			succ, _ := g[at].(map[string]any)["succ"].([]any)
			for _, s := range succ {
				if k := fmt.Sprint(s); !seen[k] {
					seen[k] = true
					stack = append(stack, k)
				}
			}
		}
		list := []string{}
		for k := range seen {
			list = append(list, name(k))
		}
		slices.Sort(list)
		out[name(i)] = list
	}
	return out
}
