{# What of a materialized view is compared with its config: the indexes. #}
{% macro postgres__describe_materialized_view(relation) %}
    {%- do return({'indexes': run_query(get_show_indexes_sql(relation))}) %}
{% endmacro %}
