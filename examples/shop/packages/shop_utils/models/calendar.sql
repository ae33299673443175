select
    ('{{ var("calendar_start") }}'::date + (n * interval 1 day))::date as day,
    extract(isodow from '{{ var("calendar_start") }}'::date + (n * interval 1 day)) as weekday
from generate_series(0, {{ var("calendar_days") }} - 1) as days(n)
