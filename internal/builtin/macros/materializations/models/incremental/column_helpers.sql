{# Lists of columns. #}

{% macro get_quoted_csv(column_names) %}
    {%- set quoted = [] %}
    {%- for name in column_names %}
        {%- do quoted.append(adapter.quote(name)) %}
    {%- endfor %}
    {%- do return(quoted | join(', ')) %}
{% endmacro %}


{# Those of the first list whose names the second does not have. #}
{% macro diff_columns(source_columns, target_columns) %}
    {%- set known = target_columns | map(attribute='column') | list %}
    {%- do return(source_columns | rejectattr('name', 'in', known) | list) %}
{% endmacro %}


{# The types that columns of the second list must change to, to hold those of the first. #}
{% macro diff_column_data_types(source_columns, target_columns) %}
    {%- do return(adapter.dispatch('diff_column_data_types', 'dbt')(source_columns, target_columns)) %}
{% endmacro %}

{% macro default__diff_column_data_types(source_columns, target_columns) %}
    {%- set changes = [] %}
    {%- for new in source_columns %}
        {%- set old = target_columns | selectattr('name', 'equalto', new.name) | first %}
        {%- if old
            and new.expanded_data_type != old.expanded_data_type
            and not new.can_expand_to(other_column=old) %}
            {%- do changes.append({'column_name': old.name, 'new_type': new.expanded_data_type}) %}
        {%- endif %}
    {%- endfor %}
    {%- do return(changes) %}
{% endmacro %}


{# The columns that a merge updates, as SQL. #}
{% macro get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
    {%- do return(adapter.dispatch('get_merge_update_columns', 'dbt')(
        merge_update_columns, merge_exclude_columns, dest_columns)) %}
{% endmacro %}

{% macro default__get_merge_update_columns(merge_update_columns, merge_exclude_columns, dest_columns) %}
    {%- if merge_update_columns and merge_exclude_columns %}
        {%- do exceptions.raise_compiler_error(
            'Model cannot specify merge_update_columns and merge_exclude_columns. '
            ~ 'Please update model to use only one config') %}
    {%- endif %}
    {%- if merge_update_columns %}
        {%- do return(merge_update_columns) %}
    {%- endif %}

    {%- set excluded = (merge_exclude_columns or []) | map('lower') | list %}
    {%- set updated = [] %}
    {%- for column in dest_columns if column.column | lower not in excluded %}
        {%- do updated.append(column.quoted) %}
    {%- endfor %}
    {%- do return(updated) %}
{% endmacro %}
