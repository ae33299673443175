{# The audit log: what was built when, with how many rows, by which invocation. #}

{% macro audit_log() -%}
  {{ target.schema }}.dbt_audit_log
{%- endmacro %}

{% macro create_audit_log() %}
  create table if not exists {{ audit_log() }} (
      model_name varchar,
      execution_time timestamp,
      row_count bigint,
      run_id varchar
  )
{% endmacro %}

{# A row with the count of a relation. #}
{% macro audit(relation, label=none) %}
  insert into {{ audit_log() }} (model_name, execution_time, row_count, run_id)
  select '{{ relation.schema }}.{{ relation.identifier }}{{ " - " ~ label if label }}', current_timestamp,
         (select count(*) from {{ relation }}), '{{ invocation_id }}'
{% endmacro %}

{# A row without a count: for relations that may not exist yet. #}
{% macro audit_text(relation, label) %}
  insert into {{ audit_log() }} (model_name, execution_time, row_count, run_id)
  values ('{{ relation.schema }}.{{ relation.identifier }} - {{ label }}', current_timestamp, null, '{{ invocation_id }}')
{% endmacro %}

{# The count before an incremental run. There is none to take the first time: the hook is empty then, and is not sent. #}
{% macro audit_before(relation) %}
  {%- if is_incremental() -%}
    {{ audit(relation, 'BEFORE') }}
  {%- endif -%}
{% endmacro %}

{# on-run-end: one row for each status. #}
{% macro audit_results(results) %}
  {%- if execute and results -%}
    {%- set counts = {} -%}
    {%- for res in results -%}
      {%- do counts.update({res.status | string: counts.get(res.status | string, 0) + 1}) -%}
    {%- endfor -%}
    insert into {{ audit_log() }} (model_name, execution_time, row_count, run_id) values
    {%- for status, n in counts | dictsort %}
      ('RESULTS - {{ status }}', current_timestamp, {{ n }}, '{{ invocation_id }}'){{ ',' if not loop.last }}
    {%- endfor %}
  {%- endif -%}
{% endmacro %}

{# An operation: dex run-operation show_audit_log #}
{% macro show_audit_log() %}
  {% set rows = run_query('select model_name, row_count from ' ~ audit_log() ~ ' order by execution_time, model_name').rows %}
  {% for row in rows %}
    {% do print(row[0] ~ ': ' ~ row[1]) %}
  {% endfor %}
{% endmacro %}
