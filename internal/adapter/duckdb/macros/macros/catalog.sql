{# What is in a database, for "docs generate": one row for each column, with its table's
   facts beside it. From DuckDB's own functions, which have the comments. #}

{% macro duckdb__get_catalog(information_schema, schemas) -%}
    {%- do return(run_query(dex__catalog_query(
        information_schema, duckdb__get_catalog_schemas_where_clause_sql(schemas)))) -%}
{%- endmacro %}

{% macro duckdb__get_catalog_relations(information_schema, relations) -%}
    {%- do return(run_query(dex__catalog_query(
        information_schema, duckdb__get_catalog_relations_where_clause_sql(relations)))) -%}
{%- endmacro %}


{% macro dex__catalog_query(information_schema, condition) -%}
    with tables as (
        {{ duckdb__get_catalog_tables_sql(information_schema) }}
        {{ condition }}
    ),
    columns as (
        {{ duckdb__get_catalog_columns_sql(information_schema) }}
        {{ condition }}
    )
    {{ duckdb__get_catalog_results_sql() }}
{%- endmacro %}

{% macro duckdb__get_catalog_tables_sql(information_schema) -%}
        select *
        from (
            {%- for function, column, type in [
                ('duckdb_tables', 'table_name', 'BASE TABLE'), ('duckdb_views', 'view_name', 'VIEW')] %}
            select
                database_name as table_database,
                schema_name as table_schema,
                {{ column }} as table_name,
                '{{ type }}' as table_type,
                comment as table_comment
            from {{ function }}()
            where upper(database_name) = upper('{{ information_schema.database }}')
            {{ 'union all' if not loop.last }}
            {%- endfor %}
        ) catalog_tables
{%- endmacro %}

{% macro duckdb__get_catalog_columns_sql(information_schema) -%}
        select *
        from (
            select
                database_name as table_database,
                schema_name as table_schema,
                table_name,
                column_name,
                column_index,
                data_type as column_type,
                comment as column_comment
            from duckdb_columns()
            where upper(database_name) = upper('{{ information_schema.database }}')
        ) catalog_columns
{%- endmacro %}

{% macro duckdb__get_catalog_results_sql() -%}
    select
        table_database,
        table_schema,
        table_name,
        tables.table_type,
        tables.table_comment,
        columns.column_name,
        columns.column_index,
        columns.column_type,
        columns.column_comment,
        null as table_owner
    from tables
    join columns using (table_database, table_schema, table_name)
    order by table_schema, table_name, column_index
{%- endmacro %}

{# An empty list selects nothing. #}
{% macro duckdb__get_catalog_schemas_where_clause_sql(schemas) -%}
    {%- set conditions = [] -%}
    {%- for schema in schemas -%}
        {%- do conditions.append("upper(table_schema) = upper('" ~ schema ~ "')") -%}
    {%- endfor -%}
    where {{ '(' ~ conditions | join(' or ') ~ ')' if conditions else '1 = 0' }}
{%- endmacro %}

{% macro duckdb__get_catalog_relations_where_clause_sql(relations) -%}
    {%- set conditions = [] -%}
    {%- for relation in relations -%}
        {%- if not relation.schema -%}
            {%- do exceptions.raise_compiler_error('`get_catalog_relations` requires a list of relations, each with a schema') -%}
        {%- endif -%}
        {%- set in_schema = "upper(table_schema) = upper('" ~ relation.schema ~ "')" -%}
        {%- set named = " and upper(table_name) = upper('" ~ relation.identifier ~ "')" if relation.identifier else '' -%}
        {%- do conditions.append('(' ~ in_schema ~ named ~ ')') -%}
    {%- endfor -%}
    where {{ '(' ~ conditions | join(' or ') ~ ')' if conditions else '1 = 0' }}
{%- endmacro %}
