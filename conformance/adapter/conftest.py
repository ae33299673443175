"""The target of the base classes: CONFORMANCE_ADAPTER is duckdb or postgres."""

import os
import shutil
from pathlib import Path

import pytest

ADAPTER = os.environ["CONFORMANCE_ADAPTER"]

pytest_plugins = ["dbt.tests.fixtures.project"]


def pytest_configure(config):
    from argparse import Namespace

    from dbt.flags import set_from_args
    set_from_args(Namespace(), None)        # dbt's fixtures read flags before any command


@pytest.fixture(scope="session")
def dbt_profile_target(tmp_path_factory):
    if ADAPTER == "duckdb":                 # a file: a second process sees no ":memory:"
        return {"type": "duckdb", "threads": 4, "path": str(tmp_path_factory.mktemp("dbs") / "tmp.db")}
    return {
        "type": "postgres",
        "threads": 4,
        "host": os.environ["POSTGRES_TEST_HOST"],
        "port": int(os.environ["POSTGRES_TEST_PORT"]),
        "user": os.environ["POSTGRES_TEST_USER"],
        "pass": os.environ["POSTGRES_TEST_PASS"],
        "dbname": os.environ["POSTGRES_TEST_DATABASE"],
    }


@pytest.fixture(scope="class")
def test_data_dir(request, tmp_path_factory):
    """A folder that a class may make and remove; those of hooks find their files in it."""
    folder = tmp_path_factory.mktemp("data") / "data"
    if request.cls and request.cls.__name__.startswith("Test__hooks__"):
        shutil.copytree(Path(__file__).parent / "hookdata", folder)
    return folder
