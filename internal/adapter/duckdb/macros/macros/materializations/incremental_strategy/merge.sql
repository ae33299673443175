{# merge, with clauses as the configs describe them. merge_clauses has lists
   when_matched and when_not_matched of dicts:

     action     update, insert, delete, do_nothing, error
     mode       by_name, by_position, star, explicit
     condition  a text or a list of texts
     update     {include, exclude, set_expressions}    of an explicit update
     insert     {columns, values}                      of an explicit insert
     by         source or target                       when_not_matched only
     set_expressions                                   of an update when not matched
     error_message #}

{% macro duckdb__get_incremental_merge_sql(args_dict) %}
    {%- do return(duckdb__get_merge_sql(
        args_dict['target_relation'], args_dict['temp_relation'], args_dict['unique_key'], args_dict['dest_columns'],
        normalize_incremental_predicates(args_dict.get('incremental_predicates')))) %}
{% endmacro %}

{% macro duckdb__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) -%}
    {%- do validate_merge_config(config, target) -%}
    {%- set predicates = normalize_incremental_predicates(incremental_predicates) -%}
    {%- set update_columns = config.get('merge_update_columns', []) -%}
    {%- set exclude_columns = config.get('merge_exclude_columns', []) -%}
    {%- set set_expressions = config.get('merge_update_set_expressions', {}) -%}
    {%- set defaults = merge_clause_defaults(
        config.get('merge_update_condition', none), config.get('merge_insert_condition', none),
        update_columns, exclude_columns, set_expressions) -%}
    {%- set update_key = 'when_matched_update_explicit' if update_columns or exclude_columns or set_expressions
                    else 'when_matched_update_by_name' -%}

    {%- set clauses = config.get('merge_clauses', {}) -%}
    {%- set returning = config.get('merge_returning_columns', []) -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}

    MERGE INTO {{ target }} AS DBT_INTERNAL_DEST
        USING {{ source }} AS DBT_INTERNAL_SOURCE
        {{ duckdb__merge_join_clause(unique_key, config.get('merge_on_using_columns', []), predicates) }}

    {%- for clause in clauses.get('when_matched', [defaults[update_key]]) %}
    WHEN MATCHED {{- dex__merge_condition(clause) }}
    THEN
        {{ dex__merge_matched_action(clause, dest_columns) }}
    {%- endfor %}

    {%- for clause in clauses.get('when_not_matched', [defaults.when_not_matched_insert_by_name]) %}
    WHEN NOT MATCHED {{- ' BY ' ~ clause.get('by') | upper if clause.get('by') }} {{- dex__merge_condition(clause) }}
    THEN
        {{ dex__merge_not_matched_action(clause) }}
    {%- endfor %}

    {%- if returning %}
    RETURNING {{ returning if returning is string else returning | join(', ') }}
    {%- endif %}
{% endmacro %}

{# USING (columns) takes the place of the keys; predicates are added to either. #}
{% macro duckdb__merge_join_clause(unique_key, merge_on_using_columns, incremental_predicates) -%}
    {%- set predicates = incremental_predicates or [] -%}
    {%- if merge_on_using_columns -%}
        USING ({{ merge_on_using_columns | join(', ') }})
        {%- if predicates %}
        ON ({{ predicates | join(') AND (') }})
        {%- endif -%}
    {%- else -%}
        {%- set conditions = [] -%}
        {%- set many = unique_key is sequence and unique_key is not mapping and unique_key is not string -%}
        {%- for key in (unique_key if many else [unique_key]) if key -%}
            {%- do conditions.append('DBT_INTERNAL_SOURCE.' ~ key ~ ' = DBT_INTERNAL_DEST.' ~ key) -%}
        {%- else -%}
            {%- do conditions.append('FALSE') -%}
        {%- endfor -%}
        ON ({{ (conditions + predicates) | join(') AND (') }})
    {%- endif -%}
{%- endmacro %}


{% macro dex__merge_condition(clause) -%}
    {%- set condition = clause.get('condition') -%}
    {%- if condition %} AND {{ condition if condition is string else '(' ~ condition | join(') AND (') ~ ')' }}{% endif -%}
{%- endmacro %}


{% macro dex__merge_matched_action(clause, dest_columns) -%}
    {%- set modes = {'by_name': 'UPDATE BY NAME', 'by_position': 'UPDATE BY POSITION', 'star': 'UPDATE SET *'} -%}
    {%- if clause.get('action') != 'update' -%}
        {{- dex__merge_plain_action(clause) -}}
    {%- elif clause.get('mode') != 'explicit' -%}
        {{- modes.get(clause.get('mode'), '') -}}
    {%- else -%}
        {#- What has an expression of its own is not also taken from the source. -#}
        {%- set update = clause.get('update', {}) -%}
        {%- set expressions = update.get('set_expressions', {}) -%}
        {%- set assignments = [] -%}
        {%- for name, expression in expressions.items() -%}
            {%- do assignments.append(name ~ ' = ' ~ expression) -%}
        {%- endfor -%}
        {%- for name in get_merge_update_columns(update.get('include', []), update.get('exclude', []), dest_columns)
            if name | replace('"', '') | replace("'", '') not in expressions -%}
            {%- do assignments.append(name ~ ' = DBT_INTERNAL_SOURCE.' ~ name) -%}
        {%- endfor -%}
        UPDATE SET {{ assignments | join(', ') }}
    {%- endif -%}
{%- endmacro %}


{% macro dex__merge_not_matched_action(clause) -%}
    {%- set modes = {'by_name': 'INSERT BY NAME', 'by_position': 'INSERT BY POSITION', 'star': 'INSERT *'} -%}
    {%- if clause.get('action') == 'update' -%}
        UPDATE SET {% for name, expression in clause.get('set_expressions', {}).items() -%}
            {{ name }} = {{ expression }} {{- ', ' if not loop.last }}
        {%- endfor -%}
    {%- elif clause.get('action') != 'insert' -%}
        {{- dex__merge_plain_action(clause) -}}
    {%- elif clause.get('mode') != 'explicit' -%}
        {{- modes.get(clause.get('mode'), '') -}}
    {%- else -%}
        {%- set insert = clause.get('insert', {}) -%}
        INSERT ({{ insert.get('columns', []) | join(', ') }})
            VALUES ({{ insert.get('values', []) | join(', ') }})
    {%- endif -%}
{%- endmacro %}


{% macro dex__merge_plain_action(clause) -%}
    {%- set message = clause.get('error_message') -%}
    {%- set words = {
        'delete': 'DELETE',
        'do_nothing': 'DO NOTHING',
        'error': 'ERROR' ~ (" '" ~ message | replace("'", "''") ~ "'" if message else '')
    } -%}
    {{- words.get(clause.get('action'), '') -}}
{%- endmacro %}
