"""Generations: which backup of a district is its newest, told by PostgreSQL and by nothing else.

A backup that lies in the store is a generation when it is registered, by who has the district's
lease and made it from the generation that is the newest by then. All else that lies there is what
somebody was at when he was killed, cut off or too late.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from curation.backup.making import Made
from fleet.database import Connection, Database
from fleet.errors import LostLeaseError
from fleet.leases import Lease

KEPT = 3
"""How many generations of a district stay: whoever reads one finds it for some time."""


@dataclass(frozen=True)
class Generation:
    """A district as it was at one moment."""

    site: str
    number: int
    name: str
    """Of its manifest in the district's place."""
    registered_at: datetime

    @classmethod
    def of(cls, row: dict[str, object]) -> Self:
        """Return one of a row of ``fleet.generations``."""
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Registered:
    """What came of registering a generation."""

    generation: Generation
    staying: list[str]
    """The names of all that are registered now."""
    dropped: list[str]
    """The names of those that are no more: nobody but the lease's holder removes them."""


_NEWEST = """
SELECT generations.* FROM fleet.districts
JOIN fleet.generations USING (site) WHERE site = %s AND number = generation"""
_ALL_NEWEST = """
SELECT generations.* FROM fleet.districts JOIN fleet.generations USING (site)
WHERE number = generation ORDER BY site"""
_ADVANCE = """
UPDATE fleet.districts SET generation = %s WHERE site = %s AND generation IS NOT DISTINCT FROM %s"""
_ADD = """
INSERT INTO fleet.generations (site, number, name, token, worker, articles, captures, bytes)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING *"""


async def newest(database: Database, site: str) -> Generation | None:
    """Return the newest generation of a district, None if there is none yet."""
    rows = await database.rows(_NEWEST, [site])
    return Generation.of(rows[0]) if rows else None


async def all_newest(database: Database) -> list[Generation]:
    """Return the newest generation of each district that has one."""
    return [Generation.of(row) for row in await database.rows(_ALL_NEWEST)]


async def names(database: Database, site: str) -> list[str]:
    """Return the names of all generations of a district, oldest first."""
    sql = "SELECT name FROM fleet.generations WHERE site = %s ORDER BY number"
    return [row["name"] for row in await database.rows(sql, [site])]


async def register(
    database: Database,
    lease: Lease,
    site: str,
    made: Made,
    before: Generation | None,
    worker: str,
) -> Registered:
    """Make a backup the newest generation of its district, as that which follows *before*.

    Raises `LostLeaseError` if the lease was taken over, or another one follows *before*: then
    nothing has changed. Where the server is gone, psycopg.OperationalError: then the same may have
    been done, and to do it again is right: what is registered already is returned.
    """
    async with database.transaction() as connection:
        await lease.renewed_in(connection)
        done = await _registered(connection, site, made.name)
        if done is None:
            done = await _add(connection, lease, site, made, before, worker)
        dropped = await (
            await connection.execute(
                "DELETE FROM fleet.generations WHERE site = %s AND number <= %s RETURNING name",
                [site, done.number - KEPT],
            )
        ).fetchall()
        staying = await (
            await connection.execute("SELECT name FROM fleet.generations WHERE site = %s", [site])
        ).fetchall()
    return Registered(done, [row["name"] for row in staying], [row["name"] for row in dropped])


async def _registered(connection: Connection, site: str, name: str) -> Generation | None:
    sql = "SELECT * FROM fleet.generations WHERE site = %s AND name = %s"
    row = await (await connection.execute(sql, [site, name])).fetchone()
    return Generation.of(row) if row else None


async def _add(
    connection: Connection,
    lease: Lease,
    site: str,
    made: Made,
    before: Generation | None,
    worker: str,
) -> Generation:
    number = before.number + 1 if before else 1
    values = [number, site, before.number if before else None]
    if (await connection.execute(_ADVANCE, values)).rowcount != 1:
        raise LostLeaseError(f"{site}: another worker has registered generation {number}")
    manifest = made.manifest
    row = await (
        await connection.execute(
            _ADD,
            [site, number, made.name, lease.token, worker, manifest.articles, manifest.captures,
             manifest.bytes],
        )
    ).fetchone()  # fmt: skip
    assert row
    return Generation.of(row)
