{% macro postgres__get_materialized_view_configuration_changes(existing_relation, new_config) %}
    {%- set standing = postgres__describe_materialized_view(existing_relation) %}
    {%- do return(existing_relation.get_materialized_view_config_change_collection(standing, new_config.model)) %}
{% endmacro %}

{% macro postgres__get_alter_materialized_view_as_sql(
    relation, configuration_changes, sql, existing_relation, backup_relation, intermediate_relation) %}
    {%- if configuration_changes.requires_full_refresh %}
        {{ get_replace_sql(existing_relation, relation, sql) }}
    {%- else %}
        {{ postgres__update_indexes_on_materialized_view(relation, configuration_changes.indexes) }}
    {%- endif %}
{% endmacro %}

{# Drops come before creations. #}
{% macro postgres__update_indexes_on_materialized_view(relation, index_changes) %}
    {%- do log('Applying UPDATE INDEXES to: ' ~ relation) %}
    {%- for change in index_changes %}
        {%- if change.action == 'drop' %}
        {{ postgres__get_drop_index_sql(relation, change.context.name) }}
        {%- elif change.action == 'create' %}
        {{ postgres__get_create_index_sql(relation, change.context.as_node_config) }}
        {%- endif %}
        {{- ';' if not loop.last }}
    {%- endfor %}
{% endmacro %}
