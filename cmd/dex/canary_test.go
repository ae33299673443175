package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
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
	{"--param", "kanarie;Par'13 gg"},
	{"--params", "kanarie?Params\"14&hh"},
	{"parameter file", "kanarie|File+15/ii"},
	{"parameter's variable", "kanarie%Envpar=16jj"},
	{"parameter's default", "kanarieDefault17kk"},
	{"slack's webhook", "kanarieSlack18ll"},
	{"slack's token", "xoxb-kanarie19mm"},
	{"datadog's key", "kanarieDatadog20nn"},
	{"pagerduty's key", "kanariePagerduty21oo000000000000"},
	{"mail's password", "kanarie Mail/22+pp"},
	{"teams' webhook", "kanarieTeams23qq"},
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
	"operations/spill.sql": spillConfig + `
{{ log(params.token, info=true) }}{{ print(params.by_env) }}{{ log(params.deep ~ params.by_file ~ params.preset) }}
{% do return_value({'token': params.token, 'deep': [params.deep]}) %}
create or replace table spilled as select {{ params.token }} as token, {{ params.deep }} as deep, {{ params.by_file }} as by_file, {{ params.by_env }} as by_env, {{ params.preset }} as preset;
select *, base64(encode(token)) as b, hex(encode(deep)) as h, lower(hex(encode(by_file))) as l, url_encode(by_env) as u from spilled;
insert into spilled by name select {{ params.token }} as token returning *`,
	"operations/spill_fails.sql": spillConfig + "\nselect {{ params.token }} || {{ params.deep }} from nowhere where {{ params.by_file }} = {{ params.by_env }} || {{ params.preset }}",
	"operations/spill_cast.sql":  spillConfig + "\nselect cast({{ params.token }} as integer)",
	"operations/spill_text.sql":  spillConfig + "\n{% if execute %}{{ exceptions.raise_compiler_error('no ' ~ params.token ~ params.deep ~ params.by_file ~ params.by_env ~ params.preset) }}{% endif %}",
	"operations/spill_py.py": spillTable + `
import base64, sys, urllib.parse
import dex

def main(token, deep, by_file, by_env, preset):
    for s in (token, deep, by_file, by_env, preset):
        print(s, base64.b64encode(s.encode()).decode(), s.encode().hex(), urllib.parse.quote(s), urllib.parse.quote_plus(s))
        print(s[: len(s) // 2], end="", flush=True)
        print(s[len(s) // 2 :])
        print(base64.urlsafe_b64encode(b"x" + s.encode()).decode(), file=sys.stderr)
        dex.log.warning("it is %s", s, field=s)
        dex.progress(1, 2, s)
        dex.execute("create table if not exists scripted (s varchar)")
        dex.execute("insert into scripted values (?)", [s])
        dex.execute("insert into scripted values ('" + s.replace("'", "''") + "')")
        if not dex.dry_run:
            dex.notify("receiver", "script " + s, title=s, details={"s": s})
    dex.result({"token": token, "all": [deep, by_file, by_env, {preset: preset}]})
`,
	"operations/spill_py_raises.py": spillTable + `
import dex

def main(token, deep, by_file, by_env, preset):
    try:
        dex.query("select '" + token.replace("'", "''") + "' from nowhere")
    except dex.DatabaseError as e:
        print(e, e.statement)
    raise ValueError(token + deep + by_file + by_env + preset)
`,
	"tests/singular.sql": "select '{{ sq() }}' as leak, '{{ coded() }}' as coded",
	"snapshots/snap.yml": "snapshots:\n  - {name: snap, relation: ref('good'), description: \"{{ var('leak') }}\", config: {unique_key: id, strategy: check, check_cols: all}}\n",
	"seeds/seeded.csv":   "id\n1\n",
	"seeds/seeds.yml":    "seeds: [{name: seeded, description: \"{{ var('leak') }}\", config: {post_hook: \"select '{{ sq() }}'\"}}]\n",
}

// spillConfig are parameters of an operation that are secret, and hooks that show them.
const spillConfig = `{{ config(params=[{'name': 'token', 'type': 'secret'}, {'name': 'deep', 'type': 'secret'}, {'name': 'by_file', 'type': 'string', 'secret': true},
    {'name': 'by_env', 'type': 'secret', 'env': 'BIRD_PARAM'}, {'name': 'preset', 'type': 'secret', 'default': 'kanarieDefault17kk'}],
  pre_hook=["select {{ params.token }} as pre", {'notify': 'receiver', 'message': 'operation {{ params.token }} {{ params.deep | urlencode }}'}],
  post_hook=[{'sql': "select '{{ params.by_env }}' from nowhere", 'on_error': 'warn', 'on': 'always'}, {'notify': 'receiver', 'message': '{{ error.message }}', 'on': 'failure'}]) }}`

// spillTable are the same parameters of a script.
const spillTable = `# /// script
# [tool.dex]
# params = [{name = "token", type = "secret"}, {name = "deep", type = "secret"}, {name = "by_file", secret = true}, {name = "by_env", type = "secret", env = "BIRD_PARAM"}, {name = "preset", type = "secret", default = "kanarieDefault17kk"}]
# ///`

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
	{"operation", "run", "spill", "PARAMS"},
	{"--log-format", "json", "--log-level", "debug", "operation", "run", "spill", "PARAMS"},
	{"operation", "run", "spill", "PARAMS", "--output", "json"},
	{"operation", "plan", "spill", "PARAMS", "--output", "json"},
	{"operation", "plan", "spill", "PARAMS"},
	{"operation", "run", "spill", "PARAMS", "--dry-run", "--explain"},
	{"--debug", "operation", "run", "spill_fails", "PARAMS"},
	{"operation", "run", "spill_cast", "PARAMS"},
	{"operation", "run", "spill_text", "PARAMS"},
	{"operation", "run", "spill_py", "PARAMS"},
	{"--log-format", "json", "--log-level", "debug", "operation", "run", "spill_py", "PARAMS", "--output", "json"},
	{"operation", "run", "spill_py", "PARAMS", "--dry-run"},
	{"operation", "run", "spill_py_raises", "PARAMS"},
	{"operation", "run", "spill", "--param", "tokn=PARAM", "VARS"},
	{"operation", "run", "spill", "--param", "PARAM", "VARS"},
	{"operation", "run", "spill", "--params", "[PARAM", "VARS"},
	{"operation", "run", "spill", "--params", "{deep: {x: 'PARAM'}}", "VARS"},
	{"operation", "run", "PARAM", "VARS"},
	{"operation", "history", "--output", "json"},
	{"operation", "history", "PARAM"},
	{"operation", "show", "spill", "VARS"},
	{"operation", "show", "spill_py", "--output", "json", "VARS"},
	{"operation", "list", "--output", "json", "VARS"},
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
	"logs/dbt.log", ".dex/dex.db", "target/hook_results.json", "target/operation_results.json",
	"target/manifest.json", "target/run_results.json", "target/catalog.json", "target/static_index.html", "target/sources.json",
	"target/compiled/aviary/models/good.sql", "target/run/aviary/models/good.sql", "target/compiled/aviary/tests/singular.sql",
}

// unmasked are the commands with variables that show nothing of them.
var unmasked = map[string]bool{"parse": true, "retry": true, "run --select ENV": true, "notify test receiver --message VARTEXT": true, "notify channels --output json": true, "notify flush": true,
	"operation run spill --param tokn=PARAM": true, "operation run spill --param PARAM": true, "operation run spill --params [PARAM": true, "operation run PARAM": true,
	"operation run spill --params {deep: {x: 'PARAM'}}": true, "operation show spill": true, "operation show spill_py --output json": true, "operation list --output json": true}

// TestCanaries: no secret is in any output, log, artifact or the store, in any form.
func TestCanaries(t *testing.T) {
	dir := t.TempDir()
	b := &build{t: t, dir: dir}
	for name, text := range canaryFiles {
		b.write(name, text)
	}
	got := receiver(t)
	b.write("dex.yml", "audit: {relation: dex_audit}\nnotifications:\n  allow_private_addresses: true\n  defaults: {attempts: 1}\n  channels:\n    receiver:\n      type: webhook\n      url: "+got.url+
		"\n      signing_secret: "+quoteYAML(canaryText("signing secret"))+"\n      headers: {X-Api-Key: "+quoteYAML(canaryText("channel header"))+"}\n"+
		vendors(echo(t))+
		"  rules:\n    - {on: [failure, success], channel: receiver}\n    - {on: [failure, success], channels: [slack_hook, slack_bot, datadog, pagerduty, mail, teams]}\n")
	b.write("given.yml", "by_file: "+quoteYAML(canaryText("parameter file"))+"\n")
	pw := canaryText("profile password")
	b.write("profiles.yml", "aviary:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n      path: aviary.duckdb\n      settings: {home_directory: \"{{ env_var('DBT_ENV_SECRET_BIRD') }}\", secret_directory: "+quoteYAML(pw)+"}\n")
	var all []string
	for _, c := range canaries {
		if !strings.HasPrefix(c.from, "--") && !strings.HasPrefix(c.from, "parameter") { // those only operations know for secrets
			all = append(all, c.text)
		}
	}
	leak := strings.Join(all, " ; ")
	vars := "{leak: " + quoteYAML(leak) + ", number: " + canaryText("number") + ", DBT_ENV_SECRET_NUMBER: " + canaryText("number") +
		", DBT_ENV_SECRET_VAR: " + quoteYAML(canaryText("secret variable")) + ", DBT_ENV_SECRET_DEEP: {a: [" + quoteYAML(canaryText("nested secret variable")) + "]}}"
	seen := map[string]string{}
	for _, words := range canaryCommands {
		var args []string
		for _, w := range words {
			switch w {
			case "VARS":
				args = append(args, "--vars", vars)
			case "PARAMS":
				args = append(args, "--vars", vars, "--param", "token="+canaryText("--param"), "--params", "{deep: "+quoteYAML(canaryText("--params"))+"}", "--params-file", "given.yml")
			case "VARTEXT":
				args = append(args, leak)
			case "ARGS":
				args = append(args, "{x: "+quoteYAML(leak)+"}")
			default:
				args = append(args, strings.NewReplacer("ENV", canaryText("environment"), "PARAM", "kanarieDefault17kk").Replace(w))
			}
		}
		cmd := exec.Command("dex", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "DBT_ENV_SECRET_BIRD="+canaryText("environment"), "BIRD_PARAM="+canaryText("parameter's variable"), "NO_COLOR=1")
		out, _ := cmd.CombinedOutput() // most of them are to fail
		if name := strings.Join(words, " "); (strings.Contains(name, "VARS") || strings.Contains(name, "PARAMS")) && !strings.Contains(string(out), "*****") && !unmasked[strings.TrimSuffix(name, " VARS")] {
			t.Errorf("%s: nothing in its output was masked:\n%s", name, out)
		}
		nowhere(t, "the output of "+strings.Join(words, " "), out)
		scan(t, dir, "after "+strings.Join(words, " "), seen)
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

// vendors are channels of all other types, with a secret each; what they are sent is
// refused.
func vendors(url string) string {
	secret := func(name string) string { return quoteYAML(canaryText(name)) }
	return "    slack_hook: {type: slack, webhook_url: " + url + "/services/" + canaryText("slack's webhook") + "}\n" +
		"    slack_bot: {type: slack, channel: aviary, url: " + url + ", token: " + secret("slack's token") + "}\n" +
		"    datadog: {type: datadog, url: " + url + ", api_key: " + secret("datadog's key") + "}\n" +
		"    pagerduty: {type: pagerduty, url: " + url + ", routing_key: " + secret("pagerduty's key") + "}\n" +
		"    mail: {type: email, host: 127.0.0.1, port: 9, security: starttls, from: a@b.example, to: [c@d.example], username: u, password: " + secret("mail's password") + "}\n" +
		"    teams: {type: teams, webhook_url: " + url + "/workflows/" + canaryText("teams' webhook") + "}\n"
}

// echo starts a receiver that refuses, and says with what it was asked.
func echo(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what there is of it
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, "bad request: %s %v %s", r.URL, r.Header, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
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
// the database, in which a project may keep what it likes. seen has those that are as
// they were.
func scan(t *testing.T, dir, when string, seen map[string]string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if _, ours := canaryFiles[filepath.ToSlash(rel)]; ours || rel == "profiles.yml" || rel == "given.yml" || rel == "dex.yml" || strings.Contains(rel, ".duckdb") {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		now := fmt.Sprint(info.ModTime().UnixNano(), info.Size())
		if seen[path] == now {
			return nil
		}
		seen[path] = now
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		nowhere(t, rel+" "+when, text)
		return nil
	}))
}
