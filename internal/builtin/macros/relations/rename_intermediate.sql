{% macro get_rename_intermediate_sql(relation) -%}
    {%- do log('Applying RENAME INTERMEDIATE to: ' ~ relation) -%}
    {{- adapter.dispatch('get_rename_intermediate_sql', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__get_rename_intermediate_sql(relation) -%}
    {{ get_rename_sql(make_intermediate_relation(relation), relation.identifier) }}
{%- endmacro %}
