"""The PostgreSQL that all machines of a fleet share: connections, and its errors in words."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from fleet.errors import DatabaseError, FleetRefusedError

Connection = psycopg.AsyncConnection[DictRow]
Pool = AsyncConnectionPool[Connection]
T = TypeVar("T")
Values = Sequence[Any] | Mapping[str, Any]

logger = logging.getLogger(__name__)

VARIABLE = "TINHUYEN_FLEET_DSN"
MOST_CONNECTIONS = 8
"""Of a process, however many jobs it does: each has one for moments, and PostgreSQL has 100."""
_PATIENCE = 10
"""Seconds for which a connection is waited for."""
_SHOWN = ("host", "port", "dbname")
"""What is told of an address."""
_PAUSE = 1.0
"""Seconds after which a server that is gone is asked again."""


@dataclass(frozen=True, slots=True)
class Dsn:
    """Where a PostgreSQL is, as somebody said it."""

    address: str = field(repr=False)
    """With a password, maybe."""
    told_by: str = VARIABLE
    """By what it was said: what is to be seen to, if it is wrong."""


class Database:
    """A PostgreSQL, by what its connections do."""

    def __init__(self, pool: Pool, name: str) -> None:
        self.pool = pool
        self.name = name
        """Where it is, without who asks or a password."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Give a connection for one transaction. Raises psycopg.OperationalError if the server is
        gone: then nobody knows whether the transaction was.
        """
        async with self.pool.connection() as connection, connection.transaction():
            yield connection

    async def rows(self, sql: LiteralString, values: Values = ()) -> list[DictRow]:
        """Return the rows of one statement, which is a transaction of its own."""
        async with self.transaction() as connection:
            return await (await connection.execute(sql, values)).fetchall()

    async def write(self, sql: LiteralString, values: Values = ()) -> int:
        """Do one statement, a transaction of its own; return how many rows it concerned."""
        async with self.transaction() as connection:
            return (await connection.execute(sql, values)).rowcount


@asynccontextmanager
async def opened(dsn: Dsn) -> AsyncIterator[Database]:
    """Connect to the PostgreSQL of a DSN, and let it go at the end.

    Raises `FleetRefusedError` if the DSN is none, `DatabaseError`.
    """
    name = _name_of(dsn)
    with in_words(name, dsn.told_by):
        first = await psycopg.AsyncConnection.connect(dsn.address, connect_timeout=_PATIENCE)
        await first.close()  # a pool would not say what hinders it
        pool: Pool = AsyncConnectionPool(
            dsn.address, min_size=1, max_size=MOST_CONNECTIONS, timeout=_PATIENCE, open=False,
            connection_class=psycopg.AsyncConnection[DictRow],
            kwargs={"autocommit": True, "row_factory": dict_row, "connect_timeout": _PATIENCE},
            check=AsyncConnectionPool.check_connection,
        )  # fmt: skip
        async with pool:
            yield Database(pool, name)


@contextmanager
def in_words(name: str, told_by: str = VARIABLE) -> Iterator[None]:
    """Turn what hinders a connection into `DatabaseError`: no password is in what it says. Where it
    is, was *told_by* what is to be seen to.
    """
    try:
        yield
    except (errors.UndefinedTable, errors.InvalidSchemaName) as error:
        told = "has no tables of a fleet; first: tinhuyen fleet init"
        raise DatabaseError(f"{name}: {told}") from error
    except errors.InsufficientPrivilege as error:
        told = _first_line(error)
        raise DatabaseError(f"{name}: {told}; the fleet needs a database of its own") from error
    except PoolTimeout as error:
        raise DatabaseError(f"{name}: is gone, and did not come back; is it running?") from error
    except psycopg.OperationalError as error:
        raise DatabaseError(f"{name}: {_advice(str(error), told_by)}") from error


async def when_there(call: Callable[[], Awaitable[T]]) -> T:
    """Do something that may be done twice, as often as it takes while the server is gone."""
    while True:
        try:
            return await call()
        except psycopg.OperationalError as error:
            logger.warning("PostgreSQL is gone, and waited for: %s", _first_line(error))
            await asyncio.sleep(_PAUSE)


def _name_of(dsn: Dsn) -> str:
    try:
        parts = conninfo_to_dict(dsn.address)
    except psycopg.ProgrammingError:
        # What libpq says of it may have the password in it.
        raise FleetRefusedError(
            f"{dsn.told_by}: is no address of a PostgreSQL; write postgresql://USER@HOST/DATABASE"
        ) from None
    if "://" in dsn.address and any("@" in str(parts.get(part)) for part in _SHOWN):
        # A password with an @ or / that is not escaped goes on in one of these.
        raise FleetRefusedError(
            f"{dsn.told_by}: is no address of a PostgreSQL; "
            "in a password write %40 for @ and %2F for /"
        )
    host, port = parts.get("host") or "localhost", parts.get("port")
    where = f"{host}:{port}" if port else str(host)
    return f"PostgreSQL at {where}/{parts.get('dbname') or parts.get('user') or ''}"


def _advice(told: str, told_by: str) -> str:
    if "password" in told or "authentication" in told or "no pg_hba.conf" in told:
        return f"does not let us in; see to user and password in {told_by}"
    if "does not exist" in told and "database" in told:
        return "there is no such database; make it first: createdb"
    if "does not exist" in told:
        return f"there is no such user; see to {told_by}"
    if "invalid port" in told or 'option "port"' in told:
        return f"its port is none; see to {told_by}"
    if "resolve" in told or "translate host name" in told:
        return f"its host is not known; see to {told_by}"
    return "cannot be reached; is it running, and does it listen there?"


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].strip()
