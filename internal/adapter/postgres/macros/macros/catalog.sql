{# What is in the database, for "docs generate": one row for each column, with its table's
   facts beside it. From pg_catalog: the information schema has no comments, no
   materialized views, and only what the role may read. #}

{% macro postgres__get_catalog_relations(information_schema, relations) -%}
    {%- set conditions = [] -%}
    {%- for relation in relations -%}
        {%- set condition = "upper(space.nspname) = upper('" ~ relation.schema ~ "')" -%}
        {%- if relation.identifier -%}
            {%- set condition = '(' ~ condition ~ " and upper(owner.relname) = upper('" ~ relation.identifier ~ "'))" -%}
        {%- endif -%}
        {%- do conditions.append(condition) -%}
    {%- endfor -%}

    {%- call statement('catalog', fetch_result=True) %}
    {{ adapter.verify_database(information_schema.database) }}
    select
        '{{ information_schema.database }}' as table_database,
        space.nspname as table_schema,
        owner.relname as table_name,
        case owner.relkind
            when 'm' then 'MATERIALIZED VIEW'
            when 'v' then 'VIEW'
            else 'BASE TABLE'
        end as table_type,
        about_table.description as table_comment,
        col.attname as column_name,
        col.attnum as column_index,
        pg_catalog.format_type(col.atttypid, col.atttypmod) as column_type,
        about_column.description as column_comment,
        pg_get_userbyid(owner.relowner) as table_owner
    from pg_catalog.pg_class as owner
    join pg_catalog.pg_namespace as space on space.oid = owner.relnamespace
    join pg_catalog.pg_attribute as col on col.attrelid = owner.oid
    left join pg_catalog.pg_description as about_table
        on about_table.objoid = owner.oid and about_table.objsubid = 0
    left join pg_catalog.pg_description as about_column
        on about_column.objoid = owner.oid and about_column.objsubid = col.attnum
    where ({{ conditions | join(' or ') }})
        -- tables, views, foreign and partitioned tables, materialized views; none that is temporary
        and owner.relkind in ('r', 'v', 'f', 'p', 'm')
        and owner.relpersistence in ('p', 'u')
        and not pg_is_other_temp_schema(space.oid)
        -- neither the system's columns nor those that were dropped
        and col.attnum > 0
        and not col.attisdropped
    order by space.nspname, owner.relname, col.attnum
    {%- endcall -%}
    {%- do return(load_result('catalog').table) -%}
{%- endmacro %}

{% macro postgres__get_catalog(information_schema, schemas) -%}
    {%- set relations = [] -%}
    {%- for schema in schemas -%}
        {%- do relations.append({'schema': schema}) -%}
    {%- endfor -%}
    {%- do return(postgres__get_catalog_relations(information_schema, relations)) -%}
{%- endmacro %}
