{# The names of the columns that a snapshot adds, and the SQL of its keys. #}

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
