{# Now, in the database's words. #}

{%- macro current_timestamp() -%}
    {{ adapter.dispatch('current_timestamp', 'dbt')() }}
{%- endmacro -%}

{% macro default__current_timestamp() -%}
    {%- do exceptions.raise_not_implemented('current_timestamp macro not implemented for adapter ' ~ adapter.type()) -%}
{%- endmacro %}


{# Now, as the snapshot columns keep it. #}
{%- macro snapshot_get_time() -%}
    {{ adapter.dispatch('snapshot_get_time', 'dbt')() }}
{%- endmacro -%}

{% macro default__snapshot_get_time() %}
    {{ current_timestamp() }}
{% endmacro %}


{% macro get_snapshot_get_time_data_type() %}
    {%- set now = adapter.dispatch('snapshot_get_time', 'dbt')() %}
    {%- set columns = get_column_schema_from_query('select ' ~ now ~ ' as dbt_snapshot_time') %}
    {%- do return(columns[0].dtype or none) %}
{% endmacro %}


{# The two below keep what older packages understood by "now". New code should not call them. #}
{% macro current_timestamp_backcompat() %}
    {%- do return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) %}
{% endmacro %}

{% macro default__current_timestamp_backcompat() %}
    current_timestamp::timestamp
{% endmacro %}


{% macro current_timestamp_in_utc_backcompat() %}
    {%- do return(adapter.dispatch('current_timestamp_in_utc_backcompat', 'dbt')()) %}
{% endmacro %}

{% macro default__current_timestamp_in_utc_backcompat() %}
    {%- do return(adapter.dispatch('current_timestamp_backcompat', 'dbt')()) %}
{% endmacro %}
