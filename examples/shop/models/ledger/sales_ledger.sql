{{ config(
    materialized='ledger',
    pre_hook=[{"sql": "{{ audit_text(this, 'LEDGER BEGINS') }}", "transaction": false}],
    post_hook="{{ audit(this) }}"
) }}

select count(*) as orders, sum(amount) as amount from {{ ref('fct_orders') }}
