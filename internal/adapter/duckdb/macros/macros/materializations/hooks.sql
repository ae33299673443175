{# DuckDB opens no transaction with a connection, so hooks outside of one need no commit
   to begin with. #}
{% macro run_hooks(hooks, inside_transaction=True) %}
    {%- for hook in hooks if hook['transaction'] == inside_transaction %}
        {%- if dex__begin_hook(hook, inside_transaction) %}
            {%- set hook_sql = dex__send_hook(render(hook.get('sql')) | trim) %}
            {%- if hook_sql %}
                {%- call statement(auto_begin=inside_transaction) %}
                    {{ hook_sql }}
                {%- endcall %}
            {%- endif %}
            {%- do dex__end_hook() %}
        {%- endif %}
    {%- endfor %}
{% endmacro %}
