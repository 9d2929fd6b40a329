"""The room over an archive: Datasette, opened by our rules. The one place that opens it."""

import sqlite3
from collections.abc import Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.database import Database, Results
from datasette.plugins import pm

from archive.reading import reading_address
from reading_room import HERE, editions
from reading_room.asking.bounds import MISTAKES, BoundedConnection
from reading_room.asking.lanes import Workers, asks_freely
from reading_room.asking.shelf import Derived, derived
from reading_room.asking.worker import Question
from reading_room.metadata import metadata
from reading_room.visitors.rules import Rules

SETTINGS = {
    "default_page_size": 50,
    "sql_time_limit_ms": 5000,  # ranking a common word in a million articles takes two seconds
    "facet_time_limit_ms": 1000,
    "max_csv_mb": 0,  # an export is streamed, and holds the whole result
    "suggest_facets": False,  # it tries every column, bodies among them; the metadata names facets
}


counts: ContextVar[Derived[dict[str, int | None]] | None] = ContextVar("counts", default=None)
"""How many rows each table has, as the page that is being answered lists them."""

COUNT_MILLISECONDS = 100
"""What counting a table may take for a list of all tables, which is kept: a million rows take a
third of it, and those of the full-text index ten times as long."""


class ArchiveFile(Database):
    """An archive file, opened to be read while others write to it.

    Datasette puts the path into an SQLite URI as it is, which fails for a folder called "50%" or
    "#1", and would open the file for writing if a plugin asked for it.
    """

    count_limit = 10**15  # Datasette 1.0 would count no further than 10,000 rows

    def __init__(self, room: Datasette, path: Path, workers: int = 0) -> None:
        # "Mutable" means that the file may change under us: else a crawl's additions stay hidden.
        super().__init__(room, path=str(path), is_mutable=True)  # type: ignore[no-untyped-call]
        self._workers = Workers(path, workers) if workers else None

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """Open the file; SQLite refuses every change, whatever *write* says."""
        address = reading_address(Path(self.path))
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, factory=BoundedConnection
        )
        editions.keep(self, connection)
        return connection

    async def execute(
        self,
        sql: str,
        params: Any = None,
        truncate: bool = False,
        custom_time_limit: float | None = None,
        page_size: int | None = None,
        log_sql_errors: bool = True,
    ) -> Results:
        """Answer a query as Datasette does, but what a visitor asks freely by a worker.

        Raises `sqlite3.OperationalError` for whatever is wrong with the latter: pages tell of it as
        of a mistake in SQL. No query that fails is logged here, as Datasette would: it may be a
        visitor's mistake, such as a row's address with too few parts. Faults of ours are logged
        where they are answered.
        """
        if self._workers is None or not asks_freely():
            try:
                found: Results = await super().execute(  # type: ignore[no-untyped-call]
                    sql, params, truncate, custom_time_limit, page_size, log_sql_errors=False
                )
            except MISTAKES as error:
                if asks_freely():
                    raise sqlite3.OperationalError(str(error) or "out of memory") from error
                raise
            if truncate:
                editions.cut.set(found.truncated)
            return found
        most = self.ds.max_returned_rows
        if most == (page_size or self.ds.page_size):
            most += 1  # as Datasette does, to know whether there is a next page
        longest = self.ds.sql_time_limit_ms
        question = Question(
            sql,
            dict(params) if isinstance(params, Mapping) else params or {},
            min(custom_time_limit or longest, longest),
            most if truncate and most else None,
        )
        found = await self._workers.ask(question)
        if truncate:
            editions.cut.set(found.truncated)
        return found

    async def table_counts(self, limit: int = 10) -> dict[str, int | None]:
        """Return how many rows each table has, None of one that takes too long to count: for all
        who ask at a time, and as `derived` says. The limit, in milliseconds, is that of each. The
        page that shows them is told by `counts` of when they are.
        """

        async def counted() -> dict[str, int | None]:
            longer = max(limit, COUNT_MILLISECONDS)
            found: dict[str, int | None] = await super(ArchiveFile, self).table_counts(longer)  # type: ignore[no-untyped-call]
            return found

        kept = await derived(self, "table counts", counted)
        counts.set(kept)
        return kept.value

    def close(self) -> None:
        """Close all connections, and end the workers."""
        super().close()  # type: ignore[no-untyped-call]
        if self._workers is not None:
            self._workers.close()


class Room(Datasette):
    """A reading room, and by which rules it is open."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._has_rules = _has_rules(metadata())
        super().__init__(  # type: ignore[no-untyped-call]
            [],
            **editions.given(),
            plugins_dir=str(HERE / "plugins"),
            template_dir=str(HERE / "templates"),
            static_mounts=[("static", str(HERE / "static"))],
            settings=SETTINGS
            | {
                "base_url": rules.prefix,
                "force_https_urls": rules.is_https,
                "default_allow_sql": rules.sql,
                "sql_time_limit_ms": rules.sql_seconds * 1000,
            },
        )

    async def render_template(
        self, templates: Any, context: Any = None, request: Any = None, view_name: str | None = None
    ) -> str:
        """Return a page, which is given what `editions.context` makes of it; that of all tables,
        as ``counted``, of when their rows were counted, too.
        """
        context = editions.context(context, view_name, request)
        if view_name == "database":
            context = {**context, "counted": counts.get()}
        drawn: str = await super().render_template(templates, context, request, view_name)  # type: ignore[no-untyped-call]
        return drawn

    def _table_permission_allows(self, database: str, table: str) -> list[Any]:
        """Return the rules by which a table is kept from anybody: none, where no metadata has any.

        Datasette 0.65 copies all metadata to find that out, for each table that a page lists: that
        took three quarters of the page of all tables.
        """
        if not (self._has_rules or pm.hook.get_metadata.get_hookimpls()):
            return []
        found: list[Any] = super()._table_permission_allows(database, table)  # type: ignore[no-untyped-call]
        return found


def _has_rules(told: object) -> bool:
    """Whether metadata says somewhere who may see something."""
    if isinstance(told, Mapping):
        return "allow" in told or any(map(_has_rules, told.values()))
    return isinstance(told, list) and any(map(_has_rules, told))


def reading_room(db: Path, rules: Rules = Rules()) -> Datasette:  # noqa: B008 - it is frozen
    """Return the reading room over the archive file *db*, as database ``archive``.

    The file is opened to be read while a crawl writes to it, so every stored article is there at
    the next request; a copy in a folder that cannot be written opens just as well. Serve it with
    ``reading_room(db).app()``, an ASGI application.
    """
    room: Datasette = Room(rules)
    # Datasette([]) opens an empty database in memory, which is of no use to a reader.
    room.remove_database("_memory")
    room.add_database(ArchiveFile(room, db, rules.workers), name="archive")
    return room
