{# A CSV file as a table. A table that stands is emptied and filled again, so that what
   depends on it stays; a full refresh makes it anew, with the types of now. #}
{% materialization seed, default %}
    {%- set full_refresh_mode = should_full_refresh() %}
    {%- set old_relation = adapter.get_relation(database=database, schema=schema, identifier=model['alias']) %}
    {%- set has_table = old_relation is not none and old_relation.is_table %}
    {%- set agate_table = load_agate_table() %}
    {%- do store_result('agate_table', response='OK', agate_table=agate_table) %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- if has_table %}
        {%- set table_sql = reset_csv_table(model, full_refresh_mode, old_relation, agate_table) %}
    {%- elif old_relation is not none and old_relation.is_view %}
        {%- do exceptions.raise_compiler_error("Cannot seed to '" ~ old_relation.render() ~ "', it is a view") %}
    {%- else %}
        {%- set table_sql = create_csv_table(model, agate_table) %}
    {%- endif %}
    {%- set row_count = agate_table.rows | length %}
    {%- set rows_sql = load_csv_rows(model, agate_table) if row_count else '' %}

    {#- Sent by now: what is left is to report it. #}
    {%- set verb = 'CREATE' if full_refresh_mode else 'INSERT' %}
    {%- call noop_statement('main', verb ~ ' ' ~ row_count, verb, row_count) %}
        {{- get_csv_sql(table_sql, rows_sql) }};
    {%- endcall %}

    {%- set target_relation = this.incorporate(type='table') %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(old_relation, full_refresh_mode)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- if full_refresh_mode or not has_table %}
        {%- do create_indexes(target_relation) %}
    {%- endif %}

    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do adapter.commit() %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}
