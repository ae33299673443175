{# The last day of the month, the quarter, the year that a date is in. #}
{% macro last_day(date, datepart) %}
    {%- do return(adapter.dispatch('last_day', 'dbt')(date, datepart)) %}
{% endmacro %}

{% macro default__last_day(date, datepart) -%}
    {{ dbt.default_last_day(date, datepart) }}
{%- endmacro %}


{# One part later, one day back. One underscore: adapters call it for the parts that they
   have no better way for. #}
{%- macro default_last_day(date, datepart) -%}
    {%- set next_start = dbt.dateadd(datepart, '1', dbt.date_trunc(datepart, date)) -%}
    cast(
        {{ dbt.dateadd('day', '-1', next_start) }}
        as date)
{%- endmacro -%}
