package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// canary is a secret, and where dex learns of it.
type canary struct{ from, text string }

// canaries are the secrets of the project below. A new way for secrets to come in is
// a row here, and a place that shows it in canaryFiles.
var canaries = []canary{
	{"profile password", "kanarie-Pw/7+aa'\"x"},
	{"environment", "kanarie=Env&8 bb"},
	{"secret variable", "kanarie~Var%9 cc"},
	{"nested secret variable", "kanarieNested10dd"},
	{"number", "8264097153"},
	{"signing secret", "kanarie+Sign/11 ee"},
	{"channel header", "kanarie:Head=12ff"},
}

func canaryText(from string) string {
	for _, c := range canaries {
		if c.from == from {
			return c.text
		}
	}
	panic("no canary from " + from)
}

// needles are the forms of a canary that must be nowhere.
func (c canary) needles() map[string]string {
	out := map[string]string{
		"plain": c.text, "hex": hex.EncodeToString([]byte(c.text)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(c.text))),
		"query": url.QueryEscape(c.text), "path": url.PathEscape(c.text), "lower query": strings.ToLower(url.QueryEscape(c.text)),
		"core": strings.Trim(c.text, `"'x`),
	}
	for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "url base64": base64.RawURLEncoding} {
		for shift := range 3 {
			code := enc.EncodeToString([]byte("abc"[:shift] + c.text))
			// The ends mix with what stands around the secret.
			out[name+" "+"012"[shift:shift+1]] = code[(shift*8+5)/6 : (shift+len(c.text))*8/6]
		}
	}
	return out
}

// canaryFiles is a project in which everything that can shows the variable `leak`: all
// of the canaries, as they are and encoded.
var canaryFiles = map[string]string{
	"dbt_project.yml": `
name: aviary
profile: aviary
query-comment: "{{ var('leak') }}"
on-run-start: ["{{ show_all('start') }}", "select '{{ sq() }}' as on_run_start"]
on-run-end: ["{{ show_all('end') }}"]
models:
  aviary:
    +meta: {leak: "{{ var('leak') }}", number: "{{ var('number') }}"}
    +persist_docs: {relation: true, columns: true}
`,
	"macros/leak.sql": `
{% macro sq() %}{{ var('leak') | replace("'", "''") }}{% endmacro %}
{% macro coded() %}{% set r = run_query("select base64(encode('" ~ sq() ~ "')) as b, hex(encode('" ~ sq() ~ "')) as h, lower(hex(encode('" ~ sq() ~ "'))) as l") %}{% if execute %}{{ r.rows[0][0] }} {{ r.rows[0][1] }} {{ r.rows[0][2] }} {{ var('leak') | urlencode }}{% endif %}{% endmacro %}
{% macro show_all(where) %}{% if execute %}{{ log(where ~ var('leak') ~ coded(), info=true) }}{{ print(where ~ var('leak')) }}{{ exceptions.warn(where ~ var('leak')) }}{{ log(tojson({'leak': var('leak'), 'number': var('number')}), info=true) }}{{ debug_text() }}{% endif %}{% endmacro %}
{% macro debug_text() %}{% do log(var('leak')) %}{% endmacro %}
{% macro show_target() %}{{ print(target) }}{{ print(target.password) }}{{ print(tojson(target)) }}{% endmacro %}
{% macro args(x) %}{{ print(x) }}{{ exceptions.raise_compiler_error('args ' ~ x) }}{% endmacro %}
`,
	"models/good.sql":    "{{ config(materialized='table', pre_hook=\"select '{{ sq() }}' as pre\", post_hook=[\"{{ show_all('post') }}\", \"select '{{ coded() }}' as post\"]) }}\nselect '{{ sq() }}' as leak, 1 as id -- {{ coded() }}\n",
	"models/inner.sql":   "{{ config(materialized='ephemeral') }} select '{{ sq() }}' as leak",
	"models/outer.sql":   "select * from {{ ref('inner') }}",
	"models/failing.sql": "select '{{ sq() }}' + nonsense_{{ range(9) | length }}",
	"models/hooked.sql":  "{{ config(post_hook=\"select '{{ sq() }}' from nowhere\") }} select 1 as id",
	"models/noted.sql": `{{ config(materialized='table',
    pre_hook=[{'name': 'named', 'sql': "select '{{ sq() }}' as named"}, {'notify': 'receiver', 'message': "before {{ var('leak') }} {{ var('leak') | urlencode }}"}],
    post_hook=[{'sql': "select '{{ coded() }}' from nowhere", 'on_error': 'warn'}, {'sql': "select '{{ sq() }}'", 'when': "'{{ sq() }}' == 'never'"},
      "call notify_webhook('{{ sq() }}')"]) }} select 1 as id`,
	"models/raising.sql": "{% if execute %}{{ exceptions.raise_compiler_error('no ' ~ var('leak')) }}{% endif %} select 1 as id",
	"models/all.yml": `
models:
  - name: good
    description: "{{ var('leak') }}"
    config: {meta: {more: ["{{ var('leak') }}", "{{ var('number') }}"]}}
    columns:
      - name: id
        description: "of {{ var('leak') }}"
        data_tests:
          - accepted_values: {values: ["{{ var('leak') }}"], config: {store_failures: true}}
sources:
  - name: raw
    schema: main
    description: "{{ var('leak') }}"
    meta: {leak: "{{ var('leak') }}"}
    tables: [{name: good, identifier: good, loaded_at_field: "timestamp '2020-01-01'", freshness: {warn_after: {count: 1, period: day}, filter: "length('{{ var('leak') | replace(\"'\", \"''\") }}') > 0"}}]
exposures:
  - {name: board, type: dashboard, owner: {name: "{{ var('leak') }}", email: a@b.c}, url: "https://x/{{ var('leak') }}", depends_on: [ref('good')]}
`,
	"tests/singular.sql": "select '{{ sq() }}' as leak, '{{ coded() }}' as coded",
	"snapshots/snap.yml": "snapshots:\n  - {name: snap, relation: ref('good'), description: \"{{ var('leak') }}\", config: {unique_key: id, strategy: check, check_cols: all}}\n",
	"seeds/seeded.csv":   "id\n1\n",
	"seeds/seeds.yml":    "seeds: [{name: seeded, description: \"{{ var('leak') }}\", config: {post_hook: \"select '{{ sq() }}'\"}}]\n",
}

// canaryCommands are what is called, one after the other; VARS stands for the flag
// with all variables. Their exit codes do not count.
var canaryCommands = [][]string{
	{"debug"},
	{"build", "VARS"},
	{"--debug", "run", "VARS"},
	{"--log-format", "json", "--log-level", "debug", "run", "VARS", "--log-format-file", "json"},
	{"retry", "VARS"},
	{"test", "VARS", "--store-failures"},
	{"source", "freshness", "VARS"},
	{"compile", "VARS", "-s", "good"},
	{"show", "VARS", "-s", "good"},
	{"show", "VARS", "--inline", "select '{{ sq() }}' as x", "--output", "json"},
	{"ls", "VARS", "--output", "json", "--output-keys", "name meta description config"},
	{"docs", "generate", "VARS", "--static", "--exclude", "raising"},
	{"run-operation", "show_all", "VARS", "--args", "{where: here}"},
	{"run-operation", "show_target", "VARS"},
	{"run-operation", "args", "VARS", "--args", "ARGS"},
	{"run-operation", "VARS", "--sql", "select '{{ sq() }}' from nowhere"},
	{"parse", "VARS"},
	{"notify", "test", "receiver", "--message", "VARTEXT", "VARS"},
	{"notify", "channels", "--output", "json", "VARS"},
	{"notify", "deliveries", "--output", "json", "--limit", "0", "VARS"},
	{"notify", "flush", "VARS"},
	{"audit", "list", "--limit", "0"},
	{"audit", "list", "--output", "json"},
	{"audit", "export"},
	{"audit", "export", "--format", "csv"},
	{"show", "--limit", "-1", "--inline", "select * from dex_audit", "VARS", "--output", "json"},
	// Faults of the command line, which are told before anything is read.
	{"run", "--vars", "{token: ENV"},
	{"run", "--vars", "ENV"},
	{"run", "ENV"},
	{"run", "--select", "ENV", "VARS"},
	{"run", "--no-such-ENV"},
	{"run", "--target", "ENV", "VARS"},
	{"run-operation", "ENV", "VARS"},
	{"run-operation", "args", "--args", "[ENV", "VARS"},
}

// canarySinks are the files that secrets were on their way to: each has to be there in
// the end, with masks in it. A new sink is a row here.
var canarySinks = []string{
	"logs/dbt.log", ".dex/dex.db", "target/hook_results.json",
	"target/manifest.json", "target/run_results.json", "target/catalog.json", "target/static_index.html", "target/sources.json",
	"target/compiled/aviary/models/good.sql", "target/run/aviary/models/good.sql", "target/compiled/aviary/tests/singular.sql",
}

// unmasked are the commands with variables that show nothing of them.
var unmasked = map[string]bool{"parse": true, "retry": true, "run --select ENV": true, "notify test receiver --message VARTEXT": true, "notify channels --output json": true, "notify flush": true}

// TestCanaries: no secret is in any output, log, artifact or the store, in any form.
func TestCanaries(t *testing.T) {
	dir := t.TempDir()
	b := &build{t: t, dir: dir}
	for name, text := range canaryFiles {
		b.write(name, text)
	}
	got := receiver(t)
	b.write("dex.yml", "audit: {relation: dex_audit}\nnotifications:\n  allow_private_addresses: true\n  channels:\n    receiver:\n      type: webhook\n      url: "+got.url+
		"\n      signing_secret: "+quoteYAML(canaryText("signing secret"))+"\n      headers: {X-Api-Key: "+quoteYAML(canaryText("channel header"))+"}\n"+
		"  rules:\n    - {on: [failure, success], channel: receiver}\n")
	pw := canaryText("profile password")
	b.write("profiles.yml", "aviary:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: aviary.duckdb\n      settings: {home_directory: \"{{ env_var('DBT_ENV_SECRET_BIRD') }}\", secret_directory: "+quoteYAML(pw)+"}\n")
	var all []string
	for _, c := range canaries {
		all = append(all, c.text)
	}
	leak := strings.Join(all, " ; ")
	vars := "{leak: " + quoteYAML(leak) + ", number: " + canaryText("number") + ", DBT_ENV_SECRET_NUMBER: " + canaryText("number") +
		", DBT_ENV_SECRET_VAR: " + quoteYAML(canaryText("secret variable")) + ", DBT_ENV_SECRET_DEEP: {a: [" + quoteYAML(canaryText("nested secret variable")) + "]}}"
	for _, words := range canaryCommands {
		var args []string
		for _, w := range words {
			switch w {
			case "VARS":
				args = append(args, "--vars", vars)
			case "VARTEXT":
				args = append(args, leak)
			case "ARGS":
				args = append(args, "{x: "+quoteYAML(leak)+"}")
			default:
				args = append(args, strings.ReplaceAll(w, "ENV", canaryText("environment")))
			}
		}
		cmd := exec.Command("dex", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DBT_ENV_SECRET_BIRD="+canaryText("environment"), "NO_COLOR=1")
		out, _ := cmd.CombinedOutput() // most of them are to fail
		if name := strings.Join(words, " "); strings.Contains(name, "VARS") && !strings.Contains(string(out), "*****") && !unmasked[strings.TrimSuffix(name, " VARS")] {
			t.Errorf("%s: nothing in its output was masked:\n%s", name, out)
		}
		nowhere(t, "the output of "+strings.Join(words, " "), out)
		scan(t, dir, "after "+strings.Join(words, " "))
		if t.Failed() {
			t.FailNow()
		}
	}
	bodies := got.bodies()
	nowhere(t, "a notification", bodies)
	if !bytes.Contains(bodies, []byte("*****")) {
		t.Error("nothing in the notifications was masked: the secrets never came to them")
	}
	notified := dex(t, dir, 0, "audit", "list", "--kind", "notification", "--limit", "0")
	for _, event := range []string{"stored", "delivered"} {
		if !strings.Contains(notified, event) {
			t.Errorf("no notification is recorded as %s", event)
		}
	}
	for _, sink := range canarySinks {
		text, err := os.ReadFile(filepath.Join(dir, sink))
		must(t, err)
		if !strings.Contains(string(text), "*****") {
			t.Errorf("nothing in %s was masked: the secrets never came to it", sink)
		}
	}
}

// received is what a receiver of notifications on this machine was sent.
type received struct {
	url string
	mu  sync.Mutex
	all []byte
}

func (r *received) bodies() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.all
}

// receiver starts one. Of the headers it keeps none: one of them is the channel's own
// secret, and meant for it.
func receiver(t *testing.T) *received {
	t.Helper()
	got := &received{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got.mu.Lock()
		defer got.mu.Unlock()
		got.all = append(append(got.all, body...), '\n')
	}))
	t.Cleanup(s.Close)
	got.url = s.URL
	return got
}

func quoteYAML(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// nowhere holds a text against all forms of all canaries.
func nowhere(t *testing.T, where string, text []byte) {
	t.Helper()
	for _, c := range canaries {
		for form, needle := range c.needles() {
			if at := strings.Index(string(text), needle); at >= 0 {
				t.Errorf("%s holds the %s (%s):\n…%s…", where, c.from, form, text[max(0, at-120):min(len(text), at+len(needle)+40)])
			}
		}
	}
}

// scan looks through every file of the project but those that were written for it and
// the database, in which a project may keep what it likes.
func scan(t *testing.T, dir, when string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, ours := canaryFiles[filepath.ToSlash(rel)]; ours || rel == "profiles.yml" || rel == "dex.yml" || strings.Contains(rel, ".duckdb") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		nowhere(t, rel+" "+when, text)
		return nil
	}))
}
