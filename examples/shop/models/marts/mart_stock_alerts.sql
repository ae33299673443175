{{ config(tags=['hourly'], alias='stock_alerts') }}

select product_id, name, on_hand from {{ ref('dim_products') }} where on_hand < 10
