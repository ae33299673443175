{% macro postgres__last_day(date, datepart) -%}

    {%- if datepart != 'quarter' -%}
    {{ dbt.default_last_day(date, datepart) }}
    {%- else -%}
    {%- set next_start = dbt.dateadd('month', '3', dbt.date_trunc(datepart, date)) -%}
    -- postgres dateadd does not support quarter interval.
    cast(
        {{ dbt.dateadd('day', '-1', next_start) }}
        as date)
    {%- endif -%}

{%- endmacro %}
