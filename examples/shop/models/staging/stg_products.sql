select
    product_id,
    name,
    category,
    {{ shop_utils.cents_to_units('price_cents') }} as price,
    updated_at
from {{ source('landing', 'products') }}
