{# a integer, b text DEFAULT 'x' #}
{% macro postgres__formatted_scalar_function_args_sql() %}
    {%- set formatted = [] %}
    {%- for argument in model.arguments %}
        {%- set default = argument.get('default_value', none) %}
        {%- do formatted.append(argument.name ~ ' ' ~ argument.data_type ~ (' DEFAULT ' ~ default if default != none else '')) %}
    {%- endfor %}
    {{ formatted | join(', ') }}
{% endmacro %}
