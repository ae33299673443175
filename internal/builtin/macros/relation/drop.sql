{# drop_relation sends, the get_..._sql macros compose. #}

{% macro drop_relation(relation) -%}
    {%- do return(adapter.dispatch('drop_relation', 'dbt')(relation)) -%}
{%- endmacro %}

{% macro default__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        {{ get_drop_sql(relation) }}
    {%- endcall -%}
{%- endmacro %}


{# Through the adapter, so that the relation leaves the cache too. #}
{% macro drop_relation_if_exists(relation) %}
    {%- if relation is not none %}
        {%- do adapter.drop_relation(relation) %}
    {%- endif %}
{% endmacro %}

{# What an interrupted run may have left under the name of a helper relation. #}
{% macro dex__drop_leftover(relation) %}
    {%- do drop_relation_if_exists(load_cached_relation(relation)) %}
{% endmacro %}


{% macro get_drop_sql(relation) -%}
    {%- do log('Composing the drop statement of ' ~ relation) -%}
    {{- adapter.dispatch('get_drop_sql', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__get_drop_sql(relation) -%}
    {%- if relation.is_table -%}
        {{ drop_table(relation) }}
    {%- elif relation.is_view -%}
        {{ drop_view(relation) }}
    {%- elif relation.is_materialized_view -%}
        {{ drop_materialized_view(relation) }}
    {%- else -%}
        drop {{ relation.type }} if exists {{ relation.render() }} cascade
    {%- endif -%}
{%- endmacro %}


{% macro get_drop_backup_sql(relation) -%}
    {%- do log('Composing the drop statement of the backup of ' ~ relation) -%}
    {{- adapter.dispatch('get_drop_backup_sql', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__get_drop_backup_sql(relation) -%}
    {{ get_drop_sql(make_backup_relation(relation, relation.type)) }}
{%- endmacro %}


{# Texts, in spite of their names. #}
{% macro drop_table(relation) -%}
    {{- adapter.dispatch('drop_table', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__drop_table(relation) -%}
    drop table if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro drop_view(relation) -%}
    {{- adapter.dispatch('drop_view', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__drop_view(relation) -%}
    drop view if exists {{ relation.render() }} cascade
{%- endmacro %}

{% macro drop_materialized_view(relation) -%}
    {{- adapter.dispatch('drop_materialized_view', 'dbt')(relation) -}}
{%- endmacro %}

{% macro default__drop_materialized_view(relation) -%}
    drop materialized view if exists {{ relation.render() }} cascade
{%- endmacro %}


{% macro truncate_relation(relation) -%}
    {%- do return(adapter.dispatch('truncate_relation', 'dbt')(relation)) -%}
{%- endmacro %}

{% macro default__truncate_relation(relation) -%}
    {%- call statement('truncate_relation') -%}
        truncate table {{ relation.render() }}
    {%- endcall -%}
{%- endmacro %}
