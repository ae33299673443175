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

{# Operations that print what the log holds.

     dex run-operation show_audit_log
     dex run-operation show_audit_log --args '{last_run: true}'
#}
{% macro show_audit_log(last_run=false) %}
  {% set query %}
    select model_name, row_count, strftime(execution_time, '%H:%M:%S') as at, run_id[:8] as run
    from {{ audit_log() }}
    {% if last_run %}
    where run_id = (select max_by(run_id, execution_time) from {{ audit_log() }})
    {% endif %}
    order by execution_time, model_name
  {% endset %}
  {% do print_rows(query) %}
{% endmacro %}

{% macro show_appended() %}
  {% set query %}
    select
        split_part(model_name, ' - ', 1) as model,
        max(row_count) filter (where model_name like '%BEFORE') as before,
        max(row_count) filter (where model_name not like '% - %') as after,
        after - before as appended
    from {{ audit_log() }}
    where run_id = (select max_by(run_id, execution_time) from {{ audit_log() }})
    group by 1
    having before is not null
    order by 1
  {% endset %}
  {% do print_rows(query) %}
{% endmacro %}

{% macro show_history() %}
  {% set query %}
    {% for snapshot in ['product_history', 'customer_history', 'stock_history'] %}
    select '{{ snapshot }}' as snapshot, count(*) as versions, count(*) filter (where dbt_valid_to is null) as current
    from history.{{ snapshot }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
  {% endset %}
  {% do print_rows(query) %}
{% endmacro %}

{# Every relation of the database with its rows. #}
{% macro show_relations() %}
  {% set list = run_query("select table_schema, table_name from information_schema.tables order by 1, 2").rows %}
  {% set counts = [] %}
  {% for schema, name in list %}
    {% do counts.append("select '" ~ schema ~ "." ~ name ~ "' as relation, count(*) as n from " ~ schema ~ "." ~ name) %}
  {% endfor %}
  {% do print_rows(counts | join(' union all ') ~ ' order by 1') %}
{% endmacro %}

{# The rows of a query, in columns. #}
{% macro print_rows(query) %}
  {% set table = run_query(query) %}
  {% do print(print_line(table.column_names)) %}
  {% for row in table.rows %}
    {% do print(print_line(row)) %}
  {% endfor %}
{% endmacro %}

{% macro print_line(cells) -%}
  {%- set line = [] -%}
  {%- for cell in cells -%}
    {%- do line.append(('%-42s' if loop.first else '%10s') % ('' if cell is none else cell)) -%}
  {%- endfor -%}
  {{ return('  ' ~ line | join('  ')) }}
{%- endmacro %}
