"""One crawl of a district: the very command that a person would type, in a process of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from crawler import leash
from fleet.database import VARIABLE
from fleet.leases import Lease
from fleet.task import Task

_SECRETS = (VARIABLE, "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
"""What a crawl has no use for: it meets what strangers write."""
_LAST_WORDS = 300
"""Characters of what it told last that are kept."""
_GRACE = 30.0
"""Seconds that a crawl has to end in order; it takes itself a few."""


def database_in(folder: Path) -> Path:
    """Return the archive in the folder of a job; all else that is in its folder is its own, too."""
    return folder / "archive" / "archive.db"


class Crawl:
    """A crawl that was begun: a group of processes of its own."""

    def __init__(self, process: asyncio.subprocess.Process, told: Path) -> None:
        self._process = process
        self._told = told

    async def ended(self) -> int:
        """Wait for its end; return its exit code."""
        return await self._process.wait()

    async def stop(self) -> None:
        """Have it end in order, or, where it does not, at once."""
        self._send(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE):
                await self._process.wait()
        except TimeoutError:
            self.kill()
            await self._process.wait()

    def kill(self) -> None:
        """End it at once, with all that it has begun."""
        self._send(signal.SIGKILL)

    @property
    def last_words(self) -> str:
        """What it told last, on one line."""
        told = self._told.read_text("utf-8", "replace")
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        return lines[-1].removeprefix("Error: ")[:_LAST_WORDS] if lines else ""

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@asynccontextmanager
async def begun(task: Task, folder: Path, lease: Lease) -> AsyncIterator[Crawl]:
    """Crawl a district into the archive of a job's *folder*, on the leash of a lease.

    However the block ends, the crawl has ended; if the lease is lost, at once.
    """
    rope = folder / "leash"
    leash.lengthen(rope, lease.leash)
    command = [
        sys.executable, "-m", "tinhuyen", "crawl", *task.arguments,
        "--db", str(database_in(folder)), "--json", "--set", f"LEASH={rope}",
    ]  # fmt: skip
    told = folder / "told"
    with told.open("wb") as err:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=err,
            start_new_session=True,
            env={name: value for name, value in os.environ.items() if name not in _SECRETS},
        )
    crawl = Crawl(process, told)

    def follow() -> None:
        if lease.is_lost:
            crawl.kill()
        else:
            leash.lengthen(rope, lease.leash)

    lease.followers.append(follow)
    try:
        yield crawl
    finally:
        lease.followers.remove(follow)
        crawl.kill()
        await process.wait()
