{% macro default__grade(column) -%}
  case when {{ column }} >= 4 then 'good' when {{ column }} >= 3 then 'fair' else 'poor' end
{%- endmacro %}
