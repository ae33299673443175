select day, orders, amount, sum(amount) over (order by day) as running_amount
from {{ ref('mart_daily_sales') }}
where orders > 0
