{# As the default incremental, but for the temporary relation, which on MotherDuck is a
   real table, for indexes and foreign keys in the way of a rename, and for layout. #}
{% materialization incremental, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set language = model['language'] %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type='table') %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'table') %}

    {%- set is_first = existing_relation is none %}
    {%- set full_refresh_mode = should_full_refresh() or (not is_first and existing_relation.is_view) %}
    {%- set builds_all = is_first or full_refresh_mode %}
    {%- set on_schema_change = incremental_validate_on_schema_change(config.get('on_schema_change'), default='ignore') %}
    {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) if builds_all else none %}
    {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) if builds_all else none %}
    {#- DuckLake sets a layout in a transaction of its own. #}
    {%- set no_begin = (partitioned_by or sorted_by) and adapter.is_ducklake(target_relation) %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}
    {%- set temp = duckdb__dispatch_temporary_relation(target_relation, adapter.batch_id_for_model(model)) %}
    {%- set to_drop = [] if temp.temporary else [temp.relation] %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- set in_place = is_first or (full_refresh_mode and has_foreign_key_constraints(existing_relation)) %}
    {%- set dropped_dependents = [] %}
    {%- if builds_all %}
        {%- if in_place and not is_first %}
            {%- set dropped_dependents = drop_relation_for_rebuild(existing_relation) %}
        {%- endif %}
        {%- set build_sql = create_table_as(
            False, target_relation if in_place else intermediate_relation, compiled_code, language,
            partitioned_by=partitioned_by, sorted_by=sorted_by) %}
    {%- else %}
        {%- do dex__build_temp_table(temp, language) %}
        {%- do adapter.expand_target_column_types(from_relation=temp.relation, to_relation=target_relation) %}
        {%- set dest_columns = process_schema_changes(on_schema_change, temp.relation, existing_relation)
                            or adapter.get_columns_in_relation(existing_relation) %}
        {%- set strategy = adapter.get_incremental_strategy_macro(context, config.get('incremental_strategy') or 'default') %}
        {%- set build_sql = strategy({
            'target_relation': target_relation,
            'temp_relation': temp.relation,
            'unique_key': config.get('unique_key'),
            'dest_columns': dest_columns,
            'incremental_predicates': config.get('predicates', none) or config.get('incremental_predicates', none)
        }) %}
        {%- set language = 'sql' %}
    {%- endif %}

    {%- call statement('main', language=language, auto_begin=not no_begin) %}
        {{- build_sql }}
    {%- endcall %}

    {%- if builds_all and not in_place %}
        {%- set dropped_dependents = dex__free_for_rename(target_relation) %}
        {%- do adapter.rename_relation(target_relation, backup_relation) %}
        {%- do adapter.rename_relation(intermediate_relation, target_relation) %}
        {%- do to_drop.append(backup_relation) %}
    {%- endif %}
    {%- do restore_foreign_key_dependents(dropped_dependents) %}

    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode)) %}
    {%- if builds_all %}
        {%- do create_indexes(target_relation) %}
    {%- endif %}
    {%- do persist_docs(target_relation, model) %}
    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}

    {%- for relation in to_drop %}
        {#- On MotherDuck a dropped table takes its indexes along. #}
        {%- if not adapter.is_motherduck() %}
            {%- do drop_indexes_on_relation(relation) %}
        {%- endif %}
        {%- do adapter.drop_relation(relation) %}
    {%- endfor %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{% macro dex__build_temp_table(temp, language) %}
    {%- set build = create_table_as(
        temp.temporary, temp.relation, compiled_code, language, partitioned_by=none, sorted_by=none) %}
    {%- if language == 'python' %}
        {%- call statement('pre', language=language) %}
            {{- build }}
        {%- endcall %}
    {%- else %}
        {%- do run_query(build) %}
    {%- endif %}
{% endmacro %}
