"""Every class of dbt-tests-adapter that has tests, made one of the adapter CONFORMANCE_ADAPTER.

The package holds base classes (BaseX, and others by various names) that an adapter's suite
inherits, and classes TestX that are those of Postgres. Each becomes a class
Test__<folder>__<class> here, but a TestX that adds nothing to its base, which would be the same
tests again. What an adapter has to say for a class (its SQL, its types) is in fixtures_<adapter>.py:
a class of the same name there is put before it.
"""

import importlib
import inspect
import os
from pathlib import Path

import dbt.tests.adapter

ADAPTER = os.environ["CONFORMANCE_ADAPTER"]
OWN = {
    name: c
    for name, c in vars(importlib.import_module(f"fixtures_{ADAPTER}")).items()
    if inspect.isclass(c) and "__" in name
}


def has_tests(c):
    return any(n.startswith("test") and callable(getattr(c, n)) for n in dir(c))


def adds_nothing(c):
    own = {n for n in vars(c) if not n.startswith("__")}
    return not own and len(c.__bases__) == 1 and has_tests(c.__bases__[0])


def modules():
    """Names of all modules of the package; many of its folders have no __init__.py."""
    for root in map(Path, dbt.tests.adapter.__path__):
        for path in sorted(root.rglob("*.py")):
            if path.stem != "__init__" and not path.stem.startswith("fixture"):
                yield ".".join(path.relative_to(root).with_suffix("").parts)


def every_class():
    for name in modules():
        module = importlib.import_module(f"dbt.tests.adapter.{name}")
        for own, c in sorted(vars(module).items()):
            if inspect.isclass(c) and c.__module__ == module.__name__ and has_tests(c) and not adds_nothing(c):
                yield f"Test__{name.split('.')[0]}__{own}", c


def make():
    made, used = {}, set()
    for name, c in every_class():
        if name in made:
            raise RuntimeError(f"two classes {name}")
        more = OWN.get(name.removeprefix("Test__"))
        if more:
            used.add(name.removeprefix("Test__"))
        bases = (more, c) if more else (c,)
        made[name] = type(name, bases, {"__module__": __name__, "__test__": True})
    if set(OWN) - used:
        raise RuntimeError(f"fixtures for classes that are not there: {sorted(set(OWN) - used)}")
    return made


globals().update(make())
