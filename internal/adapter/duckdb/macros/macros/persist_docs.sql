{# Comments are written between dollar marks, so that they may hold quotes and dollar
   marks of any other kind. #}
{% macro duckdb_escape_comment(comment) -%}
    {%- if comment is not string -%}
        {%- do exceptions.raise_compiler_error('cannot escape a non-string: ' ~ comment) -%}
    {%- endif -%}
    {%- set fence = '$dbt_comment_literal_block$' -%}
    {%- if fence in comment -%}
        {%- do exceptions.raise_compiler_error('The string ' ~ fence ~ ' is not allowed in comments.') -%}
    {%- endif -%}
    {{- fence ~ comment ~ fence -}}
{%- endmacro %}

{% macro duckdb__alter_relation_comment(relation, comment) %}
    comment on {{ relation.type }} {{ relation }} is {{ duckdb_escape_comment(comment) }};
{% endmacro %}

{% macro duckdb__alter_column_comment(relation, column_dict) %}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
    {%- for name, column in column_dict.items() if name in present %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }} is {{ duckdb_escape_comment(column['description']) }};
    {%- endfor %}
{% endmacro %}
