package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pages are the pages for users, with the readmes.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"../../README.md", "../../examples/shop/README.md"}
	for _, pattern := range []string{"../../docs/*.md", "../../docs/lint/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		out = append(out, found...)
	}
	return out
}

func readPage(t *testing.T, path string) string {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

var (
	pageLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading  = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noAnchor = regexp.MustCompile("[^\\p{L}\\p{N} _-]")
)

// anchors are the names under which a page's headings can be linked to.
func anchors(page string) []string {
	var out []string
	for _, m := range heading.FindAllStringSubmatch(page, -1) {
		out = append(out, strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return out
}

// Every link of a page to another one leads to a file, and to a heading of it; docs/README.md
// names all pages.
func TestLinksOfPages(t *testing.T) {
	index := readPage(t, "../../docs/README.md")
	for _, path := range pages(t) {
		page := readPage(t, path)
		for _, m := range pageLink.FindAllStringSubmatch(page, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, name, _ := strings.Cut(m[1], "#")
			at := path
			if file != "" {
				at = filepath.Join(filepath.Dir(path), file)
			}
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s: the link %s leads nowhere", path, m[1])
			} else if name != "" && !slices.Contains(anchors(readPage(t, at)), name) {
				t.Errorf("%s: the link %s names no heading of its page", path, m[1])
			}
		}
		if dir, name := filepath.Split(path); dir == "../../docs/" && name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/README.md does not name %s", name)
		}
	}
}

var fence = regexp.MustCompile("(?ms)^```(yaml|sql)\n(.*?)^```$")

// around is the project in which the examples of pages are tried: what they refer to is
// there.
var around = map[string]string{
	"dbt_project.yml":                      "name: shop\nprofile: shop\nvars: {reader_role: reporter}\n",
	"profiles.yml":                         "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb}, prod: {type: duckdb, path: prod.duckdb}}}\n",
	"models/raw_orders.sql":                "select 1 as id",
	"models/fct_orders.sql":                "select 1 as id",
	"models/around.yml":                    "sources: [{name: lake, tables: [{name: t}]}]\n",
	"macros/m.sql":                         "{% macro grant_select(role) %}{% endmacro %}{% macro create_audit_table() %}select 1{% endmacro %}{% macro refresh_board() %}{% endmacro %}{% macro grants(schemas) %}{% endmacro %}",
	"operations/sync/doc.md":               "",
	"operations/sync/push_daily_sales.sql": "{{ config(params=[{'name': 'url'}]) }}select {{ params.url }}",
	"models/docs.md":                       "{% docs push_daily_sales %}x{% enddocs %}",
}

const channels = "notifications: {channels: {slack: {type: slack, webhook_url: 'https://hooks.example/x'}, oncall: {type: pagerduty, routing_key: '0123456789abcdef0123456789abcdef'}}}\n"

// tried gives the files of an example: the file that it is a part of, by its first word.
func tried(language, text string) map[string]string {
	files := map[string]string{"dex.yml": channels, "models/orders.sql": "select 1 as id"}
	word := strings.TrimSpace(strings.SplitN(strings.TrimLeft(regexp.MustCompile(`(?m)^\s*#.*\n`).ReplaceAllString(text, ""), "\n"), ":", 2)[0])
	switch {
	case language == "sql" && strings.Contains(text, "params."):
		files["operations/example.sql"] = text
	case language == "sql" && !strings.Contains(text, "select *"):
		files["models/orders.sql"] = text + "\nselect 1 as id"
	case language == "sql":
		files["models/orders.sql"] = text
	case word == "notifications":
		files["dex.yml"] = text
	case word == "hooks" || word == "audit" || word == "lint" || word == "operations" && !strings.Contains(text, "- name"):
		files["dex.yml"] = channels + text
	case word == "operations":
		files["operations/sync/example.yml"] = text
	case word == "params":
		files["operations/example.yml"] = "operations:\n  - name: push_daily_sales\n    config:\n      " + strings.ReplaceAll(text, "\n", "\n      ")
	case word == "pre_hook" || word == "post_hook":
		files["models/example.yml"] = "models:\n  - name: orders\n    config:\n      " + strings.ReplaceAll(text, "\n", "\n      ")
	case strings.HasPrefix(word, "on-run") || word == "models" && !strings.Contains(text, "- name: orders"):
		files["dbt_project.yml"] = around["dbt_project.yml"] + text
	default:
		files["models/example.yml"] = text
	}
	return files
}

// Every example of dex.yml, of properties, of dbt_project.yml and of SQL in the pages for
// users is read without a fault and without a warning.
func TestExamplesOfPages(t *testing.T) {
	seen := 0
	for _, path := range pages(t) {
		page := readPage(t, path)
		for _, at := range fence.FindAllStringSubmatchIndex(page, -1) {
			language, text := page[at[2]:at[3]], page[at[4]:at[5]]
			line := strings.Count(page[:at[0]], "\n") + 1
			seen++
			dir := t.TempDir()
			for _, files := range []map[string]string{around, tried(language, text)} {
				for name, src := range files {
					full := filepath.Join(dir, name)
					if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(full, []byte(src), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
			cmd := exec.Command("dex", "--quiet", "parse")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "DBT_ENV_SECRET_SLACK=https://hooks.example/x", "SLACK_WEBHOOK=https://hooks.example/x",
				"PAGERDUTY_KEY=0123456789abcdef0123456789abcdef", "DBT_ENV_SECRET_PAGERDUTY=0123456789abcdef0123456789abcdef")
			if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "WARNING") {
				t.Errorf("%s:%d: %v\n%s", path, line, err, out)
			}
		}
	}
	if seen < 20 {
		t.Errorf("only %d examples were found", seen)
	}
}
