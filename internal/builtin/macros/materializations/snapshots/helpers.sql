{# The parts of a snapshot: its columns, its keys, and the rows: all of them on the first
   run, afterwards those that changed, each marked with what to do. #}

{% macro create_columns(relation, columns) %}
    {{- adapter.dispatch('create_columns', 'dbt')(relation, columns) -}}
{% endmacro %}

{% macro default__create_columns(relation, columns) %}
    {%- for column in columns %}
        {%- call statement() %}
            alter table {{ relation.render() }} add column {{ adapter.quote(column.name) }} {{ column.expanded_data_type }};
        {%- endcall %}
    {%- endfor %}
{% endmacro %}


{# For adapters whose staging relation does not go away by itself. #}
{% macro post_snapshot(staging_relation) %}
    {{- adapter.dispatch('post_snapshot', 'dbt')(staging_relation) -}}
{% endmacro %}

{% macro default__post_snapshot(staging_relation) %}
{% endmacro %}


{# A warning where the time of a change and the time of the snapshot are of two types:
   comparing them shifts by the time zone on some databases. #}
{% macro check_time_data_types(sql) %}
    {%- set of_rows = get_updated_at_column_data_type(sql) %}
    {%- set of_clock = get_snapshot_get_time_data_type() %}
    {%- if of_rows is not none and of_clock is not none and of_rows != of_clock
        and exceptions.warn_snapshot_timestamp_data_types %}
        {%- do exceptions.warn_snapshot_timestamp_data_types(of_clock, of_rows) %}
    {%- endif %}
{% endmacro %}


{% macro get_updated_at_column_data_type(snapshot_sql) %}
    {%- set found = get_column_schema_from_query(snapshot_sql)
        | selectattr('column', 'in', ['dbt_updated_at', 'DBT_UPDATED_AT']) | list | last %}
    {%- do return((found.dtype if found) or none) %}
{% endmacro %}


{% macro get_snapshot_table_column_names() %}
    {%- do return({
        'dbt_valid_from': 'dbt_valid_from',
        'dbt_valid_to': 'dbt_valid_to',
        'dbt_scd_id': 'dbt_scd_id',
        'dbt_updated_at': 'dbt_updated_at',
        'dbt_is_deleted': 'dbt_is_deleted'
    }) %}
{% endmacro %}


{# With the names that the config gives instead. #}
{% macro dex__snapshot_columns() %}
    {%- do return(config.get('snapshot_table_column_names') or get_snapshot_table_column_names()) %}
{% endmacro %}


{# When a row that is valid now ends: null, or dbt_valid_to_current. The nullif is null
   and gives the column its type. #}
{% macro get_dbt_valid_to_current(strategy, columns) %}
    {%- set open_end = config.get('dbt_valid_to_current') or 'null' %}
    coalesce(nullif({{ strategy.updated_at }}, {{ strategy.updated_at }}), {{ open_end }})
    as {{ columns.dbt_valid_to }}
{% endmacro %}


{# A unique key of one column is called dbt_unique_key, one of several is numbered. #}
{% macro unique_key_fields(unique_key) %}
    {%- if unique_key | is_list %}
        {%- for key in unique_key %}
            {{ key }} as dbt_unique_key_{{ loop.index }} {{- ' ,' if not loop.last }}
        {%- endfor %}
    {%- else %}
        {{ unique_key }} as dbt_unique_key
    {%- endif %}
{% endmacro %}


{% macro unique_key_join_on(unique_key, identifier, from_identifier) %}
    {%- if unique_key | is_list %}
        {%- for key in unique_key %}
            {%- set name = '.dbt_unique_key_' ~ loop.index %}
            {{ equals(identifier ~ name, from_identifier ~ name) }} {{- ' and' if not loop.last }}
        {%- endfor %}
    {%- else %}
        {{ identifier }}.dbt_unique_key = {{ from_identifier }}.dbt_unique_key
    {%- endif %}
{% endmacro %}


{# After an outer join: did it find no partner? The first column of a key tells. #}
{% macro unique_key_is_null(unique_key, identifier) %}
    {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is null
{% endmacro %}


{% macro unique_key_is_not_null(unique_key, identifier) %}
    {{ identifier }}.dbt_unique_key{{ '_1' if unique_key | is_list }} is not null
{% endmacro %}


{% macro build_snapshot_table(strategy, sql) -%}
    {{- adapter.dispatch('build_snapshot_table', 'dbt')(strategy, sql) -}}
{%- endmacro %}

{% macro default__build_snapshot_table(strategy, sql) %}
    {%- set columns = dex__snapshot_columns() %}
    select *,
        {{ strategy.scd_id }} as {{ columns.dbt_scd_id }},
        {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
        {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
        {{ get_dbt_valid_to_current(strategy, columns) }}
        {%- if strategy.hard_deletes == 'new_record' %}, 'False' as {{ columns.dbt_is_deleted }} {% endif %}
    from (
        {{ sql }}
    ) sbq
{% endmacro %}


{% macro build_snapshot_staging_table(strategy, sql, target_relation) %}
    {%- set staging_relation = make_temp_relation(target_relation) %}
    {%- set rows_sql = snapshot_staging_table(strategy, sql, target_relation) %}
    {%- call statement('build_snapshot_staging_relation') %}
        {{ create_table_as(True, staging_relation, rows_sql) }}
    {%- endcall %}
    {%- do return(staging_relation) %}
{% endmacro %}


{% macro snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {{- adapter.dispatch('snapshot_staging_table', 'dbt')(strategy, source_sql, target_relation) -}}
{%- endmacro %}

{# insert: a new row, or the new version of a changed one. update: the end of the version
   that it replaces. delete: the end of a row that is gone (hard_deletes invalidate and
   new_record). With new_record a gone row also gets a version of its own, marked deleted. #}
{% macro default__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {%- set columns = dex__snapshot_columns() -%}
    {%- set key = strategy.unique_key -%}
    {%- set keeps_deleted = strategy.hard_deletes == 'new_record' -%}
    {%- set sees_deleted = keeps_deleted or strategy.hard_deletes == 'invalidate' -%}
    {%- set changed -%}
        {{ strategy.row_changed }}
        {%- if keeps_deleted %} or snapshotted_data.{{ columns.dbt_is_deleted }} = 'True'{% endif %}
    {%- endset -%}

    with snapshot_query as (
        {{ source_sql }}
    ),

    snapshotted_data as (
        select *, {{ unique_key_fields(key) }}
        from {{ target_relation }}
        where {{ dex__snapshot_row_is_open(columns.dbt_valid_to) }}
    ),

    insertions_source_data as (
        select *, {{ unique_key_fields(key) }},
            {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
            {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
            {{ get_dbt_valid_to_current(strategy, columns) }},
            {{ strategy.scd_id }} as {{ columns.dbt_scd_id }}
        from snapshot_query
    ),

    updates_source_data as (
        select *, {{ unique_key_fields(key) }},
            {{ strategy.updated_at }} as {{ columns.dbt_updated_at }},
            {{ strategy.updated_at }} as {{ columns.dbt_valid_from }},
            {{ strategy.updated_at }} as {{ columns.dbt_valid_to }}
        from snapshot_query
    ),
    {%- if sees_deleted %}

    deletes_source_data as (
        select *, {{ unique_key_fields(key) }}
        from snapshot_query
    ),
    {%- endif %}

    insertions as (
        select
            'insert' as dbt_change_type,
            source_data.*
            {%- if keeps_deleted %}, 'False' as {{ columns.dbt_is_deleted }}{% endif %}
        from insertions_source_data as source_data
        left outer join snapshotted_data
            on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
        where {{ unique_key_is_null(key, 'snapshotted_data') }}
            or ({{ unique_key_is_not_null(key, 'snapshotted_data') }} and ({{ changed }}))
    ),

    updates as (
        select
            'update' as dbt_change_type,
            source_data.*,
            snapshotted_data.{{ columns.dbt_scd_id }}
            {%- if keeps_deleted %}, snapshotted_data.{{ columns.dbt_is_deleted }}{% endif %}
        from updates_source_data as source_data
        join snapshotted_data
            on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
        where ({{ changed }})
    )
    {%- if sees_deleted %},

    deletes as (
        select
            'delete' as dbt_change_type,
            source_data.*,
            {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
            {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
            {{ snapshot_get_time() }} as {{ columns.dbt_valid_to }},
            snapshotted_data.{{ columns.dbt_scd_id }}
            {%- if keeps_deleted %}, snapshotted_data.{{ columns.dbt_is_deleted }}{% endif %}
        {{ dex__snapshot_gone_rows(key, columns, keeps_deleted) }}
    )
    {%- endif %}
    {%- if keeps_deleted %},

    deletion_records as (
        select
            'insert' as dbt_change_type,
            {{ dex__snapshot_deleted_version(strategy, source_sql, target_relation, columns) }}
        {{ dex__snapshot_gone_rows(key, columns, keeps_deleted) }}
    )
    {%- endif %}

    select * from insertions
    union all
    select * from updates
    {%- if sees_deleted %}
    union all
    select * from deletes
    {%- endif %}
    {%- if keeps_deleted %}
    union all
    select * from deletion_records
    {%- endif %}
{%- endmacro %}


{# Is the version the row's last? Rows taken before dbt_valid_to_current was set end in
   null. The comparison is equals, since the config may itself be null. #}
{% macro dex__snapshot_row_is_open(valid_to) -%}
    {%- set open_end = config.get('dbt_valid_to_current') -%}
    {%- if open_end -%}
        ( {{ equals(valid_to | trim, open_end | trim) }} or {{ valid_to | trim }} is null )
    {%- else -%}
        {{ valid_to }} is null
    {%- endif -%}
{%- endmacro %}


{# The open versions without a row in the source, but those that are marked deleted
   already. #}
{% macro dex__snapshot_gone_rows(key, columns, keeps_deleted) -%}
        from snapshotted_data
        left join deletes_source_data as source_data
            on {{ unique_key_join_on(key, 'snapshotted_data', 'source_data') }}
        where {{ unique_key_is_null(key, 'source_data') }}
        {%- if keeps_deleted %}
        {%- set open_end = config.get('dbt_valid_to_current') %}
        and not (
            snapshotted_data.{{ columns.dbt_is_deleted }} = 'True'
            and snapshotted_data.{{ columns.dbt_valid_to }} {{ '= ' ~ open_end if open_end else 'is null' }}
        )
        {%- endif %}
{%- endmacro %}


{# The columns of the version marked deleted, in the order of those of insertions: the
   last known values, and null in columns that the snapshot is about to gain. #}
{% macro dex__snapshot_deleted_version(strategy, source_sql, target_relation, columns) -%}
    {%- set known = get_list_of_column_names(get_columns_in_relation(target_relation)) -%}
    {%- for name in get_columns_in_query(source_sql) -%}
            {{ 'snapshotted_data' if name in known else 'source_data' }}.{{ adapter.quote(name) }},
            {% endfor -%}
    {%- if strategy.unique_key | is_list -%}
        {%- for key in strategy.unique_key -%}
            snapshotted_data.{{ key }} as dbt_unique_key_{{ loop.index }},
            {% endfor -%}
    {%- else -%}
            snapshotted_data.dbt_unique_key as dbt_unique_key,
            {% endif -%}
            {{ snapshot_get_time() }} as {{ columns.dbt_valid_from }},
            {{ snapshot_get_time() }} as {{ columns.dbt_updated_at }},
            snapshotted_data.{{ columns.dbt_valid_to }} as {{ columns.dbt_valid_to }},
            {{ snapshot_hash_arguments([columns.dbt_scd_id, snapshot_get_time()]) }} as {{ columns.dbt_scd_id }},
            'True' as {{ columns.dbt_is_deleted }}
{%- endmacro %}


{% macro get_true_sql() %}
    {{- adapter.dispatch('get_true_sql', 'dbt')() -}}
{% endmacro %}

{% macro default__get_true_sql() %}
    {%- do return('TRUE') %}
{% endmacro %}
