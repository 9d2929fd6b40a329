"""A crawl in several processes is that of one: what it stores, asks, tells, and how it ends."""

import json
import logging
import os
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import Pipe
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from rich.console import Console
from scrapy import signals
from scrapy.crawler import Crawler

from crawler import settings
from crawler.vocabulary import RunOutcome
from curation import parallel
from demo.faults import Fault, Faults
from demo.portal import Portal
from demo.server import Server, serving
from tests.conftest import Run, run
from tests.content import content_hash
from tinhuyen import crew
from tinhuyen.cli import main
from tinhuyen.crawling import Plan
from tinhuyen.line import Line, LineHandler, Order

ARTICLES = 2
KEYS = tuple(f"s{n}" for n in range(1, 6))
"""Each has a host of its own, on loopback, which one server answers for."""
LONGEST = 900.0
"""Seconds after which a process is given up: several share a machine that may be busy."""


class Present:
    """An extension that writes which process crawls which site into a file of the folder that
    ``PRESENT`` names.
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the extension of one crawl."""
        extension = cls()
        extension.site = crawler.spidercls.name
        crawler.signals.connect(extension.opened, signals.spider_opened)
        return extension

    site: str

    def opened(self) -> None:
        """Write it down."""
        Path(os.environ["PRESENT"], self.site).write_text(str(os.getpid()), "ascii")


@dataclass(frozen=True)
class Country:
    """A folder with the description of some sites, and what they are crawled into."""

    folder: Path
    server: Server

    @property
    def db(self) -> Path:
        return self.folder / "archive.db"

    @property
    def environment(self) -> dict[str, str]:
        present = self.folder / "present"
        present.mkdir(exist_ok=True)
        return {"TINHUYEN_SITES": str(self.folder / "sites"), "PRESENT": str(present)}

    @property
    def present(self) -> dict[str, int]:
        """The number of the process that crawls or crawled each site."""
        files = [each for each in (self.folder / "present").iterdir() if each.read_text("ascii")]
        return {file.name: int(file.read_text("ascii")) for file in files}

    def describe(self, places: dict[str, str]) -> None:
        sites = self.folder / "sites"
        sites.mkdir(exist_ok=True)
        tables = (
            f'[{key}]\nname = "{key}"\nbase_url = "{url}"\ncms = "newspaper"\ndelay = 0.001'
            for key, url in places.items()
        )
        (sites / "thu.toml").write_text("\n\n".join(tables), "utf-8")

    def words(self, processes: int, *more: str) -> list[str]:
        extension = 'EXTENSIONS={"tests.test_crew.Present": 1}'
        given = ["--db", str(self.db), "--json", "-s", extension]
        return ["crawl", *KEYS, *given, "--processes", str(processes), *more]

    def crawl(self, processes: int, *more: str) -> Run:
        process = self.start(processes, *more)
        out, err = process.communicate(timeout=LONGEST)
        return Run(process.returncode, out, err)

    def start(self, processes: int, *more: str) -> subprocess.Popen[str]:
        """Begin a crawl, in a group of processes of its own, as a terminal does."""
        return subprocess.Popen(
            [sys.executable, "-m", "tinhuyen", *self.words(processes, *more)],
            env=os.environ | self.environment, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def outcomes(self) -> Counter[str]:
        with closing(sqlite3.connect(self.db)) as connection:
            return Counter(row[0] for row in connection.execute("SELECT outcome FROM runs"))


def fast() -> Faults:
    return Faults(counter=False)


def slow() -> Faults:
    return Faults(everywhere=Fault(latency=0.2), counter=False)


@pytest.fixture
def country(tmp_path: Path) -> Iterator[Callable[[Faults], Country]]:
    """Serve five portals, of a host each."""
    servers = []

    def begin(faults: Faults) -> Country:
        serve = serving(Portal.scaled(ARTICLES, page_bytes=0), faults, host="0.0.0.0")
        servers.append(serve)
        country = Country(tmp_path, serve.__enter__())
        port = urlsplit(country.server.url).port
        places = {key: f"http://127.0.0.{n}:{port}/" for n, key in enumerate(KEYS, 2)}
        country.describe(places)
        return country

    yield begin
    for serve in servers:
        serve.__exit__(None, None, None)


def until(is_so: Callable[[], Any], process: "subprocess.Popen[str]") -> None:
    """Wait until something is so, while a process goes on."""
    end = time.monotonic() + LONGEST
    while not is_so():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def until_gone(numbers: set[int]) -> None:
    """Wait until processes are gone that nobody waits for but their parent."""
    end = time.monotonic() + LONGEST
    while any(map(is_there, numbers)):
        assert time.monotonic() < end, numbers
        time.sleep(0.05)


def is_there(number: int) -> bool:
    """Whether a process goes on; one that has ended and was not waited for does not."""
    try:
        status = Path(f"/proc/{number}/status").read_text("ascii")
    except OSError:
        return False
    return not re.search(r"^State:\s+Z", status, re.MULTILINE)


def ended(process: "subprocess.Popen[str]") -> tuple[int, dict[str, Any], str]:
    """Return the exit code of a crawl, its summaries by site, and what it told beside them."""
    out, err = process.communicate(timeout=LONGEST)
    assert "Traceback" not in err, err
    return process.returncode, {told["site"]: told for told in json.loads(out)}, err


def test_two_processes_store_what_one_does_and_tell_it_alike(
    country: Callable[[Faults], Country],
) -> None:
    here = country(fast())
    told = {}
    for processes in (1, 2):
        done = here.crawl(processes)
        assert (done.code, done.err) == (0, "")
        volatile = ("verdict_as_of", "run_id")
        told[processes] = [
            {name: value for name, value in each.items() if name not in volatile}
            for each in done.json()
        ]
        assert len({*here.present.values()}) == processes
        assert here.present.keys() == {*KEYS}
        found = content_hash(here.db)
        if processes == 1:
            alone = found
            (here.db).rename(here.folder / "alone.db")
            (here.folder / "captures").rename(here.folder / "alone")
    assert found == alone
    assert [each["site"] for each in told[2]] == [*KEYS]
    assert told[2] == told[1]
    assert here.outcomes() == {RunOutcome.FINISHED: len(KEYS)}


@pytest.mark.parametrize("command", ["crawl", "reread", "verify", "import"])
def test_no_process_is_copied_that_has_a_thread_or_an_archive_open(
    country: Callable[[Faults], Country], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A copy would have locks that no thread of its own will open, and a database that two write to
    as one."""
    here = country(fast())
    assert here.crawl(1).code == 0
    files = map(str, (here.folder / "captures").rglob("*.zst"))
    words = {"crawl": here.words(2), "import": ["import", *files]}

    def opened() -> set[str]:
        """Threads, and databases with the numbers that they are open by."""
        files = {f"{each.name}: {each.resolve()}" for each in Path("/proc/self/fd").iterdir()}
        return {*map(repr, threading.enumerate())} | {name for name in files if ".db" in name}

    before = opened()  # by tests that this process ran
    seen = []

    def copied(*_: object) -> None:
        seen.append(opened() - before)
        raise ZeroDivisionError

    monkeypatch.setattr(crew, "_begun", copied)
    monkeypatch.setattr(parallel, "ProcessPoolExecutor", copied)
    for name, value in here.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(settings, "SITES_DIR", str(here.folder / "sites"))
    asked = words.get(command, [command, "--db", str(here.db), "--processes", "2"])
    if command == "import":
        asked += ["--db", str(here.folder / "other.db"), "--processes", "2"]
    CliRunner().invoke(main, asked)
    assert seen == [set()]


def test_sites_go_to_whoever_is_free(country: Callable[[Faults], Country]) -> None:
    here = country(fast())
    port = urlsplit(here.server.url).port
    lasting = Faults(everywhere=Fault(latency=2), counter=False)
    with serving(Portal.scaled(ARTICLES, page_bytes=0), lasting) as other:
        places = {key: f"http://127.0.0.{n}:{port}/" for n, key in enumerate(KEYS, 2)}
        here.describe(places | {KEYS[0]: f"{other.url}/"})
        done = here.crawl(2, "-s", "CONCURRENT_SITES=1")
    assert done.code == 0, done.err
    shares = Counter(here.present.values())
    assert shares[here.present[KEYS[0]]] == min(shares.values())
    assert len(shares) == 2


def test_a_process_that_is_killed_is_told_and_the_others_go_on(
    country: Callable[[Faults], Country],
) -> None:
    here = country(slow())
    process = here.start(2, "-s", "CONCURRENT_SITES=1")
    until(lambda: len({*here.present.values()}) == 2, process)
    until(lambda: len(here.server.log) > 8, process)
    victim = max(here.present.values())
    os.kill(victim, signal.SIGKILL)
    code, told, _ = ended(process)

    assert code == 1
    (lost,) = [key for key in KEYS if told[key]["outcome"] == RunOutcome.KILLED]
    assert here.present[lost] == victim
    assert told[lost]["problems"] == [
        "the process that crawled it was killed (SIGKILL): too little memory?"
    ]
    assert {told[key]["outcome"] for key in KEYS if key != lost} == {RunOutcome.FINISHED}
    assert here.outcomes() == {RunOutcome.FINISHED: len(KEYS) - 1, RunOutcome.KILLED: 1}

    again = here.crawl(2)
    assert again.code == 0, again.err
    assert {each["held"] for each in again.json()} == {ARTICLES}


def test_what_nobody_is_left_to_crawl_is_not_begun(country: Callable[[Faults], Country]) -> None:
    here = country(slow())
    process = here.start(2, "-s", "CONCURRENT_SITES=1")
    until(lambda: len({*here.present.values()}) == 2, process)
    begun = {*here.present}
    for number in {*here.present.values()}:
        os.kill(number, signal.SIGKILL)
    code, told, _ = ended(process)
    assert code == 1
    outcomes = {key: told[key]["outcome"] for key in KEYS}
    assert {key for key in KEYS if outcomes[key] == RunOutcome.KILLED} >= begun
    assert {outcomes[key] for key in KEYS} == {RunOutcome.KILLED, RunOutcome.NOT_STARTED}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "terminated"])
def test_all_are_ended_in_order_though_each_is_told(
    country: Callable[[Faults], Country], number: signal.Signals
) -> None:
    """A terminal's Ctrl-C goes to all processes at once, and so does systemd's SIGTERM."""
    here = country(slow())
    process = here.start(2, "-s", "CONCURRENT_SITES=1")
    until(lambda: len({*here.present.values()}) == 2, process)
    until(lambda: len(here.server.log) > 4, process)
    os.killpg(process.pid, number)
    code, told, err = ended(process)

    assert code == 1
    assert err.count("Stopping: ") == 1
    outcomes = Counter(each["outcome"] for each in told.values())
    assert outcomes[RunOutcome.KILLED] == 0
    assert outcomes[RunOutcome.SHUTDOWN] >= 1
    assert outcomes[RunOutcome.NOT_STARTED] >= 1
    assert not any(map(is_there, here.present.values()))
    assert None not in here.outcomes()


def test_processes_end_when_whoever_began_them_is_gone(
    country: Callable[[Faults], Country],
) -> None:
    here = country(slow())
    process = here.start(2, "-s", "CONCURRENT_SITES=1")
    until(lambda: len({*here.present.values()}) == 2, process)
    until(lambda: len(here.server.log) > 4, process)
    process.kill()
    process.communicate(timeout=LONGEST)
    until_gone({*here.present.values()})
    assert here.outcomes().keys() <= {RunOutcome.SHUTDOWN, RunOutcome.FINISHED}
    assert len(here.present) < len(KEYS)


def test_where_something_of_ours_breaks_all_are_told_before_one_is_waited_for(
    tmp_path: Path,
) -> None:
    """Else each goes on asking portals until those before it have ended."""
    said: list[str] = []

    class Broken:
        def begun(self, site: object) -> None:
            """Nothing is handed out."""

        def ended(self, site: object, summary: object) -> None:
            """Nothing has ended."""

        def look(self) -> float:
            raise ZeroDivisionError

    class Member:
        def instruct(self, plan: Plan, at_once: int) -> None:
            """It crawls nothing."""

        def order(self, order: Order) -> None:
            said.append(order.name)

        def end(self) -> int:
            said.append("waited for")
            return 0

    plan = Plan(tmp_path / "archive.db", (), {}, {})
    with pytest.raises(ZeroDivisionError):
        crew.Crew(plan, Broken(), Console()).run([], [Member(), Member()], 1)
    assert said == ["WIND_UP"] * 2 + ["waited for"] * 2


def test_what_may_be_asked_a_day_is_asked_by_all_together(
    country: Callable[[Faults], Country],
) -> None:
    here = country(fast())
    done = here.crawl(2, "-s", "REQUESTS_A_DAY=17")
    assert done.code == 1
    assert len(here.server.log) == 17
    assert sum(each["requests"] for each in done.json()) == 17
    assert len({*here.present.values()}) == 2
    assert RunOutcome.NOT_NOW in {each["outcome"] for each in done.json()}


def test_what_a_process_logs_is_told_once_by_the_one_that_was_asked(
    country: Callable[[Faults], Country],
) -> None:
    here = country(fast())
    done = here.crawl(2, "--verbose")
    assert done.code == 0
    assert {each["outcome"] for each in done.json()} == {"finished"}
    assert done.err.count("Spider opened") == len(KEYS)
    lines = done.err.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\d ", line) for line in lines if "Spider opened" in line)


def test_what_is_logged_is_said_in_words_whatever_hangs_on_it() -> None:
    """Scrapy hangs the spider on a record, which no pipe takes."""
    near, far = Pipe()
    record = logging.makeLogRecord({"name": "scrapy", "msg": "%d trang", "args": (3,)})
    record.spider = lambda: None
    LineHandler(Line(near)).handle(record)
    assert far.poll()
    said = far.recv()
    assert (said.name, said.getMessage()) == ("scrapy", "3 trang")
    far.close()
    LineHandler(Line(near)).handle(record)  # which nobody hears any more


@pytest.mark.parametrize("value", ["0", "-1", "viele", "1.5"])
def test_what_is_no_number_of_processes_is_refused(tmp_path: Path, value: str) -> None:
    for words in (["crawl", "demo"], ["reread"], ["verify"]):
        done = run(*words, "--db", tmp_path / "archive.db", f"--processes={value}")
        assert done.code == 2
        assert f"'{value}' is no number of at least 1, nor 'auto'" in done.err
