{# The Python that is put behind the code of a Python model, so that it finds its refs,
   sources and config there. The model is a function model(dbt, session); its first
   argument is a dbtObj. #}

{# A relation as the model's ref and source hand it to the database. #}
{% macro resolve_model_name(input_model_name) %}
    {%- do return(adapter.dispatch('resolve_model_name', 'dbt')(input_model_name)) %}
{% endmacro %}

{% macro default__resolve_model_name(input_model_name) -%}
    {{- input_model_name | string -}}
{%- endmacro %}


{% macro build_ref_function(model) %}
    {%- set names = {} %}
    {%- for call in model.refs %}
        {%- set version = call.get('version') %}
        {%- set parts = [call.get('package'), call['name']] | select | list %}
        {%- set relation = ref(*parts, v=version) %}
        {#- Rendered, to leave the limits of --empty and --sample aside. A ref overridden by
            the project may have returned a text. #}
        {%- set relation = relation.render() if relation.render is defined and relation.render is callable else relation %}
        {%- set key = (parts + (['v' ~ version] if version else [])) | join('.') %}
        {%- do names.update({key: resolve_model_name(relation)}) %}
    {%- endfor %}

def ref(*args, **kwargs):
    names = {{ names | tojson }}
    version = kwargs.get("v") or kwargs.get("version")
    key = ".".join(args) + (f".v{version}" if version else "")
    return kwargs["dbt_load_df_function"](names[key])

{% endmacro %}


{% macro build_source_function(model) %}
    {%- set names = {} %}
    {%- for call in model.sources %}
        {%- do names.update({call | join('.'): resolve_model_name(source(*call))}) %}
    {%- endfor %}

def source(*args, dbt_load_df_function):
    names = {{ names | tojson }}
    return dbt_load_df_function(names[".".join(args)])

{% endmacro %}


{# Those config keys that the model's code was seen to ask for. #}
{% macro build_config_dict(model) %}
    {%- set config_dict = {} %}
    {%- for key, fallback in zip(model.config.config_keys_used, model.config.config_keys_defaults) | list %}
        {%- do config_dict.update({key: model.config.get(key, fallback)}) %}
    {%- endfor %}
    {%- set meta_dict = {} %}
    {%- set meta = model.config.meta or {} %}
    {%- for key, fallback in zip(model.config.meta_keys_used or [], model.config.meta_keys_defaults or []) | list %}
        {%- do meta_dict.update({key: meta[key] if key in meta else fallback}) %}
    {%- endfor %}
config_dict = {{ config_dict }}
meta_dict = {{ meta_dict }}
{% endmacro %}


{% macro py_script_postfix(model) %}
# Above: the model as written. Below: what dbt gives it to work with.
# COMMAND ----------

{{ build_ref_function(model) }}
{{ build_source_function(model) }}
{{ build_config_dict(model) }}

class config:
    def __init__(self, *args, **kwargs):
        pass

    @staticmethod
    def get(key, default=None):
        return config_dict.get(key, default)

    @staticmethod
    def meta_get(key, default=None):
        return meta_dict.get(key, default)


class this:
    """dbt.this: the model's own relation, as text or by its parts."""
    database = "{{ this.database }}"
    schema = "{{ this.schema }}"
    identifier = "{{ this.identifier }}"

    def __repr__(self):
        return '{{ resolve_model_name(this) }}'


class dbtObj:
    def __init__(self, load_df_function) -> None:
        self.config = config
        self.this = this()
        self.is_incremental = {{ is_incremental() }}
        self.ref = lambda *args, **kwargs: ref(*args, **kwargs, dbt_load_df_function=load_df_function)
        self.source = lambda *args: source(*args, dbt_load_df_function=load_df_function)

# COMMAND ----------
{{ py_script_comment() }}
{% endmacro %}


{# For adapters that tell how to run the code by hand. #}
{% macro py_script_comment() %}
{% endmacro %}
