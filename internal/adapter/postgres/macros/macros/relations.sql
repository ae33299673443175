{# Which relation depends on which: "drop ... cascade" takes the first with the second.
   A view depends on what it selects from through its rewrite rule: pg_depend has one row
   from the rule to the view itself, and one to each column that the rule reads. #}
{% macro postgres__get_relations() -%}
    {%- call statement('relations', fetch_result=True) %}
    select distinct
        view_space.nspname as dependent_schema,
        view_class.relname as dependent_name,
        source_space.nspname as referenced_schema,
        source_class.relname as referenced_name
    from pg_depend as of_view
    join pg_depend as of_source
        on of_source.objid = of_view.objid
        and of_source.classid = of_view.classid
        and of_source.refclassid = of_view.refclassid
        and of_source.refobjid != of_view.refobjid
    join pg_class as view_class on view_class.oid = of_view.refobjid
    join pg_namespace as view_space on view_space.oid = view_class.relnamespace
    join pg_class as source_class on source_class.oid = of_source.refobjid
    join pg_namespace as source_space on source_space.oid = source_class.relnamespace
    where of_view.classid = 'pg_rewrite'::regclass
        and of_view.refclassid = 'pg_class'::regclass
        and of_view.deptype = 'i'
        and source_space.nspname != 'information_schema'
        and source_space.nspname not like 'pg\_%'
    order by dependent_schema, dependent_name, referenced_schema, referenced_name
    {%- endcall -%}
    {%- do return(load_result('relations').table) -%}
{%- endmacro %}

{# The name it had first. #}
{% macro postgres_get_relations() %}
    {%- do return(postgres__get_relations()) %}
{% endmacro %}
