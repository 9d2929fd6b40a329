"""What the tests share: portals served on loopback, and our own commands run as a user would."""

import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.processes import Run as Run  # for the tests, which have it from here
from tests.processes import run as run
from tests.raw import Answer, RawServer, raw_server
from tests.raw import Portal as RawPortal

pytest_plugins = ["tests.alpha", "tests.wordpress.fixtures"]

# A busy machine must fail no test: no example has a time limit, nor has making one.
_untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.register_profile("test", _untimed, max_examples=100)
settings.register_profile("check", _untimed, max_examples=1000)
settings.load_profile("test")


def costly(test: Callable[..., None]) -> Callable[..., None]:
    """Try a property a quarter as often as others: each of its examples makes an archive."""
    often: int = settings.get_profile(settings.get_current_profile_name()).max_examples
    return settings(max_examples=often // 4)(test)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One more than there are cores: each waits half of its time for a crawl or a browser."""
    return (os.cpu_count() or 1) + 1


long = partial(pytest.param, marks=pytest.mark.long)
"""A case that is left to `make check`: ``parametrize("cms", ["newspaper", long("wordpress")])``."""

# Whoever runs the tests may keep sites of their own, of which the tests know nothing.
_CONFIG = tempfile.TemporaryDirectory(prefix="tinhuyen-config-")
os.environ["XDG_CONFIG_HOME"] = _CONFIG.name

SHARED = Path(__file__).parents[2] / "shared"
"""Other people's texts, not in the repository; tests that need them are skipped without."""


@dataclass
class Archived:
    """A site of the test's own and the archive that it is crawled into."""

    folder: Path
    server: Server | None = None

    @property
    def db(self) -> Path:
        """The archive."""
        return self.folder / "archive.db"

    def describe(self, base_url: str, **keys: Any) -> None:
        """Write the TOML of the site ``test``, which has this start page; None leaves a key out."""
        facts = {"name": "Huyện Thử", "base_url": base_url, "cms": "newspaper", "delay": 0.001}
        facts = {key: value for key, value in (facts | keys).items() if value is not None}
        lines = [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
        sites = self.folder / "sites"
        sites.mkdir(exist_ok=True)
        (sites / "thu.toml").write_text("[test]\n" + "\n".join(lines), encoding="utf-8")

    def describe_all(self, base_urls: Iterable[str]) -> list[str]:
        """Write the TOML of a site for each of these start pages, and return their keys."""
        places = {f"huyen{number}": url for number, url in enumerate(base_urls)}
        sites = self.folder / "sites"
        sites.mkdir(exist_ok=True)
        (sites / "thu.toml").write_text(
            "\n".join(
                f'[{key}]\nname = "Huyện {key}"\nbase_url = "{url}"\ncms = "newspaper"\n'
                for key, url in places.items()
            ),
            encoding="utf-8",
        )
        return [*places]

    def crawl(self, *arguments: str, code: int | None = 0) -> dict[str, Any]:
        """Crawl the site, expect the exit *code* (None: any), and return the summary."""
        done = run(
            "crawl", "test", "--db", self.db, "--json", *arguments,
            TINHUYEN_SITES=str(self.folder / "sites"),
            TINHUYEN_CONTACT="https://tinhuyen.example/contact",
        )  # fmt: skip
        assert "Traceback" not in done.err, done.err
        assert done.out, done.err
        summary: dict[str, Any] = done.json()[0]
        assert code is None or done.code == code, done.out + done.err
        return summary

    def forget(self) -> None:
        """Remove the archive, and what it has received."""
        for file in self.folder.glob("archive.db*"):
            file.unlink()
        shutil.rmtree(self.folder / "captures")

    def rows(self, sql: str, *parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of a query."""
        with closing(sqlite3.connect(self.db)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, parameters)]

    def urls(self, state: str | None = None) -> set[str]:
        """Return the paths of the addresses in a state, or of the articles held."""
        sql, parameters = "SELECT url FROM articles", []
        if state:
            sql, parameters = "SELECT url FROM urls WHERE state = ?", [state]
        base = self.server.url if self.server else ""
        return {row["url"].removeprefix(base) for row in self.rows(sql, *parameters)}


@pytest.fixture
def archived(tmp_path: Path) -> Archived:
    """A folder with no site described yet."""
    return Archived(tmp_path)


Serve = Callable[..., Archived]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serve a portal as the site ``test``: ``serve(portal, Faults(...), delay=0.1)``."""
    with ExitStack() as stack:

        def start(portal: Portal, faults: Faults | None = None, **keys: Any) -> Archived:
            server = stack.enter_context(serving(portal, faults))
            archived = Archived(tmp_path, server)
            archived.describe(server.url + "/", **keys)
            return archived

        yield start


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[RawPortal]:
    """Serve what a function answers as the site ``test``."""
    with ExitStack() as stack:

        def start(answered: Answer, **keys: Any) -> tuple[Archived, RawServer]:
            server = stack.enter_context(raw_server(answered))
            archived = Archived(tmp_path)
            archived.describe(server.url + "/", **({"cms": "generic"} | keys))
            return archived, server

        yield start


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of other people's texts, or a skip where it is not."""
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not here: it holds other people's texts")
    return SHARED
