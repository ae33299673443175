{% macro postgres__get_replace_view_sql(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create or replace view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}
