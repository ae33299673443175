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
