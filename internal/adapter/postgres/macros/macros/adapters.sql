{# Postgres' answers to what every adapter is asked. #}

{# With a contract the table is made empty first, from its columns and constraints, and
   then filled: "create table as" takes no constraints. #}
{% macro postgres__create_table_as(temporary, relation, sql) -%}
    {%- set contract = config.get('contract').enforced -%}
    {%- if contract -%}
        {{ get_assert_columns_equivalent(sql) }}
    {%- endif -%}
    {%- set header = config.get('sql_header', none) -%}
    {%- set kind = 'temporary ' if temporary else ('unlogged ' if config.get('unlogged', default=false) else '') -%}
    {{ header if header is not none }}
    create {{ kind }}table {{ relation }}
    {%- if contract and not temporary %}
    {{ get_table_columns_and_constraints() }} ;
    insert into {{ relation }} (
        {{ adapter.dispatch('get_column_names', 'dbt')() }}
    ) (
        {{ get_select_subquery(sql) }}
    );
    {%- else %}
    as (
        {{ sql }}
    );
    {%- endif %}
{%- endmacro %}


{# The index's name holds the time: the table that this one takes the place of may still
   have its own. #}
{% macro postgres__get_create_index_sql(relation, index_dict) -%}
    {%- set index = adapter.parse_index(index_dict) -%}
    create {{ 'unique ' if index.unique }}index if not exists "{{ index.render(relation) }}"
    on {{ relation }} {{ 'using ' ~ index.type if index.type }}
    ({{ index.columns | join(', ') }})
{%- endmacro %}

{% macro postgres__get_drop_index_sql(relation, index_name) -%}
    drop index if exists "{{ relation.schema }}"."{{ index_name }}"
{%- endmacro %}

{# The names of the columns in the order of the table, not of the index. #}
{% macro postgres__get_show_indexes_sql(relation) %}
    select
        index_class.relname as name,
        access.amname as method,
        pg_index.indisunique as "unique",
        array_to_string(array_agg(col.attname), ',') as column_names
    from pg_index
    join pg_class as index_class on index_class.oid = pg_index.indexrelid
    join pg_am as access on access.oid = index_class.relam
    join pg_class as owner on owner.oid = pg_index.indrelid and owner.relkind in ('r', 'm')
    join pg_namespace as space on space.oid = owner.relnamespace
    join pg_attribute as col on col.attrelid = owner.oid and col.attnum = any(pg_index.indkey)
    where owner.relname = '{{ relation.identifier }}'
        and space.nspname = '{{ relation.schema }}'
    group by 1, 2, 3
    order by 1, 2, 3
{% endmacro %}


{# One connection sees one database: another one's name is refused, and none is written. #}
{% macro postgres__create_schema(relation) -%}
    {%- if relation.database -%}
        {{ adapter.verify_database(relation.database) }}
    {%- endif -%}
    {%- call statement('create_schema') -%}
        create schema if not exists {{ relation.without_identifier().include(database=False) }}
    {%- endcall -%}
{%- endmacro %}

{% macro postgres__drop_schema(relation) -%}
    {%- if relation.database -%}
        {{ adapter.verify_database(relation.database) }}
    {%- endif -%}
    {%- call statement('drop_schema') -%}
        drop schema if exists {{ relation.without_identifier().include(database=False) }} cascade
    {%- endcall -%}
{%- endmacro %}


{% macro postgres__get_columns_in_relation(relation) -%}
    {%- call statement('get_columns_in_relation', fetch_result=True) %}
        select
            column_name,
            data_type,
            character_maximum_length,
            numeric_precision,
            numeric_scale
        from {{ relation.information_schema('columns') }}
        where table_name = '{{ relation.identifier }}'
            {%- if relation.schema %}
            and table_schema = '{{ relation.schema }}'
            {%- endif %}
        order by ordinal_position
    {% endcall -%}
    {%- do return(sql_convert_columns_in_relation(load_result('get_columns_in_relation').table)) -%}
{%- endmacro %}


{% macro postgres__list_relations_without_caching(schema_relation) %}
    {%- set sources = [
        ('pg_tables', 'tablename', 'table'),
        ('pg_views', 'viewname', 'view'),
        ('pg_matviews', 'matviewname', 'materialized_view')] %}
    {%- call statement('list_relations_without_caching', fetch_result=True) %}
        {%- for catalog, name, type in sources %}
        select
            '{{ schema_relation.database }}' as database,
            {{ name }} as name,
            schemaname as schema,
            '{{ type }}' as type
        from {{ catalog }}
        where schemaname ilike '{{ schema_relation.schema }}'
        union all
        {%- endfor %}
        select distinct
            '{{ schema_relation.database }}' as database,
            proname as name,
            space.nspname as schema,
            'function' as type
        from pg_proc
        join pg_namespace as space on space.oid = pronamespace
        where space.nspname ilike '{{ schema_relation.schema }}'
    {% endcall %}
    {%- do return(load_result('list_relations_without_caching').table) %}
{% endmacro %}

{# A connection has the information schema of its database alone. #}
{% macro postgres__information_schema_name(database) -%}
    information_schema
{%- endmacro %}

{% macro postgres__list_schemas(database) %}
    {%- if database -%}
        {{ adapter.verify_database(database) }}
    {%- endif -%}
    {%- call statement('list_schemas', fetch_result=True, auto_begin=False) %}
        select distinct nspname from pg_namespace
    {% endcall %}
    {%- do return(load_result('list_schemas').table) %}
{% endmacro %}

{% macro postgres__check_schema_exists(information_schema, schema) -%}
    {%- if information_schema.database -%}
        {{ adapter.verify_database(information_schema.database) }}
    {%- endif -%}
    {%- call statement('check_schema_exists', fetch_result=True, auto_begin=False) %}
        select count(*) from pg_namespace where nspname = '{{ schema }}'
    {% endcall %}
    {%- do return(load_result('check_schema_exists').table) -%}
{%- endmacro %}


{# Postgres cuts a name off behind 63 bytes and says so in a notice alone. So that the
   suffix stays, the name before it is cut. dstring adds the time of day. #}
{% macro postgres__make_relation_with_suffix(base_relation, suffix, dstring) %}
    {%- set suffix = suffix ~ modules.datetime.datetime.now().strftime('%H%M%S%f') if dstring else suffix %}
    {%- set room = base_relation.relation_max_name_length() - suffix | length %}
    {%- if room < 0 %}
        {%- do exceptions.raise_compiler_error(
            'Relation suffix is too long (' ~ suffix | length ~ ' characters). Maximum length is '
            ~ base_relation.relation_max_name_length() ~ ' characters.') %}
    {%- endif %}
    {%- do return(base_relation.incorporate(path={'identifier': base_relation.identifier[:room] ~ suffix})) %}
{% endmacro %}

{% macro postgres__make_intermediate_relation(base_relation, suffix) %}
    {%- do return(postgres__make_relation_with_suffix(base_relation, suffix, dstring=False)) %}
{% endmacro %}

{# A temporary table stands in a schema of its session's own. #}
{% macro postgres__make_temp_relation(base_relation, suffix) %}
    {%- set named = postgres__make_relation_with_suffix(base_relation, suffix, dstring=True) %}
    {%- do return(named.incorporate(path={'schema': none, 'database': none})) %}
{% endmacro %}

{% macro postgres__make_backup_relation(base_relation, backup_relation_type, suffix) %}
    {%- set named = postgres__make_relation_with_suffix(base_relation, suffix, dstring=False) %}
    {%- do return(named.incorporate(type=backup_relation_type)) %}
{% endmacro %}


{# Comments are written between dollar marks, so that they may hold quotes and dollar
   marks of any other kind. #}
{% macro postgres_escape_comment(comment) -%}
    {%- if comment is not string -%}
        {%- do exceptions.raise_compiler_error('cannot escape a non-string: ' ~ comment) -%}
    {%- endif -%}
    {%- set fence = '$dbt_comment_literal_block$' -%}
    {%- if fence in comment -%}
        {%- do exceptions.raise_compiler_error('The string ' ~ fence ~ ' is not allowed in comments.') -%}
    {%- endif -%}
    {{- fence ~ comment ~ fence -}}
{%- endmacro %}

{% macro postgres__alter_relation_comment(relation, comment) %}
    {%- set type = 'materialized view' if relation.type == 'materialized_view' else relation.type %}
    comment on {{ type }} {{ relation }} is {{ postgres_escape_comment(comment) }};
{% endmacro %}

{% macro postgres__alter_column_comment(relation, column_dict) %}
    {%- set present = adapter.get_columns_in_relation(relation) | map(attribute='name') | list %}
    {%- for name, column in column_dict.items() if name in present %}
    comment on column {{ relation }}.{{ adapter.quote(name) if column['quote'] else name }} is {{ postgres_escape_comment(column['description']) }};
    {%- endfor %}
{% endmacro %}


{# What the owner has of its own needs no grant. #}
{% macro postgres__get_show_grant_sql(relation) -%}
    select grantee, privilege_type
    from {{ relation.information_schema('role_table_grants') }}
    where grantor = current_role
        and grantee != current_role
        and table_schema = '{{ relation.schema }}'
        and table_name = '{{ relation.identifier }}'
{%- endmacro %}

{# A table that takes another's place comes without the other's grants. #}
{% macro postgres__copy_grants() %}
    {%- do return(False) %}
{% endmacro %}
