{# create table and create view. #}

{# Redefined for its two more arguments, which the materializations below pass. #}
{% macro create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- do return(adapter.dispatch('create_table_as', 'dbt')(
        temporary, relation, compiled_code, language, partitioned_by=partitioned_by, sorted_by=sorted_by)) -%}
{%- endmacro %}

{# With a contract, or a layout that has to be set before the first row comes in, the
   table is made empty first. DuckDB takes no constraints on temporary tables. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- if language == 'python' -%}
        {{- py_write_table(
            temporary=temporary, relation=relation, compiled_code=compiled_code,
            partitioned_by=partitioned_by, sorted_by=sorted_by) -}}
    {%- elif language != 'sql' -%}
        {%- do exceptions.raise_compiler_error(
            "duckdb__create_table_as macro didn't get supported language, it got " ~ language) -%}
    {%- else -%}
    {%- set contract = config.get('contract').enforced -%}
    {%- if contract -%}
        {{ get_assert_columns_equivalent(compiled_code) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create {{ 'temporary ' if temporary }}table {{ relation.include(database=not temporary, schema=not temporary) }}
    {%- if contract and not temporary %}
    {{ get_table_columns_and_constraints() }} ;
    {{ dex__set_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }} {{ get_column_names() }} (
        {{ get_select_subquery(compiled_code) }}
    );
    {%- elif partitioned_by or sorted_by %}
    as (
        select * from (
            {{ compiled_code }}
        ) as model_subq
        limit 0
    );
    {{ dex__set_layout(relation, partitioned_by, sorted_by) }}
    insert into {{ relation }}
        select * from (
            {{ compiled_code }}
        ) as model_subq;
    {%- else %}
    as (
        {{ compiled_code }}
    );
    {%- endif %}
    {%- endif -%}
{%- endmacro %}

{# (a , b ,) of the model's contract. #}
{% macro get_column_names() %}
    (
    {%- for column in model['columns'].values() %}
        {{ adapter.quote(column['name']) if column.get('quote') else column['name'] }} {{ ',' if not loop.last }}
    {%- endfor %}
    )
{% endmacro %}

{% macro duckdb__create_view_as(relation, sql) -%}
    {%- if config.get('contract').enforced -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {{ header if header is not none }}
    create view {{ relation }} as (
        {{ sql }}
    );
{%- endmacro %}


{# What is put behind a Python model's code: it hands the result over as a table. The
   import of pyarrow.dataset is for DuckDB, which reads an arrow table through it. #}
{% macro py_write_table(temporary, relation, compiled_code, partitioned_by=none, sorted_by=none) -%}
{{ compiled_code }}

def materialize(df, con):
    try:
        import pyarrow
        if isinstance(df, pyarrow.Table):
            import pyarrow.dataset
    except ImportError:
        pass
    frame = "__dbt_python_model_df_{{ relation.identifier }}"
    con.register(frame, df)
    {%- if partitioned_by or sorted_by %}
    con.execute('create table {{ relation }} as select * from ' + frame + ' limit 0')
    {%- if partitioned_by %}
    con.execute('alter table {{ relation }} set partitioned by ({{ partitioned_by }})')
    {%- endif %}
    {%- if sorted_by %}
    con.execute('alter table {{ relation }} set sorted by ({{ sorted_by }})')
    {%- endif %}
    con.execute('insert into {{ relation }} select * from ' + frame)
    {%- else %}
    con.execute('create table {{ relation }} as select * from ' + frame)
    {%- endif %}
    con.unregister(frame)
{% endmacro %}
