"""The tables of a fleet: ours, in a schema of their own, and those of Procrastinate, its queue."""

from pathlib import Path
from typing import Final, LiteralString

from procrastinate.schema import SchemaManager

from fleet.database import Connection, Database, in_words
from fleet.errors import FleetRefusedError

MIGRATIONS: Final[dict[str, LiteralString]] = {
    "make_fleet": """
CREATE TABLE fleet.state (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    store text NOT NULL,
    draining boolean NOT NULL DEFAULT false
);
CREATE SEQUENCE fleet.tokens;
CREATE TABLE fleet.leases (
    kind text NOT NULL CHECK (kind IN ('district', 'host')),
    name text NOT NULL,
    token bigint NOT NULL,
    worker text NOT NULL,
    job bigint NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (kind, name)
);
CREATE INDEX leases_by_token ON fleet.leases (token);
CREATE TABLE fleet.districts (
    site text PRIMARY KEY,
    archives text[] NOT NULL DEFAULT '{}',
    generation bigint,
    ended_at timestamptz,
    outcome text,
    verdict text,
    told text,
    failures integer NOT NULL DEFAULT 0,
    due_at timestamptz
);
CREATE TABLE fleet.generations (
    site text NOT NULL REFERENCES fleet.districts (site),
    number bigint NOT NULL,
    name text NOT NULL,
    token bigint NOT NULL,
    worker text NOT NULL,
    articles bigint NOT NULL,
    captures bigint NOT NULL,
    bytes bigint NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (site, number)
);
CREATE TABLE fleet.collected (
    archive text NOT NULL,
    site text NOT NULL,
    generation bigint NOT NULL,
    collected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (archive, site)
);
CREATE TABLE fleet.workers (
    name text PRIMARY KEY,
    host text NOT NULL,
    process integer NOT NULL,
    slots integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
""",
}
"""What makes our tables, step by step; a step that was released is never changed.

``fleet.collected`` is of no use any more, and stays: what was collected is noted in the archive,
and a step that drops it would have all workers wait for an ``init``.
"""

_LOCK = 0x71_6E_68_75
"""The number of the advisory lock of whoever makes tables."""


async def make_tables(database: Database, store: str) -> list[str]:
    """Make the tables that are missing, or bring them up to this version; return what was done.

    *store* is where the districts lie, and is noted: two machines with different ones would not
    find each other's. Raises `FleetRefusedError` if it is another one than before, or the tables
    are of a newer version; `DatabaseError`.
    """
    with in_words(database.name):
        async with database.transaction() as connection:
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            await connection.execute("CREATE SCHEMA IF NOT EXISTS fleet")
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS fleet.migrations (name text PRIMARY KEY, "
                "applied_at timestamptz NOT NULL DEFAULT now())"
            )
            applied = await _applied(connection)
            _require_known(applied, database.name)
            steps = await _steps(connection, applied)
            for name, sql in steps.items():
                if sql:
                    await connection.execute(sql)
                await connection.execute("INSERT INTO fleet.migrations VALUES (%s)", [name])
            await connection.execute(
                "INSERT INTO fleet.state (store) VALUES (%s) ON CONFLICT DO NOTHING", [store]
            )
            known = await _store(connection)
            if known != store:
                raise FleetRefusedError(
                    f"{database.name}: the districts of its fleet lie in {known}; say so"
                )
    return [name for name, sql in steps.items() if sql]


async def require_tables(database: Database, store: str | None = None) -> str:
    """Return where the districts lie. Raises `FleetRefusedError` if the tables are not of this
    version, or *store* is another place; `DatabaseError` if there are none.
    """
    with in_words(database.name):
        async with database.transaction() as connection:
            applied = await _applied(connection)
            _require_known(applied, database.name)
            if {*MIGRATIONS} | {*_of_procrastinate()} > applied:
                raise FleetRefusedError(
                    f"{database.name}: its tables are of an older version; tinhuyen fleet init"
                )
            known = await _store(connection)
    if store and store != known:
        raise FleetRefusedError(f"{store}: the districts of this fleet lie in {known}")
    return known


async def _applied(connection: Connection) -> set[str]:
    rows = await (await connection.execute("SELECT name FROM fleet.migrations")).fetchall()
    return {row["name"] for row in rows}


async def _store(connection: Connection) -> str:
    row = await (await connection.execute("SELECT store FROM fleet.state")).fetchone()
    assert row
    return str(row["store"])


def _require_known(applied: set[str], name: str) -> None:
    if newer := applied - {*MIGRATIONS} - {*_of_procrastinate()}:
        raise FleetRefusedError(
            f"{name}: its tables are of a newer version (they have {min(newer)!r}); use that one"
        )


async def _steps(connection: Connection, applied: set[str]) -> dict[str, LiteralString]:
    """Return what is to be done, by name; "" for what its tables have already."""
    queue = _of_procrastinate()
    row = await (
        await connection.execute("SELECT to_regclass('procrastinate_jobs') IS NOT NULL AS is_there")
    ).fetchone()
    if row and row["is_there"]:
        steps = {name: sql for name, sql in queue.items() if name not in applied}
    else:  # its schema is that of all its migrations
        steps = dict.fromkeys(queue, "")
        steps[next(reversed(queue))] = SchemaManager.get_schema()
    return steps | {name: sql for name, sql in MIGRATIONS.items() if name not in applied}


def _of_procrastinate() -> dict[str, LiteralString]:
    """Return the migrations of Procrastinate's, in the order in which it wants them."""
    folder = Path(SchemaManager.get_migrations_path())
    files = sorted(folder.glob("*.sql"))
    return {file.name: file.read_text("utf-8") for file in files}
