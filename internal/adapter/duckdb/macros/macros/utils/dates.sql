{# What these macros give stands in compiled models: their line breaks are part of it. #}

{% macro duckdb__date(year, month, day) -%}
    make_date({{ year }}, {{ month }}, {{ day }})
{%- endmacro %}

{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}

    {# A multiple of a fixed interval, so that the number may be any expression. Quarter and
       week are told as months and days: not every version of DuckDB knows them. #}

    {%- set unit = datepart | lower -%}
    {%- set factor, unit = {'quarter': (3, 'month'), 'week': (7, 'day')}.get(unit, (1, unit)) -%}
    {%- set number = 'cast(' ~ interval ~ ' as bigint)' -%}
    {%- set number = number if factor == 1 else '(' ~ number ~ ' * ' ~ factor ~ ')' -%}
    ({{ from_date_or_timestamp }} + {{ number }} * interval 1 {{ unit }})

{%- endmacro %}

{# Weeks are counted by Sundays crossed; date_diff would count from Monday. #}
{% macro duckdb__datediff(first_date, second_date, datepart) -%}
    {% if datepart == 'week' %}
            ({{ datediff(first_date, second_date, 'day') }} // 7 + case
            when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp) then
                case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
            else
                case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
        end)
    {% else %}
        (date_diff('{{ datepart }}', {{ first_date }}::timestamp, {{ second_date }}::timestamp ))
    {% endif %}
{%- endmacro %}

{% macro duckdb__last_day(date, datepart) -%}
    {%- if datepart != 'quarter' -%}
    {{ dbt.default_last_day(date, datepart) }}
    {%- else -%}
    {%- set next_start = dbt.dateadd('month', '3', dbt.date_trunc(datepart, date)) -%}
    -- duckdb dateadd does not support quarter interval.
    cast(
        {{ dbt.dateadd('day', '-1', next_start) }}
        as date)
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__generate_series(upper_bound) %}
    select
        generate_series as generated_number
    from generate_series(1, {{ upper_bound }})
{% endmacro %}
