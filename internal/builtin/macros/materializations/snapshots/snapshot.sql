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
