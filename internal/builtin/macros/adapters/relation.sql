{# Finding relations, and naming the ones a materialization needs on the way. #}

{% macro truncate_relation(relation) -%}
    {%- do return(adapter.dispatch('truncate_relation', 'dbt')(relation)) -%}
{%- endmacro %}

{% macro default__truncate_relation(relation) -%}
    {%- call statement('truncate_relation') -%}
        truncate table {{ relation.render() }}
    {%- endcall -%}
{%- endmacro %}


{# What the cache knows under this name, or none. #}
{% macro load_cached_relation(relation) %}
    {%- do return(adapter.get_relation(
        database=relation.database,
        schema=relation.schema,
        identifier=relation.identifier
    )) %}
{% endmacro %}


{# The name it had first; still the one most projects call. #}
{% macro load_relation(relation) %}
    {%- do return(load_cached_relation(relation)) %}
{% endmacro %}


{# [true, the relation that is there] or [false, what it would be]. #}
{% macro get_or_create_relation(database, schema, identifier, type) -%}
    {%- do return(adapter.dispatch('get_or_create_relation', 'dbt')(database, schema, identifier, type)) -%}
{%- endmacro %}

{% macro default__get_or_create_relation(database, schema, identifier, type) %}
    {%- set found = adapter.get_relation(database=database, schema=schema, identifier=identifier) %}
    {%- if found %}
        {%- do return([true, found]) %}
    {%- endif %}
    {%- do return([false, api.Relation.create(database=database, schema=schema, identifier=identifier, type=type)]) %}
{% endmacro %}


{% macro make_intermediate_relation(base_relation, suffix='__dbt_tmp') %}
    {%- do return(adapter.dispatch('make_intermediate_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{# Never an adapter's own temporary relation: this one is going to be renamed. #}
{% macro default__make_intermediate_relation(base_relation, suffix) %}
    {%- do return(default__make_temp_relation(base_relation, suffix)) %}
{% endmacro %}


{# Batches of a microbatch model may run side by side, so each has a name of its own. #}
{% macro make_temp_relation(base_relation, suffix='__dbt_tmp') %}
    {%- if model.batch and suffix == '__dbt_tmp' %}
        {%- set suffix = '__dbt_tmp_' ~ model.batch.id %}
    {%- endif %}
    {%- do return(adapter.dispatch('make_temp_relation', 'dbt')(base_relation, suffix)) %}
{% endmacro %}

{% macro default__make_temp_relation(base_relation, suffix) %}
    {%- do return(base_relation.incorporate(path={'identifier': base_relation.identifier ~ suffix})) %}
{% endmacro %}


{% macro make_backup_relation(base_relation, backup_relation_type, suffix='__dbt_backup') %}
    {%- do return(adapter.dispatch('make_backup_relation', 'dbt')(base_relation, backup_relation_type, suffix)) %}
{% endmacro %}

{% macro default__make_backup_relation(base_relation, backup_relation_type, suffix) %}
    {%- do return(base_relation.incorporate(
        path={'identifier': base_relation.identifier ~ suffix},
        type=backup_relation_type
    )) %}
{% endmacro %}
