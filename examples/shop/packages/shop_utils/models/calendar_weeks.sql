{{ config(materialized='view') }}

select
    date_trunc('week', day)::date as week,
    min(day) as first_day,
    max(day) as last_day,
    count(*) as days
from {{ ref('calendar') }}
group by 1
