{# DuckDB opens no transaction with a connection, so hooks outside of one need no commit
   to begin with. #}
{% macro run_hooks(hooks, inside_transaction=True) %}
    {%- for hook in hooks if hook['transaction'] == inside_transaction %}
        {%- set hook_sql = render(hook.get('sql')) | trim %}
        {%- if hook_sql %}
            {%- call statement(auto_begin=inside_transaction) %}
                {{ hook_sql }}
            {%- endcall %}
        {%- endif %}
    {%- endfor %}
{% endmacro %}
