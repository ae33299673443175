package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// everyForm is one way to write a hook that leaves its name behind: in the table
// trace, or with the receiver of messages.
var everyForm = []struct{ word, yaml string }{
	{"text", `"insert into trace values ('NAME')"`},
	{"sql", `{name: NAME, sql: "insert into trace values ('NAME')"}`},
	{"macro", `{name: NAME, macro: leave, args: {what: NAME}}`},
	{"operation", `{name: NAME, operation: leave_it, params: {what: NAME}}`},
	{"notify", `{name: NAME, notify: receiver, message: "told NAME"}`},
	{"notify_list", `{name: NAME, notify: [receiver], message: "told NAME", severity: warning}`},
	{"call", `{name: NAME, sql: "call notify_webhook('told NAME')"}`},
	{"notify_off", `{name: NAME, notify: silent, message: "told NAME"}`},
	{"call_off", `{name: NAME, sql: "call notify_teams('told NAME')"}`},
}

// everyPolicy is a key of a hook's dict form with what comes of it where the body goes
// well: the hook's status and reason. post are those that only hooks behind a body have,
// end those that only hooks of the run have.
var everyPolicy = []struct {
	word, keys     string
	status, reason string
	only           string // "post", "run"; "" is every event
	sql            string // in place of the trace
}{
	{word: "on_success", keys: `on: success`, status: "success"},
	{word: "on_failure", keys: `on: failure`, status: "skipped", reason: "other_outcome", only: "post"},
	{word: "on_always", keys: `on: always`, status: "success", only: "post"},
	{word: "on_skip", keys: `on: skip`, status: "skipped", reason: "other_outcome", only: "post"},
	{word: "when_true", keys: `when: "target.name == 'dev'"`, status: "success"},
	{word: "when_false", keys: `when: "{{ 1 > 2 }}"`, status: "skipped", reason: "condition_false"},
	{word: "targets_here", keys: `targets: [dev]`, status: "success"},
	{word: "targets_elsewhere", keys: `targets: [prod]`, status: "skipped", reason: "other_target"},
	{word: "commands_here", keys: `commands: [build, freshness]`, status: "success", only: "run"},
	{word: "commands_other", keys: `commands: [seed]`, status: "skipped", reason: "other_command", only: "run"},
	{word: "timeout", keys: `timeout: 30s`, status: "success"},
	{word: "timeout_reached", keys: `timeout: 50ms, on_error: warn, transaction: false`, status: "warn",
		sql: "select count(*) from range(1000000) a, range(1000000) b where (a.range * b.range) % 7 = 1"},
	{word: "retries", keys: `retries: {attempts: 2, backoff: 1ms, max_backoff: 2ms, on: [missing]}, on_error: ignore, transaction: false`, status: "warn", sql: "select * from nowhere"},
	{word: "warn", keys: `on_error: warn, transaction: false`, status: "warn", sql: "select * from nowhere"},
	{word: "outside", keys: `transaction: false`, status: "success"},
	{word: "empty", keys: `on_error: fail`, status: "skipped", reason: "rendered_empty", sql: "{% if false %}x{% endif %}"},
}

// everyHook is one declared hook with what is to come of it.
type everyHook struct {
	kind, name, node, event string
	status, reason          string
	file                    string // where it is declared
	trace                   string // "table", "receiver" or ""
	attempts                int
}

// everyBody makes the hooks of one body in the project.
type everyBody struct {
	kind, node string
	file       string
	special    func(h *everyHook, keys string)
}

type everyProject struct {
	files map[string]string
	hooks []everyHook
}

// hooksOf writes all forms and policies of hooks of one event.
func (p *everyProject) hooksOf(b everyBody, event string) string {
	var out []string
	short := strings.ReplaceAll(event, "-", "_")
	add := func(word, yaml, status, reason, trace string, attempts int) {
		name := b.kind + "__" + short + "__" + word
		h := everyHook{kind: b.kind, name: name, node: b.node, event: event, status: status, reason: reason, file: b.file, trace: trace, attempts: attempts}
		if b.special != nil {
			b.special(&h, yaml)
		}
		p.hooks = append(p.hooks, h)
		out = append(out, strings.ReplaceAll(yaml, "NAME", name))
	}
	for _, f := range everyForm {
		trace := "table"
		if strings.HasPrefix(f.word, "notify") || f.word == "call" {
			trace = "receiver"
		}
		if strings.HasSuffix(f.word, "_off") { // a channel that is switched off
			add(f.word, f.yaml, "skipped", "disabled", "", 1)
			continue
		}
		add(f.word, f.yaml, "success", "", trace, 1)
	}
	for _, q := range everyPolicy {
		if q.only == "post" && (event == "pre-hook" || event == "on-run-start") || q.only == "run" && !strings.HasPrefix(event, "on-run") {
			continue
		}
		sql, trace, attempts := "insert into trace values ('NAME')", "", 0
		if q.status == "success" {
			trace = "table"
		}
		if q.status != "skipped" || q.word == "empty" {
			attempts = 1 // what renders to nothing was tried
		}
		if q.word == "retries" {
			attempts = 2
		}
		if q.sql != "" {
			sql, trace = q.sql, ""
		}
		add(q.word, fmt.Sprintf(`{name: NAME, sql: "%s", %s}`, sql, q.keys), q.status, q.reason, trace, attempts)
	}
	return "[" + strings.Join(out, ",\n        ") + "]"
}

// config is the hooks of a body, as the value of a key `config`.
func (p *everyProject) config(b everyBody) string {
	return "pre_hook: " + p.hooksOf(b, "pre-hook") + ",\n      post_hook: " + p.hooksOf(b, "post-hook")
}

// textOnly are names of hooks written as texts: they have no name of their own.
func (p *everyProject) textOnly() {
	for i := range p.hooks {
		h := &p.hooks[i]
		if strings.HasSuffix(h.name, "__text") {
			h.name = h.event + ".0" // the first of its event
			if strings.HasPrefix(h.node, "model.all.inliner") {
				h.name = "an_ephemeral." + h.name
			}
		}
	}
}

func newEveryProject(url string) *everyProject {
	p := &everyProject{files: map[string]string{}}
	model := func(kind, name string) everyBody {
		return everyBody{kind: kind, node: "model.all." + name, file: "models/all.yml"}
	}
	var models []string
	for _, m := range []struct{ name, config, sql string }{
		{"a_view", "materialized: view", "select 1 as id"},
		{"a_table", "materialized: table", "select 1 as id"},
		{"an_incremental", "materialized: incremental", "select 1 as id"},
		{"a_microbatch", "materialized: incremental, incremental_strategy: microbatch, event_time: seen_at, batch_size: day, begin: '2026-01-01'",
			"select * from {{ ref('events') }}"},
	} {
		models = append(models, fmt.Sprintf("  - name: %s\n    config: {%s,\n      %s}\n", m.name, m.config, p.config(model(m.name, m.name))))
		p.files["models/"+m.name+".sql"] = m.sql
	}
	eph := model("an_ephemeral", "inliner") // accounted under the node that inlines it
	models = append(models, "  - name: an_ephemeral\n    config: {materialized: ephemeral,\n      "+p.config(eph)+"}\n")
	p.files["models/an_ephemeral.sql"] = "select 1 as id"
	p.files["models/inliner.sql"] = "{{ config(materialized='table') }} select * from {{ ref('an_ephemeral') }}"
	p.files["models/events.sql"] = "{{ config(materialized='table', event_time='seen_at') }} select timestamp '2026-01-01 10:00' as seen_at, 1 as id union all select timestamp '2026-01-02 10:00', 2"
	broken, behind := model("broken", "broken"), model("behind", "behind")
	broken.special = ofBroken
	behind.special = ofSkipped
	models = append(models, "  - name: broken\n    config: {materialized: table,\n      "+p.config(broken)+"}\n", "  - name: behind\n    config: {materialized: table,\n      "+p.config(behind)+"}\n")
	p.files["models/broken.sql"] = "select nonsense"
	p.files["models/behind.sql"] = "select * from {{ ref('broken') }}"

	tested := everyBody{kind: "a_generic_test", node: "test.all.not_null_a_view_id", file: "models/all.yml"}
	single := everyBody{kind: "a_singular_test", node: "test.all.singular", file: "models/all.yml"}
	unit := everyBody{kind: "a_unit_test", node: "unit_test.all.a_table.a_unit", file: "models/all.yml"}
	source := everyBody{kind: "a_source", node: "source.all.raw.events", file: "models/all.yml"}
	board := everyBody{kind: "an_exposure", node: "exposure.all.board", file: "models/all.yml"}
	models[0] += "    columns: [{name: id, data_tests: [{not_null: {name: not_null_a_view_id, config: {" + p.config(tested) + "}}}]}]\n"
	p.files["tests/singular.sql"] = "select 1 where false"
	p.files["models/all.yml"] = "models:\n" + strings.Join(models, "") +
		"data_tests:\n  - name: singular\n    config: {" + p.config(single) + "}\n" +
		"unit_tests:\n  - name: a_unit\n    model: a_table\n    given: []\n    expect: {rows: [{id: 1}]}\n    config: {" + p.config(unit) + "}\n" +
		"exposures:\n  - name: board\n    type: dashboard\n    owner: {name: somebody}\n    depends_on: [ref('a_view')]\n    config: {" + p.config(board) + "}\n" +
		"sources:\n  - name: raw\n    schema: main\n    tables:\n      - name: events\n        config: {loaded_at_field: \"timestamp '2026-01-01'\", freshness: {warn_after: {count: 100000, period: day}},\n      " + p.config(source) + "}\n"

	seed := everyBody{kind: "a_seed", node: "seed.all.a_seed", file: "seeds/all.yml"}
	p.files["seeds/a_seed.csv"] = "id\n1\n"
	p.files["seeds/all.yml"] = "seeds:\n  - name: a_seed\n    config: {" + p.config(seed) + "}\n"
	snap := everyBody{kind: "a_snapshot", node: "snapshot.all.a_snapshot", file: "snapshots/all.yml"}
	p.files["snapshots/all.yml"] = "snapshots:\n  - name: a_snapshot\n    relation: ref('a_table')\n    config: {unique_key: id, strategy: check, check_cols: all,\n      " + p.config(snap) + "}\n"
	fun := everyBody{kind: "a_function", node: "function.all.a_function", file: "functions/all.yml", special: ofFunction}
	p.files["functions/a_function.sql"] = "x + 1"
	p.files["functions/all.yml"] = "functions:\n  - name: a_function\n    returns: {data_type: int}\n    arguments: [{name: x, data_type: int}]\n    config: {" + p.config(fun) + "}\n"

	sqlOp := everyBody{kind: "an_operation", node: "script.all.an_operation", file: "operations/all.yml"}
	pyOp := everyBody{kind: "a_script", node: "script.all.a_script", file: "operations/all.yml"}
	p.files["operations/leave_it.sql"] = "{{ config(params=[{'name': 'what'}]) }}\ninsert into trace values ({{ params.what }})"
	p.files["operations/an_operation.sql"] = "select 1 as one"
	p.files["operations/a_script.py"] = "import dex\ndex.query('select 1')\n"
	p.files["operations/all.yml"] = "operations:\n  - name: an_operation\n    " + strings.ReplaceAll(p.config(sqlOp), "],\n      post_hook", "]\n    post_hook") +
		"\n  - name: a_script\n    " + strings.ReplaceAll(p.config(pyOp), "],\n      post_hook", "]\n    post_hook") + "\n"

	run := everyBody{kind: "run", node: "", file: "dbt_project.yml", special: ofRun}
	p.files["dbt_project.yml"] = "name: all\nprofile: all\nflags: {send_anonymous_usage_stats: false}\non-run-start: " + p.hooksOf(run, "on-run-start") + "\non-run-end: " + p.hooksOf(run, "on-run-end") + "\n"
	p.files["profiles.yml"] = "all: {target: dev, outputs: {dev: {type: duckdb, path: all.duckdb, threads: 1}}}\n"
	p.files["dex.yml"] = "hooks: {ephemeral: inline}\nnotifications:\n  allow_private_addresses: true\n  channels:\n    receiver: {type: webhook, url: \"" + url + "\"}\n    silent: {type: teams, enabled: false, webhook_url: \"" + url + "\"}\n"
	p.files["macros/leave.sql"] = "{% macro leave(what) %}insert into trace values ('{{ what }}'){% endmacro %}\n{% macro setup() %}{% do run_query('create table if not exists trace (what varchar)') %}{% endmacro %}\n"
	p.textOnly()
	return p
}

// ofBroken is what comes of hooks where the body fails.
func ofBroken(h *everyHook, yaml string) {
	if h.event == "pre-hook" {
		if h.trace == "table" && !strings.Contains(yaml, "transaction: false") {
			h.trace = "" // taken back with the model
		}
		return
	}
	switch {
	case strings.Contains(yaml, "on: failure"), strings.Contains(yaml, "on: always"):
		h.status, h.reason, h.trace, h.attempts = "success", "", "table", 1
	case h.reason == "other_target", h.reason == "other_outcome":
	default:
		h.status, h.reason, h.trace, h.attempts = "skipped", "node_failed", "", 0
	}
}

// ofFunction knows that DuckDB has no such functions, so that making one fails, and
// that its hooks outside of the transaction never run.
//
// dbt: the materialization of functions has no pass for them.
func ofFunction(h *everyHook, yaml string) {
	ofBroken(h, yaml)
	if h.event == "pre-hook" && strings.Contains(yaml, "transaction: false") {
		h.status, h.reason, h.trace, h.attempts = "skipped", "node_failed", "", 0
	}
}

// ofSkipped is what comes of hooks of a body that does not run.
func ofSkipped(h *everyHook, yaml string) {
	switch {
	case strings.Contains(yaml, "on: skip"), strings.Contains(yaml, "on: always"):
		h.status, h.reason, h.trace, h.attempts = "success", "", "table", 1
	case h.reason == "other_target", strings.Contains(yaml, "on: failure"):
	default:
		h.status, h.reason, h.trace, h.attempts = "skipped", "node_skipped", "", 0
	}
}

// ofRun knows that the run fails: one of its models is broken.
func ofRun(h *everyHook, yaml string) {
	if h.event != "on-run-end" {
		return
	}
	switch {
	case strings.Contains(yaml, "on: success"):
		h.status, h.reason, h.trace, h.attempts = "skipped", "other_outcome", "", 0
	case strings.Contains(yaml, "on: failure"):
		h.status, h.reason, h.trace, h.attempts = "success", "", "table", 1
	}
}

// everyRecord is a row of hook_results.json.
type everyRecord struct {
	Node, Name, Event, Status string
	Reason                    string
	Because                   string
	Attempts                  int
	Origin                    *struct {
		File string
		Line int
	}
	Error *struct{ Message, Class string }
}

// everyReceiver keeps the messages that it gets.
type everyReceiver struct {
	mu     sync.Mutex
	bodies []string
}

func (r *everyReceiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	r.bodies = append(r.bodies, string(body))
	r.mu.Unlock()
}

// count is how many messages say that a hook told them.
func (r *everyReceiver) count(name string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := 0
	for _, b := range r.bodies {
		if strings.Contains(b, "told "+name+"\"") {
			n++
		}
	}
	return n
}

// TestEveryHook runs a project that declares every form and policy of hooks for every
// event of every kind of body, and demands each of them by name.
func TestEveryHook(t *testing.T) {
	got := &everyReceiver{}
	srv := httptest.NewServer(got)
	defer srv.Close()
	p := newEveryProject(srv.URL)
	dir := t.TempDir()
	for name, text := range p.files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	everyRun(t, dir, 0, "run-operation", "setup")
	built := map[string]int{}
	for n, more := range [][]string{nil, nil, {"--full-refresh"}} { // the first run of incremental models, another, and one anew
		args := []string{"build", "--event-time-start", "2026-01-01", "--event-time-end", "2026-01-03"}
		everyRun(t, dir, 1, append(args, more...)...)
		built = everyHold(t, p, dir, got, n+1, func(node string) bool {
			return !strings.HasPrefix(node, "source.") && !strings.HasPrefix(node, "script.")
		})
	}
	for _, other := range []struct {
		node string
		args []string
	}{
		{"source.", []string{"source", "freshness", "--skip-hooks", "event:on-run-start", "--skip-hooks", "event:on-run-end"}},
		{"script.all.an_operation", []string{"operation", "run", "an_operation"}},
		{"script.all.a_script", []string{"operation", "run", "a_script"}},
	} {
		everyRun(t, dir, 0, other.args...)
		for kind, n := range everyHold(t, p, dir, got, 1, func(node string) bool { return strings.HasPrefix(node, other.node) }) {
			built[kind] += n
		}
	}
	t.Logf("%d declared hooks of %d kinds: %v", len(p.hooks), len(built), built)
}

// everyHold holds the record of the last command against the hooks of those nodes
// that it ran, whose traces are there so many times, and counts them by kind.
func everyHold(t *testing.T, p *everyProject, dir string, told *everyReceiver, times int, ran func(node string) bool) map[string]int {
	t.Helper()
	var records []everyRecord
	for _, r := range everyResults(t, dir) {
		if !strings.HasPrefix(r.Node, "operation.") || r.Reason != "no_hooks_flag" {
			records = append(records, r)
		}
	}
	left, counts, all := everyTrace(t, dir), map[string]int{}, 0
	for i := range p.hooks {
		if h := &p.hooks[i]; ran(h.node) {
			counts[h.kind]++
			all++
			everyCheck(t, h, records, left, told, times)
		}
	}
	if len(records) != all {
		t.Errorf("%d hooks are declared, %d are in the record", all, len(records))
	}
	return counts
}

// everyCheck holds one declared hook against the record.
func everyCheck(t *testing.T, h *everyHook, records []everyRecord, left map[string]int, told *everyReceiver, times int) {
	t.Helper()
	var found []everyRecord
	for _, r := range records {
		same := r.Node == h.node || strings.HasPrefix(r.Node, h.node+".") && strings.HasPrefix(h.node, "test.") || h.node == "" && strings.HasPrefix(r.Node, "operation.")
		if r.Name == h.name && r.Event == h.event && same {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		t.Errorf("%s of %s (%s): %d records", h.name, h.node, h.event, len(found))
		return
	}
	r := found[0]
	if r.Status != h.status || r.Reason != h.reason || r.Attempts != h.attempts {
		why := r.Because
		if r.Error != nil {
			why = r.Error.Class + ": " + r.Error.Message
		}
		t.Errorf("%s of %s: %s/%s in %d attempts (%s), want %s/%s in %d", h.name, h.node, r.Status, r.Reason, r.Attempts, why, h.status, h.reason, h.attempts)
	}
	if r.Origin == nil || r.Origin.File != h.file || r.Origin.Line == 0 {
		t.Errorf("%s of %s: it is declared in %s; the record has %+v", h.name, h.node, h.file, r.Origin)
	}
	if strings.Contains(h.name, ".") {
		return // a text has no name to leave behind
	}
	want := map[string]int{h.trace: times}
	if n := left[h.name]; n != want["table"] {
		t.Errorf("%s of %s: its trace is there %d times in the table, want %d", h.name, h.node, n, want["table"])
	}
	if n := told.count(h.name); n != want["receiver"] {
		t.Errorf("%s of %s: its message was received %d times, want %d", h.name, h.node, n, want["receiver"])
	}
}

func everyRun(t *testing.T, dir string, code int, args ...string) {
	t.Helper()
	cmd := exec.Command("dex", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != code {
		t.Fatalf("dex %s: exit code %d, want %d (%v)\n%s", strings.Join(args, " "), got, code, err, out)
	}
}

func everyResults(t *testing.T, dir string) []everyRecord {
	t.Helper()
	src, err := os.ReadFile(filepath.Join(dir, "target", "hook_results.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Results []everyRecord }
	if err := json.Unmarshal(src, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Results
}

// everyTrace counts what the table trace holds.
func everyTrace(t *testing.T, dir string) map[string]int {
	t.Helper()
	cmd := exec.Command("dex", "-q", "show", "--inline", "select what, count(*) as n from trace group by all", "--limit", "-1", "--output", "json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	at := strings.IndexByte(string(out), '[')
	if i := strings.IndexByte(string(out), '{'); at < 0 || i >= 0 && i < at {
		at = max(i, 0)
	}
	var doc struct{ Show []map[string]any }
	if err := json.Unmarshal(out[at:], &doc); err != nil || len(doc.Show) == 0 {
		t.Fatalf("%v: %s", err, out)
	}
	left := map[string]int{}
	for _, row := range doc.Show {
		left[row["what"].(string)] = int(row["n"].(float64))
	}
	return left
}
