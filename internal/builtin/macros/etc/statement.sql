{# Sends the text of its block to the database and keeps the answer under a name for
   load_result. "main" is a node's own statement: its text is written to target/run. #}
{% macro statement(name=None, fetch_result=False, auto_begin=True, language='sql') -%}
    {%- if execute -%}
        {%- set code = caller() -%}
        {%- if name == 'main' -%}
            {%- do log('Writing the {} that is run for node "{}"'.format(language, model['unique_id'])) -%}
            {%- do write(code) -%}
        {%- endif -%}

        {%- if language == 'sql' -%}
            {%- set response, rows = adapter.execute(code, auto_begin=auto_begin, fetch=fetch_result) -%}
        {%- elif language == 'python' -%}
            {%- set response = submit_python_job(model, code) -%}
            {%- set rows = none -%}
        {%- else -%}
            {%- do exceptions.raise_compiler_error("statement macro didn't get supported language: " ~ language) -%}
        {%- endif -%}

        {%- if name is not none -%}
            {%- do store_result(name, response=response, agate_table=rows) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{# The same record for something that was done by other means: nothing is sent. #}
{% macro noop_statement(name=None, message=None, code=None, rows_affected=None, res=None) -%}
    {%- set text = caller() -%}
    {%- if name == 'main' -%}
        {%- do log('Writing the SQL that is run for node "{}"'.format(model['unique_id'])) -%}
        {%- do write(text) -%}
    {%- endif -%}
    {%- if name is not none -%}
        {%- do store_raw_result(name, message=message, code=code, rows_affected=rows_affected, agate_table=res) -%}
    {%- endif -%}
{%- endmacro %}


{# One query, its rows returned; no transaction is begun for it. #}
{% macro run_query(sql) %}
    {%- call statement('run_query_statement', fetch_result=true, auto_begin=false) %}
        {{ sql }}
    {%- endcall %}
    {%- do return(load_result('run_query_statement').table) %}
{% endmacro %}
