select payment_id, order_id, method, {{ shop_utils.cents_to_units('amount_cents') }} as amount
from {{ source('landing', 'payments') }}
