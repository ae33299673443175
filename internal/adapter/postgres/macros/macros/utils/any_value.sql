{# Postgres has any_value from version 16 on only. #}
{% macro postgres__any_value(expression) -%}

    min({{ expression }})

{%- endmacro %}
