{# Dates. What these macros give stands in compiled models: their line breaks are part
   of it. #}

{% macro date(year, month, day) %}
    {%- do return(adapter.dispatch('date', 'dbt')(year, month, day)) %}
{% endmacro %}

{% macro default__date(year, month, day) -%}
    to_date('{{ modules.datetime.date(year, month, day).strftime('%Y-%m-%d') }}', 'YYYY-MM-DD')
{%- endmacro %}


{% macro date_trunc(datepart, date) -%}
    {%- do return(adapter.dispatch('date_trunc', 'dbt')(datepart, date)) -%}
{%- endmacro %}

{% macro default__date_trunc(datepart, date) -%}
    date_trunc('{{ datepart }}', {{ date }})
{%- endmacro %}


{% macro dateadd(datepart, interval, from_date_or_timestamp) %}
    {%- do return(adapter.dispatch('dateadd', 'dbt')(datepart, interval, from_date_or_timestamp)) %}
{% endmacro %}

{% macro default__dateadd(datepart, interval, from_date_or_timestamp) %}

    dateadd(
        {{ datepart }},
        {{ interval }},
        {{ from_date_or_timestamp }}
        )

{% endmacro %}


{% macro datediff(first_date, second_date, datepart) %}
    {%- do return(adapter.dispatch('datediff', 'dbt')(first_date, second_date, datepart)) %}
{% endmacro %}

{% macro default__datediff(first_date, second_date, datepart) -%}

    datediff(
        {{ datepart }},
        {{ first_date }},
        {{ second_date }}
        )

{%- endmacro %}


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


{# How many parts lie between two SQL expressions: asks the database. 1 without one. #}
{% macro get_intervals_between(start_date, end_date, datepart) -%}
    {%- do return(adapter.dispatch('get_intervals_between', 'dbt')(start_date, end_date, datepart)) -%}
{%- endmacro %}

{% macro default__get_intervals_between(start_date, end_date, datepart) -%}
    {%- call statement('get_intervals_between', fetch_result=True) %}
        select {{ dbt.datediff(start_date, end_date, datepart) }}
    {%- endcall -%}
    {%- set answer = load_result('get_intervals_between') -%}
    {%- do return(answer['data'][0][0] if answer and answer['data'] else 1) -%}
{%- endmacro %}

{# One row for each part from start_date up to and without end_date, in a column
   date_<part>. #}
{% macro date_spine(datepart, start_date, end_date) %}
    {%- do return(adapter.dispatch('date_spine', 'dbt')(datepart, start_date, end_date)) %}
{% endmacro %}

{% macro default__date_spine(datepart, start_date, end_date) %}


    {# As many numbers as there are parts, added one by one to the start. #}


    with rawdata as (

        {{ dbt.generate_series(dbt.get_intervals_between(start_date, end_date, datepart)) }}

    ),

    all_periods as (

        select (
            {{ dbt.dateadd(datepart, 'row_number() over (order by 1) - 1', start_date) }}
        ) as date_{{ datepart }}
        from rawdata

    ),

    filtered as (

        select *
        from all_periods
        where date_{{ datepart }} <= {{ end_date }}

    )

    select * from filtered

{% endmacro %}
