{% snapshot customer_history %}
{{ config(
    strategy='check',
    unique_key='customer_id',
    check_cols=['tier', 'country_code'],
    hard_deletes='invalidate'
) }}
select customer_id, tier, country_code from {{ ref('stg_customers') }}
{% endsnapshot %}
