package run_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"dex/internal/adapter"
	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/adapter/postgres"
	"dex/internal/jinja/value"
	"dex/internal/pgtest"
	"dex/internal/result"
)

// onPostgres is a database of the tests' own server, behind a line that can be cut.
var onPostgres = place{postgres.Driver(), openPostgres}

func openPostgres(t testing.TB, h *house) (adapter.Adapter, string) {
	t.Helper()
	at := pgtest.Database(t)
	h.relay = pgtest.NewRelay(t, at)
	return openTarget(t, postgres.Driver(), postgresTarget(h.relay.Settings)), at.Database
}

func postgresTarget(at pgtest.Settings) *value.Dict {
	target := value.NewDict(7)
	for _, kv := range [][2]string{{"type", "postgres"}, {"host", at.Host}, {"user", at.User}, {"pass", "none"}, {"dbname", at.Database}, {"schema", "dw"}} {
		target.SetStr(kv[0], value.Str(kv[1]))
	}
	target.SetStr("port", value.Int(at.Port))
	return target
}

// postgresFaults are what can befall a call of a server, for real: the server refuses
// it, runs out of time or ends the session; the line breaks before the call reached it or
// before its answer came back; the run is given up.
var postgresFaults = []fault{
	{name: "error", at: before(failing("select 1 / 0", time.Minute))},
	{name: "time-out", at: before(failing("set statement_timeout = 1; select pg_sleep(60)", time.Minute))},
	{name: "line cut", lost: true, at: before(func(h *house, _ faulty.Call) error { h.relay.Cut(pgtest.CutRequest); return nil })},
	{name: "answer lost", lost: true, at: before(func(h *house, _ faulty.Call) error { h.relay.Cut(pgtest.CutAnswer); return nil })},
	{name: "session ended", lost: true, at: before(endSession)},
	{name: "cancelled", cancels: true, at: func(_ *house, n int, cancel func()) faulty.Watch {
		return faulty.Watch{Before: at(n, func(faulty.Call) error { cancel(); return nil })}
	}},
}

// endSession has the server end the session of a call before it is sent.
func endSession(h *house, c faulty.Call) error {
	_, table, err := c.On.Execute(context.Background(), "select pg_backend_pid()", true, 0)
	must(h.t, err)
	h.must(fmt.Sprintf("select pg_terminate_backend(%s, 20000)", value.ToStr(table.Rows[0][0])))
	return nil
}

// TestFaultsOnPostgres is TestFaults on a server: there a session can be lost, and with it
// the answer.
func TestFaultsOnPostgres(t *testing.T) {
	everyFault(t, onPostgres, postgresFaults)
}

// TestHookAfterLostConnection: a hook whose connection is lost is tried again, or passed
// over, on a new one, unless the old one held something that would be missed.
func TestHookAfterLostConnection(t *testing.T) {
	for _, c := range []struct {
		name, hooks string
		status      result.Status
		message     string // part of it
		attempts    int    // of the hook x
		log         string
	}{
		{"outside of the transaction it is tried again", "{'name': 'x', 'sql': HIT, 'transaction': false, 'retries': {'attempts': 2, 'on': ['connection']}}", result.Success, "", 2, "x"},
		{"or passed over", "{'name': 'x', 'sql': HIT, 'transaction': false, 'on_error': 'warn'}", result.Success, "", 1, ""},
		{"but not where a setting would be missed", "{'sql': \"set work_mem = '8MB'\", 'transaction': false}, {'name': 'x', 'sql': HIT, 'transaction': false, 'retries': 2}",
			result.Error, "settings, temporary tables or locks that were made on it before are lost", 1, ""},
		{"inside the transaction it is neither", "\"insert into log values ('before')\", {'name': 'x', 'sql': HIT, 'retries': 3, 'on_error': 'warn'}",
			result.Error, "what the transaction held is lost with it", 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			hooks := strings.ReplaceAll(c.hooks, "HIT", `"insert into log values ('x')"`)
			h := newHouseOn(t, onPostgres, files{"dex.yml": "", "models/a.sql": "{{ config(materialized='table', pre_hook=[" + hooks + "]) }} select 1 as id"})
			h.exec.Pause = func(context.Context, time.Duration) error { return nil }
			h.sql("create table log(what text)")
			ended := false
			h.db.Watch(faulty.Watch{Before: func(call faulty.Call) error {
				if ended || !strings.Contains(call.SQL, "('x')") {
					return nil
				}
				ended = true
				return endSession(h, call)
			}})
			got := h.build()["a"]
			if got.Status != c.status || !strings.Contains(got.Message, c.message) {
				t.Errorf("%s: %s\n%s", got.Status, got.Message, list(h.db.Calls()))
			}
			if x := h.hookOf("x"); x.Attempts != c.attempts {
				t.Errorf("%d attempts, not %d", x.Attempts, c.attempts)
			}
			h.want("select what from log", c.log)
		})
	}
}
