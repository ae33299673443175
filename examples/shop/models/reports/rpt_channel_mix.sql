select c.label, count(*) as orders, sum(o.amount) as amount
from {{ ref('fct_orders') }} as o
join {{ ref('dim_channels') }} as c using (channel)
group by 1
