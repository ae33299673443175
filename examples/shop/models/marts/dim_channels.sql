select channel, label, opened_on::date as opened_on from {{ ref('channels') }}
