{# Built beside what stands under the name, then swapped in by two renames, so that
   readers see the old table or the new one and never none. #}
{% materialization table, default %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type='table') %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'table') %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- call statement('main') %}
        {{- get_create_table_as_sql(False, intermediate_relation, sql) }}
    {%- endcall %}
    {%- do create_indexes(intermediate_relation) %}
    {%- set replaced = dex__swap_in(existing_relation, intermediate_relation, target_relation, backup_relation) %}

    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(replaced, full_refresh_mode=True)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do adapter.commit() %}

    {%- do drop_relation_if_exists(backup_relation) %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{# Moves what stands under the target's name to the backup's and the intermediate to the
   target's. Returns what was moved away: none where a hook or the node's own statement
   dropped it in the meantime. #}
{% macro dex__swap_in(existing_relation, intermediate_relation, target_relation, backup_relation) %}
    {%- set standing = none if existing_relation is none else load_cached_relation(existing_relation) %}
    {%- if standing is not none %}
        {%- do adapter.rename_relation(standing, backup_relation) %}
    {%- endif %}
    {%- do adapter.rename_relation(intermediate_relation, target_relation) %}
    {%- do return(standing) %}
{% endmacro %}
