{# Where a node goes: its database, schema and alias. Each of these is called while
   the project is parsed, once for every node, and is overridden in many projects.
   The caller trims what comes back. #}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- do return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) -%}
{%- endmacro %}

{% macro default__generate_database_name(custom_database_name=none, node=none) -%}
    {{- target.database if custom_database_name is none else custom_database_name -}}
{%- endmacro %}
