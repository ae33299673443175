select
    date_trunc('month', first_order_on)::date as cohort,
    count(*) as customers,
    sum(case when orders > 1 then 1 else 0 end) as came_back
from {{ ref('dim_customers') }}
where first_order_on is not null
group by 1
