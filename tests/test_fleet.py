"""A fleet in small: real PostgreSQL, a real store, workers as processes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from curation.backup.restoring import chosen, restore
from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from fleet.places import place_at
from tests.conftest import Run, run
from tests.content import content_hash
from tests.postgres import Postgres, postgres
from tests.test_backup import told

ROOT = Path(__file__).parents[1]
LONGEST = 300.0
"""Seconds after which something that is waited for is given up."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    folder = Path(mkdtemp(prefix="tinhuyen-pg-", dir="/tmp"))  # which another user may enter
    try:
        with postgres(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Fleet:
    """A fleet of one test: its database, its store, and what its workers know."""

    folder: Path
    dsn: str
    store: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "TINHUYEN_FLEET_DSN": self.dsn,
            "TINHUYEN_SITES": str(self.folder / "sites"),
            "TINHUYEN_CONTACT": "https://tinhuyen.example/contact",
        }

    def describe(self, urls: dict[str, str], delay: float = 0.001) -> None:
        """Write the TOML of sites by key and address."""
        (self.folder / "sites").mkdir(exist_ok=True)
        tables = (
            f'[{key}]\nname = "Huyện {key}"\nbase_url = "{url}/"\ncms = "newspaper"\n'
            f"delay = {delay}\n"
            for key, url in urls.items()
        )
        (self.folder / "sites" / "thu.toml").write_text("\n".join(tables), encoding="utf-8")

    def say(self, *words: str | Path, code: int = 0) -> Run:
        done = run("fleet", *words, cwd=self.folder, **self.environment)
        assert done.code == code, done.out + done.err
        assert "Traceback" not in done.err, done.err
        return done

    @contextmanager
    def worker(self, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a worker for a block, which it does not outlive."""
        command = [sys.executable, "-m", "tinhuyen", "fleet", "worker", *options]
        command += ["--scratch", str(self.folder / "scratch")]
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=os.environ | self.environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.send_signal(signal.SIGCONT)
            process.terminate()
            try:
                process.wait(60)
            finally:
                process.kill()

    def rows(self, sql: str) -> list[dict[str, Any]]:
        with closing(psycopg.connect(self.dsn, row_factory=dict_row)) as connection:
            return connection.execute(sql).fetchall()

    def log(self) -> str:
        return (self.folder / "worker.log").read_text("utf-8")

    def wait_for(self, what: Callable[[], object]) -> None:
        """Wait until something is so."""
        ends = time.monotonic() + LONGEST
        while not what():
            assert time.monotonic() < ends, self.log()
            time.sleep(0.1)

    def has_done(self, jobs: int) -> bool:
        """Whether so many jobs have succeeded, and none is left."""
        found = self.rows("SELECT status FROM procrastinate_jobs WHERE task_name = 'crawl'")
        return [row["status"] for row in found] == ["succeeded"] * jobs

    def restored(self, site: str) -> Path:
        """Bring a district back from the store, and return its archive."""
        place, to = place_at(self.store, site), self.folder / f"{site}-back"
        shutil.rmtree(to, ignore_errors=True)
        restore(place, chosen(place, None), to, told)
        return to / "archive.db"


@pytest.fixture
def fleet(server: Postgres, tmp_path: Path) -> Fleet:
    made = Fleet(tmp_path, server.database(), str(tmp_path / "store"))
    made.say("init", "--store", made.store)
    return made


@contextmanager
def portals(*keys: str, articles: int = 8) -> Iterator[dict[str, Server]]:
    with ExitStack() as stack:
        yield {
            key: stack.enter_context(
                serving(Portal.scaled(articles, page_bytes=0), Faults(counter=False))
            )
            for key in keys
        }


def alone(folder: Path, urls: dict[str, str]) -> str:
    """Crawl sites by one machine; return what its archive says."""
    single = Fleet(folder / "alone", "", "")
    single.folder.mkdir()
    single.describe(urls)
    db = single.folder / "archive.db"
    done = run("crawl", *urls, "--db", db, cwd=single.folder, **single.environment)
    assert done.code == 0, done.err
    return content_hash(db)


def test_a_district_is_crawled_and_lies_in_the_store(fleet: Fleet) -> None:
    with portals("mot") as servers:
        urls = {key: server.url for key, server in servers.items()}
        fleet.describe(urls)
        assert fleet.say("enqueue").out == "1 enqueued\n"
        assert fleet.say("enqueue").out == "0 enqueued; 1 not due, or under way\n"
        with fleet.worker("--every", "1"):
            fleet.wait_for(lambda: fleet.has_done(1))
        assert content_hash(fleet.restored("mot")) == alone(fleet.folder, urls)
    (district,) = fleet.rows("SELECT * FROM fleet.districts")
    assert (district["outcome"], district["failures"]) == ("finished", 0)
    assert district["due_at"] is not None
    assert not fleet.rows("SELECT * FROM fleet.leases WHERE until > now()"), "it is given back"
    assert not fleet.rows("SELECT * FROM fleet.workers")
    assert not [*(fleet.folder / "scratch").iterdir()], "nothing is left on the worker's disk"
    assert run("verify", "--db", fleet.folder / "mot-back" / "archive.db").code == 0
