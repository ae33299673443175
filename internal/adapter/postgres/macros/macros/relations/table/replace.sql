{# For databases that take after Postgres and have "create or replace table": Postgres
   itself refuses the statement, and the table materialization does without it. #}
{% macro postgres__get_replace_table_sql(relation, sql) -%}
    {%- set contract = config.get('contract').enforced -%}
    {%- if contract -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create or replace table {{ relation }}
    {{ get_table_columns_and_constraints() if contract }}
    as (
        {{ get_select_subquery(sql) if contract else sql }}
    );
{%- endmacro %}
