{# A table that remembers. The first run takes all rows; later ones put into a staging
   table which rows are new, changed and gone, and merge that. #}
{% materialization snapshot, default %}
    {%- set target_exists, target_relation = get_or_create_relation(
        database=model.database,
        schema=model.schema,
        identifier=model.get('alias', model.get('name')),
        type='table') %}
    {%- if not target_relation.is_table %}
        {%- do exceptions.relation_wrong_type(target_relation, 'table') %}
    {%- endif %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {#- The fourth argument has no use left; strategies of projects still take it. #}
    {%- set strategy = strategy_dispatch(config.get('strategy'))(
        model, 'snapshotted_data', 'source_data', model['config'], target_exists) %}
    {%- if target_exists %}
        {%- do adapter.assert_valid_snapshot_target_given_strategy(
            target_relation, dex__snapshot_columns(), strategy) %}
        {%- set rows_sql = snapshot_staging_table(strategy, sql, target_relation) %}
        {%- set staging_relation = build_snapshot_staging_table(strategy, sql, target_relation) %}
        {%- set main_sql = snapshot_merge_sql(
            target=target_relation,
            source=staging_relation,
            insert_cols=dex__fit_snapshot_columns(strategy, staging_relation, target_relation)) %}
    {%- else %}
        {%- set rows_sql = build_snapshot_table(strategy, model['compiled_code']) %}
        {%- set main_sql = create_table_as(False, target_relation, rows_sql) %}
    {%- endif %}

    {%- do check_time_data_types(rows_sql) %}
    {%- call statement('main') %}
        {{ main_sql }}
    {%- endcall %}

    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(target_exists, full_refresh_mode=False)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- if not target_exists %}
        {%- do create_indexes(target_relation) %}
    {%- endif %}
    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}

    {%- if target_exists %}
        {%- do post_snapshot(staging_relation) %}
    {%- endif %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{# Gives the target the columns it lacks, and returns those to insert, quoted. The staging
   table's own columns are not among them. #}
{% macro dex__fit_snapshot_columns(strategy, staging_relation, target_relation) %}
    {%- set own = ['dbt_change_type', 'dbt_unique_key'] %}
    {%- if strategy.unique_key | is_list %}
        {%- for key in strategy.unique_key %}
            {%- do own.append('dbt_unique_key_' ~ loop.index) %}
        {%- endfor %}
    {%- endif %}
    {%- set own = own + own | map('upper') | list %}

    {%- do adapter.expand_target_column_types(from_relation=staging_relation, to_relation=target_relation) %}
    {%- do create_columns(
        target_relation,
        adapter.get_missing_columns(staging_relation, target_relation) | rejectattr('name', 'in', own) | list) %}

    {%- set quoted = [] %}
    {%- for column in adapter.get_columns_in_relation(staging_relation) if column.name not in own %}
        {%- do quoted.append(adapter.quote(column.name)) %}
    {%- endfor %}
    {%- do return(quoted) %}
{% endmacro %}

{% macro create_columns(relation, columns) %}
    {{- adapter.dispatch('create_columns', 'dbt')(relation, columns) -}}
{% endmacro %}

{% macro default__create_columns(relation, columns) %}
    {%- for column in columns %}
        {%- call statement() %}
            alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }};
        {%- endcall %}
    {%- endfor %}
{% endmacro %}


{# For adapters whose staging relation does not go away by itself. #}
{% macro post_snapshot(staging_relation) %}
    {{- adapter.dispatch('post_snapshot', 'dbt')(staging_relation) -}}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}


{# A warning where the time of a change and the time of the snapshot are of two types:
   comparing them shifts by the time zone on some databases. #}
{% macro check_time_data_types(sql) %}
    {%- set of_rows = get_updated_at_column_data_type(sql) %}
    {%- set of_clock = get_snapshot_get_time_data_type() %}
    {%- if of_rows is not none and of_clock is not none and of_rows != of_clock
        and exceptions.warn_snapshot_timestamp_data_types %}
        {%- do exceptions.warn_snapshot_timestamp_data_types(of_clock, of_rows) %}
    {%- endif %}
{% endmacro %}

{% macro get_updated_at_column_data_type(snapshot_sql) %}
    {%- set found = get_column_schema_from_query(snapshot_sql)
        | selectattr('column', 'in', ['dbt_updated_at', 'DBT_UPDATED_AT']) | list | last %}
    {%- do return((found.dtype if found) or none) %}
{% endmacro %}
