"""Portals as others have saved them: whatever is held, no more is claimed than is proved."""

import tarfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.conftest import Archived
from tests.raw import NOT_FOUND, QUICK, ROBOTS, Asked, RawServer, answer, held, raw_server

PORTALS = {"dakglong": {"uncovered"}, "gianghia": {"broken", "unwalked"}}
"""What speaks against it that all of each is held."""


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.long) for name in PORTALS])
def saved(request: pytest.FixtureRequest, shared: Path) -> Iterator[tuple[str, RawServer]]:
    """Serve a saved portal as the host of static pages did that had it."""
    with tarfile.open(shared / "portals" / f"{request.param}.tar.xz") as tar:
        files = {
            member.name.split("/", 1)[1]: file.read()
            for member in tar
            if member.isfile() and (file := tar.extractfile(member))
        }

    def answered(asked: Asked) -> bytes:
        if asked.path == "/robots.txt":
            return ROBOTS
        name = unquote(asked.path).strip("/")
        body = files.get(f"{name}/index.html" if name else "index.html")
        if body is None:
            return NOT_FOUND
        if name and not asked.path.endswith("/"):
            location = f"Location: {asked.path}/"
            return answer("", "text/html", "301 Moved Permanently", location)
        return answer(body)

    with raw_server(answered) as server:
        yield request.param, server


def test_of_a_saved_portal_nothing_is_claimed_that_is_not_proved(
    archived: Archived, saved: tuple[str, RawServer]
) -> None:
    name, server = saved
    archived.describe(server.url + "/", cms="generic")
    summary = archived.crawl(*QUICK, code=1)
    assert (summary["outcome"], summary["new"]) == ("finished", held(archived))
    assert summary["verdict"] in ("unproven", "incomplete")
    assert {*summary["reasons"]} == PORTALS[name]
    assert server.url in summary["told"], "one of what is wrong is named"
