"""Two bodies at one host, below paths of it or at the very same addresses: each holds its own."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Archived, Run, long, run
from tests.test_crawl import environment

BOTH = ("cu", "moi")
"""The keys of two sites."""
ON_PAGES_ONLY: dict[str, Any] = {"rest": "absent", "feeds": False, "sitemap": False}


def describe(archived: Archived, **base_urls: str) -> None:
    """Write the sites of these names."""
    sites = archived.folder / "sites"
    sites.mkdir(exist_ok=True)
    tables = [
        f'[{key}]\nname = "Huyện {key}"\nbase_url = {json.dumps(url)}\ncms = "newspaper"\n'
        "delay = 0.001\n"
        for key, url in base_urls.items()
    ]
    (sites / "thu.toml").write_text("\n".join(tables), encoding="utf-8")


def commanded(archived: Archived, *arguments: str | Path) -> Run:
    command, *rest = arguments
    folder = str(archived.folder / "sites")
    done = run(command, "--db", archived.db, *rest, TINHUYEN_SITES=folder)
    assert "Traceback" not in done.err, done.err
    return done


def crawled(archived: Archived, *arguments: str) -> list[dict[str, Any]]:
    done = commanded(archived, "crawl", "--json", *arguments)
    assert done.code == 0, done.out + done.err
    summaries: list[dict[str, Any]] = done.json()
    return summaries


def in_one_process(archived: Archived) -> None:
    crawled(archived, *BOTH)


def in_two_processes(archived: Archived) -> None:
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", "crawl", key, "--db", str(archived.db)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(archived),
        )
        for key in BOTH
    ]  # fmt: skip
    for process in begun:
        out, _ = process.communicate(timeout=180)
        assert process.returncode == 0, out


def in_turn(archived: Archived) -> None:
    for key in BOTH:
        crawled(archived, key)


WAYS = [in_one_process, long(in_two_processes), in_turn]


@pytest.fixture
def portal() -> Portal:
    return Portal.scaled(12, page_bytes=0)


@pytest.fixture
def server(portal: Portal) -> Iterator[Server]:
    with serving(portal, Faults(**ON_PAGES_ONLY)) as server:
        yield server


def held(archived: Archived) -> dict[str, list[str]]:
    """Return the addresses of the articles that each site holds."""
    found: dict[str, list[str]] = {}
    for row in archived.rows("SELECT site, url FROM articles ORDER BY site, url"):
        found.setdefault(row["site"], []).append(row["url"])
    return found


@pytest.mark.parametrize("crawl", WAYS)
def test_at_the_very_same_addresses(
    crawl: Callable[[Archived], None], archived: Archived, portal: Portal, server: Server
) -> None:
    describe(archived, **dict.fromkeys(BOTH, f"{server.url}/"))

    crawl(archived)

    urls = sorted(server.url + post.path for post in portal.posts)
    assert held(archived) == dict.fromkeys(BOTH, urls)
