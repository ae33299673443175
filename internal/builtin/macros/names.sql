{# Where a node goes: its database, schema and alias. Each of these is called while
   the project is parsed, once for every node, and is overridden in many projects.
   The caller trims what comes back. #}

{% macro generate_database_name(custom_database_name=none, node=none) -%}
    {%- do return(adapter.dispatch('generate_database_name', 'dbt')(custom_database_name, node)) -%}
{%- endmacro %}

{% macro default__generate_database_name(custom_database_name=none, node=none) -%}
    {{- target.database if custom_database_name is none else custom_database_name -}}
{%- endmacro %}


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


{% macro generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- do return(adapter.dispatch('generate_alias_name', 'dbt')(custom_alias_name, node)) -%}
{%- endmacro %}

{% macro default__generate_alias_name(custom_alias_name=none, node=none) -%}
    {%- if custom_alias_name -%}
        {{- custom_alias_name | trim -}}
    {%- else -%}
        {{- node.name -}}
        {%- if node.version -%} _v{{ node.version | replace('.', '_') }} {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The unversioned name that points at the latest version of a versioned model. #}
{% macro generate_latest_version_pointer_alias(custom_alias_name=none, node=none) -%}
    {%- do return(adapter.dispatch('generate_latest_version_pointer_alias', 'dbt')(custom_alias_name, node)) -%}
{%- endmacro %}

{% macro default__generate_latest_version_pointer_alias(custom_alias_name=none, node=none) -%}
    {{- custom_alias_name | trim if custom_alias_name else node.name -}}
{%- endmacro %}
