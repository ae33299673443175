{# Files behind relations: where they are and how they are written. #}

{# Without a location: under the target's external_root, by the relation's name; a folder
   where the data is partitioned. #}
{%- macro external_location(relation, config) -%}
    {{- adapter.external_root() }}/{{ relation.identifier -}}
    {%- if config.get('options', {}).get('partition_by') is none -%}
        .{{ config.get('format', 'parquet') }}
    {%- endif -%}
{%- endmacro -%}


{% macro location_exists(location) -%}
    {%- do return(adapter.location_exists(location)) -%}
{%- endmacro %}


{% macro write_to_file(relation, location, options) -%}
    {%- call statement('write_to_file') -%}
        copy {{ relation }} to '{{ location }}' ({{ options }})
    {%- endcall -%}
{%- endmacro %}


{# Tells a plugin of the file: a catalog, a spreadsheet. #}
{% macro store_relation(plugin, relation, location, format, config) -%}
    {%- do adapter.store_relation(plugin, relation, adapter.get_columns_in_relation(relation), location, format, config) -%}
{%- endmacro %}


{# The options config, rendered, with format and delimiter, which may also stand beside
   it. #}
{% macro render_write_options(config) -%}
    {%- set options = config.get('options', {}) -%}
    {%- if options is not mapping -%}
        {%- do exceptions.raise_compiler_error('The options argument must be a dictionary') -%}
    {%- endif -%}
    {%- for key in options -%}
        {%- do options.update({key: render(options[key])}) -%}
    {%- endfor -%}
    {%- for key in ['format', 'delimiter'] if config.get(key) -%}
        {%- do options.update({key: render(config.get(key))}) -%}
    {%- endfor -%}
    {%- do return(options) -%}
{%- endmacro %}


{# For on-run-start with a database in memory: views on the files of those external
   models that this run reads and does not build. #}
{%- macro register_upstream_external_models() -%}
    {%- if not execute -%}
        {%- do return('') -%}
    {%- endif -%}
    {%- set seen, schemas = {}, {} -%}
    {%- for selected in selected_resources if selected in graph['nodes'] -%}
        {%- for id in graph['nodes'][selected]['depends_on']['nodes'] if id not in seen and id not in selected_resources -%}
            {%- do seen.update({id: none}) -%}
            {%- set node = graph['nodes'].get(id) -%}
            {%- if node and node.resource_type in ('model', 'seed') and node.config.materialized == 'external' -%}
                {%- do dex__register_external(node, schemas) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if schemas -%}
        {%- do adapter.commit() -%}
    {%- endif -%}
{%- endmacro -%}


{% macro dex__register_external(node, schemas) -%}
    {%- set relation = api.Relation.create(
        database=node['database'], schema=node['schema'], identifier=node['alias']) -%}
    {%- set location = node.config.get('location', external_location(relation, node.config)) -%}
    {%- set read_location = adapter.external_read_location(location, render_write_options(node.config)) -%}
    {%- if relation.schema not in schemas -%}
        {%- call statement('main', language='sql') -%}
            create schema if not exists {{ relation.without_identifier() }}
        {%- endcall -%}
        {%- do schemas.update({relation.schema: none}) -%}
    {%- endif -%}
    {%- call statement('main', language='sql') %}
        create or replace view {{ relation }} as (
            select * from '{{ read_location }}'
        );
    {%- endcall -%}
{%- endmacro %}
