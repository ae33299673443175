{# As a table is: built beside, swapped in. The backup has the type of what it was, since
   a drop statement must name it. #}
{% materialization view, default %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type='view') %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'view') %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- call statement('main') %}
        {{- get_create_view_as_sql(intermediate_relation, sql) }}
    {%- endcall %}
    {%- set replaced = dex__swap_in(existing_relation, intermediate_relation, target_relation, backup_relation) %}

    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(replaced, full_refresh_mode=True)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}

    {%- do drop_relation_if_exists(backup_relation) %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}
