"""A real WordPress that nobody prepared: no family is known, and its start page is all there is."""

from collections.abc import Iterator

import pytest

from bench.crawled import THEMES, WAYS, crawled
from tests.conftest import long

from .fixtures import require_packages
from .portal import WordPress

_ALWAYS = [("sapo", "pages alone"), ("twentytwentythree", "all routes")]
"""Each theme in each way takes a crawl of some ten seconds; the others are tried in long runs."""


@pytest.fixture(scope="module")
def portal() -> Iterator[WordPress]:
    """A small WordPress of these tests' own, for they change its theme."""
    require_packages()
    with WordPress(60) as portal:
        yield portal


@pytest.mark.parametrize(
    ("theme", "way"),
    [
        (theme, way) if (theme, way) in _ALWAYS else long(theme, way)
        for theme in THEMES
        for way in WAYS
    ],
)
def test_all_posts_are_held_and_read_right(portal: WordPress, theme: str, way: str) -> None:
    found = crawled(portal, theme, way)

    assert found.missed() == [], found.failures
    assert found.held == 1
    assert found.dates == 1
