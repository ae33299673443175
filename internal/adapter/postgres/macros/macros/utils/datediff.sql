{# How many bounds of the part lie between the two: Postgres has no such function. Each
   part is counted by the next larger one. Weeks begin on Sunday. #}
{% macro postgres__datediff(first_date, second_date, datepart) -%}

    {% if datepart == 'day' %}
        (({{ second_date }})::date - ({{ first_date }})::date)
    {% elif datepart == 'week' %}
        ({{ datediff(first_date, second_date, 'day') }} / 7 + case
            when date_part('dow', ({{ first_date }})::timestamp) <= date_part('dow', ({{ second_date }})::timestamp) then
                case when {{ first_date }} <= {{ second_date }} then 0 else -1 end
            else
                case when {{ first_date }} <= {{ second_date }} then 1 else 0 end
        end)
    {% elif datepart in dex__datediff_parts() %}
        {%- set larger, factor, type, whole = dex__datediff_parts()[datepart] %}
        {%- set part = "date_part('" ~ datepart ~ "', (" %}
        {%- set later = part ~ second_date ~ ')::' ~ type ~ ')' %}
        {%- set earlier = part ~ first_date ~ ')::' ~ type ~ ')' %}
        {%- set later = 'floor(' ~ later ~ ')' if whole else later %}
        {%- set earlier = 'floor(' ~ earlier ~ ')' if whole else earlier %}
        ({% if larger %}{{ datediff(first_date, second_date, larger) }} * {{ factor }} + {% endif %}{{ later }} - {{ earlier }})
    {% else %}
        {{ exceptions.raise_compiler_error("Unsupported datepart for macro datediff in postgres: {!r}".format(datepart)) }}
    {% endif %}

{%- endmacro %}

{# part: (the larger one, how many of this it has, type to read it from, cut to a whole) #}
{% macro dex__datediff_parts() %}
    {%- do return({
        'year': (none, 1, 'date', false),
        'quarter': ('year', 4, 'date', false),
        'month': ('year', 12, 'date', false),
        'hour': ('day', 24, 'timestamp', false),
        'minute': ('hour', 60, 'timestamp', false),
        'second': ('minute', 60, 'timestamp', true),
        'millisecond': ('minute', 60000, 'timestamp', true),
        'microsecond': ('minute', 60000000, 'timestamp', true),
    }) %}
{% endmacro %}
