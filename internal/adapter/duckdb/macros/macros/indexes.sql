{% macro duckdb__get_create_index_sql(relation, index_dict) -%}
    {%- set index = adapter.parse_index(index_dict) -%}
    create {{ 'unique ' if index.unique }}index "{{ index.render(relation) }}"
    on {{ relation }}
    ({{ index.columns | join(', ') }});
{%- endmacro %}

{# A table with an index cannot be renamed. None of this begins a transaction: it also
   runs after the commit of a materialization, where one would only be rolled back. #}
{% macro drop_indexes_on_relation(relation) -%}
    {%- call statement('get_indexes_on_relation', fetch_result=True, auto_begin=False) %}
        select index_name
        from duckdb_indexes()
        where database_name = '{{ relation.database }}'
            and schema_name = '{{ relation.schema }}'
            and table_name = '{{ relation.identifier }}'
    {%- endcall -%}
    {%- for row in load_result('get_indexes_on_relation').table -%}
        {%- call statement('drop_index_' ~ loop.index, auto_begin=False) %}
            drop index "{{ relation.database }}"."{{ relation.schema }}"."{{ row[0] }}"
        {%- endcall -%}
    {%- endfor -%}
{%- endmacro %}
