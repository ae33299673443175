{# A user-defined function, made anew on every run. Its hooks run within its
   transaction only; those outside are not run at all, as in dbt. #}
{% materialization function, default, supported_languages=['sql', 'python', 'javascript'] %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- set target_relation = this.incorporate(type=this.Function) %}
    {%- do run_hooks(pre_hooks) %}

    {#- The macro's name depends on type and language. Held under another name because a
        plain adapter.dispatch with a computed name is refused when macros are read. #}
    {%- set dispatch_by_name = adapter.dispatch %}
    {%- set macro_name = this.get_function_macro_name(this.get_function_config(model)) %}
    {%- set build_sql = dispatch_by_name(macro_name, 'dbt')(target_relation) %}
    {%- do function_execute_build_sql(build_sql, existing_relation, target_relation) %}

    {%- do run_hooks(post_hooks) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}
