"""Leases: for a time, a district and the hosts of its crawl are one worker's, and no other's.

A lease is rows with a time until which they hold, by the clock of PostgreSQL alone. Whoever takes
an expired one over gets a greater token, and whoever had it cannot renew it any more. So there is
no moment at which two have one; but who was paused does not know that it is over. What such a
worker might still do is made harmless where it would be done: it registers nothing
(`fleet.generations`), harms nothing in the store (`curation.backup.succession`), and its crawl asks
no host, since its leash (`crawler.leash`) has ended before its lease.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from weakref import WeakSet

import psycopg

from crawler import leash
from fleet.database import Connection, Database, when_there
from fleet.errors import BusyError, LostLeaseError

logger = logging.getLogger(__name__)

_RENEWED = 4
"""How often a lease is renewed in its time."""
_MARGIN = 6
"""A leash is shorter than its lease by one part of so many: for a request that is under way."""

_TAKE = """
INSERT INTO fleet.leases AS held (kind, name, token, worker, job, until)
VALUES (%(kind)s, %(name)s, coalesce(%(token)s, nextval('fleet.tokens')), %(worker)s, %(job)s,
        clock_timestamp() + make_interval(secs => %(seconds)s))
ON CONFLICT (kind, name) DO UPDATE
SET token = coalesce(%(token)s, nextval('fleet.tokens')), worker = excluded.worker,
    job = excluded.job, until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE held.until < clock_timestamp()
RETURNING token"""
# A token is drawn once the row is ours: so it is greater than that of whoever had it before.
_RENEW = """
UPDATE fleet.leases SET until = clock_timestamp() + make_interval(secs => %s) WHERE token = %s"""
_GIVE_BACK = "UPDATE fleet.leases SET until = '-infinity' WHERE token = %s"


@dataclass(eq=False)
class Lease:
    """What one worker has for the time of a job."""

    token: int
    names: int
    """Of how many rows it is."""
    seconds: float
    ends: float
    """Until when it holds for certain, by the clock of this machine."""
    leash: float
    """Until when hosts may be asked, by the clock of leashes."""
    is_lost: bool = False
    has_lapsed: bool = False
    """Whether hosts might not be asked for some time, since it was not renewed."""
    followers: list[Callable[[], None]] = field(default_factory=list)
    """What is called when the leash is longer by now, or the lease is lost."""

    async def renewed_in(self, connection: Connection) -> None:
        """Renew it in a transaction. Raises `LostLeaseError` if another worker has taken over: then
        the transaction is to be undone; if not, nobody takes over before it has ended.
        """
        if (await connection.execute(_RENEW, [self.seconds, self.token])).rowcount != self.names:
            self.lose()
            raise LostLeaseError(f"lease {self.token} was taken over by another worker")

    def require(self) -> None:
        """Raise `LostLeaseError` if it is known to be lost."""
        if self.is_lost:
            raise LostLeaseError(f"lease {self.token} was taken over by another worker")

    def hold(self, began: float, leashed: float) -> None:
        """Note that it was renewed by what was asked for at these times of the two clocks."""
        self.has_lapsed |= leash.now() > self.leash
        self.ends = began + self.seconds
        self.leash = leashed + self.seconds * (1 - 1 / _MARGIN)
        self._tell()

    def lose(self) -> None:
        """Take it for lost: whoever follows it ends what was done under it."""
        self.is_lost = True
        self._tell()

    def _tell(self) -> None:
        for follower in self.followers:
            follower()


_held: WeakSet[Lease] = WeakSet()
"""The leases of this process."""


def end_all() -> None:
    """Take all leases of this process for lost."""
    for lease in [*_held]:
        lease.lose()


@asynccontextmanager
async def leased(
    database: Database,
    site: str,
    hosts: Collection[str],
    *,
    worker: str,
    job: int,
    seconds: float,
) -> AsyncIterator[Lease]:
    """Have a district and hosts for a block, renewing the lease as long as it lasts.

    Raises `BusyError` if another worker has one of them.
    """
    began, leashed = monotonic(), leash.now()
    # Where it was had and not heard of, it ends by itself, and the job is tried again.
    token = await when_there(lambda: _taken(database, site, hosts, worker, job, seconds))
    lease = Lease(token, 1 + len({*hosts}), seconds, began + seconds, 0.0)
    lease.hold(began, leashed)
    lease.has_lapsed = False
    _held.add(lease)
    renewing = asyncio.create_task(_renew(database, lease), name=f"lease of {site}")
    try:
        yield lease
    finally:
        _held.discard(lease)
        renewing.cancel()
        with suppress(asyncio.CancelledError):
            await renewing
        if not lease.is_lost:
            with suppress(psycopg.Error):  # else it ends by itself
                await database.write(_GIVE_BACK, [token])


async def _taken(
    database: Database, site: str, hosts: Collection[str], worker: str, job: int, seconds: float
) -> int:
    """Take the lease of a district and hosts, all or none; return its token."""
    token: int | None = None
    async with database.transaction() as connection:
        # In one order, so that no two wait for each other.
        for kind, name in [("district", site), *(("host", host) for host in sorted({*hosts}))]:
            values = {"kind": kind, "name": name, "token": token, "worker": worker, "job": job}
            row = await (await connection.execute(_TAKE, values | {"seconds": seconds})).fetchone()
            if row is None:
                raise BusyError(f"{name}: another worker has it")
            token = row["token"]
    assert token
    return token


async def _renew(database: Database, lease: Lease) -> None:
    """Renew a lease until it is lost."""
    while not lease.is_lost:
        await asyncio.sleep(lease.seconds / _RENEWED)
        began, leashed = monotonic(), leash.now()
        try:
            async with database.transaction() as connection:
                await lease.renewed_in(connection)
        except psycopg.OperationalError as error:
            told = str(error).partition("\n")[0]
            logger.warning("lease %s is not renewed: %s", lease.token, told)
        except LostLeaseError:
            return
        else:
            lease.hold(began, leashed)
