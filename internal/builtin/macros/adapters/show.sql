{# The query behind "show". A limit of its own at the end of the SQL together with
   --limit is a syntax error, as it would be by hand. #}
{% macro get_show_sql(compiled_code, sql_header, limit) -%}
    {%- if sql_header is not none -%}
  {{ sql_header }}
    {%- endif %}
  {{ get_limit_subquery_sql(compiled_code, limit) }}
{% endmacro %}


{# In spite of its name no subquery: the limit is put behind. #}
{%- macro get_limit_subquery_sql(sql, limit) -%}
  {{ adapter.dispatch('get_limit_sql', 'dbt')(sql, limit) }}
{%- endmacro -%}

{% macro default__get_limit_sql(sql, limit) %}
  {{ sql }}
  {% if limit is not none %}
  limit {{ limit }}
  {%- endif -%}
{% endmacro %}
