{# DuckDB can neither drop nor rename a table that a foreign key points at, and it keeps
   the name under which a table with a foreign key was made. So such a table is built in
   place, and the tables whose keys point at one are dropped first, with a copy of their
   data put in their place until this run rebuilds them, constraints and all. #}

{# The types of constraints that the model's enforced contract declares. #}
{% macro enforced_constraint_types() -%}
    {%- set types = [] -%}
    {%- if config.get('contract').enforced -%}
        {%- for holder in [model] + (model.get('columns', {}).values() | list) -%}
            {%- for constraint in holder.get('constraints', []) -%}
                {%- do types.append(constraint.type) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {%- do return(types) -%}
{%- endmacro %}


{# The same of the table that stands. #}
{% macro existing_constraint_types(relation) -%}
    {%- do return(adapter.existing_key_constraint_types(relation) if relation is not none and relation.is_table else []) -%}
{%- endmacro %}


{% macro has_foreign_key_constraints(relation=none) -%}
    {%- if not adapter.catalog_supports_foreign_keys(this.database) -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- do return('foreign_key' in enforced_constraint_types() + existing_constraint_types(relation)) -%}
{%- endmacro %}


{# A key can point only at a primary key or a unique one. The standing table counts too:
   keys may still point at it when the model declares none any more. #}
{% macro may_be_foreign_key_target(relation=none) -%}
    {%- if not adapter.catalog_supports_foreign_keys(this.database) -%}
        {%- do return(false) -%}
    {%- endif -%}
    {%- set types = enforced_constraint_types() + existing_constraint_types(relation) -%}
    {%- do return('primary_key' in types or 'unique' in types) -%}
{%- endmacro %}


{# Drops a relation that is built in place. In a transaction even where the target does
   without: a build that fails must bring back the table and all that was dropped. #}
{% macro drop_relation_for_rebuild(relation) -%}
    {%- do adapter.ensure_transaction() -%}
    {%- set dropped = [] -%}
    {%- if relation.is_table and may_be_foreign_key_target(relation) -%}
        {%- set dropped = drop_foreign_key_dependents(relation) -%}
    {%- endif -%}
    {%- do adapter.drop_relation(relation) -%}
    {%- do return(dropped) -%}
{%- endmacro %}


{# Drops the tables whose keys point at the relation, through others too, and returns
   [{relation, backup}]. An error where this run would not rebuild one of them whole. #}
{% macro drop_foreign_key_dependents(relation) -%}
    {%- set references = dex__foreign_key_references(relation) -%}
    {%- set problems = dex__foreign_key_problems(relation, references) if references else [] -%}
    {%- if problems -%}
        {%- do exceptions.raise_compiler_error(
            'Cannot replace ' ~ relation ~ ': foreign keys point at it, and DuckDB replaces no such table. '
            ~ 'Only tables that this run rebuilds may be dropped on the way. '
            ~ 'Problem tables: ' ~ problems | join('; ')) -%}
    {%- endif -%}

    {%- set dropped = [] -%}
    {%- for table in references -%}
        {%- set dependent = api.Relation.create(
            database=relation.database, schema=relation.schema, identifier=table, type='table') -%}
        {%- set backup = dependent.incorporate(path={'identifier': table ~ '__dbt_fk_backup'}, type='table') -%}
        {%- do adapter.drop_relation(backup) -%}
        {%- call statement('backup_foreign_key_dependent_' ~ loop.index) %}
            create table {{ backup }} as select * from {{ dependent }}
        {%- endcall -%}
        {%- do log('Dropping ' ~ dependent ~ ', whose foreign key points at ' ~ relation
            ~ '; this run rebuilds it later', info=True) -%}
        {%- do adapter.drop_relation(dependent) -%}
        {%- do dropped.append({'relation': dependent, 'backup': backup}) -%}
    {%- endfor -%}
    {%- do return(dropped) -%}
{%- endmacro %}


{% macro restore_foreign_key_dependents(dropped) -%}
    {%- for item in dropped | reverse -%}
        {%- do log('Restoring the data of ' ~ item['relation']
            ~ '; this run rebuilds its constraints later', info=True) -%}
        {%- do adapter.rename_relation(item['backup'], item['relation']) -%}
    {%- endfor -%}
{%- endmacro %}


{# {table: [the tables that its keys point at]}, of all that depend on the relation, in
   the order in which they can be dropped. A key never crosses schemas. #}
{% macro dex__foreign_key_references(relation) -%}
    {%- call statement('get_foreign_key_dependents', fetch_result=True) %}
        with recursive fks as (
            select table_name, referenced_table
            from duckdb_constraints()
            where constraint_type = 'FOREIGN KEY'
                and lower(database_name) = lower('{{ adapter.escape_sql_string(relation.database) }}')
                and lower(schema_name) = lower('{{ adapter.escape_sql_string(relation.schema) }}')
                and lower(table_name) <> lower(referenced_table)
        ),
        dependents(table_name, depth) as (
            select table_name, 1
            from fks
            where lower(referenced_table) = lower('{{ adapter.escape_sql_string(relation.identifier) }}')
            union
            select fks.table_name, dependents.depth + 1
            from fks
            join dependents on lower(fks.referenced_table) = lower(dependents.table_name)
        )
        select fks.table_name, max(dependents.depth) as depth, fks.referenced_table
        from fks
        join dependents on fks.table_name = dependents.table_name
        group by fks.table_name, fks.referenced_table
        order by depth desc, fks.table_name, fks.referenced_table
    {%- endcall -%}
    {%- set references = {} -%}
    {%- for row in load_result('get_foreign_key_dependents').table -%}
        {%- do references.setdefault(row[0], []).append(row[2] | lower) -%}
    {%- endfor -%}
    {%- do return(references) -%}
{%- endmacro %}


{# Why a table may not be dropped: no model builds it; the model is not selected; it does
   not depend on the model of what its key points at, so that it may run before; or it
   would keep data of earlier runs. #}
{% macro dex__foreign_key_problems(relation, references) -%}
    {%- set builders = {relation.identifier | lower: model.unique_id} -%}
    {%- set nodes = {} -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model'
        and (node.database or '') | lower == (relation.database or '') | lower
        and node.schema | lower == relation.schema | lower -%}
        {%- for table in references if table | lower == (node.alias or node.name) | lower -%}
            {%- do nodes.update({table: node}) -%}
            {%- do builders.update({table | lower: node.unique_id}) -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set problems = [] -%}
    {%- for table, targets in references.items() -%}
        {%- set node = nodes.get(table) -%}
        {%- set upstream = [] -%}
        {%- for target in targets if target in builders -%}
            {%- do upstream.append(builders[target]) -%}
        {%- endfor -%}
        {%- if node is none -%}
            {%- do problems.append(table ~ ' (not built by a dbt model in this project)') -%}
        {%- elif node.unique_id not in selected_resources -%}
            {%- do problems.append(table ~ ' (model ' ~ node.name ~ ' is not selected in this run)') -%}
        {%- elif not (upstream | select('in', node.depends_on.nodes) | list) -%}
            {%- do problems.append(table ~ ' (model ' ~ node.name ~ ' does not ref() the table its foreign key '
                ~ 'points at, so it may not run after it; use `to: ref(...)` in the constraint)') -%}
        {%- else -%}
            {%- set own = node.config.full_refresh -%}
            {%- set rebuilt = flags.FULL_REFRESH if own is none else own -%}
            {%- set kind = node.config.materialized -%}
            {%- if not (kind == 'table' or (kind == 'incremental' and rebuilt)) -%}
                {%- do problems.append(table ~ ' (model ' ~ node.name ~ ' is materialized as ' ~ kind
                    ~ ' and would lose its data; run with --full-refresh)') -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(problems) -%}
{%- endmacro %}
