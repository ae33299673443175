{# The name of the MotherDuck Flight that runs a Python model. One user's flights share
   one list of names: a project whose targets share database and schema overrides this. #}
{% macro flight_name(parsed_model) -%}
    {%- do return(adapter.dispatch('flight_name', 'dbt')(parsed_model)) -%}
{%- endmacro %}

{% macro default__flight_name(parsed_model) -%}
    {%- do return(duckdb__flight_name(parsed_model)) -%}
{%- endmacro %}

{% macro duckdb__flight_name(parsed_model) -%}
    {%- do return([
        'dbt',
        parsed_model.get('package_name'),
        parsed_model.get('database'),
        parsed_model.get('schema'),
        parsed_model.get('alias') or parsed_model.get('name')
    ] | select | join('-')) -%}
{%- endmacro %}
