select event_id, customer_id, kind, happened_at
from {{ source('landing', 'events') }}
