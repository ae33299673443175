{{ config(
    materialized='incremental',
    unique_key=['payment_id', 'method'],
    incremental_strategy='delete+insert',
    on_schema_change='sync_all_columns',
    group='finance'
) }}

select p.payment_id, p.order_id, p.method, p.amount, o.ordered_on as paid_on
from {{ ref('stg_payments') }} as p
join {{ ref('stg_orders') }} as o using (order_id)
{% if is_incremental() %}
where o.ordered_on >= (select max(paid_on) from {{ this }})
{% endif %}
