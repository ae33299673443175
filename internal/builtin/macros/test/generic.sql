{# The four generic tests that every project has. Each dispatches, so that an adapter can
   give its own SQL; the text of the default is what a reader finds under
   target/compiled. #}

{% test unique(model, column_name) %}
    {% set of_adapter = adapter.dispatch('test_unique', 'dbt') %}
    {{ of_adapter(model, column_name) }}
{% endtest %}

{% test not_null(model, column_name) %}
    {% set of_adapter = adapter.dispatch('test_not_null', 'dbt') %}
    {{ of_adapter(model, column_name) }}
{% endtest %}

{% test accepted_values(model, column_name, values, quote=True) %}
    {% set of_adapter = adapter.dispatch('test_accepted_values', 'dbt') %}
    {{ of_adapter(model, column_name, values, quote) }}
{% endtest %}

{% test relationships(model, column_name, to, field) %}
    {% set of_adapter = adapter.dispatch('test_relationships', 'dbt') %}
    {{ of_adapter(model, column_name, to, field) }}
{% endtest %}


{% macro default__test_unique(model, column_name) %}

select
    {{ column_name }} as unique_field,
    count(*) as n_records

from {{ model }}
where {{ column_name }} is not null
group by {{ column_name }}
having count(*) > 1

{% endmacro %}


{# Stored failures keep the whole row: a column of nulls would tell nothing. #}
{% macro default__test_not_null(model, column_name) %}

{% set shown = '*' if should_store_failures() else column_name %}

select {{ shown }}
from {{ model }}
where {{ column_name }} is null

{% endmacro %}


{% macro default__test_accepted_values(model, column_name, values, quote=True) %}
{%- set mark = "'" if quote else '' %}

with all_values as (

    select
        {{ column_name }} as value_field,
        count(*) as n_records

    from {{ model }}
    group by {{ column_name }}

)

select *
from all_values
where value_field not in (
    {% for value in values %}{{ mark }}{{ value }}{{ mark }}{{ ',' if not loop.last }}{% endfor %}
)

{% endmacro %}


{% macro default__test_relationships(model, column_name, to, field) %}

with child as (
    select {{ column_name }} as from_field
    from {{ model }}
    where {{ column_name }} is not null
),

parent as (
    select {{ field }} as to_field
    from {{ to }}
)

select
    from_field

from child
left join parent
    on child.from_field = parent.to_field

where parent.to_field is null

{% endmacro %}
