"""Our command as a process of its own, without the second that its imports take.

A crawl of a test's portal takes a fifth of a second, importing Scrapy and our own code more than
one. So a process that has imported them is forked for each command (`multiprocessing`'s
"forkserver"). What reads the environment or looks at the terminal when it is imported, which is
all of ``tinhuyen`` and the settings, is imported by each command itself.
"""

import json
import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_PYTHONPATH = os.environ.get("PYTHONPATH")
LONGEST = 180.0
"""Seconds after which a command is given up."""
PRELOADED = (
    *("scrapy.core.downloader.handlers.http11", "scrapy.downloadermiddlewares.cookies"),
    *("scrapy.downloadermiddlewares.httpcache", "scrapy.downloadermiddlewares.httpproxy"),
    *("scrapy.downloadermiddlewares.redirect", "scrapy.downloadermiddlewares.robotstxt"),
    *("scrapy.extensions.feedexport", "scrapy.extensions.throttle", "scrapy.extensions.memusage"),
    *("scrapy.extensions.remote_control", "scrapy.extensions.telnet", "rich._emoji_codes"),
    *("scrapy.logformatter", "scrapy.statscollectors", "uvloop", "uvicorn.protocols.http.h11_impl"),
    *("rich.logging", "rich.progress", "rich.table", "filelock", "concurrent.futures.process"),
    *("babel.messages.mofile", "babel.messages.pofile", "babel.numbers", "platformdirs"),
    *("crawler.spiders.media", "crawler.spiders.wayback", "crawler.download", "crawler.profiles"),
    *("crawler.middlewares.bounds", "crawler.middlewares.robots", "crawler.middlewares.stay"),
    *("archive.door", "pipelines.store", "pipelines.tidy", "demo.server", "archive.search.writing"),
    *("crawler.text.citations", "crawler.country.mentions", "crawler.middlewares.leash"),
    *("crawler.loader", "crawler.stuck", "crawler.spiders.survey", "operation.alarms.judging"),
    *("operation.alarms.senders", "operation.alarms.wording", "curation.backup"),
    *("scrapy.downloadermiddlewares.defaultheaders", "scrapy.downloadermiddlewares.stats"),
    *("scrapy.downloadermiddlewares.downloadtimeout", "scrapy.downloadermiddlewares.useragent"),
    *("scrapy.extensions.closespider", "scrapy.extensions.corestats", "scrapy.extensions.logcount"),
    *("scrapy.extensions.logstats", "scrapy.spidermiddlewares.depth", "uvicorn.lifespan.off"),
    *("scrapy.spidermiddlewares.httperror", "scrapy.spidermiddlewares.metacopy"),
    *("scrapy.spidermiddlewares.start", "scrapy.spidermiddlewares.urllength"),
    *("uvicorn.loops.auto", "uvicorn.protocols.http.auto", "uvicorn.protocols.websockets.auto"),
)
"""None of these imports what stands in `UNLOADED`."""
UNLOADED = ("tinhuyen", "crawler.settings", "twisted.internet.reactor")
"""What each command has to import by itself."""


@dataclass
class Run:
    """A command that has ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return what was printed for a program."""
        return json.loads(self.out)


def run(
    *arguments: str | Path,
    cwd: Path | None = None,
    at: datetime | None = None,
    **environment: str,
) -> Run:
    """Run ``tinhuyen`` with *arguments* as a process of its own; *at* is when it takes itself to
    begin, for what Python tells of the time. SQLite's own "now" stays what it is.
    """
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TINHUYEN_")}
    environment = clean | {"COLUMNS": "200"} | environment
    is_other_code = environment.get("PYTHONPATH") != _PYTHONPATH
    words = [*map(str, arguments)]
    if sys.platform == "linux" and not is_other_code:
        return _forked(words, cwd or Path.cwd(), environment, at)
    assert at is None, "only a process that is forked begins at another time"
    done = subprocess.run(
        [sys.executable, "-m", "tinhuyen", *words],
        capture_output=True,
        text=True,
        timeout=LONGEST,
        cwd=cwd,
        env=environment,
    )
    return Run(done.returncode, done.stdout, done.stderr)


def _forked(
    words: list[str], cwd: Path, environment: Mapping[str, str], at: datetime | None
) -> Run:
    """Run a command; `FileNotFoundError` where it was never begun, as `subprocess.run` has it."""
    with TemporaryDirectory(prefix="tinhuyen-test-") as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        process = _server().Process(target=_command, args=(words, cwd, environment, out, err, at))
        process.start()
        process.join(LONGEST)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
        told = out.read_text("utf-8"), err.read_text("utf-8")
        if code is None:
            raise subprocess.TimeoutExpired(words, LONGEST, *told)
        return Run(code, *told)


@cache
def _server() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return context


def _command(
    words: list[str],
    cwd: Path,
    environment: Mapping[str, str],
    out: Path,
    err: Path,
    at: datetime | None,
) -> None:
    """Become ``python -m tinhuyen`` with these words, as far as the words can tell."""
    if loaded := [name for name in UNLOADED if name in sys.modules]:
        raise AssertionError(f"the process that is forked must not have imported {loaded}")
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    for path, stream in ((os.devnull, 0), (out, 1), (err, 2)):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(opened, stream)
        os.close(opened)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - multiprocessing's is closed for good
    sys.argv = ["tinhuyen", *words]
    multiprocessing.set_start_method(None, force=True)  # what the command starts is as elsewhere
    if at:
        import time_machine

        time_machine.travel(at).start()
    try:
        runpy.run_module("tinhuyen", run_name="__main__", alter_sys=True)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
