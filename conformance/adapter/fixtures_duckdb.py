"""What DuckDB has to say for a base class; see test_base_classes.py."""

from fixtures_both import *  # noqa: F401,F403
