{# The numbers from 1, without a function for it in the database: as sums of powers of
   two, from a cross join of as many pairs of 0 and 1. What generate_series gives stands
   in compiled models: its line breaks are part of it. #}

{# The least n with 2 ** n >= upper_bound, but at least 1. #}
{% macro get_powers_of_two(upper_bound) %}
    {%- do return(adapter.dispatch('get_powers_of_two', 'dbt')(upper_bound)) %}
{% endmacro %}

{% macro default__get_powers_of_two(upper_bound) %}
    {%- if upper_bound <= 0 %}
        {%- do exceptions.raise_compiler_error('upper bound must be positive') %}
    {%- endif %}
    {%- for n in range(1, 100) if 2 ** n >= upper_bound %}
        {%- do return(n) %}
    {%- endfor %}
{% endmacro %}


{% macro generate_series(upper_bound) %}
    {%- do return(adapter.dispatch('generate_series', 'dbt')(upper_bound)) %}
{% endmacro %}

{% macro default__generate_series(upper_bound) %}

    {% set n = dbt.get_powers_of_two(upper_bound) %}

    with p as (
        select 0 as generated_number union all select 1
    ), unioned as (

    select

    {% for i in range(n) %}
    p{{ i }}.generated_number * power(2, {{ i }})
    {{ ' + ' if not loop.last }}
    {% endfor %}
    + 1
    as generated_number

    from

    {% for i in range(n) %}
    p as p{{ i }}
    {{ ' cross join ' if not loop.last }}
    {% endfor %}

    )

    select *
    from unioned
    where generated_number <= {{ upper_bound }}
    order by generated_number

{% endmacro %}
