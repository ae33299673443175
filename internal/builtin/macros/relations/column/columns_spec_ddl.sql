{# A model with an enforced contract: its DDL, and the check of its SQL against it. #}

{% macro get_table_columns_and_constraints() -%}
    {{- adapter.dispatch('get_table_columns_and_constraints', 'dbt')() -}}
{%- endmacro %}

{% macro default__get_table_columns_and_constraints() -%}
    {%- do return(table_columns_and_constraints()) -%}
{%- endmacro %}


{# (a integer not null, b text, primary key (a)) #}
{% macro table_columns_and_constraints() %}
    {%- set of_columns = adapter.render_raw_columns_constraints(raw_columns=model['columns']) %}
    {%- set of_model = adapter.render_raw_model_constraints(raw_constraints=model['constraints']) %}
    (
    {%- for part in of_columns + of_model %}
        {{ part }}{{ ',' if not loop.last }}
    {%- endfor %}
    )
{% endmacro %}


{% macro get_assert_columns_equivalent(sql) -%}
    {{- adapter.dispatch('get_assert_columns_equivalent', 'dbt')(sql) -}}
{%- endmacro %}

{% macro default__get_assert_columns_equivalent(sql) -%}
    {%- do return(assert_columns_equivalent(sql)) -%}
{%- endmacro %}


{# The columns that the model's SQL gives and those its YAML promises must be the same
   set, name and type, in any order. Both sides are asked of the database, so that two
   spellings of one type are one type. Renders to nothing. #}
{% macro assert_columns_equivalent(sql) %}
    {%- set promised = model['columns'] %}
    {%- if not promised %}
        {%- do exceptions.raise_contract_error([], []) %}
    {%- endif %}

    {%- set given = format_columns(get_column_schema_from_query(sql, config.get('sql_header', none))) %}
    {%- set wanted = format_columns(get_column_schema_from_query(get_empty_schema_sql(promised))) %}
    {%- if given | length != wanted | length %}
        {%- do exceptions.raise_contract_error(wanted, given) %}
    {%- endif %}
    {%- for column in given %}
        {%- set twin = wanted | selectattr('name', 'equalto', column['name']) | first %}
        {%- if not twin or twin['formatted'] != column['formatted'] %}
            {%- do exceptions.raise_contract_error(wanted, given) %}
        {%- endif %}
    {%- endfor %}
{% endmacro %}


{% macro format_columns(columns) %}
    {%- set formatted = [] %}
    {%- for column in columns %}
        {%- do formatted.append(adapter.dispatch('format_column', 'dbt')(column)) %}
    {%- endfor %}
    {%- do return(formatted) %}
{% endmacro %}

{% macro default__format_column(column) -%}
    {%- do return({
        'name': column.name,
        'data_type': column.dtype,
        'formatted': column.column.lower() ~ ' ' ~ column.dtype
    }) -%}
{%- endmacro %}
