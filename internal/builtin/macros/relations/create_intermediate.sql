{% macro get_create_intermediate_sql(relation, sql) -%}
    {%- do log('Applying CREATE INTERMEDIATE to: ' ~ relation) -%}
    {{- adapter.dispatch('get_create_intermediate_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}

{# Whatever an interrupted run left under that name goes first. #}
{% macro default__get_create_intermediate_sql(relation, sql) -%}
    {%- set intermediate = make_intermediate_relation(relation) -%}
    {{ get_drop_sql(intermediate) }};
    {{ get_create_sql(intermediate, sql) }}
{%- endmacro %}
