{# The checks of the merge configs. All faults are told at once. #}

{% macro validate_merge_config(config, target_relation=none) %}
    {%- set errors = [] %}
    {%- set fields = {
        'merge_update_condition': 'string',
        'merge_insert_condition': 'string',
        'merge_on_using_columns': 'sequence',
        'merge_update_columns': 'sequence',
        'merge_update_set_expressions': 'mapping',
        'merge_exclude_columns': 'sequence',
        'merge_returning_columns': 'sequence'
    } %}
    {%- set checks = {
        'string': validate_string_field,
        'sequence': validate_string_list_field,
        'mapping': validate_dict_field
    } %}
    {%- for name, kind in fields.items() %}
        {%- do checks[kind](config.get(name), name, errors) %}
    {%- endfor %}
    {%- do validate_merge_clauses(config, fields, errors) %}
    {%- if not errors %}
        {%- do validate_ducklake_restrictions(config, target_relation, errors) %}
    {%- endif %}
    {%- if errors %}
        {%- do exceptions.raise_compiler_error('MERGE configuration errors:\n' ~ errors | join('\n')) %}
    {%- endif %}
{% endmacro %}


{% macro validate_merge_clauses(config, base_configuration_fields, errors) -%}
    {%- set clauses = config.get('merge_clauses') -%}
    {%- if clauses is none -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- if clauses is not mapping -%}
        {%- do errors.append('merge_clauses must be a dictionary, found: ' ~ clauses) -%}
        {%- do return(none) -%}
    {%- endif -%}

    {%- set given = ['when_matched', 'when_not_matched'] | select('in', clauses) | list -%}
    {%- if not given -%}
        {%- do errors.append("merge_clauses must contain at least one of 'when_matched' or 'when_not_matched' keys") -%}
    {%- endif -%}
    {%- for clause_type in given -%}
        {%- do validate_merge_clause_list(clauses, clause_type, errors) -%}
    {%- endfor -%}

    {#- The shorter configs have no effect beside the clauses, but for these two. -#}
    {%- set idle = [] -%}
    {%- for name, kind in base_configuration_fields.items()
        if name not in ['merge_on_using_columns', 'merge_returning_columns'] -%}
        {%- set value = config.get(name) -%}
        {%- if value is not none and (value or kind == 'string') -%}
            {%- do idle.append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if idle -%}
        {%- do errors.append(
            'When merge_clauses is specified, the following basic merge configurations will be ignored and should be removed: '
            ~ idle | join(', ') ~ '. Say the same within merge_clauses.') -%}
    {%- endif -%}
{%- endmacro %}


{% macro validate_merge_clause_list(merge_clauses, clause_type, errors) -%}
    {%- set name = 'merge_clauses.' ~ clause_type -%}
    {%- set clauses = merge_clauses.get(clause_type) -%}
    {%- if clauses is string or clauses is mapping or clauses is not sequence -%}
        {%- do errors.append(name ~ ' must be a list') -%}
    {%- elif not clauses -%}
        {%- do errors.append(name ~ ' must contain at least one element') -%}
    {%- else -%}
        {%- for clause in clauses if clause is not mapping -%}
            {%- do errors.append(name ~ ' elements must be dictionaries, found: ' ~ clause) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}


{# DuckLake takes one UPDATE or DELETE in a merge, and no RETURNING. #}
{% macro validate_ducklake_restrictions(config, target_relation, errors) -%}
    {%- if not target_relation or not adapter.is_ducklake(target_relation) -%}
        {%- do return(none) -%}
    {%- endif -%}
    {%- if config.get('merge_returning_columns') -%}
        {%- do errors.append('DuckLake MERGE restrictions: merge_returning_columns is not supported because DuckLake does not support RETURNING.') -%}
    {%- endif -%}
    {%- set clauses = config.get('merge_clauses') or {} -%}
    {%- set changing = (clauses.get('when_matched', []) + clauses.get('when_not_matched', []))
        | selectattr('action', 'defined') | selectattr('action', 'in', ['update', 'delete']) | list | length -%}
    {%- if changing > 1 -%}
        {%- do errors.append(
            'DuckLake MERGE restrictions: merge_clauses can contain only a single UPDATE or DELETE action '
            ~ 'across when_matched and when_not_matched. Found ' ~ changing ~ ' UPDATE/DELETE actions.') -%}
    {%- endif -%}
{%- endmacro %}
