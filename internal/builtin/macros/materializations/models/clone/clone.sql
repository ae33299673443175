{# For "clone": the node's relation of another state, here. A copy where the database
   copies tables without their data, else a view on it. #}
{% materialization clone, default %}
    {%- if not defer_relation %}
        {%- do log('No relation found in state manifest for ' ~ model.unique_id, info=True) %}
        {%- do return({'relations': []}) %}
    {%- endif %}
    {%- set existing_relation = load_cached_relation(this) %}
    {%- if existing_relation and not flags.FULL_REFRESH %}
        {%- do log('Relation ' ~ existing_relation ~ ' already exists', info=True) %}
        {%- do return({'relations': []}) %}
    {%- endif %}

    {%- set source_relation = load_cached_relation(defer_relation) %}
    {%- if not (can_clone_table() and source_relation and source_relation.type == 'table') %}
        {#- The view materialization of this adapter, hooks and all; its SQL is by now
            "select * from" the other relation. #}
        {%- set own = 'materialization_view_' ~ adapter.type() %}
        {%- do return(context[own if own in context else 'materialization_view_default']()) %}
    {%- endif %}

    {%- set target_relation = this.incorporate(type='table') %}
    {%- if existing_relation is not none and not existing_relation.is_table %}
        {%- do log('Dropping relation ' ~ existing_relation.render() ~ ' because it is of type ' ~ existing_relation.type) %}
        {%- do drop_relation_if_exists(existing_relation) %}
    {%- endif %}

    {%- if (target_relation.database, target_relation.schema, target_relation.identifier)
        == (defer_relation.database, defer_relation.schema, defer_relation.identifier) %}
        {%- do log('Not cloning ' ~ target_relation.render() ~ ': it would be cloned from itself') %}
    {%- else %}
        {%- call statement('main') %}
            {{ create_or_replace_clone(target_relation, defer_relation) }}
        {%- endcall %}
    {%- endif %}
    {%- do apply_grants(
        target_relation, config.get('grants'),
        should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) %}
    {%- do persist_docs(target_relation, model) %}
    {%- do return({'relations': [target_relation]}) %}
{% endmaterialization %}
