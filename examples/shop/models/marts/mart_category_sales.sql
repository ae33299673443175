select
    date_trunc('month', i.ordered_on)::date as month,
    i.category,
    sum(i.amount) as amount,
    any_value(t.monthly_target) as monthly_target
from {{ ref('fct_order_items') }} as i
left join {{ ref('targets') }} as t using (category)
group by 1, 2
