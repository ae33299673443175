{# No common SQL exists for materialized views: each of these is an adapter's to give. #}

{% macro get_create_materialized_view_as_sql(relation, sql) -%}
    {{- adapter.dispatch('get_create_materialized_view_as_sql', 'dbt')(relation, sql) -}}
{%- endmacro %}

{% macro default__get_create_materialized_view_as_sql(relation, sql) -%}
    {%- do exceptions.raise_compiler_error('`get_create_materialized_view_as_sql` has not been implemented for this adapter.\n' ~ adapter.type() ~ ' has no materialized views here: choose table, view or incremental as the materialization.') -%}
{%- endmacro %}
