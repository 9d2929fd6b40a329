"""A fleet for tests and benches: its commands, its workers as processes, and portals for them."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
from psycopg.rows import dict_row

from curation.backup.restoring import chosen, restore
from demo.faults import Faults
from demo.portal import Portal
from demo.server import Server, serving
from fleet.places import place_at
from tests.content import content_hash
from tests.postgres import Postgres, postgres
from tests.processes import Run, run

ROOT = Path(__file__).parents[1]
LONGEST = 600.0
"""Seconds after which something that is waited for is given up."""


@contextmanager
def postgres_apart() -> Iterator[Postgres]:
    """Run a PostgreSQL in a folder that another user may enter."""
    folder = Path(mkdtemp(prefix="tinhuyen-pg-"))
    try:
        with postgres(folder) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Worker:
    """A worker that was begun."""

    process: "subprocess.Popen[bytes]"

    def send(self, number: signal.Signals) -> None:
        """Send a signal to it, and to all that it has begun."""
        for pid in [self.process.pid, *self.crawls()]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def crawls(self) -> list[int]:
        """Return the processes of its crawls."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            return [int(pid) for pid in children.read_text("ascii").split()]
        except OSError:
            return []

    def end(self) -> None:
        """Have it end in order, if it lives."""
        self.send(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(60)
        finally:
            self.send(signal.SIGKILL)


@dataclass
class Fleet:
    """A fleet of one test: its database, its store, and what its workers know."""

    folder: Path
    dsn: str
    store: str
    access: Mapping[str, str] = field(default_factory=dict)
    """What the environment says of the store."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            **self.access,
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
    def worker(self, *options: str, name: str = "mot") -> Iterator["Worker"]:
        """Run a worker for a block, which it does not outlive; what it asks portals has its name
        in it.
        """
        command = [sys.executable, "-m", "tinhuyen", "fleet", "worker", *options]
        command += ["--scratch", str(self.folder / "scratch")]
        contact = {"TINHUYEN_CONTACT": f"https://tinhuyen.example/{name}"}
        with (self.folder / "worker.log").open("ab") as log:
            process = subprocess.Popen(
                command, env=os.environ | self.environment | contact, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        worker = Worker(process)
        try:
            yield worker
        finally:
            worker.end()

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
        restore(place, chosen(place, None), to, lambda what, done, total: None)
        return to / "archive.db"


@contextmanager
def portals(*keys: str, articles: int = 8) -> Iterator[dict[str, Server]]:
    """Serve a portal for each of these keys, whose pages never change."""
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


def askers(server: Server) -> list[str]:
    """Return which workers have asked a portal, one after another, by their names."""
    names = (request.headers["user-agent"].rpartition("/")[2].rstrip(")") for request in server.log)
    return [name for name, _ in groupby(names)]


def pages(server: Server) -> int:
    """Return how many requests were for pages of articles."""
    slugs = set(server.portal.slugs)
    return sum(request.target.strip("/") in slugs for request in server.log)


def collection_killed(fleet: Fleet, db: Path) -> bool:
    """Begin a collection, and kill it when it has brought in a district more; whether it was."""

    def brought() -> int:
        with (
            suppress(sqlite3.OperationalError),  # it is about to be made
            closing(sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)) as archive,
        ):
            return len(archive.execute("SELECT site FROM collections").fetchall())
        return 0

    command = [sys.executable, "-m", "tinhuyen", "fleet", "collect", "--db", str(db)]
    before = brought()
    process = subprocess.Popen(
        command, env=os.environ | fleet.environment, cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while process.poll() is None:
        if brought() > before:
            os.killpg(process.pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    return process.wait() == -signal.SIGKILL
