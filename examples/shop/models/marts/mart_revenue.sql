{{ config(group='finance', access='private') }}

select p.paid_on as day, p.method, sum(p.amount) as amount
from {{ ref('fct_payments') }} as p
group by 1, 2
