{# Putting a relation in the place of another, as safely as the two types allow. #}

{% macro get_replace_sql(existing_relation, target_relation, sql) %}
    {%- do log('Composing the replacement of ' ~ existing_relation) -%}
    {{- adapter.dispatch('get_replace_sql', 'dbt')(existing_relation, target_relation, sql) -}}
{% endmacro %}

{# 1. create or replace, where the database has it for this type
   2. build beside it, move the old one away, move the new one in, drop the old one
   3. the same without a backup, where only the new one can be renamed
   4. move the old one away, build in place, where only the old one can be
   5. drop and create: nothing stands while it is being built #}
{% macro default__get_replace_sql(existing_relation, target_relation, sql) %}
    {%- set in_one = existing_relation.can_be_replaced and existing_relation.type == target_relation.type %}
    {%- if in_one and existing_relation.is_table %}
        {{ get_replace_table_sql(target_relation, sql) }}
    {%- elif in_one and existing_relation.is_view %}
        {{ get_replace_view_sql(target_relation, sql) }}
    {%- elif in_one and existing_relation.is_materialized_view %}
        {{ get_replace_materialized_view_sql(target_relation, sql) }}
    {%- elif target_relation.can_be_renamed %}
        {{ get_create_intermediate_sql(target_relation, sql) }};
        {%- if existing_relation.can_be_renamed %}
        {{ get_create_backup_sql(existing_relation) }};
        {{ get_rename_intermediate_sql(target_relation) }};
        {{ get_drop_backup_sql(existing_relation) }}
        {%- else %}
        {{ get_drop_sql(existing_relation) }};
        {{ get_rename_intermediate_sql(target_relation) }}
        {%- endif %}
    {%- elif existing_relation.can_be_renamed %}
        {{ get_create_backup_sql(existing_relation) }};
        {{ get_create_sql(target_relation, sql) }};
        {{ get_drop_backup_sql(existing_relation) }}
    {%- else %}
        {{ get_drop_sql(existing_relation) }};
        {{ get_create_sql(target_relation, sql) }}
    {%- endif %}
{% endmacro %}


{% macro get_replace_table_sql(relation, sql) %}
    {{- adapter.dispatch('get_replace_table_sql', 'dbt')(relation, sql) -}}
{% endmacro %}

{% macro default__get_replace_table_sql(relation, sql) %}
    {%- do exceptions.raise_compiler_error('`get_replace_table_sql` has not been implemented for this adapter.') %}
{% endmacro %}

{% macro get_replace_view_sql(relation, sql) %}
    {{- adapter.dispatch('get_replace_view_sql', 'dbt')(relation, sql) -}}
{% endmacro %}

{% macro default__get_replace_view_sql(relation, sql) %}
    {%- do exceptions.raise_compiler_error('`get_replace_view_sql` has not been implemented for this adapter.') %}
{% endmacro %}

{% macro get_replace_materialized_view_sql(relation, sql) %}
    {{- adapter.dispatch('get_replace_materialized_view_sql', 'dbt')(relation, sql) -}}
{% endmacro %}

{% macro default__get_replace_materialized_view_sql(relation, sql) %}
    {%- do exceptions.raise_compiler_error('`get_replace_materialized_view_sql` has not been implemented for this adapter.') %}
{% endmacro %}


{# A whole view materialization for databases whose "create or replace view" may also
   change the columns: adapters and projects call it from their own view. #}
{% macro create_or_replace_view() %}
    {%- set existing = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
    {%- set target_relation = api.Relation.create(
        database=database, schema=schema, identifier=model['alias'], type='view') %}

    {%- do run_hooks(pre_hooks) %}
    {%- if existing is not none and existing.is_table %}
        {%- do handle_existing_table(should_full_refresh(), existing) %}
    {%- endif %}

    {%- call statement('main') %}
        {{- get_create_view_as_sql(target_relation, sql) }}
    {%- endcall %}

    {%- set was_view = existing is not none and existing.is_view %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(was_view, full_refresh_mode=True)) %}
    {%- do run_hooks(post_hooks) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmacro %}

{# Some databases refuse to drop a table for a view without a full refresh. #}
{% macro handle_existing_table(full_refresh, old_relation) %}
    {{- adapter.dispatch('handle_existing_table', 'dbt')(full_refresh, old_relation) -}}
{% endmacro %}

{% macro default__handle_existing_table(full_refresh, old_relation) %}
    {%- do log('Dropping relation ' ~ old_relation.render() ~ ' because it is of type ' ~ old_relation.type) %}
    {%- do adapter.drop_relation(old_relation) %}
{% endmacro %}
