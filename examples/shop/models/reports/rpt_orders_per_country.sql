select country_code, sum(orders) as orders from {{ ref('dim_customers', v=1) }} group by 1
