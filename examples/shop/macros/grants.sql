{# DuckDB has no roles: there these hooks render to nothing, and are not sent. #}

{% macro grant_readers(relation) %}
  {%- if target.type in ('postgres', 'redshift') -%}
    grant select on {{ relation }} to {{ var('reader_role') }}
  {%- elif target.type == 'snowflake' -%}
    grant select on {{ relation }} to role {{ var('reader_role') }}
  {%- endif -%}
{% endmacro %}

{% macro grant_usage(schema) %}
  {%- if target.type in ('postgres', 'redshift') -%}
    grant usage on schema {{ schema }} to {{ var('reader_role') }};
  {%- endif -%}
{% endmacro %}
