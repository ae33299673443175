package lint

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dex/internal/diag"
	"dex/internal/manifest"
	"dex/internal/parse"
	"dex/internal/parse/parsetest"
	"dex/internal/sqltext"
)

// Each rule has a page, whose bad example it finds and whose good example is free of
// findings.
func TestPages(t *testing.T) {
	var pages []string
	for _, r := range Rules() {
		pages = append(pages, r.Code+".md")
		t.Run(r.Code, func(t *testing.T) {
			src, err := os.ReadFile(filepath.Join("../../docs/lint", r.Code+".md"))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(src), "# "+r.Code+" "+r.Name+"\n") {
				t.Errorf("the page begins otherwise than with # %s %s", r.Code, r.Name)
			}
			bad, good := examples(t, string(src))
			if found := codes(checkProject(t, r.Code, bad)); !slices.Contains(found, r.Code) {
				t.Errorf("the bad example has only %v", found)
			}
			if found := checkProject(t, r.Code, good); len(found) > 0 {
				t.Errorf("the good example has %+v", found)
			}
		})
	}
	files, err := os.ReadDir("../../docs/lint")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !slices.Contains(pages, f.Name()) && f.Name() != "README.md" {
			t.Errorf("docs/lint/%s is of no rule", f.Name())
		}
	}
}

var fence = regexp.MustCompile("(?s)```\\w+ (\\S+)\n(.*?)\n```")

// examples reads the files below the headings Bad and Good of a page.
func examples(t *testing.T, page string) (bad, good map[string]string) {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n## Bad\n")
	first, second, ok2 := strings.Cut(rest, "\n## Good\n")
	if !ok || !ok2 {
		t.Fatal("the page has no headings Bad and Good")
	}
	read := func(text string) map[string]string {
		files := map[string]string{}
		for _, m := range fence.FindAllStringSubmatch(text, -1) {
			files[m[1]] = m[2] + "\n"
		}
		if len(files) == 0 {
			t.Fatal("no example")
		}
		return files
	}
	return read(first), read(second)
}

func codes(found []Finding) []string {
	var out []string
	for _, f := range found {
		out = append(out, f.Rule)
	}
	return out
}

// checkProject lints a project in the surroundings that the rule is about.
func checkProject(t *testing.T, code string, files map[string]string) []Finding {
	t.Helper()
	in := inputOf(t, files)
	in.Transactions, in.Targets = code != "HK05", []string{"dev"}
	in.Autocommit, in.FirstRunFails = code == "HK10", code == "HK11"
	if code == "HK09" {
		in.Targets = append(in.Targets, "prod")
	}
	return Check(in)
}

// inputOf is what a project has for the rules to look at.
func inputOf(t *testing.T, files map[string]string) Input {
	t.Helper()
	p := parsetest.Load(t, files, nil)
	in := Input{Dialect: sqltext.DuckDB, Macro: func(pkg, name string) *manifest.Macro {
		return p.Manifest.Macros[manifest.ID("macro."+pkg+"."+name)]
	}}
	for _, id := range manifest.SortedIDs(p.Manifest.Nodes) {
		n := p.Manifest.Nodes[id]
		if n.Package != "shop" {
			continue
		}
		in.Calls = append(in.Calls, n)
		for _, event := range []string{"pre-hook", "post-hook"} {
			hooks, err := n.Config.Hooks(event)
			if err != nil {
				t.Fatal(err)
			}
			for i, h := range hooks {
				in.Hooks = append(in.Hooks, Hook{Hook: h, Node: n, Event: event, Index: i, Pos: diag.Pos{File: n.OriginalFilePath, Line: 1, Col: 1}})
			}
		}
	}
	ops, faults, err := parse.Operations(t.Context(), p.Project, p.Inv, p.Manifest)
	if err != nil || faults.HasErrors() {
		t.Fatal(err, faults.Err())
	}
	in.Operations = ops.All()
	return in
}

// The index of the pages is made of the rules.
func TestIndex(t *testing.T) {
	want := "# Lint\n\n`dex lint` and `dex hooks lint` hold hooks and operations against good practice, without a database. " +
		"A note does not fail the\ncommand, a warning and an error do (exit code 1). `lint:` in dex.yml turns rules off, or gives them another weight:\n\n" +
		"```yaml\nlint:\n  rules: {HK08: off, OP02: warning}    # off, note, warning, error\n  statements: 3                        # HK03: how many a hook may have\n" +
		"  baseline: lint-baseline.json         # accepted findings: dex lint --write-baseline\n```\n\n" +
		"A comment in a hook, `-- dex-lint: ignore HK02`, turns a rule off for it. `--output json` and `--output sarif` are for programs.\n\n" +
		"| rule | name | weight | reports |\n|---|---|---|---|\n"
	for _, r := range Rules() {
		want += "| [" + r.Code + "](" + r.Code + ".md) | " + r.Name + " | " + string(r.Severity) + " | " + strings.ReplaceAll(r.Summary, "|", "\\|") + " |\n"
	}
	const path = "../../docs/lint/README.md"
	if *rewrite {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if src, err := os.ReadFile(path); err != nil || string(src) != want {
		t.Errorf("docs/lint/README.md is another than the rules make: go test ./internal/lint -run TestIndex -rewrite (%v)", err)
	}
}

var rewrite = flag.Bool("rewrite", false, "write the index of the pages")
