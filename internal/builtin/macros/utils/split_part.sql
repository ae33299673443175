{# Parts are counted from 1; from the end with a negative number, where the database
   can, or by the macro below. #}
{% macro split_part(string_text, delimiter_text, part_number) %}
    {%- do return(adapter.dispatch('split_part', 'dbt')(string_text, delimiter_text, part_number)) %}
{% endmacro %}

{% macro default__split_part(string_text, delimiter_text, part_number) %}

    split_part(
        {{ string_text }},
        {{ delimiter_text }},
        {{ part_number }}
        )

{% endmacro %}


{% macro _split_part_negative(string_text, delimiter_text, part_number) %}

    split_part(
        {{ string_text }},
        {{ delimiter_text }},
          length({{ string_text }})
          - length(
              replace({{ string_text }},  {{ delimiter_text }}, '')
          ) + 2 + {{ part_number }}
        )

{% endmacro %}
