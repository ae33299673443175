select
    c.day,
    count(o.order_id) as orders,
    coalesce(sum(o.amount), 0) as amount
from {{ ref('calendar') }} as c
left join {{ ref('fct_orders') }} as o on o.ordered_on = c.day and o.status <> 'returned'
group by c.day
