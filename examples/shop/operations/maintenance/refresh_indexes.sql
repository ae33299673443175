{{ config(
    description="Makes the indexes of the marts anew and lets the database count their rows.
A model that is built as a table loses its indexes with each build, an incremental one
keeps them: run this after a build. DuckDB answers a look-up of single keys by an index;
sums over whole tables are not faster for it, and REINDEX it does not have.",
    owner='platform',
    tags=['maintenance', 'nightly'],
    params=[
        {
            'name': 'marts', 'type': 'list', 'item': {'type': 'string', 'enum': ['fct_orders', 'mart_revenue', 'mart_daily_sales']},
            'default': ['fct_orders', 'mart_revenue', 'mart_daily_sales'], 'min_length': 1,
            'description': 'Which ones.',
        },
    ],
    transaction=false,
    idempotent=true,
    timeout='10m',
    retries={'attempts': 3, 'backoff': '1s', 'on': ['lock', 'connection']},
) }}

{% set keys = {'fct_orders': 'order_id', 'mart_revenue': 'day', 'mart_daily_sales': 'day'} %}
{% set relations = {'fct_orders': ref('fct_orders'), 'mart_revenue': ref('mart_revenue'), 'mart_daily_sales': ref('mart_daily_sales')} %}

{% for name, mart in relations.items() if name in params.marts %}
drop index if exists {{ mart.schema }}.idx_{{ name }}_{{ keys[name] }};
create index idx_{{ name }}_{{ keys[name] }} on {{ mart }} ({{ keys[name] }});
analyze {{ mart }};
{% endfor %}

{% if target.type == 'duckdb' %}
-- Writes what stands in the log ahead into the file. It cannot be part of a transaction.
checkpoint;
{% endif %}
