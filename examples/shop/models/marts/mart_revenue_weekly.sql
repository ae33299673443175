{{ config(group='finance') }}

select w.week, sum(r.amount) as amount
from {{ ref('mart_revenue') }} as r
join {{ ref('calendar_weeks') }} as w on r.day between w.first_day and w.last_day
group by 1
