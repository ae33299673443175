{# Columns of relations and queries: asking for them and changing them. #}

{% macro get_columns_in_relation(relation) -%}
    {%- do return(adapter.dispatch('get_columns_in_relation', 'dbt')(relation)) -%}
{%- endmacro %}

{% macro default__get_columns_in_relation(relation) -%}
    {%- do exceptions.raise_not_implemented('get_columns_in_relation macro not implemented for adapter ' ~ adapter.type()) -%}
{%- endmacro %}


{# Rows of (name, type, size, precision, scale) as columns. #}
{% macro sql_convert_columns_in_relation(table) -%}
    {%- set columns = [] -%}
    {%- for row in table -%}
        {%- do columns.append(api.Column(*row)) -%}
    {%- endfor -%}
    {%- do return(columns) -%}
{%- endmacro %}


{% macro get_list_of_column_names(columns) -%}
    {%- do return(columns | map(attribute='name') | list) -%}
{%- endmacro %}


{# The query with its columns and without its rows: the database plans it, scans nothing. #}
{% macro get_empty_subquery_sql(select_sql, select_sql_header=none) -%}
    {%- do return(adapter.dispatch('get_empty_subquery_sql', 'dbt')(select_sql, select_sql_header)) -%}
{%- endmacro %}

{% macro default__get_empty_subquery_sql(select_sql, select_sql_header=none) %}
    {%- if select_sql_header is not none -%}
        {{- select_sql_header ~ '\n' -}}
    {%- endif -%}
    select * from (
        {{ select_sql }}
    ) as __dbt_sbq
    where false
    limit 0
{% endmacro %}


{% macro get_column_schema_from_query(select_sql, select_sql_header=none) -%}
    {%- set probe = get_empty_subquery_sql(select_sql, select_sql_header) -%}
    {%- do return(adapter.get_column_schema_from_query(probe)) -%}
{%- endmacro %}


{% macro get_columns_in_query(select_sql) -%}
    {%- do return(adapter.dispatch('get_columns_in_query', 'dbt')(select_sql)) -%}
{%- endmacro %}

{% macro default__get_columns_in_query(select_sql) %}
    {%- call statement('get_columns_in_query', fetch_result=True, auto_begin=False) %}
        {{- get_empty_subquery_sql(select_sql) }}
    {%- endcall %}
    {%- do return(load_result('get_columns_in_query').table.columns | map(attribute='name') | list) %}
{% endmacro %}


{# What a contract promises, as a query that can be asked for its columns. #}
{% macro get_empty_schema_sql(columns) -%}
    {%- do return(adapter.dispatch('get_empty_schema_sql', 'dbt')(columns)) -%}
{%- endmacro %}

{% macro default__get_empty_schema_sql(columns) %}
    {%- set typeless = columns.values() | rejectattr('data_type') | map(attribute='name') | list %}
    {%- if typeless %}
        {%- do exceptions.column_type_missing(column_names=typeless) %}
    {%- endif %}

    {%- set unscaled = [] %}
    {%- for column in columns.values() if column['data_type'].strip().lower() in ('numeric', 'decimal', 'number') %}
        {%- do unscaled.append(column['name']) %}
    {%- endfor %}
    {%- if unscaled %}
        {%- do exceptions.warn(
            'Detected columns with numeric type and unspecified precision/scale, '
            ~ 'this can lead to unintended rounding: ' ~ unscaled) %}
    {%- endif %}

    select
    {%- for column in columns.values() %}
        {{ cast('null', column['data_type']) }} as {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }}{{ ', ' if not loop.last }}
    {%- endfor %}
{% endmacro %}


{% macro alter_column_type(relation, column_name, new_column_type) -%}
    {%- do return(adapter.dispatch('alter_column_type', 'dbt')(relation, column_name, new_column_type)) -%}
{%- endmacro %}

{# By way of a second column, since not every database can alter a type in place. #}
{% macro default__alter_column_type(relation, column_name, new_column_type) -%}
    {%- set table = relation.render() -%}
    {%- set old = adapter.quote(column_name) -%}
    {%- set new = adapter.quote(column_name ~ '__dbt_alter') -%}
    {%- call statement('alter_column_type') %}
        alter table {{ table }} add column {{ new }} {{ new_column_type }};
        update {{ table }} set {{ new }} = {{ old }};
        alter table {{ table }} drop column {{ old }} cascade;
        alter table {{ table }} rename column {{ new }} to {{ old }}
    {%- endcall -%}
{%- endmacro %}


{% macro alter_relation_add_remove_columns(relation, add_columns=none, remove_columns=none) -%}
    {%- do return(adapter.dispatch('alter_relation_add_remove_columns', 'dbt')(relation, add_columns, remove_columns)) -%}
{%- endmacro %}

{% macro default__alter_relation_add_remove_columns(relation, add_columns, remove_columns) %}
    {%- set changes = [] %}
    {%- for column in add_columns or [] %}
        {%- do changes.append('add column ' ~ column.quoted ~ ' ' ~ column.expanded_data_type) %}
    {%- endfor %}
    {%- for column in remove_columns or [] %}
        {%- do changes.append('drop column ' ~ column.quoted) %}
    {%- endfor %}
    {%- do run_query('alter ' ~ relation.type ~ ' ' ~ relation.render() ~ ' ' ~ changes | join(', ')) %}
{% endmacro %}
