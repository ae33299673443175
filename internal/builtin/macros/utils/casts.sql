{# Casts and comparisons. What these macros give stands in compiled models: their line
   breaks are part of it. #}

{% macro cast(field, type) %}
    {%- do return(adapter.dispatch('cast', 'dbt')(field, type)) %}
{% endmacro %}

{% macro default__cast(field, type) %}
    cast({{ field }} as {{ type }})
{% endmacro %}


{# Null instead of an error, where the database can do that. #}
{% macro safe_cast(field, type) %}
    {%- do return(adapter.dispatch('safe_cast', 'dbt')(field, type)) %}
{% endmacro %}

{% macro default__safe_cast(field, type) %}
    {# A plain cast, until an adapter knows better. #}
    cast({{ field }} as {{ type }})
{% endmacro %}


{% macro cast_bool_to_text(field) %}
  {{ adapter.dispatch('cast_bool_to_text', 'dbt')(field) }}
{% endmacro %}

{% macro default__cast_bool_to_text(field) %}
    cast({{ field }} as {{ api.Column.translate_type('string') }})
{% endmacro %}


{# Whether null equals null is a behavior flag's to say. #}
{% macro equals(expr1, expr2) %}
    {%- do return(adapter.dispatch('equals', 'dbt')(expr1, expr2)) %}
{% endmacro %}

{% macro default__equals(expr1, expr2) -%}
    {%- if adapter.behavior.enable_truthy_nulls_equals_macro.no_warn %}
    case when (({{ expr1 }} = {{ expr2 }}) or ({{ expr1 }} is null and {{ expr2 }} is null))
        then 0
        else 1
    end = 0
    {%- else -%}
    ({{ expr1 }} = {{ expr2 }})
    {%- endif %}
{% endmacro %}
