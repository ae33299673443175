{# Date arithmetic on texts, for partitioned models. #}

{% macro convert_datetime(date_str, date_fmt) %}
    {%- set complaint -%}
        The provided partition date '{{ date_str }}' does not match the expected format '{{ date_fmt }}'
    {%- endset %}
    {%- do return(try_or_compiler_error(complaint, modules.datetime.datetime.strptime, date_str.strip(), date_fmt)) %}
{% endmacro %}


{# Every day from start to end, both included; as datetimes where out_fmt is empty. #}
{% macro dates_in_range(start_date_str, end_date_str=none, in_fmt="%Y%m%d", out_fmt="%Y%m%d") %}
    {%- set first = convert_datetime(start_date_str, in_fmt) %}
    {%- set last = first if end_date_str is none else convert_datetime(end_date_str, in_fmt) %}
    {%- if last < first %}
        {%- do exceptions.raise_compiler_error(
            'Partition start date is after the end date (' ~ first ~ ', ' ~ last ~ ')', model) %}
    {%- endif %}

    {%- set days = [] %}
    {%- for n in range((last - first).days + 1) %}
        {%- set day = first + modules.datetime.timedelta(days=n) %}
        {%- do days.append(day.strftime(out_fmt) if out_fmt else day) %}
    {%- endfor %}
    {%- do return(days) %}
{% endmacro %}


{# "20240101" or "20240101,20240131", as a list of days. #}
{% macro partition_range(raw_partition_date, date_fmt='%Y%m%d') %}
    {%- set ends = (raw_partition_date | string).split(',') %}
    {%- if ends | length > 2 %}
        {%- do exceptions.raise_compiler_error(
            'Invalid partition time. Expected format: {Start Date}[,{End Date}]. Got: ' ~ raw_partition_date) %}
    {%- endif %}
    {%- do return(dates_in_range(ends[0], ends[1] if ends | length == 2 else none, in_fmt=date_fmt)) %}
{% endmacro %}


{# A name suffix that no other statement of this run has. #}
{% macro py_current_timestring() %}
    {%- do return(modules.datetime.datetime.now().strftime('%Y%m%d%H%M%S%f')) %}
{% endmacro %}
