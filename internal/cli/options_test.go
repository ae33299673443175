package cli

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// elsewhere are options that docs/COMPATIBILITY.md names, or that have no meaning
// without a part of dbt that dex does not have yet.
var elsewhere = map[string]string{
	"--show":        "seed and build: not built",
	"--defer":       "state",
	"--defer-state": "state", "--favor-state": "state", "--state": "state",
	"--deprecated-defer": "a variable alone", "--deprecated-favor-state": "a variable alone", "--deprecated-print": "a variable alone", "--deprecated-state": "a variable alone",
	"--event-time-start": "microbatch", "--event-time-end": "microbatch", "--sample": "microbatch",
	"--compile": "docs", "--empty-catalog": "docs", "--static": "docs",
	"--export-saved-queries": "semantic layer", "--include-saved-query": "semantic layer", "--saved-query": "semantic layer",
	"--v2-parser": "dbt's own", "--version": "of the program, not of a command",
	"--skip-profile-setup": "init asks nothing",
}

// TestOptions: every option of dbt exists for the same command, in all its
// spellings, with the same environment variables.
func TestOptions(t *testing.T) {
	src, err := os.ReadFile("testdata/dbt_options.txt")
	if err != nil {
		t.Fatal(err)
	}
	commands := commandsByName()
	for _, line := range strings.Split(strings.TrimSpace(string(src)), "\n")[1:] {
		command, rest, _ := strings.Cut(line, ": ")
		spellings, env, _ := strings.Cut(rest, " =")
		def := commands[strings.TrimSuffix(command, " generate")]
		if def == nil {
			continue // a command that is not there says so itself
		}
		have := map[string]*flagDef{}
		for _, f := range def.allFlags() {
			for _, s := range f.spellings() {
				have[s] = f
			}
			if f.kind == boolean {
				have["--no-"+f.name] = f
			}
		}
		words := strings.Fields(spellings)
		if slices.ContainsFunc(words, func(w string) bool { return elsewhere[w] != "" }) {
			continue
		}
		for _, w := range words {
			f := have[w]
			if f == nil {
				t.Errorf("dex %s has no %s", command, w)
				continue
			}
			for _, v := range strings.Fields(env) {
				got, _, ok := fromEnv(f, func(name string) (string, bool) { return "x", name == v })
				if !ok || got != "x" {
					t.Errorf("dex %s %s does not read %s", command, w, v)
				}
			}
		}
	}
}
