select c.customer_id, c.name, c.country_code, coalesce(o.orders, 0) as orders
from {{ ref('stg_customers') }} as c
left join {{ ref('int_customer_orders') }} as o using (customer_id)
