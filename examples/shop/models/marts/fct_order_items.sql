{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='order_id',
    on_schema_change='fail',
    pre_hook="{{ audit_before(this) }}"
) }}

select i.item_id, i.order_id, o.ordered_on, i.product_id, i.category, i.quantity, i.amount
from {{ ref('int_item_amounts') }} as i
join {{ ref('stg_orders') }} as o using (order_id)
{% if is_incremental() %}
where o.ordered_on > (select max(ordered_on) - 2 from {{ this }})
{% endif %}
