select customer_id, name, spent from {{ ref('dim_customers') }} order by spent desc, customer_id limit 20
