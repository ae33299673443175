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
