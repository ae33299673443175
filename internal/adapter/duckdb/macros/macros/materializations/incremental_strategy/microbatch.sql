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
