{% macro duckdb__current_timestamp() -%}
    now()
{%- endmacro %}

{# Without a zone, as the columns of a snapshot are. #}
{% macro duckdb__snapshot_get_time() -%}
    {{ current_timestamp() }}::timestamp
{%- endmacro %}

{% macro duckdb__snapshot_string_as_time(timestamp) -%}
    {%- do return("'" ~ timestamp ~ "'::timestamp") -%}
{%- endmacro %}
