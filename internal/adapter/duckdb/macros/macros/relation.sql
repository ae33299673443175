{# DuckLake has no "cascade". No transaction is begun for a drop. #}
{% macro duckdb__drop_relation(relation) -%}
    {%- call statement('drop_relation', auto_begin=False) -%}
        drop {{ relation.type }} if exists {{ relation }} {{- '' if adapter.is_ducklake(relation) else ' cascade' }}
    {%- endcall -%}
{%- endmacro %}

{% macro duckdb__rename_relation(from_relation, to_relation) -%}
    {%- call statement('rename_relation') -%}
        alter {{ to_relation.type }} {{ from_relation }} rename to {{ adapter.quote_as_configured(to_relation.identifier, 'identifier') }}
    {%- endcall -%}
{%- endmacro %}


{# A temporary table is known by its name alone, and lives as long as the connection,
   which other nodes use after this one: so the name is never the same twice. #}
{% macro duckdb__make_temp_relation(base_relation, suffix) %}
    {%- do return(base_relation.incorporate(path={
        'identifier': base_relation.identifier ~ suffix ~ py_current_timestring(),
        'schema': none,
        'database': none
    })) %}
{% endmacro %}

{# {relation, temporary}. MotherDuck keeps temporary tables in the client's memory, so
   there a table of a schema for such takes their place, and is dropped when done. #}
{% macro duckdb__dispatch_temporary_relation(target_relation, batch_id='') %}
    {%- if not adapter.is_motherduck() %}
        {%- do return({'relation': make_temp_relation(target_relation), 'temporary': true}) %}
    {%- endif %}

    {%- set relation = target_relation.incorporate(path=adapter.get_temp_relation_path(target_relation, batch_id)) %}
    {%- do run_query(create_schema(relation)) %}
    {%- if not adapter.disable_transactions() %}
        {%- do adapter.commit() %}
    {%- endif %}
    {%- do return({'relation': relation, 'temporary': false}) %}
{% endmacro %}
