{# A config that may be none, one text or a list of texts, as a list. #}
{% macro normalize_string_or_list(raw, field_name) -%}
    {%- if raw is none -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- if raw is mapping or not (raw is string or raw is sequence) -%}
        {%- do exceptions.raise_compiler_error(field_name ~ ' must be a list of strings or a string') -%}
    {%- endif -%}
    {%- set items = [raw] if raw is string else raw | list -%}
    {%- if items | reject('string') | list -%}
        {%- do exceptions.raise_compiler_error(field_name ~ ' list values must be non-empty strings') -%}
    {%- endif -%}
    {%- do return(items) -%}
{%- endmacro %}
