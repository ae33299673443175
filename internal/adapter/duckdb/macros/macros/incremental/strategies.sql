{# DuckDB's strategies: append, delete+insert (the default), merge, microbatch. #}

{% macro duckdb__get_incremental_default_sql(arg_dict) %}
    {%- do return(get_incremental_delete_insert_sql(arg_dict)) %}
{% endmacro %}

{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {%- set columns = get_quoted_csv(dest_columns | map(attribute='name')) -%}
    {%- set predicates = incremental_predicates or [] -%}
    {%- if unique_key is sequence and unique_key is not string and unique_key %}
    delete from {{ target }} as DBT_INCREMENTAL_TARGET
    using {{ source }}
    where (
        {%- for key in unique_key %}
        {{ 'and ' if not loop.first }}{{ source }}.{{ key }} = DBT_INCREMENTAL_TARGET.{{ key }}
        {%- endfor %}
        {%- for predicate in predicates %}
        and {{ predicate }}
        {%- endfor %}
    );
    {%- elif unique_key %}
    delete from {{ target }}
    where (
        {{ unique_key }}) in (
        select ({{ unique_key }})
        from {{ source }}
    )
    {%- for predicate in predicates %}
        and {{ predicate }}
    {%- endfor %};
    {%- endif %}

    insert into {{ target }} ({{ columns }})
    (
        select {{ columns }}
        from {{ source }}
    )
{%- endmacro %}


{# A batch replaces all rows of its span of event_time, which dbt has put in the model's
   batch, in UTC. No keys: a row that moved to another span is in both. #}
{% macro duckdb__get_incremental_microbatch_sql(arg_dict) -%}
    {%- set event_time = config.get('event_time') -%}
    {%- if not event_time -%}
        {%- do exceptions.raise_compiler_error("microbatch incremental strategy requires an 'event_time' model config") -%}
    {%- endif -%}
    {%- if config.get('unique_key') -%}
        {%- do exceptions.raise_compiler_error(
            "microbatch incremental strategy does not support 'unique_key': each batch deletes and inserts by "
            ~ "'event_time'. Remove 'unique_key' or use incremental_strategy='merge'.") -%}
    {%- endif -%}
    {%- set batch = model.get('batch') or {} -%}
    {%- set start, end = batch.get('event_time_start'), batch.get('event_time_end') -%}
    {%- if not (start and end) -%}
        {%- do exceptions.raise_compiler_error(
            "microbatch incremental strategy requires 'batch.event_time_start' and 'batch.event_time_end' to be set in the context") -%}
    {%- endif -%}

    {%- set target, source = arg_dict['target_relation'], arg_dict['temp_relation'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    {%- set in_batch = event_time ~ " >= '" ~ start ~ "' and " ~ event_time ~ " < '" ~ end ~ "'" -%}
    {%- set build_sql %}
        delete from {{ target }}
        where {{ in_batch }}
        {%- for predicate in normalize_incremental_predicates(arg_dict.get('incremental_predicates')) %}
        and ({{ predicate }})
        {%- endfor %};

        insert into {{ target }} ({{ columns }})
        select {{ columns }}
        from {{ source }}
        where {{ in_batch }};
    {%- endset -%}
    {%- do return(build_sql) -%}
{%- endmacro %}


{% macro normalize_incremental_predicates(incremental_predicates) -%}
    {%- do return(normalize_string_or_list(incremental_predicates, 'incremental_predicates')) -%}
{%- endmacro %}

{# A config that may be none, one text or a list of texts, as a list. #}
{% macro normalize_string_or_list(raw, field_name) -%}
    {%- if raw is none -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- if raw is mapping or not (raw is string or raw is sequence) -%}
        {%- do exceptions.raise_compiler_error(field_name ~ ' must be a list of strings or a string') -%}
    {%- endif -%}
    {%- set items = [raw] if raw is string else raw | list -%}
    {%- if items | reject('string') | list -%}
        {%- do exceptions.raise_compiler_error(field_name ~ ' list values must be non-empty strings') -%}
    {%- endif -%}
    {%- do return(items) -%}
{%- endmacro %}
