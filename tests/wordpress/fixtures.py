"""The pytest fixture; `pytest_plugins = ["tests.wordpress.fixtures"]` makes it known."""

import os
from collections.abc import Iterator

import pytest

from .portal import WordPress
from .requirements import missing_packages


def require_packages() -> None:
    """Skip the test where Debian's packages are missing.

    Fails instead where the environment says `CI=true`: there `.ci/run` has to install them.
    """
    missing = missing_packages()
    if not missing:
        return
    reason = f"needs the Debian packages {', '.join(missing)} (see tests/wordpress/packages.txt)"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    """A running WordPress of 300 published posts, shared by the whole test run."""
    require_packages()
    with WordPress() as portal:
        yield portal
