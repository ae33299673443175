select review_id, customer_id, stars, {{ shop_utils.grade('stars') }} as grade
from {{ source('landing', 'reviews') }}
