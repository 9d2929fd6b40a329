"""What the proofs share: sites described, crawls run as an operator runs them, figures judged."""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive.warc import folder_of

MIB = 1 << 20
ROOT = Path(__file__).parents[1]


class BenchError(Exception):
    """A crawl that did not do what the proof rests on: there is nothing to judge."""


@dataclass(frozen=True)
class Done:
    """A crawl that has ended."""

    code: int
    summaries: list[dict[str, Any]]
    """What ``--json`` printed, a site each; empty if the crawl did not come so far."""
    told: str
    """What it told the operator."""
    memory: int
    """Peak resident memory, bytes."""
    cpu: float
    """Processor time, seconds."""


@dataclass(frozen=True)
class Stage:
    """A folder with an archive and the description of the sites that are crawled into it."""

    folder: Path
    db: Path
    sync_ms: int = 0
    """How long each sync of a file takes the crawl at least, milliseconds."""

    @classmethod
    def of(
        cls,
        folder: Path,
        urls: Mapping[str, str],
        delay: float,
        sync_ms: int = 0,
        cms: str = "newspaper",
    ) -> "Stage":
        """Describe sites by key and address; *delay* is in seconds between two requests."""
        sites = folder / "sites"
        sites.mkdir()
        tables = (
            f'[{key}]\nname = "Huyện Thử"\nbase_url = "{url}/"\ncms = "{cms}"\ndelay = {delay}'
            for key, url in urls.items()
        )
        (sites / "thu.toml").write_text("\n\n".join(tables), encoding="utf-8")
        return cls(folder, folder / "archive.db", sync_ms)

    def start(
        self, *arguments: str, before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        """Begin ``tinhuyen crawl``; *before* is called in the new process."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TINHUYEN_")}
        command = [sys.executable, "-m", "tinhuyen", "crawl", "--db", str(self.db), "--json"]
        command = [*self._slow_disk(), *command]
        with (self.folder / "out").open("wb") as out, (self.folder / "err").open("wb") as err:
            return subprocess.Popen(
                [*command, *arguments],
                env=inherited | self.environment,
                cwd=ROOT,
                stdout=out,
                stderr=err,
                text=True,
                preexec_fn=before,
            )

    @property
    def environment(self) -> dict[str, str]:
        """What commands on the archive are told by the environment."""
        contact = "https://tinhuyen.example/contact"
        sites = str(self.folder / "sites")
        return {"TINHUYEN_SITES": sites, "TINHUYEN_CONTACT": contact, "COLUMNS": "200"}

    def _slow_disk(self) -> list[str]:
        """Return what runs a command as if its disk were slow, SQLite's part in it, too."""
        if not self.sync_ms:
            return []
        if not (strace := shutil.which("strace")):
            raise BenchError("a slow disk is simulated by strace, which is not installed")
        late = f"inject=fdatasync,fsync:delay_exit={1000 * self.sync_ms}"
        log = str(self.folder / "syncs")
        return [strace, "-D", "-f", "--seccomp-bpf", "-o", log, "-e", "fdatasync,fsync", "-e", late]

    def syncs(self) -> int:
        """Return how often the crawl on a slow disk has waited for it."""
        return (self.folder / "syncs").read_text(encoding="utf-8").count("sync(")

    @staticmethod
    def is_running(process: "subprocess.Popen[str]") -> bool:
        """Whether a crawl goes on; one that has ended is left for `end` to wait for."""
        flags = os.WEXITED | os.WNOWAIT | os.WNOHANG
        return os.waitid(os.P_PID, process.pid, flags) is None

    def end(self, process: subprocess.Popen[str]) -> Done:
        """Wait for a crawl to end."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out = (self.folder / "out").read_text(encoding="utf-8")
        told = (self.folder / "err").read_text(encoding="utf-8")
        kibibyte = 1 if sys.platform == "darwin" else 1024
        summaries = json.loads(out) if out.startswith("[") else []
        cpu = usage.ru_utime + usage.ru_stime
        return Done(process.returncode, summaries, told, usage.ru_maxrss * kibibyte, cpu)

    def crawl(
        self, *arguments: str, code: int | None = 0, before: Callable[[], None] | None = None
    ) -> Done:
        """Crawl to the end. Raises `BenchError` unless the exit code is *code* (None: any)."""
        done = self.end(self.start(*arguments, before=before))
        if code is not None and done.code != code:
            raise BenchError(f"ended with {done.code}, not {code}: {done.told}{done.summaries}")
        return done

    def count(self, sql: str) -> int:
        """Return the one number that a query yields, 0 before there is such a table."""
        if not self.db.exists():
            return 0
        with closing(sqlite3.connect(self.db)) as connection:
            try:
                return int(connection.execute(sql).fetchone()[0])
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return 0
                raise

    def forget(self) -> None:
        """Remove the archive, and what it has received."""
        for file in self.db.parent.glob(f"{self.db.name}*"):
            file.unlink()
        shutil.rmtree(folder_of(self.db), ignore_errors=True)


@dataclass
class Verdict:
    """Figures as they become known, each against its aim."""

    met: bool = field(default=True, init=False)

    def judge(self, what: str, figure: str, aim: str, met: bool) -> None:
        """Print a figure, its aim, and whether it is met."""
        self.met &= met
        print(f"{what:52} {figure:>16}  (aim: {aim}: {'met' if met else 'NOT MET'})", flush=True)

    def tell(self, what: str, figure: str) -> None:
        """Print a figure that has no aim."""
        print(f"{what:52} {figure:>16}", flush=True)


def perform(
    proof: Callable[[argparse.Namespace, Verdict], None], options: argparse.Namespace
) -> None:
    """Run a proof; end with exit code 1 if an aim is not met or there is nothing to judge."""
    verdict = Verdict()
    try:
        proof(options, verdict)
    except BenchError as error:
        sys.exit(f"bench: {error}")
    sys.exit(0 if verdict.met else 1)


@contextmanager
def served(
    articles: int, page_bytes: int = 0, host: str = "127.0.0.1", latency: float = 0
) -> Iterator[str]:
    """Serve the demo portal, scaled, by a process of its own, whose memory is not ours to judge.

    *latency* is in seconds before every answer.
    """
    command = [
        sys.executable, "-m", "demo", "--port", "0", "--still",
        "--posts", str(articles), "--page-bytes", str(page_bytes),
        "--host", host, "--latency", str(latency),
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            url = server.stdout.readline().strip()
            if not url:
                raise BenchError("the demo portal did not start")
            yield url
        finally:
            server.terminate()
