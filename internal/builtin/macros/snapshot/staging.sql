{# The rows of a snapshot: all of them on the first run, afterwards those that changed,
   each marked with what to do. #}

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
