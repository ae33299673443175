{# on_schema_change: what becomes of columns that an incremental model has gained or lost
   since its table was made. #}

{% macro incremental_validate_on_schema_change(on_schema_change, default='ignore') %}
    {%- if on_schema_change in ['ignore', 'fail', 'append_new_columns', 'sync_all_columns'] %}
        {%- do return(on_schema_change) %}
    {%- endif %}
    {%- do log('Invalid value for on_schema_change (%s) specified. Setting default value of %s.' % (on_schema_change, default)) %}
    {%- do return(default) %}
{% endmacro %}


{# The columns to insert, or {} where nobody looked. #}
{% macro process_schema_changes(on_schema_change, source_relation, target_relation) %}
    {%- do return(adapter.dispatch('process_schema_changes', 'dbt')(on_schema_change, source_relation, target_relation)) %}
{% endmacro %}

{% macro default__process_schema_changes(on_schema_change, source_relation, target_relation) %}
    {%- if on_schema_change == 'ignore' %}
        {%- do return({}) %}
    {%- endif %}

    {%- set changes = check_for_schema_changes(source_relation, target_relation) %}
    {%- if changes['schema_changed'] and on_schema_change == 'fail' %}
        {%- set complaint %}
            The source and target schemas on this incremental model are out of sync!
            Set `on_schema_change` to append_new_columns or sync_all_columns to have the table
            follow the model, rebuild it with --full-refresh, or alter it by hand and run again.

            Source columns not in target: {{ changes['source_not_in_target'] }}
            Target columns not in source: {{ changes['target_not_in_source'] }}
            New column types: {{ changes['new_target_types'] }}
        {%- endset %}
        {%- do exceptions.raise_compiler_error(complaint) %}
    {%- elif changes['schema_changed'] %}
        {%- do sync_column_schemas(on_schema_change, target_relation, changes) %}
    {%- endif %}
    {%- do return(changes['source_columns']) %}
{% endmacro %}


{% macro check_for_schema_changes(source_relation, target_relation) %}
    {%- do return(adapter.dispatch('check_for_schema_changes', 'dbt')(source_relation, target_relation)) %}
{% endmacro %}

{% macro default__check_for_schema_changes(source_relation, target_relation) %}
    {%- set source_columns = adapter.get_columns_in_relation(source_relation) %}
    {%- set target_columns = adapter.get_columns_in_relation(target_relation) %}
    {%- set added = diff_columns(source_columns, target_columns) %}
    {%- set removed = diff_columns(target_columns, source_columns) %}
    {%- set retyped = diff_column_data_types(source_columns, target_columns) %}
    {%- set changed = (added or removed or retyped) | length > 0 %}

    {%- do log('Columns of ' ~ target_relation ~ (' have changed:' if changed else ' are as before:')
        ~ ' added ' ~ added ~ ', removed ' ~ removed ~ ', of another type ' ~ retyped) %}
    {%- do return({
        'schema_changed': changed,
        'source_not_in_target': added,
        'target_not_in_source': removed,
        'source_columns': source_columns,
        'target_columns': target_columns,
        'new_target_types': retyped
    }) %}
{% endmacro %}


{% macro sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
    {%- do return(adapter.dispatch('sync_column_schemas', 'dbt')(on_schema_change, target_relation, schema_changes_dict)) %}
{% endmacro %}

{# append_new_columns adds, and neither removes nor changes a type. #}
{% macro default__sync_column_schemas(on_schema_change, target_relation, schema_changes_dict) %}
    {%- set added = schema_changes_dict['source_not_in_target'] %}
    {%- set removed = schema_changes_dict['target_not_in_source'] %}
    {%- set retyped = schema_changes_dict['new_target_types'] %}

    {%- if on_schema_change == 'append_new_columns' and added %}
        {%- do alter_relation_add_remove_columns(target_relation, added, none) %}
    {%- elif on_schema_change == 'sync_all_columns' %}
        {%- if added or removed %}
            {%- do alter_relation_add_remove_columns(target_relation, added, removed) %}
        {%- endif %}
        {%- for change in retyped %}
            {%- do alter_column_type(target_relation, change['column_name'], change['new_type']) %}
        {%- endfor %}
    {%- endif %}
    {%- do log('Fitted ' ~ target_relation ~ ' to its model (' ~ on_schema_change ~ ')') %}
{% endmacro %}
