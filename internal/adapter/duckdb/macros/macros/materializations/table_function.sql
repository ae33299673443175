{# A table macro: a view with parameters, which the database reads anew on each call, so
   that it follows its tables where a view would have to be made again. The parameters
   are a text or a list. #}
{% materialization table_function, adapter='duckdb' %}
    {%- set target_relation = api.Relation.create(
        database=database, schema=schema, identifier=model['alias'], type='view') %}
    {%- set parameters = config.get('parameters') or [] %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- call statement('main') %}
        create or replace function {{ target_relation.render() }}(
            {{ parameters if parameters is string or parameters is number else parameters | join(', ') }}
        ) as table (
            {{ sql }});
    {%- endcall %}

    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do adapter.commit() %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}
