{# A materialization of the shop's own: a table to which every invocation adds
   its rows once, with the time of the invocation. It is never rebuilt. #}
{% materialization ledger, default %}
  {%- set relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}

  {{ run_hooks(pre_hooks, inside_transaction=False) }}
  {{ run_hooks(pre_hooks, inside_transaction=True) }}

  {% if existing is none %}
    {% call statement('create_ledger') %}
      create table {{ relation }} as
      select '{{ run_started_at }}'::varchar as batch, ledger_rows.* from ({{ sql }}) as ledger_rows limit 0
    {% endcall %}
  {% endif %}

  {% call statement('main') %}
    insert into {{ relation }}
    select '{{ run_started_at }}'::varchar as batch, ledger_rows.* from ({{ sql }}) as ledger_rows
  {% endcall %}

  {{ run_hooks(post_hooks, inside_transaction=True) }}
  {{ adapter.commit() }}
  {{ run_hooks(post_hooks, inside_transaction=False) }}

  {{ return({'relations': [relation]}) }}
{% endmaterialization %}
