{# A strategy says what identifies a row and what makes it a changed one. It is a macro
   snapshot_<name>_strategy that returns a dict of SQL expressions: unique_key,
   updated_at, row_changed, scd_id, and hard_deletes. #}

{# The macro of a strategy, in a package where the name has a dot. #}
{% macro strategy_dispatch(name) -%}
    {%- set package, strategy = name.split('.', 1) if '.' in name else (none, name) -%}
    {%- if package is not none and package not in context -%}
        {%- do exceptions.raise_compiler_error("Could not find package '" ~ package ~ "', called with '" ~ name ~ "'") -%}
    {%- endif -%}

    {%- set scope = context if package is none else context[package] -%}
    {%- set macro_name = 'snapshot_' ~ strategy ~ '_strategy' -%}
    {%- if macro_name not in scope -%}
        {%- do exceptions.raise_compiler_error(
            "The specified strategy macro '" ~ strategy ~ "' was not found in package '" ~ package ~ "'") -%}
    {%- endif -%}
    {%- do return(scope[macro_name]) -%}
{%- endmacro %}


{# Changed is what has a time later than the snapshot's. That time is compared with the
   snapshot's own column, which is there also where the rows were taken by check. #}
{% macro snapshot_timestamp_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
    {%- set updated_at = config.get('updated_at') %}
    {%- set since = snapshotted_rel ~ '.' ~ dex__snapshot_columns().dbt_valid_from %}
    {%- do return(dex__snapshot_strategy(updated_at, '(' ~ since ~ ' < ' ~ current_rel ~ '.' ~ updated_at ~ ')')) %}
{% endmacro %}


{# Changed is what differs in one of check_cols, nulls being equal; or all rows, when a
   column was added. #}
{% macro snapshot_check_strategy(node, snapshotted_rel, current_rel, model_config, target_exists) %}
    {%- set updated_at = config.get('updated_at') or snapshot_get_time() %}
    {%- set column_added, columns = snapshot_check_all_get_existing_columns(node, target_exists, config.get('check_cols')) %}
    {%- set row_changed -%}
    (
    {%- if column_added -%}
        {{ get_true_sql() }}
    {%- else -%}
        {%- for column in columns -%}
            {%- set old, new = snapshotted_rel ~ '.' ~ column, current_rel ~ '.' ~ column -%}
            {{ old }} != {{ new }}
            or
            (
                (({{ old }} is null) and not ({{ new }} is null))
                or
                ((not {{ old }} is null) and ({{ new }} is null))
            )
            {{- ' or ' if not loop.last -}}
        {%- endfor -%}
    {%- endif -%}
    )
    {%- endset %}
    {%- do return(dex__snapshot_strategy(updated_at, row_changed)) %}
{% endmacro %}


{% macro dex__snapshot_strategy(updated_at, row_changed) %}
    {%- set unique_key = config.get('unique_key') %}
    {%- set hard_deletes = adapter.get_hard_deletes_behavior(config) %}
    {%- do return({
        'unique_key': unique_key,
        'updated_at': updated_at,
        'row_changed': row_changed,
        'scd_id': snapshot_hash_arguments(api.Relation.scd_args(unique_key, updated_at)),
        'invalidate_hard_deletes': hard_deletes == 'invalidate',
        'hard_deletes': hard_deletes
    }) %}
{% endmacro %}


{# Which of check_cols the snapshot has, quoted, and whether it lacks any of them:
   (lacks, columns). A list is asked of the database too, for the case of its names. #}
{% macro snapshot_check_all_get_existing_columns(node, target_exists, check_cols_config) -%}
    {%- if not target_exists -%}
        {%- do return((false, [])) -%}
    {%- endif -%}

    {%- if check_cols_config == 'all' -%}
        {%- set wanted = get_columns_in_query(node['compiled_code']) -%}
    {%- elif check_cols_config is iterable and check_cols_config -%}
        {#- The line breaks keep a comment at the end of the SQL from eating the bracket. -#}
        {%- set picked %}
            select {{ check_cols_config | join(', ') }} from (
                {{ node['compiled_code'] }}
            ) subq
        {%- endset -%}
        {%- set wanted = get_columns_in_query(picked) -%}
    {%- else -%}
        {%- do exceptions.raise_compiler_error("Invalid value for 'check_cols': " ~ check_cols_config) -%}
    {%- endif -%}

    {%- set target = adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
    {%- set present = adapter.get_columns_in_relation(target) | map(attribute='name') | list -%}
    {%- set common = [] -%}
    {%- for name in wanted if name in present -%}
        {%- do common.append(adapter.quote(name)) -%}
    {%- endfor -%}
    {%- do return((common | length < wanted | length, common)) -%}
{%- endmacro %}


{# The hash that names one version of a row. #}
{% macro snapshot_hash_arguments(args) -%}
    {{- adapter.dispatch('snapshot_hash_arguments', 'dbt')(args) -}}
{%- endmacro %}

{% macro default__snapshot_hash_arguments(args) -%}
    md5({%- for arg in args -%}
        coalesce(cast({{ arg }} as varchar ), '')
        {% if not loop.last %} || '|' || {% endif %}
    {%- endfor -%})
{%- endmacro %}


{% macro snapshot_string_as_time(timestamp) -%}
    {{- adapter.dispatch('snapshot_string_as_time', 'dbt')(timestamp) -}}
{%- endmacro %}

{% macro default__snapshot_string_as_time(timestamp) %}
    {%- do exceptions.raise_not_implemented('snapshot_string_as_time macro not implemented for adapter ' ~ adapter.type()) %}
{% endmacro %}
