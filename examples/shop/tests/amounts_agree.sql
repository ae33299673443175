{{ config(severity='warn', tags=['reconciliation']) }}

-- What was paid and what the items cost may differ where a price changed since.
select o.order_id, o.amount, p.amount as paid
from {{ ref('fct_orders') }} as o
join {{ ref('fct_payments') }} as p using (order_id)
where o.amount <> p.amount
