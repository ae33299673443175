{# The grants config. Privileges are compared with what the database shows, where some
   may have stayed from before, and only the difference is granted and revoked. #}

{# Does a relation that replaces another have the other's grants? Yes is the safe answer:
   it costs one query. #}
{% macro copy_grants() %}
    {%- do return(adapter.dispatch('copy_grants', 'dbt')()) %}
{% endmacro %}

{% macro default__copy_grants() %}
    {%- do return(True) %}
{% endmacro %}


{# May one statement name several grantees? #}
{% macro support_multiple_grantees_per_dcl_statement() %}
    {%- do return(adapter.dispatch('support_multiple_grantees_per_dcl_statement', 'dbt')()) %}
{% endmacro %}

{% macro default__support_multiple_grantees_per_dcl_statement() %}
    {%- do return(True) %}
{% endmacro %}


{# May the relation have grants that its config does not name? #}
{% macro should_revoke(existing_relation, full_refresh_mode=True) %}
    {%- if not existing_relation %}
        {%- do return(False) %}
    {%- endif %}
    {%- do return(copy_grants() if full_refresh_mode else True) %}
{% endmacro %}


{% macro get_show_grant_sql(relation) %}
    {%- do return(adapter.dispatch('get_show_grant_sql', 'dbt')(relation)) %}
{% endmacro %}

{% macro default__get_show_grant_sql(relation) %}
    show grants on {{ relation.render() }}
{% endmacro %}


{% macro get_grant_sql(relation, privilege, grantees) %}
    {%- do return(adapter.dispatch('get_grant_sql', 'dbt')(relation, privilege, grantees)) %}
{% endmacro %}

{% macro default__get_grant_sql(relation, privilege, grantees) -%}
    grant {{ privilege }} on {{ relation.render() }} to {{ grantees | join(', ') }}
{%- endmacro %}


{% macro get_revoke_sql(relation, privilege, grantees) %}
    {%- do return(adapter.dispatch('get_revoke_sql', 'dbt')(relation, privilege, grantees)) %}
{% endmacro %}

{# Quoted, unlike the grantees of a grant: these names come from the database. #}
{% macro default__get_revoke_sql(relation, privilege, grantees) -%}
    revoke {{ privilege }} on {{ relation.render() }} from {% for grantee in grantees -%}
        {{ adapter.quote(grantee) }}{{ ', ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{# One statement for each privilege, or for each privilege and grantee. get_dcl_macro is
   get_grant_sql or get_revoke_sql. #}
{% macro get_dcl_statement_list(relation, grant_config, get_dcl_macro) %}
    {%- do return(adapter.dispatch('get_dcl_statement_list', 'dbt')(relation, grant_config, get_dcl_macro)) %}
{% endmacro %}

{% macro default__get_dcl_statement_list(relation, grant_config, get_dcl_macro) -%}
    {%- set statements = [] -%}
    {%- set together = support_multiple_grantees_per_dcl_statement() -%}
    {%- for privilege, grantees in grant_config.items() if grantees -%}
        {%- for some in ([grantees] if together else grantees | batch(1)) -%}
            {%- do statements.append(get_dcl_macro(relation, privilege, some)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do return(statements) -%}
{%- endmacro %}


{% macro call_dcl_statements(dcl_statement_list) %}
    {%- do return(adapter.dispatch('call_dcl_statements', 'dbt')(dcl_statement_list)) %}
{% endmacro %}

{# All in one call; an adapter whose driver takes one at a time overrides this. #}
{% macro default__call_dcl_statements(dcl_statement_list) %}
    {%- call statement('grants') %}
        {%- for dcl_statement in dcl_statement_list %}
            {{ dcl_statement }};
        {%- endfor %}
    {%- endcall %}
{% endmacro %}


{% macro apply_grants(relation, grant_config, should_revoke) %}
    {%- do return(adapter.dispatch('apply_grants', 'dbt')(relation, grant_config, should_revoke)) %}
{% endmacro %}

{% macro default__apply_grants(relation, grant_config, should_revoke=True) %}
    {%- if not grant_config %}
        {%- do return(none) %}
    {%- endif %}

    {%- set missing, excess = grant_config, {} %}
    {%- if should_revoke %}
        {%- set present = adapter.standardize_grants_dict(run_query(get_show_grant_sql(relation))) %}
        {%- set missing = diff_of_two_dicts(grant_config, present) %}
        {%- set excess = diff_of_two_dicts(present, grant_config) %}
        {%- if not missing and not excess %}
            {%- do log('On ' ~ relation.render() ~ ': All grants are in place, no revocation or granting needed.') %}
        {%- endif %}
    {%- endif %}

    {%- set statements = get_dcl_statement_list(relation, excess, get_revoke_sql)
                       + get_dcl_statement_list(relation, missing, get_grant_sql) %}
    {%- if statements %}
        {%- do call_dcl_statements(statements) %}
    {%- endif %}
{% endmacro %}
