"""What a base class needs on every database; see test_base_classes.py."""

from codecs import BOM_UTF8
from pathlib import Path

import pytest

from dbt.tests.adapter.simple_seed import seeds


class simple_seed__BaseSimpleSeedWithBOM:
    """The base class copies its file from the folder of the test module."""

    @pytest.fixture(scope="class", autouse=True)
    def setUp(self, project):
        project.run_sql(seeds.seeds__expected_sql)
        path = Path(project.project_root) / "seeds" / "seed_bom.csv"
        path.write_bytes(BOM_UTF8 + seeds.seed__actual_csv.encode())
