select
    o.customer_id,
    min(o.ordered_on) as first_order_on,
    max(o.ordered_on) as last_order_on,
    count(*) as orders,
    sum(a.amount) as spent
from {{ ref('stg_orders') }} as o
join {{ ref('int_order_amounts') }} as a using (order_id)
where o.status <> 'returned'
group by o.customer_id
