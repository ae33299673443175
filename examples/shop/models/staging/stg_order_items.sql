select item_id, order_id, product_id, quantity
from {{ source('landing', 'order_items') }}
