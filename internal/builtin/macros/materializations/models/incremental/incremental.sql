{# The first run, and a full refresh, build the whole table. Other runs put the model's
   rows in a temporary table and have a strategy bring them into the target. #}
{% materialization incremental, default %}
    {%- set target_relation = this.incorporate(type='table') %}
    {%- set existing_relation = load_cached_relation(this) or dex__restored(target_relation) %}
    {%- set temp_relation = make_temp_relation(target_relation) %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'table') %}

    {#- A view cannot be added to: it is replaced, as in a full refresh. #}
    {%- set is_first = existing_relation is none %}
    {%- set full_refresh_mode = should_full_refresh() or (not is_first and existing_relation.is_view) %}
    {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {#- Asked for on every run, so that a strategy that does not exist fails the first. #}
    {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') %}
    {%- if is_first or full_refresh_mode %}
        {%- set built_relation = target_relation if is_first else intermediate_relation %}
        {%- set build_sql = get_create_table_as_sql(False, built_relation, sql) %}
    {%- else %}
        {%- do run_query(get_create_table_as_sql(True, temp_relation, sql)) %}
        {%- if not config.get('contract').enforced %}
            {%- do adapter.expand_target_column_types(from_relation=temp_relation, to_relation=target_relation) %}
        {%- endif %}
        {#- The columns to insert: those of the rows that come in, once the target was fitted
            to them, or the target's own where on_schema_change is ignore. #}
        {%- set dest_columns = process_schema_changes(on_schema_change, temp_relation, existing_relation)
                            or adapter.get_columns_in_relation(existing_relation) %}
        {%- set build_sql = strategy({
            'target_relation': target_relation,
            'temp_relation': temp_relation,
            'unique_key': config.get('unique_key'),
            'dest_columns': dest_columns,
            'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
        }) %}
    {%- endif %}

    {%- call statement('main') %}
        {{ build_sql }}
    {%- endcall %}

    {%- if is_first or full_refresh_mode %}
        {%- do create_indexes(built_relation) %}
    {%- endif %}
    {%- if full_refresh_mode and not is_first %}
        {%- do adapter.rename_relation(target_relation, backup_relation) %}
        {%- do adapter.rename_relation(intermediate_relation, target_relation) %}
    {%- endif %}

    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}

    {%- if full_refresh_mode and not is_first %}
        {%- do adapter.drop_relation(backup_relation) %}
    {%- endif %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{# A full refresh that was cut off between its two renames, outside of a transaction as
   dbt has it behind hooks with `transaction: false`, has left the table under the name of
   its backup, and nothing under its own. Its rows may be nowhere else: it is moved back. #}
{% macro dex__restored(target_relation) %}
    {%- set left = load_cached_relation(make_backup_relation(target_relation, 'table')) %}
    {%- if left is not none %}
        {%- do exceptions.warn(
            target_relation.render() ~ " is not there, and " ~ left.render() ~ " is: an earlier run was cut off while it "
            ~ "replaced the one by the other. The backup is used. If it is not wanted, drop both and run again.") %}
        {%- do adapter.rename_relation(left, target_relation) %}
        {%- do return(load_cached_relation(target_relation)) %}
    {%- endif %}
    {%- do return(none) %}
{% endmacro %}
