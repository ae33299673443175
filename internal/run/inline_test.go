package run_test

import (
	"context"
	"testing"
	"time"

	"dex/internal/eventtime"
	"dex/internal/result"
	"dex/internal/run"
)

const lender = `{{ config(materialized='ephemeral', event_time='made', pre_hook="insert into log values ('pre {{ this.name }}')",
	post_hook=[{'sql': "insert into log values ('post {{ this.name }} {{ status }}')", 'on': 'always'},
		{'sql': "insert into log values ('failed {{ this.name }}')", 'on': 'failure'}]) }}`

// TestInlinedHooks runs the hooks of an ephemeral model around nodes that inline it,
// and holds the account of each.
func TestInlinedHooks(t *testing.T) {
	for name, c := range map[string]struct {
		files   files
		logged  string
		account string
		node    result.Status
	}{
		"table": {files{"models/a.sql": "{{ config(materialized='table') }} select * from {{ ref('e') }}"},
			"pre e, post e success", "a e.pre-hook.0 success, a e.post-hook.0 success, a e.post-hook.1 other_outcome", result.Success},
		"a failure is taken back": {files{"models/a.sql": "{{ config(materialized='table') }} select id + 'x' from {{ ref('e') }}"},
			"post e error, failed e", "a e.pre-hook.0 success, a e.post-hook.0 success, a e.post-hook.1 success", result.Error},
		"not selected by tests": {files{"models/a.sql": "select 1 as id", "tests/t.sql": "select * from {{ ref('e') }} where id > 5"},
			"", "e pre-hook.0 ephemeral, e post-hook.0 ephemeral, e post-hook.1 ephemeral", result.Success},
		"batches": {files{"models/a.sql": "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='made', batch_size='day', begin='2024-01-01') }} select * from {{ ref('e') }}"},
			"pre e, post e success", "a e.pre-hook.0 success, a e.post-hook.0 success, a e.post-hook.1 other_outcome", result.Success},
		"the project's own run_hooks": {files{"models/a.sql": "{{ config(materialized='table', pre_hook=\"insert into log values ('own')\") }} select * from {{ ref('e') }}",
			"macros/h.sql": "{% macro run_hooks(hooks, inside_transaction=True) %}{% for h in hooks if h.transaction == inside_transaction %}{% set text = render(h.sql) %}{% if text %}{% do run_query(text) %}{% endif %}{% endfor %}{% endmacro %}"},
			"own", "a pre-hook.0 success, a e.pre-hook.0 not_called, a e.post-hook.0 not_called, a e.post-hook.1 other_outcome", result.Success},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, with(c.files, "models/e.sql", lender+" select 1 as id, timestamp '2024-01-02' as made"))
			h.exec.InlineEphemeral = true
			h.exec.Microbatch = run.Microbatch{Window: &eventtime.Span{Start: day(1), End: day(4)}, Now: day(4)}
			h.sql("create table log(what varchar)")
			results, err := h.command(context.Background(), "build")
			must(t, err)
			if got := h.byName(results)["a"]; got.Status != c.node {
				t.Errorf("%s: %s", got.Status, got.Message)
			}
			if got := h.logged(); got != c.logged {
				t.Errorf("log: %s, want %s", got, c.logged)
			}
			if got := h.account(); got != c.account {
				t.Errorf("account: %s\nwant %s", got, c.account)
			}
			for _, x := range h.ran.Hooks() {
				if x.Node == "model.shop.a" && x.Name != "pre-hook.0" && x.From != "model.shop.e" {
					t.Errorf("%s of %s is from %q", x.Name, x.Node, x.From)
				}
			}
		})
	}
}

func day(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }
