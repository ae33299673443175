{# A data test: a query whose rows are the failures. They are counted, or whatever
   fail_calc says, and with store_failures kept in a relation first. #}
{% materialization test, default %}
    {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
    {%- set failures_sql %}
    {{ get_limit_subquery_sql(sql, config.get('limit')) }}
    {%- endset %}

    {%- set relations = [] %}
    {%- if should_store_failures() %}
        {%- set stored = dex__store_failures(failures_sql, sql_header) %}
        {%- do relations.append(stored) %}
        {%- set failures_sql %}
        select *
        from {{ stored }}
        {%- endset %}
        {%- do adapter.commit() %}
    {%- endif %}

    {#- The limit is in failures_sql already. It is passed all the same, since an override
        of get_test_sql may demand it. #}
    {%- call statement('main', fetch_result=True) %}
        {{- sql_header if sql_header }}
        {{ get_test_sql(failures_sql, config.get('fail_calc'), config.get('warn_if'), config.get('error_if'), limit=none) }}
    {%- endcall %}
    {%- do return({'relations': relations}) %}
{% endmaterialization %}


{# Replaces the relation of the last time. #}
{% macro dex__store_failures(failures_sql, sql_header) %}
    {%- set kind = config.get('store_failures_as') %}
    {#- The flag --store-failures leaves the config without a kind. #}
    {%- set kind = 'table' if kind is none else kind %}
    {%- if kind not in ['table', 'view'] %}
        {%- do exceptions.raise_compiler_error(
            "'" ~ kind ~ "' is not a valid value for `store_failures_as`. "
            ~ "Accepted values are: ['ephemeral', 'table', 'view']") %}
    {%- endif %}

    {%- set last = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
    {%- if last %}
        {%- do adapter.drop_relation(last) %}
    {%- endif %}
    {%- set stored = api.Relation.create(database=database, schema=schema, identifier=model['alias'], type=kind) %}
    {%- call statement(auto_begin=True) %}
        {{- sql_header if sql_header }}
        {{ get_create_sql(stored, failures_sql) }}
    {%- endcall %}
    {%- do return(stored) %}
{% endmacro %}


{# One row: the number of failures, and whether that is a warning, an error. #}
{% macro get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ adapter.dispatch('get_test_sql', 'dbt')(main_sql, fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}

{% macro default__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    select
      {{ fail_calc }} as failures,
      {{ fail_calc }} {{ warn_if }} as should_warn,
      {{ fail_calc }} {{ error_if }} as should_error
    from (
      {{ main_sql }}
      {{ 'limit ' ~ limit if limit is not none }}
    ) dbt_internal_test
{%- endmacro %}


{# The tested relation, or that part of it which the test's where config selects. #}
{% macro get_where_subquery(relation) -%}
    {%- do return(adapter.dispatch('get_where_subquery', 'dbt')(relation)) -%}
{%- endmacro %}

{% macro default__get_where_subquery(relation) -%}
    {%- set where = config.get('where', '') -%}
    {%- do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') dbt_subquery' if where else relation) -%}
{%- endmacro %}
