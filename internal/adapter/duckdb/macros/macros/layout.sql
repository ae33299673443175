{# How a DuckLake table is laid out in files: partitioned_by (or partition_by) and
   sorted_by (or sort_by). Each is SQL ready for "set ... by (...)", or none. #}

{% macro duckdb__get_partitioned_by(relation, temporary) -%}
    {%- set columns = dex__layout_columns('partitioned_by', 'partition_by', relation, temporary) -%}
    {%- do return(columns | join(', ') if columns else none) -%}
{%- endmacro %}

{# Sorting is by plain columns; partitioning also by expressions, so only here quotes. #}
{% macro duckdb__get_sorted_by(relation, temporary) -%}
    {%- set quoted = [] -%}
    {%- for name in dex__layout_columns('sorted_by', 'sort_by', relation, temporary) -%}
        {%- do quoted.append(adapter.quote(name | replace('"', '""'))) -%}
    {%- endfor -%}
    {%- do return(quoted | join(', ') if quoted else none) -%}
{%- endmacro %}


{# The configured list, empty where it does not apply: for temporary relations, for those
   that a table is built under before it is renamed, and outside DuckLake. #}
{% macro dex__layout_columns(name, other_name, relation, temporary) -%}
    {%- if temporary -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- set given = config.get(name, none) -%}
    {%- if given is none or (given == '' and name == 'partitioned_by') -%}
        {%- set given = config.get(other_name, none) -%}
    {%- endif -%}
    {%- if given is none or (given == '' and name == 'partitioned_by') -%}
        {%- do return([]) -%}
    {%- endif -%}

    {%- set both = name ~ '/' ~ other_name -%}
    {%- set columns = normalize_string_or_list(given, both) -%}
    {%- if not columns -%}
        {%- do exceptions.raise_compiler_error(both ~ ' must contain at least one column') -%}
    {%- endif -%}
    {%- if this is defined and config.get('materialized') in ['table', 'incremental']
        and relation.identifier and this.identifier and relation.identifier != this.identifier -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- if not adapter.is_ducklake(relation) -%}
        {%- do adapter.warn_once(both ~ ' is only supported for DuckLake relations; ignoring for ' ~ relation) -%}
        {%- do return([]) -%}
    {%- endif -%}
    {%- do return(columns) -%}
{%- endmacro %}

{% macro duckdb__alter_table_set_partitioned_by(relation, partitioned_by) -%}
    alter table {{ relation }} set partitioned by ({{ partitioned_by }});
{%- endmacro %}

{% macro duckdb__alter_table_set_sorted_by(relation, sorted_by) -%}
    alter table {{ relation }} set sorted by ({{ sorted_by }});
{%- endmacro %}


{% macro dex__set_layout(relation, partitioned_by, sorted_by) -%}
    {%- if partitioned_by %}{{ duckdb__alter_table_set_partitioned_by(relation, partitioned_by) }}{% endif %}
    {% if sorted_by %}{{ duckdb__alter_table_set_sorted_by(relation, sorted_by) }}{% endif %}
{%- endmacro %}
