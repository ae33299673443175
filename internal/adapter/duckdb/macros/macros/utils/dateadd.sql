{% macro duckdb__dateadd(datepart, interval, from_date_or_timestamp) %}

    {# A multiple of a fixed interval, so that the number may be any expression. Quarter and
       week are told as months and days: not every version of DuckDB knows them. #}

    {%- set unit = datepart | lower -%}
    {%- set factor, unit = {'quarter': (3, 'month'), 'week': (7, 'day')}.get(unit, (1, unit)) -%}
    {%- set number = 'cast(' ~ interval ~ ' as bigint)' -%}
    {%- set number = number if factor == 1 else '(' ~ number ~ ' * ' ~ factor ~ ')' -%}
    ({{ from_date_or_timestamp }} + {{ number }} * interval 1 {{ unit }})

{%- endmacro %}
