{# Rows given in a unit test, as a query. #}

{# The rows of one input. It stands for the input's relation, so it has all the columns
   of that: those that a row leaves out are null. #}
{% macro get_fixture_sql(rows, column_name_to_data_types) %}
-- Fixture for {{ model.name }}
{% set types = column_name_to_data_types or {} %}
{%- set quoted = {} %}
{%- if not types %}
    {#- A relation that is not built yet may stand in the state that is deferred to. #}
    {%- set relation = defer_relation if defer_relation and not load_relation(this) else this %}
    {%- for column in adapter.get_columns_in_relation(relation) %}
        {%- do types.update({column.name | lower: column.data_type}) %}
        {%- do quoted.update({column.name | lower: column.quoted}) %}
    {%- endfor %}
{%- endif %}
{%- if not types %}
    {%- do exceptions.raise_compiler_error(
        "Not able to get columns for unit test '" ~ model.name ~ "' from relation " ~ this
        ~ " because the relation doesn't exist") %}
{%- endif %}

{%- set nulls = {} %}
{%- for name, type in types.items() %}
    {%- do nulls.update({name: safe_cast('null', type) | trim}) %}
{%- endfor -%}
{{ validate_fixture_rows(rows, row_number) }}

{%- for row in rows %}
    {%- set values = nulls.copy() %}
    {%- do values.update(format_row(row, types)) -%}
select
    {%- for name, value in values.items() %} {{ value }} as {{ quoted[name] }}{{ ',' if not loop.last }}{% endfor %}
    {%- if not loop.last %}
union all
{%     endif %}
{%- else -%}
    select
    {%- for name, value in nulls.items() %} {{ value }} as {{ quoted[name] }}{{ ',' if not loop.last }}{% endfor %}
    limit 0
{%- endfor %}
{%- endmacro %}


{# The rows that the model should give: with only the columns that they name. #}
{% macro get_expected_sql(rows, column_name_to_data_types, column_name_to_quoted) %}
{% for row in rows -%}
select
    {%- for name, value in format_row(row, column_name_to_data_types).items() %} {{ value }} as {{ column_name_to_quoted[name] }}{{ ',' if not loop.last }}{% endfor %}
    {%- if not loop.last %}
union all
{%     endif %}
{%- else -%}
    select * from dbt_internal_unit_test_actual
    limit 0
{%- endfor %}
{% endmacro %}


{# A row as {lower-cased column: SQL of its value, cast to the column's type}. #}
{% macro format_row(row, column_name_to_data_types) -%}
    {%- set formatted = {} -%}
    {%- for given_name, value in row.items() -%}
        {%- set name = given_name | lower -%}
        {%- if name not in column_name_to_data_types -%}
            {%- set fixture = 'expected output' if model.resource_type == 'unit_test' else "'" ~ model.name ~ "'" -%}
            {%- do exceptions.raise_compiler_error(
                "Invalid column name: '" ~ name ~ "' in unit test fixture for " ~ fixture ~ "."
                ~ "\nAccepted columns for " ~ fixture ~ " are: " ~ (column_name_to_data_types.keys() | list)) -%}
        {%- endif -%}

        {%- set type = column_name_to_data_types[name] -%}
        {%- if value is string -%}
            {#- Without its length: a cast to varying(3) would quietly cut the text. -#}
            {%- set type = type.split('(')[0] if 'varying' in type else type -%}
            {%- set literal = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
        {%- else -%}
            {%- set literal = 'null' if value is none else value -%}
        {%- endif -%}
        {%- do formatted.update({name: safe_cast(literal, type)}) -%}
    {%- endfor -%}
    {%- do return(formatted) -%}
{%- endmacro %}


{# For adapters with rules of their own for fixtures: raises, or renders to nothing. #}
{% macro validate_fixture_rows(rows, row_number) -%}
    {%- do return(adapter.dispatch('validate_fixture_rows', 'dbt')(rows, row_number)) -%}
{%- endmacro %}

{% macro default__validate_fixture_rows(rows, row_number) -%}
{%- endmacro %}
