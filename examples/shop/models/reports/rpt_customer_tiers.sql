select tier, count(*) as customers from {{ ref('customer_history') }} where dbt_valid_to is null group by 1
