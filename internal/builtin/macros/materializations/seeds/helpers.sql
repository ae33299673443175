{# The parts of a seed. They send, and return what they sent for target/run. #}

{% macro create_csv_table(model, agate_table) -%}
    {{- adapter.dispatch('create_csv_table', 'dbt')(model, agate_table) -}}
{%- endmacro %}

{% macro default__create_csv_table(model, agate_table) %}
    {%- set given_types = model['config'].get('column_types', {}) %}
    {%- set quoting = model['config'].get('quote_columns', none) %}
    {%- set create %}
    create table {{ this.render() }} (
        {%- for name in agate_table.column_names %}
            {%- set type = given_types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {{ adapter.quote_seed_column(name | string, quoting) }} {{ type }} {{- ', ' if not loop.last }}
        {%- endfor -%}
    )
    {%- endset %}
    {%- call statement('_') %}
        {{- create }}
    {%- endcall %}
    {%- do return(create) %}
{% endmacro %}


{% macro reset_csv_table(model, full_refresh, old_relation, agate_table) -%}
    {{- adapter.dispatch('reset_csv_table', 'dbt')(model, full_refresh, old_relation, agate_table) -}}
{%- endmacro %}

{% macro default__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- if full_refresh %}
        {%- do adapter.drop_relation(old_relation) %}
        {%- do return(create_csv_table(model, agate_table)) %}
    {%- endif %}
    {%- do adapter.truncate_relation(old_relation) %}
    {%- do return('truncate table ' ~ old_relation.render()) %}
{% endmacro %}


{% macro load_csv_rows(model, agate_table) -%}
    {{- adapter.dispatch('load_csv_rows', 'dbt')(model, agate_table) -}}
{%- endmacro %}

{% macro default__load_csv_rows(model, agate_table) %}
    {%- do return(dex__insert_csv_rows(model, agate_table)) %}
{% endmacro %}


{# Batches of bound rows. Of the statements the first alone is returned: the others
   differ from it only in length. #}
{% macro dex__insert_csv_rows(model, agate_table) %}
    {%- set columns = get_seed_column_quoted_csv(model, agate_table.column_names) %}
    {%- set placeholders = [get_binding_char() | trim] * (agate_table.column_names | length) %}
    {%- set row_sql = '(' ~ placeholders | join(',') ~ ')' %}
    {%- set sent = [] %}
    {%- for rows in agate_table.rows | batch(get_batch_size()) %}
        {%- set insert %}
            insert into {{ this.render() }} ({{ columns }}) values
            {{ ([row_sql] * (rows | length)) | join(',') }}
        {%- endset %}
        {%- set values = [] %}
        {%- for row in rows %}
            {%- do values.extend(row) %}
        {%- endfor %}
        {%- do adapter.add_query(insert, bindings=values, abridge_sql_log=True) %}
        {%- if loop.first %}
            {%- do sent.append(insert) %}
        {%- endif %}
    {%- endfor %}
    {%- do return(sent[0]) %}
{% endmacro %}


{% macro get_csv_sql(create_or_truncate_sql, insert_sql) %}
    {{- adapter.dispatch('get_csv_sql', 'dbt')(create_or_truncate_sql, insert_sql) -}}
{% endmacro %}

{% macro default__get_csv_sql(create_or_truncate_sql, insert_sql) %}
    {{ create_or_truncate_sql }};
    -- dbt seed --
    {{ insert_sql }}
{% endmacro %}


{# How the driver spells a bound value. #}
{% macro get_binding_char() -%}
    {{- adapter.dispatch('get_binding_char', 'dbt')() -}}
{%- endmacro %}

{% macro default__get_binding_char() %}
    {%- do return('%s') %}
{% endmacro %}


{% macro get_batch_size() -%}
    {%- do return(adapter.dispatch('get_batch_size', 'dbt')()) -%}
{%- endmacro %}

{% macro default__get_batch_size() %}
    {%- do return(10000) %}
{% endmacro %}


{% macro get_seed_column_quoted_csv(model, column_names) %}
    {%- set quoting = model['config'].get('quote_columns', none) %}
    {%- set quoted = [] %}
    {%- for name in column_names %}
        {%- do quoted.append(adapter.quote_seed_column(name, quoting)) %}
    {%- endfor %}
    {%- do return(quoted | join(', ')) %}
{% endmacro %}
