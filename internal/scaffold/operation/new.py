# /// script
# requires-python = ">=3.9"
# dependencies = []
#
# [tool.dex]
# description = "What it does, and when somebody would run it."
# tags = []
# # Environment variables that the script sees; all others are withheld.
# env = []
#
# [[tool.dex.params]]
# name = "schema"
# type = "string"
# default = "{{ target.schema }}"
# description = "Where it looks."
# ///
"""dex operation show __OPERATION__
dex operation run __OPERATION__ --param schema=main

Queries run in dex's own session: the script needs no credentials. What
dex.result() is given stands in the record of the run.
"""
import dex


def main(schema):
    tables = dex.query("select table_name from information_schema.tables where table_schema = ?", [schema])
    dex.log.info(f"{len(tables)} tables in {schema}")
    dex.result({"tables": len(tables)})
