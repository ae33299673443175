{% macro get_create_table_as_sql(temporary, relation, sql) -%}
    {{- adapter.dispatch('get_create_table_as_sql', 'dbt')(temporary, relation, sql) -}}
{%- endmacro %}

{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- do return(create_table_as(temporary, relation, sql)) -%}
{%- endmacro %}


{# An adapter's create_table_as need not know of languages: it is told only of a
   language other than SQL. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql') -%}
    {%- set create = adapter.dispatch('create_table_as', 'dbt') -%}
    {%- if language == 'sql' -%}
        {{- create(temporary, relation, compiled_code) -}}
    {%- else -%}
        {{- create(temporary, relation, compiled_code, language) -}}
    {%- endif -%}
{%- endmacro %}

{% macro default__create_table_as(temporary, relation, sql) -%}
    {%- set checked = config.get('contract').enforced and not temporary -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create {{ 'temporary ' if temporary }}table {{ relation.include(database=not temporary, schema=not temporary) }}
    {% if checked -%}
        {{ get_assert_columns_equivalent(sql) }}
        {{ get_table_columns_and_constraints() }}
    {%- endif %}
    as (
        {{ get_select_subquery(sql) if checked else sql }}
    );
{%- endmacro %}


{# The model's columns in the order of its contract, whatever order its SQL has. #}
{% macro get_select_subquery(sql) %}
    {%- do return(adapter.dispatch('get_select_subquery', 'dbt')(sql)) %}
{% endmacro %}

{% macro default__get_select_subquery(sql) %}
    select {{ adapter.dispatch('get_column_names', 'dbt')() }}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}

{% macro default__get_column_names() -%}
    {%- for column in model['columns'].values() -%}
        {{- adapter.quote(column['name']) if column.get('quote') else column['name'] -}}
        {{- ', ' if not loop.last -}}
    {%- endfor -%}
{%- endmacro %}
