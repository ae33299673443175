{# {% call set_sql_header(config) %} ... {% endcall %}: text put before the statement
   that builds the node. #}
{% macro set_sql_header(config) -%}
    {{- config.set('sql_header', caller()) -}}
{%- endmacro %}


{# The node's own full_refresh, true or false, wins over the command's flag. #}
{% macro should_full_refresh() %}
    {%- set wanted = config.get('full_refresh') %}
    {%- do return(flags.FULL_REFRESH if wanted is none else wanted) %}
{% endmacro %}


{% macro should_store_failures() %}
    {%- set wanted = config.get('store_failures') %}
    {%- do return(flags.STORE_FAILURES if wanted is none else wanted) %}
{% endmacro %}
