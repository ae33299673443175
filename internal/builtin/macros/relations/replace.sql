{# Putting a relation in the place of another, as safely as the two types allow. #}

{% macro get_replace_sql(existing_relation, target_relation, sql) %}
    {%- do log('Applying REPLACE to: ' ~ existing_relation) -%}
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
