{{ config(
    description="Lets a role read the marts.
Where the database has roles these are grants. DuckDB has none: there the role gets a
schema of its name with a view of each mart, which is what a reader may be pointed at.
Safe to repeat.",
    owner='analytics',
    tags=['permissions'],
    params=[
        {
            'name': 'role', 'type': 'identifier', 'max_length': 63, 'env': 'ANALYTICS_ROLE',
            'default': "{{ var('reader_role') }}", 'description': 'Who may read.',
        },
        {
            'name': 'prices', 'type': 'boolean', 'default': false,
            'description': 'With the catalogue of products and its prices.',
        },
    ],
    idempotent=true,
    timeout='1m',
) }}

{% set marts = [ref('fct_orders'), ref('mart_daily_sales'), ref('mart_revenue')] %}
{% if params.prices %}{% do marts.append(ref('dim_products')) %}{% endif %}

{% if target.type == 'duckdb' %}

create schema if not exists {{ params.role }};
{% for mart in marts %}
create or replace view {{ params.role }}.{{ mart.identifier }} as select * from {{ mart }};
{% endfor %}

{% else %}

{% for mart in marts %}
grant usage on schema {{ mart.schema }} to {{ params.role }};
grant select on {{ mart }} to {{ params.role }};
{% endfor %}

{% endif %}

insert into {{ audit_log() }} (model_name, execution_time, row_count, run_id)
values ('ACCESS - {{ params.role }}', current_timestamp, {{ marts | length }}, '{{ invocation_id }}');
