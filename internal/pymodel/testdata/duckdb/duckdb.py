"""Stands in for DuckDB's module where a test is about the process alone: it runs no SQL.
What a test's code puts into made counts as tables."""
import os

if os.environ.get("NO_DUCKDB"):
    raise ModuleNotFoundError("No module named 'duckdb'", name="duckdb")

made = []


class Error(Exception):
    pass


class CatalogException(Error):
    pass


class BinderException(Error):
    pass


class DuckDBPyRelation:
    pass


class Connection:
    def execute(self, sql):
        self.rows = made if "duckdb_tables" in sql else []
        return self

    query = sql = execute

    def fetchall(self):
        return list(self.rows)

    def cursor(self):
        return Connection()

    def commit(self):
        raise Error("no transaction")

    def close(self):
        pass


def connect(path, config):
    return Connection()
