{# Runs those of a node's hooks that belong on one side of its transaction. A hook is
   rendered only now, right before it is sent, so it sees what the hook before it did.

   The hooks outside the transaction begin with a commit, to end the transaction that
   a driver may have opened with the connection. Adapters without that habit override
   this macro. #}
{% macro run_hooks(hooks, inside_transaction=True) %}
    {%- for hook in hooks if hook['transaction'] == inside_transaction %}
        {%- if loop.first and not inside_transaction %}
            {%- call statement(auto_begin=inside_transaction) %}
                commit;
            {%- endcall %}
            {%- do dex__committed() %}
        {%- endif %}
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


{# The dict form of a hook as text. A hook that reads as a JSON object is taken apart
   again when the node's config is merged. #}
{% macro make_hook_config(sql, inside_transaction) %}
    {{ tojson({'sql': sql, 'transaction': inside_transaction}) }}
{% endmacro %}


{% macro before_begin(sql) %}
    {{- make_hook_config(sql, inside_transaction=False) -}}
{% endmacro %}


{% macro in_transaction(sql) %}
    {{- make_hook_config(sql, inside_transaction=True) -}}
{% endmacro %}


{% macro after_commit(sql) %}
    {{- make_hook_config(sql, inside_transaction=False) -}}
{% endmacro %}
