{# Cents to currency units. Dispatched, so that a project or an adapter can have its own way. #}
{% macro cents_to_units(column, scale=2) -%}
  {{ return(adapter.dispatch('cents_to_units', 'shop_utils')(column, scale)) }}
{%- endmacro %}

{% macro default__cents_to_units(column, scale) -%}
  ({{ column }} / 100)::numeric(16, {{ scale }})
{%- endmacro %}

{% macro duckdb__cents_to_units(column, scale) -%}
  round({{ column }} / 100.0, {{ scale }})::decimal(16, {{ scale }})
{%- endmacro %}
