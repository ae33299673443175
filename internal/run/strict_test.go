package run_test

import (
	"io/fs"
	"strings"
	"testing"

	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/builtin"
	"dex/internal/result"
)

// opened is a materialization on a connection whose transaction is open before the
// first hook, as a driver of PostgreSQL has it.
const opened = `{% materialization mine, default %}
{%- call statement() %}select 'opened'{% endcall %}
{%- do run_hooks(pre_hooks, inside_transaction=False) %}{% do run_hooks(pre_hooks, inside_transaction=True) %}
{%- call statement('main') %}{{ sql }}{% endcall %}{% do adapter.commit() %}{{ return({'relations': []}) }}
{% endmaterialization %}`

// defaultHooks are the macros that run hooks on databases which do not say otherwise.
func defaultHooks(t *testing.T) string {
	src, err := fs.ReadFile(builtin.Project, "macros/materializations/hooks.sql")
	must(t, err)
	return string(src)
}

// TestStrictTransactions: a hook outside of the transaction ends it by a commit. With
// strict transactions the rest of the node stands in a new one, and a failure takes it
// back; without, as in dbt, in none.
func TestStrictTransactions(t *testing.T) {
	for _, c := range []struct {
		strict bool
		sent   string
		left   string
	}{
		{true, "BEGIN|select 'opened'|commit;|insert into log values ('out')|BEGIN|insert into log values ('in')|insert into log values ('main'); select * from nowhere|ROLLBACK", "out"},
		{false, "BEGIN|select 'opened'|commit;|insert into log values ('out')|insert into log values ('in')|insert into log values ('main'); select * from nowhere|ROLLBACK", "out, in, main"},
	} {
		h := newHouse(t, files{"macros/m.sql": opened, "macros/hooks.sql": defaultHooks(t), "models/a.sql": `{{ config(materialized='mine',
			pre_hook=["insert into log values ('in')", {'sql': "insert into log values ('out')", 'transaction': false}]) }}
			insert into log values ('main'); select * from nowhere`})
		h.inv.Strict = c.strict
		h.sql("create table log(what varchar)")
		h.db.Watch(faulty.Watch{})
		if got := h.build()["a"]; got.Status != result.Error || !strings.Contains(got.Message, "nowhere") {
			t.Errorf("strict %t: %s %s", c.strict, got.Status, got.Message)
		}
		var sent []string
		for _, call := range h.db.Calls() {
			if call.Conn == "model.shop.a" {
				sent = append(sent, strings.Join(strings.Fields(call.SQL), " "))
			}
		}
		if got := strings.Join(sent, "|"); got != c.sent {
			t.Errorf("strict %t sent\n%s\nwant\n%s", c.strict, got, c.sent)
		}
		h.want("select what from log order by rowid", c.left)
	}
}
