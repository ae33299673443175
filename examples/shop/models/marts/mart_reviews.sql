select grade, count(*) as reviews, avg(stars) as stars from {{ ref('stg_reviews') }} group by 1
