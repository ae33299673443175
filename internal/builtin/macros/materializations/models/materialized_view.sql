{# Created once; later runs refresh it, alter it where its config has changed, or
   replace it on a full refresh. #}
{% materialization materialized_view, default %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type=this.MaterializedView) %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) %}
    {%- set backup_relation = make_backup_relation(
        target_relation,
        existing_relation.type if existing_relation is not none else target_relation.MaterializedView) %}

    {%- do materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}

    {%- set build_sql = materialized_view_get_build_sql(
        existing_relation, target_relation, backup_relation, intermediate_relation) %}
    {%- if build_sql == '' %}
        {%- do materialized_view_execute_no_op(target_relation) %}
    {%- else %}
        {%- do materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
    {%- endif %}

    {%- do materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{% macro materialized_view_setup(backup_relation, intermediate_relation, pre_hooks) %}
    {%- do dex__drop_leftover(backup_relation) %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
{% endmacro %}


{% macro materialized_view_teardown(backup_relation, intermediate_relation, post_hooks) %}
    {%- do drop_relation_if_exists(backup_relation) %}
    {%- do drop_relation_if_exists(intermediate_relation) %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
{% endmacro %}


{# What this run has to send, or '' for nothing. #}
{% macro materialized_view_get_build_sql(existing_relation, target_relation, backup_relation, intermediate_relation) %}
    {%- if existing_relation is none %}
        {%- do return(get_create_materialized_view_as_sql(target_relation, sql)) %}
    {%- endif %}
    {%- if should_full_refresh() or not existing_relation.is_materialized_view %}
        {%- do return(get_replace_sql(existing_relation, target_relation, sql)) %}
    {%- endif %}

    {%- set changes = get_materialized_view_configuration_changes(existing_relation, config) %}
    {%- if changes is none %}
        {%- do return(refresh_materialized_view(target_relation)) %}
    {%- endif %}

    {%- set policy = config.get('on_configuration_change') %}
    {%- set notice = 'Configuration changes were identified and `on_configuration_change` was set to `'
                   ~ policy ~ '` for `' ~ target_relation.render() ~ '`' %}
    {%- if policy == 'apply' %}
        {%- do return(get_alter_materialized_view_as_sql(
            target_relation, changes, sql, existing_relation, backup_relation, intermediate_relation)) %}
    {%- elif policy == 'continue' %}
        {%- do exceptions.warn(notice) %}
        {%- do return('') %}
    {%- elif policy == 'fail' %}
        {%- do exceptions.raise_fail_fast_error(notice) %}
    {%- endif %}
    {%- do exceptions.raise_compiler_error(
        '`on_configuration_change` must be apply, continue or fail, not: ' ~ policy) %}
{% endmacro %}


{# No transaction, hence no hooks inside one. #}
{% macro materialized_view_execute_no_op(target_relation) %}
    {%- do store_raw_result(name='main', message='skip ' ~ target_relation, code='skip', rows_affected='-1') %}
{% endmacro %}


{# pre_hooks are the node's own, from the context. #}
{% macro materialized_view_execute_build_sql(build_sql, existing_relation, target_relation, post_hooks) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}
    {%- call statement(name='main') %}
        {{ build_sql }}
    {%- endcall %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}
{% endmacro %}
