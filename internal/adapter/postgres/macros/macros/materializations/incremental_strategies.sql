{# The strategies are append, delete+insert, merge (since Postgres 15) and microbatch. #}
{% macro postgres__get_incremental_default_sql(arg_dict) %}
    {%- if not arg_dict['unique_key'] %}
        {%- do return(get_incremental_append_sql(arg_dict)) %}
    {%- endif %}
    {%- do return(get_incremental_delete_insert_sql(arg_dict)) %}
{% endmacro %}

{# A batch is merged, so that one that runs again leaves the same rows. #}
{% macro postgres__get_incremental_microbatch_sql(arg_dict) %}
    {%- if not arg_dict['unique_key'] %}
        {%- do exceptions.raise_compiler_error("dbt-postgres 'microbatch' requires a `unique_key` config") %}
    {%- endif %}
    {%- do return(adapter.dispatch('get_incremental_merge_sql', 'dbt')(arg_dict)) %}
{% endmacro %}
