package render_test

var invocationRows = []row{
	{"dbt_version", "{{ dbt_version }}", "1.12.6", same, same},
	{"invocation_id", "{{ invocation_id }}", "00000000-0000-4000-8000-000000000000", same, same},
	{"run_started_at", "{{ run_started_at }} {{ run_started_at.strftime('%Y') }}", "2026-01-02 03:04:05+00:00 2026", same, same},
	{"thread_id", "{{ thread_id }}", "MainThread", "Thread-1 (worker)", same},
	{"flags", "{{ flags.WHICH }} {{ flags.FULL_REFRESH }} {{ flags.NO_SUCH }}", "build False ", same, same},
	{"invocation_args_dict", "{{ invocation_args_dict }}", "{}", same, same},
	{"dbt_metadata_envs", "{{ dbt_metadata_envs }}", "{}", same, same},
	{"selected_resources", "{{ selected_resources }}", "[]", "['model.shop.orders']", same},
	{"modules", "{{ modules.datetime.date(2026, 1, 2) }} {{ modules.re.match('a', 'ab').group(0) }}", "2026-01-02 a", same, same},
	{"project_name", "{{ project_name }}", "shop", same, same},
	{"target", "{{ target.name }} {{ target.schema }} {{ target.type }}", "dev dw duckdb", same, same},
	{"env", "{{ env.name }}", "dev", same, same},
	{"graph", "{{ graph.nodes['model.shop.raw'].name }}", "", "raw", same},
	{"var", "{{ var('colour') }} {{ var('other', 'x') }} {{ var.has_var('colour') }}", "red x True", same, same},
	{"env_var", "{{ env_var('NONE', 'x') }}", "x", same, same},
	{"env_var", "{{ env_var('NONE') }}", "! Env var required but not provided: 'NONE'", same, same},
	{"env_var", "{{ env_var('DBT_ENV_SECRET_X') }}", "! Secret env vars are allowed only in profiles.yml", same, same},
	{"sql_now", "{{ sql_now }}", "now()", same, same},
}

var nodeRows = []row{
	{"execute", "{{ execute }}", "False", "True", same},
	{"database", "{{ database }}", "memory", same, same},
	{"schema", "{{ schema }}", "dw", same, same},
	{"model", "{{ model.name }} {{ model.unique_id }} {{ model.get('compiled_code') }}", "orders model.shop.orders None", same, "orders model.shop.orders select 'compiled'"},
	{"this", "{{ this }} {{ this.identifier }}", `"memory"."dw"."orders" orders`, same, same},
	{"config", "{{ config.get('materialized') }} {{ config.get('no', 'x') }} {{ config.require('materialized') }}", "  ", "table x table", same},
	{"config", "{{ config.require('no') }}", "", "! does not define a required config parameter 'no'", same},
	{"config", "[{{ config(tags=['u']) }}]", "[]", same, same},
	{"pre_hooks", "{{ pre_hooks | length }} {{ pre_hooks[0].sql }}", "1 select 'pre'", same, same},
	{"post_hooks", "{{ post_hooks[0].sql }} {{ post_hooks[0].transaction }}", "select 'post' True", same, same},
	{"sql", "{{ sql }}", "None", same, "select 'compiled'"},
	{"compiled_code", "{{ compiled_code }}", "None", same, "select 'compiled'"},
	{"defer_relation", "{{ defer_relation }}", "None", same, same},
}

var referenceRows = []row{
	{"ref", "{{ ref('raw') }} {{ ref('shop', 'raw').identifier }}", `"memory"."dw"."orders" orders`, `"memory"."dw"."raw" raw`, same},
	{"ref", "{{ ref('eph') }}", `"memory"."dw"."orders"`, "__dbt__cte__eph", same},
	{"ref", "{{ ref('nowhere') }}", `"memory"."dw"."orders"`, "! depends on a node named 'nowhere' which was not found", same},
	{"ref", "{{ ref('unselected') }}", `"memory"."dw"."orders"`, "! dbt was unable to infer all dependencies", same},
	{"source", "{{ source('src', 't') }}", `"memory"."dw"."orders"`, `"memory"."dw"."t"`, same},
	{"metric", "{{ metric('m') }}", "m", "! ", same},
	{"function", "{{ function('f') }}", `"memory"."dw"."orders"`, "! ", same},
	{"doc", "{{ doc('d') }}", "words", same, same},
}

var objectRows = []row{
	{"adapter", "{{ adapter.type() }} {{ adapter.quote('x') }} {{ adapter.get_relation('memory', 'dw', 'raw') }}", `duckdb "x" None`, same, same},
	{"adapter", "{{ adapter.dispatch('which')() }}", "duckdb", same, same},
	{"adapter", "{{ adapter.no_such_method() }}", "", "! no_such_method", same},
	{"api", "{{ api.Relation.create(database='d', schema='s', identifier='i') }} {{ api.Column('c', 'text').name }}", `"d"."s"."i" c`, same, same},
	{"api", "{{ [api.Column('c', 'STRUCT(a INTEGER)')] }}", "[DuckDBColumn(column='c', dtype='STRUCT(a INTEGER)', char_size=None, numeric_precision=None, numeric_scale=None, fields=[DuckDBColumn(column='a', dtype='INTEGER', char_size=None, numeric_precision=None, numeric_scale=None, fields=[])])]", same, same},
	{"column", "{{ column('c', 'text').name }}", "c", same, same},
	{"exceptions", "{{ exceptions.raise_compiler_error('stop') }}", "! stop", same, same},
	{"exceptions", "[{{ exceptions.warn('careful') }}]", "[]", same, same},
	{"validation", "{{ validation.any is defined }}", "True", same, same},
	{"context", "{{ context['project_name'] }} {{ context.get('nope', 'x') }}", "shop x", same, same},
	{"builtins", "{{ builtins.ref('raw') }}", `"memory"."dw"."orders"`, `"memory"."dw"."raw"`, same},
	{"context_macro_stack", "{{ context_macro_stack.depth }} {{ stack() }}", "0 1", same, same},
}

var functionRows = []row{
	{"return", "{{ return('x') }}", "! ", same, same},
	{"log", "[{{ log('x') }}]", "[]", same, same},
	{"print", "[{{ print('x') }}]", "[]", same, same},
	{"debug", "{{ debug() }}", "! debugger", same, same},
	{"fromjson", "{{ fromjson('{\"a\": 1}').a }} {{ fromjson('nonsense', 'x') }}", "1 x", same, same},
	{"tojson", "{{ tojson({'b': 1, 'a': none}, sort_keys=true) }}", `{"a": null, "b": 1}`, same, same},
	{"fromyaml", "{{ fromyaml('a: [1, 2]').a[1] }}", "2", same, same},
	{"toyaml", "{{ toyaml({'a': [1]}) }}", "a:\n- 1\n", same, same},
	{"set", "{{ set([2, 1, 2]) | sort }} {{ set(1, 'x') }}", "[1, 2] x", same, same},
	{"set_strict", "{{ set_strict([1, 1]) }} ", "{1} ", same, same},
	{"zip", "{{ zip([1, 2], ['a', 'b']) | list }}", "[(1, 'a'), (2, 'b')]", same, same},
	{"zip_strict", "{{ zip_strict([1], 2) }}", "! not iterable", same, same},
	{"local_md5", "{{ local_md5('x') }}", "9dd4e461268c8034f5c8564e155c67a6", same, same},
	{"diff_of_two_dicts", "{{ diff_of_two_dicts({'a': ['x', 'y']}, {'a': ['x']}) }}", "{'a': ['y']}", same, same},
	{"render", "{{ render('{{ project_name }}') }}", "shop", same, same},
	{"adapter_macro", "{{ adapter_macro('which') }}", "! adapter_macro", same, same},
	{"submit_python_job", "{{ submit_python_job({}, '') }}", "! ", same, same},
	{"try_or_compiler_error", "{{ try_or_compiler_error('no', twice, 'x') }}", "xx", same, same},
}

var resultRows = []row{
	{"load_result", "{{ load_result('nothing') }}", "None", same, same},
	{"store_result", "{{ store_result('r', 'OK') }}{{ load_result('r').response }}", "OK", same, same},
	{"store_result", "{{ store_result('r', 'OK') }}{% set x = load_result('r') %}{{ load_result('r') }}", "! already been loaded", same, same},
	{"store_raw_result", "{{ store_raw_result('r', message='m', code='c', rows_affected=3) }}{{ load_result('r').response.rows_affected }}", "3", same, same},
	{"write", "[{{ write('sql') }}]", "[]", same, same},
	{"dex__begin_hook", "{{ dex__begin_hook({'sql': 'x'}, true) }}", "True", same, same},
	{"dex__send_hook", "{{ dex__send_hook('call notify_slack(1)') }}", "call notify_slack(1)", same, same},
	{"row_count", "insert into log select {{ row_count(this) }}", "insert into log select 0", same, same},
	{"row_count", "{{ row_count('orders') }}", "0", "! row_count() takes a relation", same},
	{"row_count", "{{ row_count(api.Relation.create(schema='dw', identifier='nowhere')) }}", "0", "! nowhere", same},
	{"row_count", "{% macro row_count(x) %}own{% endmacro %}{{ row_count(this) }}", "own", same, same},
	{"relation_exists", "{{ relation_exists(this) }}", "False", same, same},
	{"relation_exists", "{{ relation_exists(none) }}", "False", "! relation_exists() takes a relation", same},
	{"dex__committed", "{{ dex__committed() }}", "None", same, same},
	{"dex__end_hook", "{{ dex__end_hook() }}", "None", same, same},
	{"load_agate_table", "{{ load_agate_table() }}", "! can only load_agate_table for seeds", same, same},
}

// macroRows are documented names that dex writes as macros.
var macroRows = []row{
	{"twice", "{{ twice('x') }} {{ shop.twice('y') }}", "xx yy", same, same},
	{"run_query", "{% set r = run_query('select 7 as n') %}{{ r.columns[0].values()[0] if r else r }}", "", "7", same},
	{"statement", "{% call statement('s', fetch_result=true) %}select 8 as n{% endcall %}{{ load_result('s').data[0][0] if execute }}", "", "8", same},
	{"is_incremental", "{{ is_incremental() }}", "False", same, same},
	{"should_full_refresh", "{{ should_full_refresh() }}", "", "False", same},
	{"type_string", "{{ dbt.type_string() }} {{ type_string() }}", "TEXT TEXT", same, same},
	{"dispatch", "{{ adapter.dispatch('which', 'shop')() }}", "duckdb", same, same},
}
