{# DuckDB's answers to what every adapter is asked. #}

{# By "describe", which looks at one relation: information_schema.columns would load the
   whole catalog of an attached database. A DuckDB type tells its own precision. #}
{% macro duckdb__get_columns_in_relation(relation) -%}
    {%- call statement('get_columns_in_relation', fetch_result=True) %}
        select
            column_name,
            column_type as data_type,
            cast(null as bigint) as character_maximum_length,
            cast(null as bigint) as numeric_precision,
            cast(null as bigint) as numeric_scale
        from (describe {{ relation.render() }})
    {%- endcall -%}
    {%- do return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) -%}
{%- endmacro %}

{# The header is sent on its own: what comes back is put into "describe (...)", where only
   a query may stand. #}
{% macro duckdb__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {%- if select_sql_header is not none %}
        {%- do run_query(select_sql_header) %}
    {%- endif -%}
    select * from (
        {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{% endmacro %}


{# Redefined for its two more arguments, which the materializations below pass. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- do return(adapter.dispatch('create_table_as', 'dbt')(
        temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) -%}
{%- endmacro %}

{# With a contract, or a layout that has to be set before the first row comes in, the
   table is made empty first. DuckDB takes no constraints on temporary tables. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- if language == 'python' -%}
        {{- py_write_table(
            temporary=temporary, relation=relation, compiled_code=compiled_code,
            partitioned_by=partitioned_by, sorted_by=sorted_by) -}}
    {%- elif language != 'sql' -%}
        {%- do exceptions.raise_compiler_error(
            "duckdb__create_table_as macro didn't get supported language, it got " ~ language) -%}
    {%- else -%}
    {%- set contract = config.get('contract').enforced -%}
    {%- if contract -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create {{ 'temporary ' if temporary }}table {{ relation.include(database=not temporary, schema=not temporary) }}
    {%- if contract and not temporary %}
    {{ get_table_columns_and_constraints() }} ;
    {{ dex__set_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }} {{ get_column_names() }} (
        {{ get_select_subquery(compiled_code) }}
    );
    {%- elif partitioned_by or sorted_by %}
    as (
        select * from (
            {{ compiled_code }}
        ) as model_subq
        limit 0
    );
    {{ dex__set_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }}
        select * from (
            {{ compiled_code }}
        ) as model_subq;
    {%- else %}
    as (
        {{ compiled_code }}
    );
    {%- endif %}
    {%- endif -%}
{%- endmacro %}


{# (a , b ,) of the model's contract. #}
{% macro get_column_names() %}
    (
    {%- for column in model['columns'].values() %}
        {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }} {{ ',' if not loop.last }}
    {%- endfor %}
    )
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}


{# What is put behind a Python model's code: it hands the result over as a table. The
   import of pyarrow.dataset is for DuckDB, which reads an arrow table through it; pyarrow
   itself is not imported for models without it, since that takes a while. #}
{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{{ compiled_code }}

def materialize(df, con):
    import sys
    arrow = sys.modules.get("pyarrow")
    if arrow is not None and isinstance(df, arrow.Table):
        import pyarrow.dataset
    frame = "__dbt_python_model_df_{{ relation.identifier }}"
    con.register(frame, df)
    {%- if partitioned_by or sorted_by %}
    con.execute('create table {{ relation }} as select * from ' + frame + ' limit 0')
    {%- if partitioned_by %}
    con.execute('alter table {{ relation }} set partitioned by ({{ partitioned_by }})')
    {%- endif %}
    {%- if sorted_by %}
    con.execute('alter table {{ relation }} set sorted by ({{ sorted_by }})')
    {%- endif %}
    con.execute('insert into {{ relation }} select * from ' + frame)
    {%- else %}
    con.execute('create table {{ relation }} as select * from ' + frame)
    {%- endif %}
    con.unregister(frame)
{% endmacro %}

{# DuckDB has no users. #}
{% macro duckdb__apply_grants(relation, grant_config, should_revoke=True) %}
    {%- if grant_config %}
        {%- do adapter.warn_once('Grants for relations are not supported by DuckDB') %}
    {%- endif %}
{% endmacro %}

{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
    {%- set index = adapter.parse_index(index_dict) -%}
    create {{ 'unique ' if index.unique }}index "{{ index.render(relation) }}"
    on {{ relation }}
    ({{ index.columns | join(', ') }});
{%- endmacro %}


{# A table with an index cannot be renamed. None of this begins a transaction: it also
   runs after the commit of a materialization, where one would only be rolled back. #}
{% macro drop_indexes_on_relation(relation) -%}
    {%- if not adapter.may_have_indexes() -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- call statement('get_indexes_on_relation', fetch_result=True, auto_begin=False) %}
        select index_name
        from duckdb_indexes()
        where database_name = '{{ relation.database }}'
            and schema_name = '{{ relation.schema }}'
            and table_name = '{{ relation.identifier }}'
    {%- endcall -%}
    {%- for row in load_result('get_indexes_on_relation').table -%}
        {%- call statement('drop_index_' ~ loop.index, auto_begin=False) %}
            drop index "{{ relation.database }}"."{{ relation.schema }}"."{{ row[0] }}"
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}

{# DuckLake has no "cascade". No transaction is begun for a drop. #}
{% macro duckdb__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        drop {{ relation.type }} if exists {{ relation }} {{- '' if adapter.is_ducklake(relation) else ' cascade' }}
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) -%}
    {%- call statement('rename_relation') -%}
        alter {{ to_relation.type }} {{ from_relation }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}
    {%- endcall -%}
{%- endmacro %}

{# A temporary table is known by its name alone, and lives as long as the connection,
   which other nodes use after this one: so the name is never the same twice. #}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
    {%- do return(base_relation.incorporate(path={
        'identifier': base_relation.identifier ~ suffix ~ py_current_timestring(),
        'schema': none,
        'database': none
    })) %}
{% endmacro %}

{# {relation, temporary}. MotherDuck keeps temporary tables in the client's memory, so
   there a table of a schema for such takes their place, and is dropped when done. #}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
    {%- if not adapter.is_motherduck() %}
        {%- do return({'relation': make_temp_relation(target_relation), 'temporary': true}) %}
    {%- endif %}

    {%- set relation = target_relation.incorporate(path=adapter.get_temp_relation_path(target_relation, batch_id)) %}
    {%- do run_query(create_schema(relation)) %}
    {%- if not adapter.disable_transactions() %}
        {%- do adapter.commit() %}
    {%- endif %}
    {%- do return({'relation': relation, 'temporary': false}) %}
{% endmacro %}

{# A database of another kind may be attached. SQLite has but one schema and MySQL makes
   its own elsewhere: neither knows "create schema". #}
{% macro duckdb__create_schema(relation) -%}
    {%- call statement('create_schema') -%}
        {%- set query %}
            select type from duckdb_databases()
            where lower(database_name)='{{ relation.database | lower }}'
            and type != 'duckdb'
        {%- endset -%}
        {%- set others = run_query(query) -%}
        {%- set kind = others.columns[0].values()[0] if others | length else 'duckdb' -%}
        {%- if kind == 'sqlite' and relation.schema != 'main' -%}
            {%- do exceptions.raise_compiler_error(
                "Schema must be 'main' when writing to sqlite, not: " ~ relation.schema) -%}
        {%- elif kind not in ['sqlite', 'mysql'] -%}
            create schema if not exists {{ relation.without_identifier() }}
        {%- endif -%}
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__drop_schema(relation) -%}
    {%- call statement('drop_schema') -%}
        drop schema if exists {{ relation.without_identifier() }} cascade
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__list_schemas(database) -%}
    {%- set query %}
        select schema_name
        from system.information_schema.schemata
        {%- if database is not none %}
        where lower(catalog_name) = '{{ database | lower }}'
        {%- endif %}
    {%- endset -%}
    {%- do return(run_query(query)) -%}
{%- endmacro %}

{% macro duckdb__check_schema_exists(information_schema, schema) -%}
    {%- set query %}
        select count(*)
        from system.information_schema.schemata
        where lower(schema_name) = '{{ schema | lower }}'
        and lower(catalog_name) = '{{ information_schema.database | lower }}'
    {%- endset -%}
    {%- do return(run_query(query)) -%}
{%- endmacro %}

{% macro duckdb__list_relations_without_caching(schema_relation) %}
    {%- call statement('list_relations_without_caching', fetch_result=True) %}
        select
            '{{ schema_relation.database }}' as database,
            table_name as name,
            table_schema as schema,
            case table_type
                when 'BASE TABLE' then 'table'
                when 'LOCAL TEMPORARY' then 'table'
                when 'VIEW' then 'view'
            end as type
        from system.information_schema.tables
        where lower(table_schema) = '{{ schema_relation.schema | lower }}'
        and lower(table_catalog) = '{{ schema_relation.database | lower }}'
    {%- endcall %}
    {%- do return(load_result('list_relations_without_caching').table) %}
{% endmacro %}

{% macro duckdb__current_timestamp() -%}
    now()
{%- endmacro %}

{# Without a zone, as the columns of a snapshot are. #}
{% macro duckdb__snapshot_get_time() -%}
    {{ current_timestamp() }}::timestamp
{%- endmacro %}

{% macro duckdb__snapshot_string_as_time(timestamp) -%}
    {%- do return("'" ~ timestamp ~ "'::timestamp") -%}
{%- endmacro %}

{# The strategies are append, delete+insert, merge and microbatch. #}
{% macro duckdb__get_incremental_default_sql(arg_dict) %}
    {%- do return(get_incremental_delete_insert_sql(arg_dict)) %}
{% endmacro %}
