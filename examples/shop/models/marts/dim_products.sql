{{ config(pre_hook="{{ audit_text(this, 'BEGINS') }}") }}

select p.product_id, p.name, p.category, p.price, coalesce(s.on_hand, 0) as on_hand
from {{ ref('stg_products') }} as p
left join {{ ref('stg_stock') }} as s using (product_id)
