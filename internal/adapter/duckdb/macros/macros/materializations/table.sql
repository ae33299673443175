{# As the default table, but for indexes and foreign keys, which stand in the way of a
   rename, and for what DuckLake needs said again after one. #}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set language = model['language'] %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type='table') %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'table') %}

    {#- DuckLake before DuckDB 1.5.3 loses the layout in a rename, and may refuse comments
        in the transaction. #}
    {%- set after_commit_only = adapter.use_ducklake_table_workarounds(target_relation) %}
    {%- set in_place = has_foreign_key_constraints(existing_relation) %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- set partitioned_by = duckdb__get_partitioned_by(target_relation, false) %}
    {%- set sorted_by = duckdb__get_sorted_by(target_relation, false) %}
    {%- set dropped_dependents = [] %}
    {%- if in_place and existing_relation is not none %}
        {%- set dropped_dependents = drop_relation_for_rebuild(existing_relation) %}
    {%- endif %}
    {%- call statement('main', language=language) %}
        {{- create_table_as(
            False, target_relation if in_place else intermediate_relation, compiled_code, language,
            partitioned_by=partitioned_by, sorted_by=sorted_by) }}
    {%- endcall %}
    {%- if not in_place %}
        {%- if existing_relation is not none %}
            {%- set dropped_dependents = dex__free_for_rename(existing_relation) %}
            {%- do adapter.rename_relation(existing_relation, backup_relation) %}
        {%- endif %}
        {%- do adapter.rename_relation(intermediate_relation, target_relation) %}
    {%- endif %}
    {%- do restore_foreign_key_dependents(dropped_dependents) %}
    {%- do create_indexes(target_relation) %}

    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
    {%- if not after_commit_only %}
        {%- do persist_docs(target_relation, model) %}
    {%- endif %}
    {%- do adapter.commit() %}

    {%- if after_commit_only %}
        {%- if partitioned_by %}
            {%- call statement('reassert_partitioned_by', auto_begin=False) %}
                {{- duckdb__alter_table_set_partitioned_by(target_relation, partitioned_by) }}
            {%- endcall %}
        {%- endif %}
        {%- if sorted_by %}
            {%- call statement('reassert_sorted_by', auto_begin=False) %}
                {{- duckdb__alter_table_set_sorted_by(target_relation, sorted_by) }}
            {%- endcall %}
        {%- endif %}
        {%- do persist_docs(target_relation, model) %}
    {%- endif %}
    {%- do drop_relation_if_exists(backup_relation) %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{# Takes away what keeps a relation from being renamed. Returns the dependents dropped. #}
{% macro dex__free_for_rename(relation) %}
    {%- do drop_indexes_on_relation(relation) %}
    {%- if relation.is_table and may_be_foreign_key_target(relation) %}
        {%- do return(drop_foreign_key_dependents(relation)) %}
    {%- endif %}
    {%- do return([]) %}
{% endmacro %}
