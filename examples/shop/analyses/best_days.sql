select day, amount from {{ ref('mart_daily_sales') }} order by amount desc limit 10
