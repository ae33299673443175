{% test at_least_rows(model, rows) %}
{{ config(fail_calc='max(missing)') }}
select greatest({{ rows }} - count(*), 0) as missing from {{ model }}
{% endtest %}
