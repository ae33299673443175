{# Orders change until they are completed: the last three days are read again. #}
{{ config(
    materialized='incremental',
    incremental_strategy='merge',
    unique_key='order_id',
    on_schema_change='append_new_columns',
    pre_hook="{{ audit_before(this) }}",
    post_hook=["{{ audit(this, 'AFTER') }}", {"sql": "{{ audit_text(this, 'DONE') }}", "transaction": false}]
) }}

select
    o.order_id,
    o.customer_id,
    o.ordered_at,
    o.ordered_on,
    o.status,
    o.channel,
    a.items,
    a.amount
    {%- if var('loyalty') %},
    floor(a.amount / 10)::integer as loyalty_points
    {%- endif %}
from {{ ref('stg_orders') }} as o
join {{ ref('int_order_amounts') }} as a using (order_id)
{% if is_incremental() %}
where o.ordered_on >= (select max(ordered_on) - 5 from {{ this }})
{% endif %}
