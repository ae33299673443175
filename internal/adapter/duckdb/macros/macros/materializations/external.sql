{# A file (parquet, csv, json), and a view that reads it. The rows are first put in a
   table, so that the file is written from finished data. #}
{% materialization external, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {%- set language = model['language'] %}
    {%- set location = render(config.get('location', default=external_location(this, config))) %}
    {%- set write_options = render_write_options(config) %}
    {%- set write_clause = adapter.external_write_options(location, write_options) %}

    {#- Read back in the format that was written. #}
    {%- set known_formats = ['csv', 'parquet', 'json'] %}
    {%- if config.get('format') and config.get('format') not in known_formats %}
        {%- do exceptions.raise_compiler_error(
            'Invalid format: ' ~ config.get('format') ~ '. Allowed formats are: ' ~ known_formats | join(', ')) %}
    {%- endif %}
    {%- set format = config.get('format') or write_options['format'] | lower %}
    {%- set format = format if format in known_formats else 'parquet' %}
    {%- set read_location = adapter.external_read_location(location, write_options) %}

    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type='view') %}
    {%- set rows_relation = make_intermediate_relation(this.incorporate(type='table'), suffix='__dbt_tmp') %}
    {%- set intermediate_relation = make_intermediate_relation(target_relation, suffix='__dbt_int') %}
    {%- set backup_relation = make_backup_relation(
        target_relation, existing_relation.type if existing_relation is not none else 'table') %}
    {%- do dex__drop_leftover(intermediate_relation) %}
    {%- do dex__drop_leftover(rows_relation) %}
    {%- do dex__drop_leftover(backup_relation) %}

    {%- do run_hooks(pre_hooks, inside_transaction=False) %}
    {%- do run_hooks(pre_hooks, inside_transaction=True) %}

    {%- call statement('create_table', language=language) %}
        {{- create_table_as(False, rows_relation, compiled_code, language) }}
    {%- endcall %}
    {#- A file without rows has no types to read back: it gets one row of nulls, which the
        view then leaves out. #}
    {%- set is_empty = run_query('select count(*) as row_count from ' ~ rows_relation)[0][0] == 0 %}
    {%- set columns = get_columns_in_relation(rows_relation) if is_empty else [] %}
    {%- if is_empty %}
        {%- call statement('main', language='sql') %}
        insert into {{ rows_relation }} values ({{ (['NULL'] * (columns | length)) | join(',') }})
        {%- endcall %}
    {%- endif %}
    {%- do write_to_file(rows_relation, location, write_clause) %}

    {%- call statement('main', language='sql') %}
        create or replace view {{ intermediate_relation }} as (
            select * from read_{{ format }}('{{ read_location }}' {{- dex__external_read_options(config, format, write_options) }})
            {%- if is_empty %}
            where 1 {%- for column in columns %} AND "{{ column.column }}" is not NULL {%- endfor %}
            {%- endif %}
        );
    {%- endcall %}
    {%- if existing_relation is not none %}
        {%- do adapter.rename_relation(existing_relation, backup_relation) %}
    {%- endif %}
    {%- do adapter.rename_relation(intermediate_relation, target_relation) %}

    {%- do run_hooks(post_hooks, inside_transaction=True) %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do adapter.commit() %}

    {%- do drop_relation_if_exists(backup_relation) %}
    {%- do drop_relation_if_exists(rows_relation) %}

    {#- glue_register is the older way to say plugin: glue. #}
    {%- set glue = config.get('glue_register', default=false) %}
    {%- set plugin = 'glue|' ~ config.get('glue_database', 'default') if glue else config.get('plugin') %}
    {%- if plugin is not none %}
        {%- do store_relation(plugin, target_relation, location, format, config) %}
    {%- endif %}
    {%- do run_hooks(post_hooks, inside_transaction=False) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}


{# ", key=value" for each option of parquet_read_options and its like. Compression is
   passed on, since DuckDB tells it only from an extension in lower case. #}
{% macro dex__external_read_options(config, format, write_options) -%}
    {%- set fallback = {'union_by_name': False} if format == 'parquet' else {'auto_detect': True} -%}
    {%- set options = config.get(format ~ '_read_options', fallback) -%}
    {%- if format != 'parquet' and write_options.get('compression') and 'compression' not in options -%}
        {%- set options = dict(options, compression=write_options['compression']) -%}
    {%- endif -%}
    {%- for key, value in options.items() -%}
        , {{ key }}= {{- "'" ~ value ~ "'" if value is string else value -}}
    {%- endfor -%}
{%- endmacro %}
