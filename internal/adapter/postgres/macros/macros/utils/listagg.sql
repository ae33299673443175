{% macro postgres__listagg(measure, delimiter_text, order_by_clause, limit_num) -%}

    {%- set order = order_by_clause if order_by_clause else '' -%}
    {% if limit_num -%}
    array_to_string(
        (array_agg(
            {{ measure }}
            {{ order }}
        ))[1:{{ limit_num }}],
        {{ delimiter_text }}
        )
    {%- else %}
    string_agg(
        {{ measure }},
        {{ delimiter_text }}
        {{ order }}
        )
    {%- endif %}

{%- endmacro %}
