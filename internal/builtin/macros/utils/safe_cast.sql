{# Null instead of an error, where the database can do that. #}
{% macro safe_cast(field, type) %}
    {%- do return(adapter.dispatch('safe_cast', 'dbt')(field, type)) %}
{% endmacro %}

{% macro default__safe_cast(field, type) %}
    {# A plain cast, until an adapter knows better. #}
    cast({{ field }} as {{ type }})
{% endmacro %}
