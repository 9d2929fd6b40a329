"""The Datasette 1.0 that is being made, on which the reading room is to run as well.

`make alpha` runs the room's tests on it. Those that fail there are named in ``alpha.toml``, each
with the reason: another that fails is a fault, and so is one of these that passes.
"""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

FAILING: dict[str, str] = {
    test: reason["why"]
    for reason in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["reasons"]
    for test in reason["tests"]
}
"""The tests that fail, all cases of each or one, and why."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect of the tests that are named that they fail, where Datasette 1.0 is installed."""
    if version("datasette").startswith("0."):
        return
    for item in items:
        why = FAILING.get(item.nodeid) or FAILING.get(item.nodeid.partition("[")[0])
        if why:
            item.add_marker(pytest.mark.xfail(reason=why, strict=True))
