select order_id, sum(quantity) as items, sum(amount) as amount
from {{ ref('int_item_amounts') }}
group by order_id
