select
    customer,
    min(ordered_on) as first_order_on,
    count(*) as orders,
    sum(amount) as spent
from {{ ref('stg_orders') }}
group by customer
