select
    i.item_id,
    i.order_id,
    i.product_id,
    p.category,
    i.quantity,
    i.quantity * p.price as amount
from {{ ref('stg_order_items') }} as i
join {{ ref('stg_products') }} as p using (product_id)
