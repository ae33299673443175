{# For packages that must run on the older and the newer engine alike. #}
{% macro is_core_v2() -%}
    {%- do return(dbt_version.split('.')[0] | int == 2) -%}
{%- endmacro %}
