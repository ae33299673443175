select product_id, on_hand from {{ source('landing', 'stock') }}
