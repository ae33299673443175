{{ config(materialized='incremental', unique_key='order_id') }}

select order_id, customer, ordered_on, amount
from {{ ref('stg_orders') }}
{% if is_incremental() %}
-- After the first time, only what has come in since.
where ordered_on >= (select max(ordered_on) from {{ this }})
{% endif %}
