{# Puts a number into words. The shop has a grading of its own: see macros/grade.sql there. #}
{% macro grade(column) -%}
  {{ return(adapter.dispatch('grade', 'shop_utils')(column)) }}
{%- endmacro %}

{% macro default__grade(column) -%}
  case when {{ column }} >= 3 then 'good' else 'poor' end
{%- endmacro %}
