{# Counting from the end is known to Postgres from version 14 on only. #}
{% macro postgres__split_part(string_text, delimiter_text, part_number) %}

  {% if part_number < 0 %}
    {{ dbt._split_part_negative(string_text, delimiter_text, part_number) }}
  {% else %}
    {{ dbt.default__split_part(string_text, delimiter_text, part_number) }}
  {% endif %}

{% endmacro %}
