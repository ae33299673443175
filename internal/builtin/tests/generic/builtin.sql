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
