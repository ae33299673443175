select
    happened_at::date as day,
    {%- for kind in ['view', 'search', 'basket', 'checkout'] %}
    count(*) filter (where kind = '{{ kind }}') as {{ kind }}_events{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('fct_events') }}
group by 1
