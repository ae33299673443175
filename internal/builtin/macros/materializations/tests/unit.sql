{# A unit test: the model's SQL over given rows, side by side with the rows expected. The
   SQL is first run empty, to learn the types that the expected values are cast to. #}
{% materialization unit, default %}
    {%- set sql_header = config.get('sql_header') if flags.REQUIRE_SQL_HEADER_IN_TEST_CONFIGS else none %}
    {%- set expected_rows = config.get('expected_rows') %}
    {%- set tested = expected_rows[0].keys() if expected_rows else get_columns_in_query(sql) %}

    {%- set probe = make_temp_relation(this.incorporate(type='table')) %}
    {%- do run_query(get_create_table_as_sql(True, probe, get_empty_subquery_sql(sql))) %}
    {%- set types, quoted = {}, {} %}
    {%- for column in adapter.get_columns_in_relation(probe) %}
        {%- do types.update({column.name | lower: column.data_type}) %}
        {%- do quoted.update({column.name | lower: column.quoted}) %}
    {%- endfor %}

    {%- set names = [] %}
    {%- for name in tested %}
        {%- do names.append(quoted[name | lower]) %}
    {%- endfor %}
    {%- set expected_sql = config.get('expected_sql') or get_expected_sql(expected_rows, types, quoted) %}
    {#- Composed before the statement: an invalid fixture must fail before anything is sent. #}
    {%- set unit_test_sql = get_unit_test_sql(sql, expected_sql, names) %}
    {%- call statement('main', fetch_result=True) %}
        {{- sql_header if sql_header }}
        {{ unit_test_sql }}
    {%- endcall %}

    {%- do adapter.drop_relation(probe) %}
    {%- do return({'relations': []}) %}
{% endmaterialization %}
