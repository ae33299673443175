select product_id, price_cents, dbt_valid_from, dbt_valid_to
from {{ ref('product_history') }}
