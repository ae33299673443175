select customer_id, name, country_code, email, signed_up_on, tier
from {{ source('landing', 'customers') }}
