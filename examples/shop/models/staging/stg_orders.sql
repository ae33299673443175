select order_id, customer_id, ordered_at, ordered_at::date as ordered_on, status, channel
from {{ source('landing', 'orders') }}
