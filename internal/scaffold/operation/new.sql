{{ config(
    description = "What it does, and when somebody would run it.",
    tags = [],
    params = [
        {
            'name': 'schema', 'type': 'string', 'default': "{{ target.schema }}",
            'description': 'Where it looks.',
        },
    ],
) }}

-- dex operation show __OPERATION__
-- dex operation run __OPERATION__ --param schema=main
--
-- A parameter is escaped for the place where it stands: the one below becomes
-- 'main', with its quotes. Statements are parted by semicolons, and each is
-- recorded. Other settings: targets, timeout, confirm, transaction, pre_hook,
-- post_hook; docs/operations.md lists them.

select table_name
from information_schema.tables
where table_schema = {{ params.schema }}
order by table_name;
