"""What was merged before: by it a merge knows what is new, and whose the rows here are.

Of each archive and site it is noted how far both had come when they were merged: by the number of
the last change of an article, and by what can be counted of the tables in which no change has a
number. So a merge of an archive that has grown a little looks at the sites that have.
"""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from archive.connection import Connection, composed
from archive.merging import at_hand
from archive.merging.at_hand import AT_HAND
from archive.merging.rules import Keyed, Log, Rules
from archive.tables.changes import COUNTED
from archive.times import utc

_CHANGED = "SELECT value FROM {schema}.counters WHERE name = ?"
_SITES_CHANGED = "SELECT DISTINCT site FROM source.articles WHERE changed > ?"
_IS_CHANGED = "SELECT 1 FROM main.articles WHERE site = ? AND +changed > ? LIMIT 1"
"""Of one site alone: since it was merged, all others may have been."""
_OF_SITES = """
    SELECT {site}, {columns} FROM {schema}.{table} AS counted WHERE {of} GROUP BY 1"""
_OF_NONE = "SELECT {columns} FROM {schema}.{table} AS counted WHERE 0"


class Count(NamedTuple):
    """What is counted of a table."""

    columns: str
    table: str
    of: str = "site IN {sites}"
    """Which rows are of these sites."""
    site: str = "counted.site"
    """Of which site a row is."""


_COUNTS = (
    Count(
        "json_array(name, province, district, unit, cms, base_url, hosts, active_from, active_to, "
        "note, cadence, is_doubtful)",
        "sites", of="key IN {sites}", site="counted.key",
    ),
    Count(
        "count(*), max(id), max(started_at), max(finished_at), total(requests), total(bytes)",
        "runs",
    ),
    Count("count(*), max(id), total(length(flags)), total(part_of)", "captures"),
    Count("count(*), max(last_seen_at)", "articles"),
)  # fmt: skip
_IS_OF_THEIRS = """
    SELECT NOT EXISTS (
        SELECT started_at, row_number() OVER (PARTITION BY started_at ORDER BY id)
        FROM main.runs WHERE site = :site
        EXCEPT SELECT started_at, row_number() OVER (PARTITION BY started_at ORDER BY id)
        FROM source.runs WHERE site = :site)"""


class Memory:
    """Reads and writes ``merges``; ``main`` is our archive, ``source`` the other one."""

    def __init__(self, db: Connection, identity: str) -> None:
        self._db = db
        self._identity = identity
        """Of the other archive."""
        self._changed_since: dict[int, set[str]] = {}
        """The sites of the other archive of which an article changed after a number."""

    def known(self, sites: Collection[str]) -> set[str]:
        """Return those of which all that the other archive says was taken already."""
        changed = self._changed("source")
        unchanged = {
            row["site"]: row["there"]
            for row in self._db.select("merges", source=self._identity, site=[*sites])
            if row["there_changed"] <= changed  # else it was restored from a backup
            and not self._is_changed_there(row["site"], row["there_changed"])
        }
        counted = self._counted("source", unchanged)
        return {site for site, there in unchanged.items() if counted[site] == there}

    def is_replaced(self, site: str) -> bool:
        """Whether our rows of a site are just what the last merge of that archive left, and it has
        only gone on since: what it does not have any more need not be kept.
        """
        return any(
            row["here_changed"] <= self._changed("main")
            and not self._is_changed_here(site, row["here_changed"])
            and self._counted("main", [site])[site] == row["here"]
            and bool(self._db.execute(_IS_OF_THEIRS, {"site": site}).fetchone()[0])
            for row in self._db.select("merges", source=self._identity, site=site)
        )

    def note(self, sites: Collection[str]) -> None:
        """Note that sites were merged. Whoever calls it has begun the transaction."""
        there, here = self._counted("source", sites), self._counted("main", sites)
        there_changed, here_changed = self._changed("source"), self._changed("main")
        at = utc(datetime.now(UTC))
        for site in sites:
            row: dict[str, Any] = {
                "source": self._identity, "site": site, "at": at,
                "there": there[site], "there_changed": there_changed,
                "here": here[site], "here_changed": here_changed,
            }  # fmt: skip
            self._db.upsert("merges", row, key=("source", "site"))

    def _is_changed_here(self, site: str, number: int) -> bool:
        return self._db.execute(_IS_CHANGED, [site, number]).fetchone() is not None

    def _is_changed_there(self, site: str, number: int) -> bool:
        if number not in self._changed_since:
            rows = self._db.execute(_SITES_CHANGED, [number]).fetchall()
            self._changed_since[number] = {changed for (changed,) in rows}
        return site in self._changed_since[number]

    def _changed(self, schema: str) -> int:
        sql = composed(_CHANGED, schema=schema)
        return int(self._db.execute(sql, [COUNTED]).fetchone()[0])

    def _counted(self, schema: str, sites: Collection[str]) -> dict[str, str]:
        """Return what can be counted of the rows of each site, as a text."""
        if not sites:
            return {}
        at_hand.take(self._db, sites)
        found: dict[str, list[Any]] = {site: [] for site in sites}
        for of_sites, of_none in _counting(schema):
            rows = {site: counted for site, *counted in self._db.execute(of_sites)}
            none = self._db.execute(of_none).fetchone()
            for site, counted in found.items():
                counted.append(rows.get(site, none))
        return {site: json.dumps(counted) for site, counted in found.items()}


@cache
def _counting(schema: str) -> list[tuple[str, str]]:
    """Return the queries for what can be counted in an archive: of each site at hand that has rows
    of a kind, and of one that has none.
    """
    counts = [*_COUNTS, *map(_count_of, Rules.keyed)]
    counts += [_count_of(log) for log in Rules.logs if log.of]
    return [_queries(count, schema) for count in counts]


def _queries(count: Count, schema: str) -> tuple[str, str]:
    parts = {
        "columns": count.columns, "table": count.table, "schema": schema,
        "of": count.of.format(schema=schema, sites=AT_HAND),
        "site": count.site.format(schema=schema, row="counted"),
    }  # fmt: skip
    return composed(_OF_SITES, **parts), composed(_OF_NONE, **parts)


def _count_of(rule: Keyed | Log) -> Count:
    """Return what can be counted of a table: how many rows there are, and by what of two the later
    one is told.
    """
    told = [expression.format(row="counted") for expression in rule.later]
    summed = ", ".join(
        f"max({each}), total(length({each})), total(unicode({each}))" for each in told
    )
    columns = ", ".join(["count(*)", "max(rowid)", *([summed] if summed else [])])
    if isinstance(rule, Log) and rule.of:
        return Count(columns, rule.table, rule.of, rule.site)
    return Count(columns, rule.table)
