select
    c.customer_id,
    c.name,
    n.country,
    c.tier,
    c.signed_up_on,
    o.first_order_on,
    coalesce(o.orders, 0) as orders,
    coalesce(o.spent, 0) as spent
from {{ ref('stg_customers') }} as c
join {{ ref('countries') }} as n using (country_code)
left join {{ ref('int_customer_orders') }} as o using (customer_id)
