select order_id, count(*) as payments
from {{ ref('fct_payments') }}
group by 1
having count(*) > 1
