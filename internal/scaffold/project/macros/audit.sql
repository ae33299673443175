{# A log of what was built: dbt_project.yml runs these as hooks. #}

{% macro audit_log() -%}
  {{ target.schema }}.dbt_audit_log
{%- endmacro %}

{% macro create_audit_log() %}
  create table if not exists {{ audit_log() }} (
      model_name varchar(255),
      execution_time timestamp,
      row_count bigint,
      run_id varchar(36)
  )
{% endmacro %}

{% macro audit(relation) %}
  insert into {{ audit_log() }} (model_name, execution_time, row_count, run_id)
  select '{{ relation.identifier }}', current_timestamp, (select count(*) from {{ relation }}), '{{ invocation_id }}'
{% endmacro %}
