package run_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/event"
	"dex/internal/manifest"
	"dex/internal/notify"
	"dex/internal/parse/parsetest"
	"dex/internal/result"
	"dex/internal/run"
)

// account shows how the hooks of the last command ended: "a post-hook.0 success, …",
// skipped ones with their reason.
func (h *house) account() string {
	var out []string
	for _, x := range h.ran.Hooks() {
		_, name, _ := strings.Cut(x.Node[strings.Index(x.Node, ".")+1:], ".")
		how := string(x.Status)
		if x.Reason != "" {
			how = string(x.Reason)
		}
		out = append(out, name+" "+x.Name+" "+how)
	}
	return strings.Join(out, ", ")
}

// hookOf finds one account.
func (h *house) hookOf(name string) result.Hook {
	h.t.Helper()
	for _, x := range h.ran.Hooks() {
		if x.Name == name {
			return x
		}
	}
	h.t.Fatalf("no account of %s: %s", name, h.account())
	return result.Hook{}
}

// logged is what hooks wrote into the table log.
func (h *house) logged() string {
	h.t.Helper()
	got, err := h.query("select what from log order by rowid")
	must(h.t, err)
	return got
}

func table(hooks string) string { return "{{ config(materialized='table', " + hooks + ") }} " }

const say = "insert into log values ('%s')"

// TestHookPolicies runs every event × outcome × policy on a real DuckDB, and compares
// what ran, what became of the node, and the account.
func TestHookPolicies(t *testing.T) {
	ok, bad := "select 3 as id", "select * from nowhere"
	for _, c := range []struct {
		name, config, sql string
		status            result.Status
		account, log      string
	}{
		{"success is the default", "post_hook=[{'name': 'x', 'sql': \"insert into log values ('{{ status }} {{ rows_affected }} {{ error }}')\"}]", ok,
			result.Success, "a x success", "success 1 None"},
		{"success does not run behind a failure", "post_hook=[{'name': 'x', 'sql': \"insert into log values ('x')\"}]", bad,
			result.Error, "a x node_failed", ""},
		{"failure runs behind a failure", "post_hook=[{'name': 'x', 'on': 'failure', 'sql': \"insert into log values ('{{ status }} {{ error.class }} {{ error.hook }} {{ attempt }} {{ timing.seconds >= 0 }}')\"}]", bad,
			result.Error, "a x success", "error missing None 1 True"},
		{"and not behind a success", "post_hook=[{'name': 'x', 'on': 'failure', 'sql': \"insert into log values ('x')\"}]", ok,
			result.Success, "a x other_outcome", ""},
		{"always runs behind both: success", "post_hook=[{'name': 'x', 'on': 'always', 'sql': \"insert into log values ('{{ status }}')\"}]", ok,
			result.Success, "a x success", "success"},
		{"always runs behind both: failure", "post_hook=[{'name': 'x', 'on': 'always', 'sql': \"insert into log values ('{{ status }}')\"}]", bad,
			result.Error, "a x success", "error"},
		{"skip does not run where the node does", "post_hook=[{'name': 'x', 'on': 'skip', 'sql': \"insert into log values ('x')\"}]", bad,
			result.Error, "a x other_outcome", ""},
		{"a pre-hook that fails fails the node", "pre_hook=[{'name': 'x', 'sql': 'select broken'}], post_hook=[{'name': 'y', 'sql': 'select 1'}, {'name': 'z', 'on': 'failure', 'sql': \"insert into log values ('{{ error.hook }}')\"}]", ok,
			result.Error, "a x error, a y earlier_hook_failed, a z success", "x"},
		{"on_error: warn lets the node go on", "pre_hook=[{'name': 'x', 'on_error': 'warn', 'sql': 'select broken'}], post_hook=[{'name': 'y', 'on_error': 'ignore', 'sql': 'select broken'}]", ok,
			result.Success, "a x warn, a y warn", ""},
		{"outside of the transaction, too", "pre_hook=[{'name': 'x', 'transaction': false, 'on_error': 'warn', 'sql': \"select 'x'::int\"}]", ok,
			result.Success, "a x warn", ""},
		{"but not where the transaction is over", "pre_hook=[{'name': 'x', 'on_error': 'warn', 'sql': \"select 'x'::int\"}], post_hook=[{'name': 'y', 'sql': 'select 1'}]", ok,
			result.Error, "a x error, a y earlier_hook_failed", ""},
		{"a failing failure-hook hides nothing", "post_hook=[{'name': 'x', 'on': 'failure', 'sql': 'select broken'}, {'name': 'y', 'on': 'failure', 'sql': \"insert into log values ('y')\"}]", bad,
			result.Error, "a x error, a y success", "y"},
		{"and keeps its place out of the others' reasons", "post_hook=[{'name': 'x', 'sql': 'select 1'}, {'name': 'y', 'on': 'failure', 'sql': 'select broken'}]", bad,
			result.Error, "a x node_failed, a y error", ""},
		{"when", "post_hook=[{'name': 'x', 'when': 'rows_affected > 5', 'sql': 'select 1'}, {'name': 'y', 'when': \"status == 'success'\", 'sql': \"insert into log values ('y')\"}, {'name': 'z', 'when': '{{ false }}', 'sql': 'select 1'}]", ok,
			result.Success, "a x condition_false, a y success, a z condition_false", "y"},
		{"targets", "post_hook=[{'name': 'x', 'targets': ['prod'], 'sql': 'select broken'}, {'name': 'y', 'targets': 'dev', 'sql': \"insert into log values ('y')\"}]", ok,
			result.Success, "a x other_target, a y success", "y"},
		{"rendered to nothing", "post_hook=[{'name': 'x', 'sql': '{# no #}'}, '{% if false %}x{% endif %}']", ok,
			result.Success, "a x rendered_empty, a post-hook.1 rendered_empty", ""},
		{"an always-hook that was rolled back runs again", "post_hook=[{'name': 'x', 'on': 'always', 'sql': \"insert into log values ('{{ status }}')\"}, 'select broken']", ok,
			result.Error, "a x success, a post-hook.1 error", "error"},
		{"macro with args", "post_hook=[{'name': 'x', 'macro': 'note', 'args': {'what': '{{ this.name }} {{ status }}', 'n': 2}}]", ok,
			result.Success, "a x success", "a success 2"},
		{"macro that gives a value", "post_hook=[{'name': 'x', 'macro': 'shop.quiet'}]", ok,
			result.Success, "a x success", "quiet"},
		{"plain hooks see how it went", "post_hook=\"insert into log values ('{{ status }} {{ rows_affected }} {{ completed_at >= started_at }}')\"", ok,
			result.Success, "a post-hook.0 success", "success 1 True"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, files{"models/a.sql": table(c.config) + c.sql, "macros/m.sql": "{% macro note(what, n) %}insert into log values ('{{ what }} {{ n }}'){% endmacro %}" +
				"{% macro quiet() %}{% do run_query(\"insert into log values ('quiet')\") %}{% do return(none) %}{% endmacro %}"})
			h.sql("create table log(what varchar)")
			got := h.build()["a"]
			if got.Status != c.status {
				t.Errorf("the node ended as %s: %s", got.Status, got.Message)
			}
			if a := h.account(); a != c.account {
				t.Errorf("account\n want %s\n  got %s", c.account, a)
			}
			if l := h.logged(); l != c.log {
				t.Errorf("log %q, want %q", l, c.log)
			}
		})
	}
}

// TestSpoiledTransaction: where a policy cannot be kept, the message says why.
func TestSpoiledTransaction(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": table("pre_hook=[{'name': 'x', 'retries': {'attempts': 3, 'on': ['data']}, 'sql': \"select 'x'::int\"}]") + "select 1 as id"})
	got := h.build()["a"]
	if got.Status != result.Error || !strings.Contains(got.Message, "retries of the hook x could not be kept") || !strings.Contains(got.Message, "transaction: false") {
		t.Errorf("%s: %s", got.Status, got.Message)
	}
	if x := h.hookOf("x"); x.Attempts != 1 || x.Err == nil || x.Err.Class != "data" {
		t.Errorf("%d attempts, %+v", x.Attempts, x.Err)
	}
}

// TestRolledBack: the account of a hook that went well says that what it did is gone.
func TestRolledBack(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": table("pre_hook=[\"insert into log values ('outside')\"], post_hook=[\"insert into log values ('inside')\", 'select broken']") + "select 1 as id",
		"models/b.sql": table("pre_hook=[{'name': 'kept', 'sql': \"insert into log values ('kept')\"}], post_hook=[{'sql': 'select broken', 'transaction': false}]") + "select 1 as id"})
	h.sql("create table log(what varchar)")
	h.build()
	if got := h.logged(); got != "kept" {
		t.Errorf("log %q", got)
	}
	for name, want := range map[string]bool{"pre-hook.0": true, "post-hook.0": true, "kept": false} {
		if x := h.hookOf(name); x.RolledBack != want || name != "kept" && x.Node != "model.shop.a" {
			t.Errorf("%s of %s: rolled back %v", name, x.Node, x.RolledBack)
		}
	}
}

// TestOnSkip: a node behind a failed one runs its hooks for that, on a session of its
// own; what stands behind it is skipped as ever.
func TestOnSkip(t *testing.T) {
	h := newHouse(t, files{
		"models/a.sql": "select * from nowhere",
		"models/b.sql": table("pre_hook='select 1', post_hook=[{'name': 'x', 'on': 'skip', 'sql': \"insert into log values ('{{ status }} {{ this.name }}')\"}, {'name': 'y', 'on': 'always', 'sql': \"insert into log values ('always')\"}, {'name': 'z', 'on': 'failure', 'sql': 'select 1'}]") + "select * from {{ ref('a') }}",
		"models/c.sql": table("post_hook='select 1'") + "select * from {{ ref('b') }}",
	})
	h.sql("create table log(what varchar)")
	results, err := h.command(context.Background(), "run")
	must(t, err)
	if got := h.statuses(results); got != "a error, b skipped, c skipped" {
		t.Error(got)
	}
	if got, want := h.logged(), "skipped b, always"; got != want {
		t.Errorf("log %q, want %q", got, want)
	}
	if got, want := h.account(), "b pre-hook.0 node_skipped, b x success, b y success, b z other_outcome, c post-hook.0 node_skipped"; got != want {
		t.Errorf("account\n want %s\n  got %s", want, got)
	}
}

// TestEveryHookHasAnAccount: hooks of every kind of node, of those that never ran, of
// a materialization that does not know hooks, of macros of the project's own.
func TestEveryHookHasAnAccount(t *testing.T) {
	const two = "pre_hook='select 1', post_hook=[{'sql': 'select 2', 'transaction': false}]"
	for _, c := range []struct {
		name  string
		files files
		want  string
	}{
		{"kinds", files{
			"models/t.sql": table(two) + "select 1 as id", "models/v.sql": "{{ config(" + two + ") }} select 1 as id",
			"models/i.sql": "{{ config(materialized='incremental', " + two + ") }} select 1 as id",
			"seeds/s.csv":  "id\n1\n", "seeds/s.yml": "seeds: [{name: s, config: {pre_hook: select 1, post_hook: select 2}}]",
			"snapshots/z.sql": "{% snapshot z %}{{ config(unique_key='id', strategy='check', check_cols='all', target_schema='dw', " + two + ") }} select 1 as id{% endsnapshot %}",
		}, "i post-hook.0 success, i pre-hook.0 success, s post-hook.0 success, s pre-hook.0 success, t post-hook.0 success, t pre-hook.0 success, v post-hook.0 success, v pre-hook.0 success, z post-hook.0 success, z pre-hook.0 success"},
		{"ephemeral", files{"models/e.sql": "{{ config(materialized='ephemeral', " + two + ") }} select 1 as id", "models/a.sql": "select * from {{ ref('e') }}"},
			"e post-hook.0 ephemeral, e pre-hook.0 ephemeral"},
		{"a materialization without hooks", files{
			"macros/m.sql": "{% materialization bare, default %}{% call statement('main') %}create table {{ this }} as {{ sql }}{% endcall %}{% do adapter.commit() %}{{ return({'relations': [this.incorporate(type='table')]}) }}{% endmaterialization %}",
			"models/a.sql": "{{ config(materialized='bare', " + two + ") }} select 1 as id",
		}, "a post-hook.0 not_called, a pre-hook.0 not_called"},
		{"a run_hooks of the project's own", files{
			"macros/m.sql": "{% macro run_hooks(hooks, inside_transaction=True) %}{% for h in hooks if h.transaction == inside_transaction %}{% set t = render(h.sql) %}{% if t | trim %}{% call statement() %}{{ t }}{% endcall %}{% endif %}{% endfor %}{% endmacro %}",
			"models/a.sql": table("pre_hook=['select 1', '{# no #}', {'name': 'x', 'sql': 'select 3', 'on_error': 'warn'}], post_hook=['select 1', 'select broken', 'select 4']") + "select 1 as id",
		}, "a post-hook.0 success, a post-hook.1 error, a post-hook.2 earlier_hook_failed, a pre-hook.0 success, a pre-hook.1 rendered_empty, a x earlier_hook_failed"},
		{"batches", files{
			"models/m.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='2024-01-01', concurrent_batches=true, " +
				"pre_hook=[\"insert into log values ('pre')\"], post_hook=[{'name': 'x', 'sql': \"insert into log values ('post')\"}, {'name': 'y', 'on': 'failure', 'sql': 'select 1'}]) }} select 1 as id, timestamp '2024-01-01' as ts",
		}, "m pre-hook.0 success, m x success, m y other_outcome"},
		{"a batch that fails", files{
			"models/m.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='2024-01-01', " +
				"pre_hook=['select 1', {'sql': 'select broken'}], post_hook=[{'name': 'x', 'sql': 'select 1'}, {'name': 'y', 'on': 'failure', 'sql': \"insert into log values ('{{ error.hook }}')\"}]) }} select 1 as id, timestamp '2024-01-01' as ts",
		}, "m pre-hook.0 success, m pre-hook.1 error, m x earlier_hook_failed, m y success"},
		{"a function", files{
			"macros/m.sql":    "{% macro duckdb__scalar_function_sql(target_relation) %}create macro {{ target_relation.include(database=false) }}(a) as {{ model.compiled_code }}{% endmacro %}",
			"functions/f.sql": "a + 1", "functions/f.yml": "functions: [{name: f, arguments: [{name: a, data_type: int}], returns: {data_type: int}, config: {pre_hook: select 1, post_hook: [select 2, {sql: select 3, transaction: false}]}}]",
		}, "f post-hook.0 success, f post-hook.1 not_called, f pre-hook.0 success"},
		{"on-run hooks", files{
			"dbt_project.yml": parsetest.PlainProject + "on-run-start: [select 1, '{# no #}', select broken, select 2]\non-run-end: [select 3]\n",
			"models/a.sql":    table(two) + "select 1 as id",
		}, "a post-hook.0 node_skipped, a pre-hook.0 node_skipped, shop-on-run-end-0 on-run-end.0 success, shop-on-run-start-0 on-run-start.0 success, shop-on-run-start-1 on-run-start.1 rendered_empty, shop-on-run-start-2 on-run-start.2 error, shop-on-run-start-3 on-run-start.3 earlier_hook_failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t, c.files)
			h.sql("create table log(what varchar)")
			h.exec.Threads = 4
			h.exec.Microbatch.Now = time.Date(2024, 1, 6, 12, 0, 0, 0, time.UTC)
			results, err := h.command(context.Background(), "build")
			must(t, err)
			if got := sorted(h.account()); got != c.want {
				t.Errorf("account\n want %s\n  got %s", c.want, got)
				for _, r := range results {
					t.Logf("%s: %s", r.Node, r.Message)
				}
			}
		})
	}
}

func sorted(list string) string {
	parts := strings.Split(list, ", ")
	for i := range parts {
		for j := i + 1; j < len(parts); j++ {
			if parts[j] < parts[i] {
				parts[i], parts[j] = parts[j], parts[i]
			}
		}
	}
	return strings.Join(parts, ", ")
}

// TestLostAccount: a run that cannot say what became of a hook is an error that names
// it, with the results beside.
func TestLostAccount(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": table("post_hook=['select 1', 'select 2']") + "select 1 as id"})
	h.exec.Lose(func(x result.Hook) bool { return x.Index == 1 })
	results, err := h.command(context.Background(), "run")
	var lost *run.HooksUnaccounted
	if !errors.As(err, &lost) || !strings.Contains(err.Error(), "post-hook 1 of model.shop.a") || strings.Contains(err.Error(), "post-hook 0") {
		t.Errorf("error %v", err)
	}
	if got := h.statuses(results); got != "a success" {
		t.Errorf("results %s", got)
	}
}

// TestCancelledHooks: what was given up has its account, too, and its failure hooks do
// not run.
func TestCancelledHooks(t *testing.T) {
	h := newHouse(t, files{
		"models/a.sql": table("pre_hook='select 1', post_hook=[{'name': 'x', 'on': 'failure', 'sql': 'select 1'}, {'name': 'y', 'sql': 'select 1'}]") + "select 1 as id",
		"models/b.sql": table("post_hook='select 1'") + "select * from {{ ref('a') }}",
	})
	ctx, cancel := context.WithCancel(context.Background())
	h.db.Watch(faulty.Watch{Before: func(c faulty.Call) error {
		if strings.Contains(c.SQL, "create") && strings.Contains(c.SQL, "dw") && strings.Contains(c.SQL, "select 1 as id") {
			cancel()
		}
		return nil
	}})
	_, err := h.command(ctx, "run")
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if got, want := h.account(), "a pre-hook.0 success, a x cancelled, a y cancelled, b post-hook.0 cancelled"; got != want {
		t.Errorf("account\n want %s\n  got %s", want, got)
	}
}

// TestHookTimeout: the statement is stopped, and the class is timeout.
func TestHookTimeout(t *testing.T) {
	const slow = "select count(*) from range(100000000) a, range(1000000) b where a.range + b.range = 1"
	h := newHouse(t, files{"models/a.sql": table(fmt.Sprintf("post_hook=[{'name': 'x', 'timeout': '50ms', 'transaction': false, 'sql': '%s'}, {'name': 'y', 'on': 'failure', 'sql': \"insert into log values ('{{ error.class }}')\"}]", slow)) + "select 1 as id"})
	h.sql("create table log(what varchar)")
	got := h.build()["a"]
	if got.Status != result.Error || !strings.Contains(got.Message, "stopped after its timeout of 50ms") {
		t.Errorf("%s: %s", got.Status, got.Message)
	}
	if l := h.logged(); l != "timeout" {
		t.Errorf("log %q", l)
	}
}

// TestHookRetries: a real conflict of writers between two sessions, gone at the third
// attempt; the waits are those of the policy, by a clock turned by hand.
func TestHookRetries(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'transaction': false, 'retries': {'attempts': 5, 'backoff': '2s', 'max_backoff': '3s', 'on': ['lock']}, 'sql': 'update counter set n = n + 1'}]") + "select 1 as id"})
	h.sql("create table counter(n int); insert into counter values (0)")
	other, err := h.db.Adapter.Conn(context.Background(), "other")
	must(t, err)
	defer other.Release()
	hold := func(sql string) {
		_, _, err := other.Execute(context.Background(), sql, false, 0)
		must(t, err)
	}
	hold("begin; update counter set n = 100")
	var waits []time.Duration
	h.exec.Pause = func(_ context.Context, d time.Duration) error {
		if waits = append(waits, d); len(waits) == 2 {
			hold("rollback")
		}
		return nil
	}
	h.allWell("build", h.build())
	if x := h.hookOf("x"); x.Attempts != 3 || x.Status != result.Success || x.Rows != 1 {
		t.Errorf("%d attempts, %s, %d rows", x.Attempts, x.Status, x.Rows)
	}
	if len(waits) != 2 || waits[0] < time.Second || waits[0] > 2*time.Second || waits[1] < 1500*time.Millisecond || waits[1] > 3*time.Second {
		t.Errorf("waits %v", waits)
	}
	h.want("select n from counter", "1")
}

// TestRetriesByClass: a class that is not named, and one that does not pass by itself,
// are tried once.
func TestRetriesByClass(t *testing.T) {
	for _, c := range []struct {
		retries, sql string
		msg          string
		want         int
	}{
		{"{'attempts': 3}", "select 1", "IO Error: the line broke", 3},
		{"{'attempts': 3}", "select broken", "", 1},
		{"{'attempts': 3, 'on': ['missing']}", "select broken", "", 3},
		{"{'attempts': 3, 'on': ['lock']}", "select 1", "IO Error: the line broke", 1},
		{"3", "select 1", "IO Error: the line broke", 3},
	} {
		h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'transaction': false, 'retries': "+c.retries+", 'sql': '"+c.sql+"'}]") + "select 2 as id"})
		h.exec.Pause = func(context.Context, time.Duration) error { return nil }
		h.db.Watch(faulty.Watch{Before: func(call faulty.Call) error {
			if c.msg != "" && call.SQL == c.sql {
				return &adapter.DatabaseError{Msg: c.msg, SQL: call.SQL}
			}
			return nil
		}})
		h.build()
		if x := h.hookOf("x"); x.Attempts != c.want || x.Status != result.Error {
			t.Errorf("%s of %s: %d attempts, want %d (%s)", c.retries, c.sql+c.msg, x.Attempts, c.want, x.Status)
		}
	}
}

func TestBackoff(t *testing.T) {
	r := manifest.Retries{Backoff: time.Second, MaxBackoff: 10 * time.Second}
	for n, most := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 4: 8 * time.Second, 5: 10 * time.Second, 90: 10 * time.Second} {
		for range 50 {
			if got := run.Backoff(r, n); got > most || got < most/2 {
				t.Errorf("attempt %d: %v, not between %v and %v", n, got, most/2, most)
			}
		}
	}
}

// outbox takes notifications down.
type outbox struct {
	mu       sync.Mutex
	channels map[string]string // kind or name to name
	sent     []string
	messages []notify.Message
	fail     error
}

// Send implements notify.Sender.
func (o *outbox) Send(_ context.Context, channels []string, m notify.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, fmt.Sprintf("%s: %s (%s, %s)", strings.Join(channels, "+"), m.Text, m.Severity, m.Event))
	o.messages = append(o.messages, m)
	return nil
}

// Check implements notify.Sender.
func (o *outbox) Check(channel string) error {
	if o.channels[channel] != channel {
		return &notify.UnknownChannelError{Name: channel, Known: slices.Sorted(maps.Values(o.channels))}
	}
	return nil
}

// Channel implements notify.Sender.
func (o *outbox) Channel(kind string) (string, bool) {
	name, ok := o.channels[kind]
	return name, ok
}

// TestNotifications: the key notify, and CALL notify_x as a whole statement; what no
// channel is there for goes to the database.
func TestNotifications(t *testing.T) {
	o := &outbox{channels: map[string]string{"slack": "team", "team": "team", "oncall": "oncall"}}
	h := newHouse(t, files{
		"dbt_project.yml": parsetest.PlainProject + "on-run-end: [\"call notify_slack('over')\"]\n",
		"models/a.sql": table("post_hook=[\"\\n  CALL notify_slack('dbt_model {{ this.name }} isn''t late')\", {'name': 'x', 'notify': ['team', 'oncall'], 'message': '{{ this.name }}: {{ rows_affected }} rows'}, "+
			"{'name': 'y', 'notify': 'team', 'on': 'failure', 'message': 'never'}, {'name': 'z', 'sql': \"call notify_slack('careful', 'warning')\", 'on_error': 'warn'}]") + "select 1 as id",
		"models/b.sql": table("post_hook=[{'name': 'f', 'notify': 'oncall', 'severity': 'critical', 'on': 'failure'}]") + "select * from nowhere",
	})
	h.exec.Notifier = o
	h.build()
	want := "team: dbt_model a isn't late (info, success)\nteam+oncall: a: 1 rows (info, success)\nteam: careful (warning, success)\noncall: model.shop.b: error (critical, failure)\nteam: over (error, failure)"
	if got := strings.Join(o.sent, "\n"); got != want {
		t.Errorf("sent\n%s\nwant\n%s", got, want)
	}
	seen := map[string]bool{}
	for _, m := range o.messages {
		if m.Effect == "" || seen[m.Effect] {
			t.Errorf("the effect %q is of two messages", m.Effect)
		}
		seen[m.Effect] = true
	}
	if x := h.hookOf("post-hook.0"); x.Kind != "notify" || x.Status != result.Success {
		t.Errorf("CALL: %s %s", x.Kind, x.Status)
	}
	for _, c := range h.db.Calls() {
		if strings.Contains(c.SQL, "notify_slack") {
			t.Errorf("the database was sent %s", c.SQL)
		}
	}

	h = newHouse(t, files{"models/a.sql": table("post_hook=\"CALL notify_email('x')\"") + "select 1 as id"})
	h.exec.Notifier = o // has no such channel
	if got := h.build()["a"]; got.Status != result.Error || !strings.Contains(got.Message, "notify_email does not exist") {
		t.Errorf("%s: %s", got.Status, got.Message)
	}
}

// TestDeliveryFails: the class is delivery, and the policy decides.
func TestDeliveryFails(t *testing.T) {
	for policy, want := range map[string]result.Status{"fail": result.Error, "warn": result.Success} {
		o := &outbox{channels: map[string]string{"team": "team"}, fail: errors.New("the outbox is full")}
		h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'notify': 'team', 'message': 'm', 'on_error': '"+policy+"'}]") + "select 1 as id"})
		h.exec.Notifier = o
		if got := h.build()["a"]; got.Status != want {
			t.Errorf("%s: the node ended as %s", policy, got.Status)
		}
		if x := h.hookOf("x"); x.Err == nil || x.Err.Class != "delivery" || x.Err.Message != "the outbox is full" {
			t.Errorf("%s: %+v", policy, x.Err)
		}
	}
}

// operations runs what it is told to.
type operations struct{ calls []run.OperationCall }

// CheckOperation implements run.Operator.
func (o *operations) CheckOperation(name string) error {
	if name != "vacuum" {
		return errors.New("there is no operation '" + name + "'. Did you mean 'vacuum'?")
	}
	return nil
}

// RunOperation implements run.Operator.
func (o *operations) RunOperation(ctx context.Context, c run.OperationCall) run.OperationDone {
	o.calls = append(o.calls, c)
	v, _ := c.Params.GetStr("table")
	sql := fmt.Sprintf(say, v)
	_, _, err := c.Session.Execute(ctx, sql, c.Begin, false, 0)
	return run.OperationDone{SQL: sql, Rows: 7, Err: err}
}

func TestOperationsAsHooks(t *testing.T) {
	o := &operations{}
	h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'operation': 'vacuum', 'params': {'table': '{{ this.name }}', 'deep': true}}]") + "select 1 as id"})
	h.exec.Operator = o
	h.sql("create table log(what varchar)")
	h.allWell("build", h.build())
	if got := h.logged(); got != "a" {
		t.Errorf("log %q", got)
	}
	if x := h.hookOf("x"); x.SQL != "insert into log values ('a')" || x.Rows != 7 || x.Kind != "operation" {
		t.Errorf("%+v", x)
	}
	if c := o.calls[0]; !c.Begin || c.Node == nil {
		t.Errorf("the call was %+v", c)
	}
}

// TestUnknownNames: channels and operations that are not there are told before
// anything is sent, all of them.
func TestUnknownNames(t *testing.T) {
	h := newHouse(t, files{
		"models/a.sql": table("post_hook=[{'notify': ['team', 'nobody']}, {'operation': 'vacum'}, {'notify': 'else', 'targets': ['prod']}]") + "select 1 as id",
		"models/b.sql": table("post_hook=[{'notify': 'slack'}]") + "select 1 as id",
	})
	h.exec.Notifier = &outbox{channels: map[string]string{"slack": "team", "team": "team"}}
	h.exec.Operator = &operations{}
	_, err := h.command(context.Background(), "run")
	for _, want := range []string{"channel 'nobody'", "Did you mean 'vacuum'", "channel 'slack'"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %s", err, want)
		}
	}
	if err != nil && (strings.Contains(err.Error(), "'else'") || strings.Contains(err.Error(), "'team'")) {
		t.Errorf("too much: %v", err)
	}
}

// ends notes the events of hooks, and those of nodes between them.
type ends struct {
	mu    sync.Mutex
	lines []string
}

// Emit implements event.Sink.
func (s *ends) Emit(e event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch d := e.Data.(type) {
	case event.NodeResult:
		s.lines = append(s.lines, d.NodeInfo.NodeName)
	case event.HookEnd:
		s.lines = append(s.lines, e.Level.String()+" "+d.Label()+" "+d.Outcome())
	}
}

// TestHookEvents: hooks are told behind their node, dbt's own where all is told.
func TestHookEvents(t *testing.T) {
	s := &ends{}
	h := newHouse(t, files{"models/a.sql": table("pre_hook='select 1', post_hook=[{'name': 'x', 'sql': 'select 1'}, {'sql': 'select 1', 'targets': ['prod']}]") + "select 1 as id"})
	h.exec.Sink = s
	h.build()
	if got, want := strings.Join(s.lines, ", "), "a, debug pre-hook 0 ok, info post-hook x ok, debug post-hook 1 skipped"; got != want {
		t.Errorf("want %s\n got %s", want, got)
	}
}

// TestOnRunCalls: a text at the end of a run that calls for a notification has the
// account of one, and tells of a channel that is switched off.
func TestOnRunCalls(t *testing.T) {
	o := &outbox{channels: map[string]string{"slack": "team"}}
	for fail, want := range map[error]string{
		nil: "success ",
		&notify.DisabledError{Names: []string{"team"}}: "skipped disabled",
	} {
		h := newHouse(t, files{
			"dbt_project.yml": parsetest.PlainProject + "on-run-end: [\"create or replace table t as select 1 as n\", \"call notify_slack('over')\"]\n",
			"models/a.sql":    "select 1 as id",
		})
		o.fail, h.exec.Notifier = fail, o
		h.build()
		x := h.hookOf("on-run-end.1")
		if got := string(x.Status) + " " + string(x.Reason); got != want || x.Kind != "notify" || x.Rows != -1 {
			t.Errorf("%v: %s, %s, %d rows", fail, x.Kind, got, x.Rows)
		}
	}
}

// TestAlwaysAgain: a hook that is run again, since what it did was taken back, has all
// its attempts, and tells of those alone.
func TestAlwaysAgain(t *testing.T) {
	h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'on': 'always', 'sql': \"insert into log values ('{{ status }}')\"}, 'select * from nowhere']") + "select 1 as id"})
	h.sql("create table log(what varchar)")
	h.build()
	if x := h.hookOf("x"); x.Status != result.Success || x.Attempts != 1 || x.RolledBack {
		t.Errorf("%s, %d attempts, rolled back %v", x.Status, x.Attempts, x.RolledBack)
	}
	if l := h.logged(); l != "error" {
		t.Errorf("log %q", l)
	}
}

// TestNothingToTell: a message that renders to nothing is left out, and stays a
// notification.
func TestNothingToTell(t *testing.T) {
	o := &outbox{channels: map[string]string{"team": "team"}}
	h := newHouse(t, files{"models/a.sql": table("post_hook=[{'name': 'x', 'notify': 'team', 'message': '{% if false %}m{% endif %}'}]") + "select 1 as id"})
	h.exec.Notifier = o
	h.allWell("build", h.build())
	if x := h.hookOf("x"); x.Kind != "notify" || x.Status != result.Skipped || x.Reason != result.RenderedEmpty || len(o.sent) != 0 {
		t.Errorf("%s %s %s, sent %v", x.Kind, x.Status, x.Reason, o.sent)
	}
}

// TestCancelledCondition: Ctrl-C ends a question that `when` asks the database, where
// the hooks have no materialization around them.
func TestCancelledCondition(t *testing.T) {
	const slow = "select count(*) from range(100000000) a, range(1000000) b where a.range + b.range = 1"
	h := newHouse(t, files{
		"models/a.sql": "select * from nowhere",
		"models/b.sql": table("post_hook=[{'name': 'x', 'on': 'skip', 'when': \"run_query('"+slow+"').rows | length > 0\", 'sql': 'select 1'}]") + "select * from {{ ref('a') }}",
	})
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	asked := false
	h.db.Watch(faulty.Watch{Before: func(c faulty.Call) error {
		if strings.Contains(c.SQL, "range(100000000)") {
			asked = true
			cancel()
		}
		return nil
	}})
	if _, err := h.command(ctx, "run"); !errors.Is(err, context.Canceled) || !asked {
		t.Errorf("asked %v, error %v", asked, err)
	}
	if x := h.hookOf("x"); x.Status != result.Error {
		t.Errorf("%s %s", x.Status, x.Reason)
	}
}
