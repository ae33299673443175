package run_test

import (
	"strings"

	"dex/internal/parse/parsetest"
)

// kind is a small project with a node `a`, which reads the table src(id, val, ts), and
// mostly a table `child` behind it.
type kind struct {
	name  string
	files files
	// standing is what is there before the first run, beside src and log.
	standing string
	// macro is what is run by run-operation in place of a build.
	macro string
	// look is the query that tells what `a` holds; "" lists its rows. What is not there
	// when it is asked holds "absent".
	look string
	// lenient has runs go well though a call failed: a hook that may fail, or is tried
	// again.
	lenient bool
	// loses names relations that dbt drops outside of a transaction before it makes
	// them anew: after a fault they may be absent.
	loses string
	// piecemeal names the database on which dbt changes the columns of a before it begins
	// the transaction.
	piecemeal string
	// only names the database that has such nodes; "" is every one.
	only string
	// batches says that each day of a is for itself.
	batches bool
	// strict has hooks outside of the transaction leave the rest inside: transactions: strict.
	strict bool
	// seeds has the seed's file change from run to run.
	seeds bool
}

// kinds are the projects, each with a node `a` of another kind.
var kinds = []kind{
	{name: "table", files: files{"models/a.sql": "{{ config(materialized='table') }} select * from src"}},
	{name: "table with hooks", strict: true, files: files{"models/a.sql": `{{ config(materialized='table',
		pre_hook=[{'sql': "insert into log values ('pre out')", 'transaction': false}, "insert into log values ('pre in')"],
		post_hook=["insert into log values ('post in')", {'sql': "insert into log values ('post out')", 'transaction': false}]) }} select * from src`}},
	{name: "full refresh in autocommit, as dbt", only: "postgres", loses: "a", files: files{"models/a.sql": `{{ config(materialized='incremental', unique_key='id',
		pre_hook={'sql': "insert into log values ('pre out')", 'transaction': false}) }} select * from src`}},
	{name: "hooks for all outcomes", files: files{"models/a.sql": `{{ config(materialized='table',
		post_hook=[{'sql': "insert into log values ('well')"}, {'on': 'failure', 'sql': "insert into log values ('failed')"}, {'on': 'always', 'sql': "insert into log values ('anyway')"}]) }} select * from src`}},
	{name: "hooks that are tried again", lenient: true, strict: true, files: files{"models/a.sql": `{{ config(materialized='table',
		pre_hook=[{'sql': "insert into log values ('pre out')", 'transaction': false, 'retries': 2}, {'sql': "insert into log values ('pre in')", 'retries': {'attempts': 2, 'on': ['connection', 'timeout', 'data']}}],
		post_hook=[{'sql': "insert into log values ('post in')", 'on_error': 'warn'}, {'sql': "insert into log values ('post out')", 'transaction': false, 'on_error': 'ignore'}]) }} select * from src`}},
	{name: "view", files: files{"models/a.sql": "select * from src"}},
	{name: "view over a table", files: files{"models/a.sql": "select * from src"}, standing: "create table dw.a as select 7 as id, 7 as val"},
	{name: "table over a view", files: files{"models/a.sql": "{{ config(materialized='table') }} select * from src"}, standing: "create view dw.a as select 7 as id, 7 as val"},
	{name: "incremental over a view", files: files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id') }} select * from src"}, standing: "create view dw.a as select 7 as id, 7 as val"},
	{name: "table behind a killed run", files: files{"models/a.sql": "{{ config(materialized='table') }} select * from src"},
		standing: "create table dw.a as select 7 as id, 7 as val; create table dw.a__dbt_tmp as select 8 as id; create table dw.a__dbt_backup as select 9 as id"},
	{name: "append", files: files{"models/a.sql": "{{ config(materialized='incremental', incremental_strategy='append') }} select * from src {% if is_incremental() %} where id > (select max(id) from {{ this }}) {% endif %}"}},
	{name: "delete+insert", files: files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert') }} select * from src"}},
	{name: "merge", files: files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }} select * from src"}},
	{name: "merge with new columns", files: files{"models/a.sql": "{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge', on_schema_change='sync_all_columns') }} select id, val, id + val as both from src"},
		standing: "create table dw.a as select 1 as id, 7 as gone, 9 as val", piecemeal: "duckdb"},
	{name: "microbatch", batches: true, files: files{
		"models/src_events.sql": "{{ config(event_time='ts') }} select * from src",
		"models/a.sql":          "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='ts', batch_size='day', begin='2026-01-01', lookback=2, unique_key='id' if target.type == 'postgres' else none) }} select * from {{ ref('src_events') }}",
	}},
	{name: "snapshot, check", files: files{"snapshots/a.sql": "{% snapshot a %}{{ config(unique_key='id', strategy='check', check_cols='all') }} select id, val from src{% endsnapshot %}"}, look: "select id, val, dbt_valid_to is null from dw.a order by 1, 2, 3"},
	{name: "snapshot, timestamp", files: files{"snapshots/a.sql": "{% snapshot a %}{{ config(unique_key='id', strategy='timestamp', updated_at='ts', hard_deletes='invalidate') }} select id, val, ts + val * interval '1 day' as ts from src{% endsnapshot %}"},
		look: "select id, val, dbt_valid_to is null from dw.a order by 1, 2, 3"},
	{name: "seed", files: files{"seeds/a.csv": "id,val\n1,1\n"}, seeds: true},
	{name: "tests", files: files{
		"models/a.sql": "{{ config(materialized='table') }} select * from src",
		"models/a.yml": "models: [{name: a, columns: [{name: id, data_tests: [unique, not_null]}]}]\nunit_tests: [{name: u, model: first, given: [{input: ref('a'), rows: [{id: 4, val: 1}]}], expect: {rows: [{id: 4}]}}]\n",
		"tests/t.sql":  "{{ config(store_failures=true) }} select * from {{ ref('a') }} where id < 0", "models/first.sql": "{{ config(materialized='table') }} select min(id) as id from {{ ref('a') }}",
	}, loses: "t"},
	{name: "function", only: "duckdb", files: files{
		"functions/a.sql": "x * 2", "functions/a.yml": "functions: [{name: a, arguments: [{name: x, data_type: int}], returns: {data_type: int}}]\n",
		"models/child.sql": "{{ config(materialized='table') }} select {{ function('a') }}(count(*)::int) as n from src",
		"macros/fn.sql":    "{% macro duckdb__scalar_function_sql(target_relation) %}create or replace function {{ target_relation.render() }} (x) as ({{ model.compiled_code }}){% endmacro %}",
	}, look: "select dw.a(4)"},
	{name: "function of Postgres", only: "postgres", files: files{
		"functions/a.sql": "select x * 2", "functions/a.yml": "functions: [{name: a, arguments: [{name: x, data_type: int}], returns: {data_type: int}}]\n",
		"models/child.sql": "{{ config(materialized='table') }} select {{ function('a') }}(count(*)::int) as n from src",
	}, look: "select dw.a(4)"},
	{name: "materialized view", only: "postgres", files: files{"models/a.sql": "{{ config(materialized='materialized_view', indexes=[{'columns': ['id']}]) }} select id, val from src"}},
	{name: "table with indexes and grants", only: "postgres", files: files{"models/a.sql": "{{ config(materialized='table', indexes=[{'columns': ['id']}, {'columns': ['val', 'id'], 'unique': true}], grants={'select': ['postgres']}) }} select id, val from src"}},
	{name: "on-run hooks", files: files{
		"dex.yml": "",
		"dbt_project.yml": parsetest.PlainProject + "on-run-start: [\"insert into log values ('start 1')\", \"insert into log values ('start 2')\"]\n" +
			"on-run-end: [\"insert into log values ('end')\", {sql: \"insert into log values ('end failed')\", on: failure}]\n",
		"models/a.sql": "{{ config(materialized='table') }} select * from src",
	}},
	{name: "run-operation", macro: "change", look: "select 1", files: files{
		"macros/change.sql": `{% macro change() %}{% call statement('one', auto_begin=true) %}insert into log values ('op 1'){% endcall %}{% call statement('two', auto_begin=true) %}insert into log values ('op 2'){% endcall %}{% do adapter.commit() %}{% endmacro %}`,
	}},
}

// refreshes reports whether a full refresh is another way to run the kind.
func (k *kind) refreshes() bool {
	for _, text := range k.files {
		for _, word := range []string{"'incremental'", "'materialized_view'", "retries"} {
			if strings.Contains(text, word) {
				return true
			}
		}
	}
	return k.seeds
}

// child stands behind `a` in every project that has none of its own.
const child = "{{ config(materialized='table') }} select count(*) as n from {{ ref('a') }}"

// project is the kind's files with child.
func (k *kind) project() files {
	out := files{}
	if k.macro == "" {
		out["models/child.sql"] = child
	}
	for name, text := range k.files {
		out[name] = text
	}
	return out
}

// act is a state of the database in which runs go wrong.
type act struct {
	name string
	// first has each run find nothing but what the kind says stands; else there was a
	// run that went well, and the source has changed since.
	first bool
	full  bool // --full-refresh, for kinds to which it means something
}

var acts = []act{{name: "first", first: true}, {name: "again"}, {name: "full refresh", full: true}}
