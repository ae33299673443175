-- A test fails where its query gives rows.
select * from {{ ref('orders') }} where amount < 0
