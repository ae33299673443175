package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"dex/internal/adapter"
)

// built is what stands after one command.
type built struct {
	Command string                    `json:"command"`
	Exit    int                       `json:"exit"`
	Results map[string]builtResult    `json:"results"`
	Tables  map[string]*builtRelation `json:"tables"`
	Files   []string                  `json:"files"` // of single batches
	Said    []string                  `json:"said"`  // of single batches
}

type builtResult struct {
	Status   string              `json:"status"`
	Message  string              `json:"message"`
	Failures *int                `json:"failures"`
	Relation string              `json:"relation"`
	Compiled string              `json:"compiled"`
	Batches  map[string][]string `json:"batches"`
}

type builtRelation struct {
	Kind    string   `json:"kind"`
	Columns []string `json:"columns"`
	Rows    []string `json:"rows"`
}

// TestBuild runs the projects of testdata/build and compares what they build with
// what dbt built. The README there says how they are written.
func TestBuild(t *testing.T) {
	files, err := filepath.Glob("testdata/build/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no projects in testdata/build: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			newBuild(t, file).play()
		})
	}
}

// build is a project of testdata/build on its way.
type build struct {
	t      *testing.T
	dir    string
	script []string
	want   []built
}

func newBuild(t *testing.T, file string) *build {
	a, err := txtar.ParseFile(file)
	must(t, err)
	recorded, err := os.ReadFile(strings.TrimSuffix(file, ".txtar") + ".json")
	must(t, err)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	b := &build{t: t, dir: dir}
	must(t, json.Unmarshal(recorded, &b.want))
	for line := range strings.SplitSeq(string(a.Comment), "\n") {
		if strings.TrimSpace(line) != "" && !strings.HasPrefix(line, "#") {
			b.script = append(b.script, line)
		}
	}
	b.write("dbt_project.yml", "name: qa\nversion: '1.0'\nprofile: qa\n")
	b.write("profiles.yml", "qa:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: db.duckdb, schema: main, threads: 1}\n")
	for _, f := range a.Files {
		b.write(f.Name, strings.TrimRight(string(f.Data), "\n")+"\n")
	}
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (b *build) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func (b *build) write(name, text string) {
	if strings.TrimSpace(text) == "" {
		text = ""
	}
	must(b.t, os.MkdirAll(filepath.Dir(b.path(name)), 0o755))
	must(b.t, os.WriteFile(b.path(name), []byte(text), 0o644))
}

// play goes through the script and stops at the first command that differs: what
// follows would differ for that reason.
func (b *build) play() {
	done, keeps := 0, ""
	for _, line := range b.script {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "dbt":
			if done == len(b.want) {
				b.t.Fatalf("no record of %q: run record.py", line)
			}
			got := b.command(line, words(b.t, rest))
			if keeps != "" && got.Tables[keeps] == nil {
				b.t.Errorf("%s: %s is lost: take 'keeps' away, dbt loses it as well", line, keeps)
			}
			delete(got.Tables, keeps)
			if b.compare(b.want[done], got); b.t.Failed() {
				return
			}
			done, keeps = done+1, ""
		case "keeps": // a relation that dbt loses with the next command, and dex does not
			keeps = rest
		case "sql":
			b.connect(func(ctx context.Context, c adapter.Conn) {
				_, _, err := c.Execute(ctx, rest, false, 0)
				must(b.t, err)
			})
		case "cp":
			from, to, _ := strings.Cut(rest, " ")
			text, err := os.ReadFile(b.path(from))
			must(b.t, err)
			b.write(to, string(text))
		case "rm":
			must(b.t, os.Remove(b.path(rest)))
		default:
			b.t.Fatalf("unknown line %q", line)
		}
	}
	if done != len(b.want) {
		b.t.Errorf("%d commands are recorded, %d were run", len(b.want), done)
	}
}

// words splits a command line at blanks outside of quotes.
func words(t *testing.T, line string) []string {
	var out []string
	for _, w := range regexp.MustCompile(`'[^']*'|"[^"]*"|\S+`).FindAllString(line, -1) {
		switch w[0] {
		case '\'':
			w = strings.Trim(w, "'")
		case '"':
			u, err := strconv.Unquote(w)
			must(t, err)
			w = u
		}
		out = append(out, w)
	}
	return out
}

// command runs dex and gathers what stands afterwards.
func (b *build) command(line string, args []string) built {
	if args[0] == "retry" {
		if err := os.Rename(b.path(lastResults), b.path(runResults)); !errors.Is(err, os.ErrNotExist) {
			must(b.t, err)
		}
	}
	cmd := exec.Command("dex", args...)
	cmd.Dir = b.dir
	out, err := cmd.CombinedOutput()
	got := built{Command: line, Results: map[string]builtResult{}, Tables: map[string]*builtRelation{}}
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got.Exit = exit.ExitCode()
	case err != nil:
		b.t.Fatalf("%s: %v", line, err)
	}
	b.t.Logf("%s\n%s", line, out)
	invocation := b.results(&got)
	b.batches(&got, string(out))
	if _, err := os.Stat(b.path("db.duckdb")); err == nil {
		b.tables(&got, invocation)
	}
	return got
}

func (b *build) results(got *built) (invocation string) {
	text, err := os.ReadFile(b.path(runResults))
	if errors.Is(err, os.ErrNotExist) {
		return ""
	}
	must(b.t, err)
	must(b.t, os.Rename(b.path(runResults), b.path(lastResults)))
	var doc struct {
		Metadata struct {
			Invocation string `json:"invocation_id"`
		} `json:"metadata"`
		Results []struct {
			ID       string                `json:"unique_id"`
			Status   string                `json:"status"`
			Message  string                `json:"message"`
			Failures *int                  `json:"failures"`
			Relation *string               `json:"relation_name"`
			Compiled string                `json:"compiled_code"`
			Batches  map[string][][]string `json:"batch_results"`
		} `json:"results"`
	}
	must(b.t, json.Unmarshal(text, &doc))
	invocation = doc.Metadata.Invocation
	for _, r := range doc.Results {
		message := b.blank(r.Message, invocation)
		if !strings.HasPrefix(r.ID, "unit_test.") || strings.Contains(message, "LINE") {
			message, _, _ = strings.Cut(message, "\n")
		}
		res := builtResult{Status: r.Status, Message: message, Failures: r.Failures, Compiled: b.blank(r.Compiled, invocation)}
		if r.Relation != nil {
			res.Relation = *r.Relation
		}
		for key, list := range r.Batches {
			if res.Batches == nil {
				res.Batches = map[string][]string{}
			}
			res.Batches[key] = []string{}
			for _, ends := range list {
				res.Batches[key] = append(res.Batches[key], b.blank(strings.Join(ends, " "), invocation))
			}
		}
		got.Results[r.ID] = res
	}
	return invocation
}

const (
	runResults  = "target/run_results.json"
	lastResults = runResults + ".last" // where a retry is to find it
)

// batches gathers what was written and said of single batches, and takes the files
// away for the next command.
func (b *build) batches(got *built, out string) {
	must(b.t, filepath.WalkDir(b.path("target"), func(path string, d os.DirEntry, err error) error {
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() && strings.HasPrefix(d.Name(), filepath.Base(filepath.Dir(path))+"_") {
			name, relErr := filepath.Rel(b.dir, path)
			must(b.t, relErr)
			got.Files = append(got.Files, filepath.ToSlash(name))
		}
		return err
	}))
	slices.Sort(got.Files)
	for line := range strings.SplitSeq(out, "\n") {
		if line = saidOf.ReplaceAllString(line, ""); strings.HasPrefix(line, "Batch ") {
			got.Said = append(got.Said, line)
		}
	}
	must(b.t, os.RemoveAll(b.path("target/compiled")))
	must(b.t, os.RemoveAll(b.path("target/run")))
}

// saidOf is what differs from run to run in a line of a batch.
var saidOf = regexp.MustCompile(`^\d\d:\d\d:\d\d +| in \d+\.\d\ds`)

var isoTime = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?`)

// blank takes out of a text what differs from run to run.
func (b *build) blank(s, invocation string) string {
	s = strings.ReplaceAll(s, b.dir, "<dir>")
	if invocation != "" {
		s = strings.ReplaceAll(s, invocation, "<invocation>")
	}
	return isoTime.ReplaceAllStringFunc(s, func(m string) string {
		at, err := time.Parse("2006-01-02 15:04:05", strings.Replace(m[:19], "T", " ", 1))
		if err == nil && time.Since(at).Abs() < 36*time.Hour {
			return "<now>"
		}
		return m
	})
}
