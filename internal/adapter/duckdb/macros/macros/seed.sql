{% macro duckdb__get_binding_char() %}
    {%- do return(adapter.get_binding_char()) %}
{% endmacro %}

{% macro duckdb__get_batch_size() %}
    {%- do return(10000) %}
{% endmacro %}

{# Drops within the transaction that makes the table anew: a seed that fails leaves the one
   that stood. #}
{% macro duckdb__reset_csv_table(model, full_refresh, old_relation, agate_table) %}
    {%- if not full_refresh %}
        {%- do return(default__reset_csv_table(model, full_refresh, old_relation, agate_table)) %}
    {%- endif %}
    {%- call statement('drop_relation', auto_begin=True) %}
        {{- get_drop_sql(old_relation) }}
    {%- endcall %}
    {%- do return(create_csv_table(model, agate_table)) %}
{% endmacro %}


{# DuckDB reads the file itself, which is much faster. With fast: false the rows are sent,
   as they were parsed here. #}
{% macro duckdb__load_csv_rows(model, agate_table) %}
    {%- if not config.get('fast', true) %}
        {%- do return(dex__insert_csv_rows(model, adapter.convert_datetimes_to_strs(agate_table))) %}
    {%- endif %}

    {%- set copy %}
          COPY {{ this.render() }} FROM '{{ adapter.get_seed_file_path(model) }}' (FORMAT CSV, HEADER TRUE, DELIMITER '{{ config.get('delimiter', ',') }}')
    {%- endset %}
    {%- do adapter.add_query(copy, abridge_sql_log=True) %}
    {%- do return(copy) %}
{% endmacro %}
