{% macro generate_schema_name(custom_schema_name=none, node=none) -%}
    {%- do return(adapter.dispatch('generate_schema_name', 'dbt')(custom_schema_name, node)) -%}
{%- endmacro %}

{# A custom schema extends the target's, so that two developers never meet in one. #}
{% macro default__generate_schema_name(custom_schema_name, node) -%}
    {{- target.schema -}}
    {%- if custom_schema_name is not none -%}
        _{{ custom_schema_name | trim }}
    {%- endif -%}
{%- endmacro %}


{# Not dispatched: a project that wants bare custom schemas in production calls this
   from its own generate_schema_name. #}
{% macro generate_schema_name_for_env(custom_schema_name, node) -%}
    {%- set bare = target.name == 'prod' and custom_schema_name is not none -%}
    {{- custom_schema_name | trim if bare else target.schema -}}
{%- endmacro %}
