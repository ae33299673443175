package run_test

import (
	"strings"
	"testing"

	"dex/internal/adapter/adaptertest/faulty"
	"dex/internal/project"
	"dex/internal/result"
)

// noListing is a database whose catalog does not answer.
func noListing(c faulty.Call) error {
	if c.SQL == "Relations" || c.SQL == "Columns" {
		return faulty.Broken(c)
	}
	return nil
}

// destructive are the words of statements that take away what stands.
var destructive = []string{"create", "drop", "alter", "insert", "delete", "merge", "truncate", "update"}

// TestUnknownIsNotAbsent builds nodes that stand while nobody can tell so: neither
// the cache nor the catalog. They fail, and nothing is done to what stands.
func TestUnknownIsNotAbsent(t *testing.T) {
	for name, text := range map[string]string{
		"incremental": "{{ config(materialized='incremental') }} select 2 as id",
		"merge":       "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }} select 2 as id",
		"table":       "{{ config(materialized='table') }} select 2 as id",
		"view":        "select 2 as id",
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, files{"models/a.sql": text})
			h.sql("create schema dw; create table dw.a as select 1 as id")
			h.blind = true
			h.db.Watch(faulty.Watch{Before: noListing})
			got := h.build()["a"]
			calls := h.db.Calls()
			h.db.Watch(faulty.Watch{})
			if got.Status != result.Error || !strings.Contains(got.Message, "broken on purpose") {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
			for _, c := range calls {
				for _, word := range destructive {
					if strings.HasPrefix(strings.ToLower(strings.TrimSpace(c.SQL)), word) && c.Conn == "model.shop.a" {
						t.Errorf("sent on unknown: %s", c.SQL)
					}
				}
			}
			h.want("select id from dw.a", "1")
		})
	}
}

// TestUnknownInHooks: a hook that asks is told that nobody knows, and one that reads
// its relation is left as it is.
func TestUnknownInHooks(t *testing.T) {
	for hook, fault := range map[string]string{
		"select {{ row_count(this) }}":       "row_count(\"memory\".\"dw\".\"a\"): whether it is there could not be found out",
		"select {{ relation_exists(this) }}": "relation_exists(\"memory\".\"dw\".\"a\"): whether it is there could not be found out",
	} {
		h := newHouse(t, files{"macros/m.sql": own, "models/a.sql": "{{ config(materialized='mine', pre_hook=\"" + hook + "\") }} select 1 as id"})
		h.blind = true
		h.db.Watch(faulty.Watch{Before: noListing})
		if got := h.build()["a"]; got.Status != result.Error || !strings.Contains(got.Message, fault) {
			t.Errorf("%s: %s %s", hook, got.Status, got.Message)
		}
	}
	h := newHouse(t, files{"macros/m.sql": own, "models/a.sql": "{{ config(materialized='mine', pre_hook='insert into log select count(*) from {{ this }}') }} select 1 as id"})
	h.exec.FirstRun = project.FirstRunEmpty
	h.sql("create table log(n int); create schema dw; create table dw.a as select 1 as id")
	h.blind = true
	h.db.Watch(faulty.Watch{Before: noListing})
	if got := h.build()["a"]; got.Status != result.Success {
		t.Errorf("%s: %s", got.Status, got.Message)
	}
	h.db.Watch(faulty.Watch{})
	h.want("select n from log", "1")
}

// own is a materialization that asks nobody.
const own = `{% materialization mine, default %}
{%- do run_hooks(pre_hooks) %}{% call statement('main') %}select 1{% endcall %}{% do adapter.commit() %}{{ return({'relations': []}) }}
{% endmaterialization %}`

// TestCacheIsWrong: what the cache takes for absent is there after all, since
// somebody else has made it. A hook reads it as it is.
func TestCacheIsWrong(t *testing.T) {
	h := newHouse(t, files{"macros/m.sql": own, "models/a.sql": "{{ config(materialized='mine', pre_hook='insert into log select count(*) from {{ this }}') }} select 1 as id"})
	h.exec.FirstRun = project.FirstRunEmpty
	h.sql("create table log(n int)")
	h.db.Watch(faulty.Watch{After: func(c faulty.Call) error {
		if c.SQL == "Relations" {
			h.sql("create table dw.a as select 1 as id union all select 2")
		}
		return nil
	}})
	if got := h.build()["a"]; got.Status != result.Success {
		t.Errorf("%s: %s", got.Status, got.Message)
	}
	h.db.Watch(faulty.Watch{})
	h.want("select n from log", "2")
}

// TestRowCountSeesItsTransaction counts what the model has just built and nobody
// else can see yet.
func TestRowCountSeesItsTransaction(t *testing.T) {
	h := newHouse(t, files{
		"models/base.sql": "select * from range(5)",
		"models/a.sql": `{{ config(materialized='table', pre_hook="insert into log values ({{ row_count(this) }})",
			post_hook="insert into log values ({{ row_count(this) }}), ({{ row_count(ref('base')) }})") }} select * from {{ ref('base') }} limit 3`,
		"models/e.sql": "{{ config(materialized='ephemeral') }} select 1 as id",
		"models/b.sql": "{{ config(post_hook=\"select {{ row_count(ref('e')) }}\") }} select * from {{ ref('e') }}",
	})
	h.sql("create table log(n int)")
	got := h.build()
	h.want("select string_agg(n, ' ') from log", "0 3 5")
	if b := got["b"]; b.Status != result.Error || !strings.Contains(b.Message, "an ephemeral model") {
		t.Errorf("%s: %s", b.Status, b.Message)
	}
}
