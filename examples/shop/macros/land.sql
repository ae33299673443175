{# The shop's operational data, generated: all that has come in up to a day.
   It is arithmetic on row numbers, so that every run gives the same rows.

     dex run-operation land --args '{through: 30}'
#}
{% macro land(through=30) %}
  {% set start = "date '2025-01-01'" %}
  {% set until = start ~ " + interval (" ~ through ~ ") day" %}
  {% set statements = [
    "create schema if not exists landing",

    "create or replace table landing.customers as
     select i as customer_id,
            'Customer ' || i as name,
            ['NL', 'DE', 'FR', 'BE', 'IT'][1 + (i * 7) % 5] as country_code,
            'c' || i || '@shop.example' as email,
            (" ~ start ~ " + interval (i % " ~ (through + 1) ~ ") day)::date as signed_up_on,
            case when i % 50 = 0 and " ~ through ~ " > 30 then 'gold' when i % 9 = 0 then 'silver' else 'basic' end as tier
     from generate_series(1, " ~ (300 + 10 * through) ~ ") t(i)",

    "create or replace table landing.products as
     select i as product_id,
            'Product ' || i as name,
            ['food', 'drink', 'home', 'garden'][1 + i % 4] as category,
            199 + (i * 373) % 5000 + case when i % 10 = 0 and " ~ through ~ " > 30 then 100 else 0 end as price_cents,
            case when i % 10 = 0 and " ~ through ~ " > 30 then timestamp '2025-01-31 12:00:00' else timestamp '2025-01-01 00:00:00' end as updated_at
     from generate_series(1, 80) t(i)",

    "create or replace table landing.orders as
     select day * 100 + i as order_id,
            1 + (day * 31 + i * 17) % (300 + 10 * day) as customer_id,
            " ~ start ~ " + interval (day) day + interval ((i * 577) % 1440) minute as ordered_at,
            case when day >= " ~ through ~ " - 2 and i % 4 = 0 then 'placed'
                 when i % 23 = 0 then 'returned' else 'completed' end as status,
            ['web', 'app', 'store'][1 + i % 3] as channel
     from generate_series(0, " ~ through ~ ") d(day), generate_series(1, 40) t(i)",

    "create or replace table landing.order_items as
     select o.order_id * 10 + k as item_id, o.order_id,
            1 + (o.order_id * 13 + k * 29) % 80 as product_id,
            1 + (o.order_id + k) % 3 as quantity
     from landing.orders o, generate_series(1, 3) t(k)
     where k <= 1 + o.order_id % 3",

    "create or replace table landing.payments as
     select i.order_id as payment_id, i.order_id,
            ['card', 'bank', 'voucher'][1 + i.order_id % 3] as method,
            sum(i.quantity * p.price_cents)::bigint as amount_cents
     from landing.order_items i join landing.products p using (product_id)
     group by i.order_id",

    "create or replace table landing.events as
     select (day * 1000 + i)::bigint as event_id,
            1 + (day * 11 + i * 7) % 300 as customer_id,
            ['view', 'search', 'basket', 'checkout'][1 + i % 4] as kind,
            " ~ start ~ " + interval (day) day + interval ((i * 97) % 86400) second as happened_at
     from generate_series(0, " ~ through ~ ") d(day), generate_series(1, 200) t(i)",

    "create or replace table landing.stock as
     select product_id, 5 + (product_id * 17 + case when product_id % 3 = 0 then " ~ through ~ " else 0 end) % 40 as on_hand
     from landing.products
     where product_id % 40 <> 0 or " ~ through ~ " <= 30",

    "create or replace table landing.reviews as
     select order_id as review_id, customer_id, 1 + (customer_id * 7) % 5 as stars
     from landing.orders where order_id % 5 = 0"
  ] %}
  {% for s in statements %}{% do run_query(s) %}{% endfor %}
  {% do log('landed all data up to day ' ~ through, info=true) %}
{% endmacro %}
