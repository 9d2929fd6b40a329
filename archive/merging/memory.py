"""What was merged before: by it a merge knows what is new, and whose the rows here are.

Of each archive and site it is noted how far both had come when they were merged: by the number of
the last change of an article, and by what can be counted of the tables in which no change has a
number. So a merge of an archive that has grown a little looks at the sites that have.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from archive.connection import Connection, composed
from archive.merging.rules import Keyed, Log, Rules
from archive.tables.changes import COUNTED
from archive.times import utc

_CHANGED = "SELECT value FROM {schema}.counters WHERE name = ?"
_SITES_CHANGED = "SELECT DISTINCT site FROM source.articles WHERE changed > ?"
_IS_CHANGED = "SELECT 1 FROM main.articles WHERE site = ? AND +changed > ? LIMIT 1"
"""Of one site alone: since it was merged, all others may have been."""
_OF_CAPTURES = """
    SELECT count(*), max(id), total(length(flags)), total(part_of) FROM {schema}.captures
    WHERE site = :site"""
_OF_RUNS = """
    SELECT count(*), max(id), max(started_at), max(finished_at), total(requests), total(bytes)
    FROM {schema}.runs WHERE site = :site"""
_OF_ARTICLES = "SELECT count(*), max(last_seen_at) FROM {schema}.articles WHERE site = :site"
_OF_SITE = """
    SELECT json_array(name, province, district, unit, cms, base_url, hosts, active_from, active_to,
                      note, cadence, is_doubtful)
    FROM {schema}.sites WHERE key = :site"""
_IS_OF_THEIRS = """
    SELECT NOT EXISTS (
        SELECT started_at, row_number() OVER (PARTITION BY started_at ORDER BY id)
        FROM main.runs WHERE site = :site
        EXCEPT SELECT started_at, row_number() OVER (PARTITION BY started_at ORDER BY id)
        FROM source.runs WHERE site = :site)"""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far an archive had come with a site."""

    counted: str
    """What can be counted of it."""
    changed: int
    """The number of the last change of any article."""


class Memory:
    """Reads and writes ``merges``; ``main`` is our archive, ``source`` the other one."""

    def __init__(self, db: Connection, identity: str) -> None:
        self._db = db
        self._identity = identity
        """Of the other archive."""
        self._changed_since: dict[int, set[str]] = {}
        """The sites of the other archive of which an article changed after a number."""

    def is_known(self, site: str) -> bool:
        """Whether all that the other archive says of a site was taken already."""
        row = self._row(site)
        return row is not None and self._is_at(
            "source", site, Stand(row["there"], row["there_changed"])
        )

    def is_replaced(self, site: str) -> bool:
        """Whether our rows of a site are just what the last merge of that archive left, and it has
        only gone on since: what it does not have any more need not be kept.
        """
        row = self._row(site)
        return (
            row is not None
            and self._is_at("main", site, Stand(row["here"], row["here_changed"]))
            and bool(self._db.execute(_IS_OF_THEIRS, {"site": site}).fetchone()[0])
        )

    def note(self, site: str) -> None:
        """Note that a site was merged. Whoever calls it has begun the transaction."""
        there, here = self._stand("source", site), self._stand("main", site)
        row: dict[str, Any] = {
            "source": self._identity, "site": site, "at": utc(datetime.now(UTC)),
            "there": there.counted, "there_changed": there.changed,
            "here": here.counted, "here_changed": here.changed,
        }  # fmt: skip
        self._db.upsert("merges", row, key=("source", "site"))

    def _row(self, site: str) -> dict[str, Any] | None:
        rows = self._db.select("merges", source=self._identity, site=site)
        return rows[0] if rows else None

    def _is_at(self, schema: str, site: str, stand: Stand) -> bool:
        """Whether an archive says of a site what it said at a stand."""
        if self._changed(schema) < stand.changed:
            return False  # it was restored from a backup
        is_changed = self._is_changed_here if schema == "main" else self._is_changed_there
        return not is_changed(site, stand.changed) and self._counted(schema, site) == stand.counted

    def _is_changed_here(self, site: str, number: int) -> bool:
        return self._db.execute(_IS_CHANGED, [site, number]).fetchone() is not None

    def _is_changed_there(self, site: str, number: int) -> bool:
        if number not in self._changed_since:
            rows = self._db.execute(_SITES_CHANGED, [number]).fetchall()
            self._changed_since[number] = {changed for (changed,) in rows}
        return site in self._changed_since[number]

    def _stand(self, schema: str, site: str) -> Stand:
        return Stand(self._counted(schema, site), self._changed(schema))

    def _changed(self, schema: str) -> int:
        sql = composed(_CHANGED, schema=schema)
        return int(self._db.execute(sql, [COUNTED]).fetchone()[0])

    def _counted(self, schema: str, site: str) -> str:
        """Return what can be counted of the rows of a site, as a text."""
        of_site = {"site": site}
        return json.dumps([self._db.execute(sql, of_site).fetchone() for sql in _counting(schema)])


@cache
def _counting(schema: str) -> list[str]:
    """Return the queries for what can be counted of a site in an archive."""
    queries = [_OF_SITE, _OF_RUNS, _OF_CAPTURES, _OF_ARTICLES]
    queries += map(_count_of, Rules.keyed)
    queries += [_count_of(log) for log in Rules.logs if log.is_of_sites]
    return [composed(sql, schema=schema) for sql in queries]


def _count_of(rule: Keyed | Log) -> str:
    """Return the query for what can be counted of a table: how many rows there are, and by what of
    two the later one is told.
    """
    told = [expression.format(row="counted") for expression in rule.later]
    summed = ", ".join(
        f"max({each}), total(length({each})), total(unicode({each}))" for each in told
    )
    of = rule.of if isinstance(rule, Log) else "site = :site"
    columns = ", ".join(["count(*)", "max(rowid)", *([summed] if summed else [])])
    return f"SELECT {columns} FROM {{schema}}.{rule.table} AS counted WHERE {of}"  # noqa: S608
