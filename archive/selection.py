"""What of an archive is exported: its captures and articles, each read as it is asked for.

What is withheld is not among it; captures that give it are, if that is asked for.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

from archive.archive import Archive
from archive.connection import composed
from archive.flags import carries
from archive.giving import giving_away
from archive.search.asked import Asked
from crawler.exchange import Capture
from crawler.page import AboutPicture
from crawler.vocabulary import Attribution, Flag, MediaKind, MediaState

BESIDE = ("images", "attachments", "citations", "places")
"""The tables of what stands beside an article's text, in the order of the page."""

_COLUMNS = tuple(field.name for field in fields(Capture))
_NUMBERS = "SELECT value FROM json_each(?)"
_PLACE = "ORDER BY c.warc_file, c.warc_offset"
_IS_TOLD = """
    NOT EXISTS (
        SELECT 1 FROM withheld WHERE article_id = a.id AND document IS NOT NULL)"""
_IS_SHOWN = f"status = 200 AND (flags = '' OR {carries(Flag.ACCEPTED, 'c')})"

_CAPTURES_OF = """
    WITH found AS MATERIALIZED (
        SELECT id, site, url, capture_id FROM articles
        WHERE id IN (SELECT value FROM json_each(:found))
    ), addresses AS (
        SELECT site, url FROM found
        UNION SELECT other.site, other.url FROM found
            JOIN urls AS own ON own.url = found.url AND own.site = found.site
            JOIN urls AS other ON other.urlkey = own.urlkey AND other.site = own.site
        UNION SELECT former.site, former.url FROM found
            JOIN urls AS former ON former.moved_to = found.url AND former.site = found.site
        UNION SELECT site, images.url FROM found JOIN images ON article_id = id
        UNION SELECT site, thumbnail FROM found JOIN images ON article_id = id
        UNION SELECT site, upload FROM found JOIN images ON article_id = id
        UNION SELECT site, page FROM found JOIN images ON article_id = id
        UNION SELECT media.site, picture FROM found JOIN images ON article_id = found.id
            JOIN media ON media.url = page AND media.site = found.site
        UNION SELECT site, attachments.url FROM found JOIN attachments ON article_id = id
        UNION SELECT site, url FROM media
            WHERE kind IN ({looks}) AND site IN (SELECT site FROM found)
    ), whole AS (
        SELECT captures.id FROM addresses JOIN captures USING (url, site)
        UNION SELECT capture_id FROM found
        UNION SELECT revisions.capture_id FROM found JOIN revisions ON article_id = found.id
    )
    SELECT id FROM whole WHERE id IS NOT NULL
    UNION SELECT id FROM captures WHERE part_of IN (SELECT id FROM whole)""".format(  # noqa: S608
    looks=", ".join(f"'{kind}'" for kind in MediaKind if kind.is_requisite)
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Sites and days; all of them if none are named."""

    sites: tuple[str, ...] = ()
    """Their keys."""
    since: date | None = None
    until: date | None = None
    """The last day, included."""
    asked: Asked | None = None
    """What articles have to be found by; of captures, what they are of."""

    @property
    def has_days(self) -> bool:
        """Whether not all days are meant."""
        return self.since is not None or self.until is not None

    def __str__(self) -> str:
        sites = f" of {', '.join(self.sites)}" if self.sites else ""
        words = f' with "{self.asked.text}"' if self.asked else ""
        since = f" from {self.since}" if self.since else ""
        return f"{words}{sites}{since}{f' to {self.until}' if self.until else ''}"

    def condition(self, table: str, time: str | None) -> tuple[str, list[str]]:
        """Return what a row of *table* must fulfil, in SQL, and its parameters.

        *time* is the column that says on which day it is; None if the days do not matter. No index
        is used: each row is looked at once, in the order that is asked for.
        """
        parts = ["1"]
        parameters: list[str] = []
        if self.sites:
            parts.append(f"+{table}.site IN ({', '.join('?' * len(self.sites))})")
            parameters += self.sites
        for operator, day in ((">=", self.since), ("<=", self.until)):
            if day and time:
                parts.append(f"substr({table}.{time}, 1, 10) {operator} ?")
                parameters.append(day.isoformat())
        return " AND ".join(parts), parameters


@dataclass(frozen=True, slots=True)
class Chosen:
    """A capture that was selected."""

    capture: Capture
    has_body: bool
    """False for a revisit whose body is in a capture that was not selected, or is lost."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much was selected, and what tells it from any other selection."""

    captures: int
    newest: str | None
    """When the newest capture was made; UTC, as the archive writes it."""
    sha256: str
    """Of the digests of all captures, in their order."""


class Selected:
    """Reads what is selected of an archive; in one snapshot of it, if it is to fit together."""

    def __init__(
        self, archive: Archive, selection: Selection, *, with_withheld: bool = False
    ) -> None:
        self.archive = archive
        self._db = archive._db
        self.selection = selection
        self.with_withheld = with_withheld
        """Whether captures are selected that give what is withheld."""

    @cached_property
    def _giving(self) -> str:
        """The numbers of the captures that are not to be given, as JSON."""
        if self.with_withheld:
            return "[]"
        return json.dumps(sorted(giving_away(self._db, self.archive.folder, self.selection.sites)))

    @cached_property
    def _ranked(self) -> list[int] | None:
        """The numbers of the articles that are found by what is asked, the best first; None where
        the index of search does not know the archive as it is read here.
        """
        from archive.search.engine import ranked  # of which other selections know nothing

        if self.selection.asked is None:
            return None
        return ranked(self.archive.path, self.selection.asked, self.archive.changes.newest())

    @property
    def is_ranked(self) -> bool:
        """Whether `articles` come the best first; else they come in the order of their numbers."""
        return self._ranked is not None

    @cached_property
    def _found(self) -> str:
        """The numbers of the articles that are found by what is asked, as JSON."""
        from archive.search.fallback import matching  # as above

        assert self.selection.asked is not None
        if self._ranked is not None:
            return json.dumps(self._ranked)
        return json.dumps(
            [number for (number,) in self._db.execute(*matching(self.selection.asked))]
        )

    @cached_property
    def _found_captures(self) -> str:
        """The numbers of the captures of these articles, as JSON: of their pages, pictures and
        files, and of what makes the pages of their sites look as they did.
        """
        return json.dumps([n for (n,) in self._db.execute(_CAPTURES_OF, {"found": self._found})])

    def _condition(self, table: str, time: str | None) -> tuple[str, list[str]]:
        """Return what a row of *table*, ``a`` for articles, has to fulfil: `Selection.condition`,
        and what is asked.
        """
        where, parameters = self.selection.condition(table, time)
        if self.selection.asked is None:
            return where, parameters
        if table == "a":
            return f"{where} AND a.id IN ({_NUMBERS})", [*parameters, self._found]
        return f"{where} AND +{table}.id IN ({_NUMBERS})", [*parameters, self._found_captures]

    # Captures: by the day on which they were made

    def extent(self) -> Extent:
        """Return how much was received that is not lost."""
        where, parameters = self._of_captures("c")
        sql = composed(
            "SELECT warc_sha256, fetched_at FROM captures c WHERE {where} {place}",
            where=where, place=_PLACE,
        )  # fmt: skip
        digest, number, newest = hashlib.sha256(), 0, None
        for sha256, at in self._db.execute(sql, parameters):
            digest.update(sha256.encode())
            number += 1
            newest = max(newest or at, at)
        return Extent(number, newest, digest.hexdigest())

    def count_captures(self) -> int:
        """Return how many captures there are that are not lost."""
        where, parameters = self._of_captures("c")
        sql = f"SELECT count(*) FROM captures c WHERE {where}"  # noqa: S608
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def captures(self) -> Iterator[Chosen]:
        """Yield the captures, file by file, in the order in which they stand there."""
        where, parameters = self._of_captures("c")
        chosen, of_chosen = self._of_captures("h")
        columns = ", ".join(f"c.{name}" for name in _COLUMNS)
        sql = composed(
            """
            SELECT {columns}, c.refers_to IS NULL OR coalesce({chosen}, 0)
            FROM captures c LEFT JOIN captures h ON h.id = c.refers_to
            WHERE {where} {place}""",
            columns=columns, chosen=chosen, where=where, place=_PLACE,
        )  # fmt: skip
        for *values, has_body in self._db.execute(sql, [*of_chosen, *parameters]):
            row = dict(zip(_COLUMNS, values, strict=True))
            row["fetched_at"] = datetime.fromisoformat(row["fetched_at"])
            yield Chosen(Capture(**row), bool(has_body))

    def lost(self) -> int:
        """Return how many captures would be selected, had they not been lost."""
        where, parameters = self._condition("c", "fetched_at")
        sql = composed(
            "SELECT count(*) FROM captures c WHERE {where} AND {is_lost}",
            where=where, is_lost=carries(Flag.LOST, "c"),
        )  # fmt: skip
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def withheld_captures(self) -> int:
        """Return how many captures would be selected, did they not give what is withheld."""
        where, parameters = self._condition("c", "fetched_at")
        sql = composed(
            "SELECT count(*) FROM captures c "
            "WHERE {where} AND NOT {is_lost} AND c.id IN ({giving})",
            where=where, is_lost=carries(Flag.LOST, "c"), giving=_NUMBERS,
        )  # fmt: skip
        return int(self._db.execute(sql, [*parameters, self._giving]).fetchone()[0])

    def sites(self) -> list[str]:
        """Return the keys of the sites of which a capture is selected, in their order."""
        where, parameters = self._of_captures("c")
        sql = composed(
            """
            SELECT key FROM sites
            WHERE EXISTS (SELECT 1 FROM captures c WHERE c.site = key AND {where})
            ORDER BY key""",
            where=where,
        )
        return [key for (key,) in self._db.execute(sql, parameters)]

    def pages(self) -> Iterator[dict[str, Any]]:
        """Yield ``url``, ``at``, ``title``, ``lead`` and ``body`` of each article of which a page
        was captured: the newest one that was selected, and the text as it stood then.
        """
        of_site, sites = self._condition("a", None)
        where, parameters = self._of_captures("c")
        sql = composed(
            """
            SELECT a.id, shown.url, shown.fetched_at
            FROM articles a
            LEFT JOIN captures k ON k.id = a.capture_id
            JOIN captures shown ON shown.id = (
                SELECT id FROM captures c
                WHERE c.url = CASE read_from WHEN 'page' THEN k.url ELSE a.url END
                  AND c.site = a.site AND {is_shown} AND {where}
                ORDER BY c.fetched_at DESC, id DESC LIMIT 1)
            WHERE {of_site} AND {is_told} ORDER BY a.id""",
            is_shown=_IS_SHOWN, where=where, of_site=of_site, is_told=_IS_TOLD,
        )  # fmt: skip
        # A text has the last capture in which it stood: the first that is not before this one.
        text = """
            SELECT h.title, h.lead, h.body
            FROM history h LEFT JOIN captures k ON k.id = h.capture_id
            WHERE article_id = ?
            ORDER BY (is_newest OR coalesce(k.fetched_at >= ?, 0)) DESC, revision LIMIT 1"""
        for article_id, url, at in self._db.execute(sql, [*parameters, *sites]):
            title, lead, body = self._db.execute(text, [article_id, at]).fetchone()
            yield {"url": url, "at": at, "title": title, "lead": lead, "body": body}

    def held(self, site: str, url: str) -> Capture | None:
        """Return the capture that holds a picture or file of a site, of whatever day; None if none
        does that is not lost and gives nothing that is withheld.
        """
        given, parameters = self._given("c")
        sql = composed(
            """
            SELECT {columns} FROM media m
            JOIN captures n ON n.id = m.capture_id
            JOIN captures c ON c.id = coalesce(n.refers_to, n.id)
            WHERE m.site = ? AND m.url = ? AND m.state = '{is_held}' AND {given}""",
            columns=", ".join(f"c.{name}" for name in _COLUMNS), given=given,
            is_held=MediaState.HELD,
        )  # fmt: skip
        for row in self._db.query(sql, [site, url, *parameters]):
            row["fetched_at"] = datetime.fromisoformat(row["fetched_at"])
            return Capture(**row)
        return None

    def about_picture(self, site: str, page: str) -> AboutPicture:
        """Return what a page about a picture says of it, as far as it is held."""
        sql = """
            SELECT picture, caption FROM media WHERE site = ? AND url = ? AND state = 'held'"""
        told = self._db.execute(sql, [site, page]).fetchone()
        return AboutPicture(*told) if told else AboutPicture(None)

    def _of_captures(self, table: str) -> tuple[str, list[str]]:
        where, parameters = self._condition(table, "fetched_at")
        given, more = self._given(table)
        return f"{where} AND {given}", [*parameters, *more]

    def _given(self, table: str) -> tuple[str, list[str]]:
        """Return what a row of captures must fulfil to be given at all."""
        where, parameters = f"NOT {carries(Flag.LOST, table)}", []
        if self._giving != "[]":
            where += f" AND +{table}.id NOT IN ({_NUMBERS})"
            parameters = [self._giving]
        return where, parameters

    # Articles: by the day on which they were published

    def count_articles(self) -> int:
        """Return how many articles there are."""
        where, parameters = self._condition("a", "published_at")
        sql = composed(
            "SELECT count(*) FROM articles a WHERE {where} AND {is_told}",
            where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def withheld_articles(self) -> int:
        """Return how many articles are not selected, since they are withheld.

        Those whose day is withheld, too, are counted, whatever the range of days. Of which of them
        have the words that are asked, nobody is told.
        """
        if self.selection.asked is not None:
            return 0
        where, parameters = self._condition("a", "published_at")
        of_site, sites = self._condition("a", None)
        sql = composed(
            "SELECT count(*) FROM articles a "
            "WHERE ({where} OR {of_site} AND published_at IS NULL) AND NOT {is_told}",
            where=where, of_site=of_site, is_told=_IS_TOLD,
        )  # fmt: skip
        return int(self._db.execute(sql, [*parameters, *sites]).fetchone()[0])

    def undated(self) -> int:
        """Return how many articles are in no range of days, since their day is not known."""
        if not self.selection.has_days:
            return 0
        where, parameters = self._condition("a", None)
        sql = composed(
            "SELECT count(*) FROM articles a "
            "WHERE {where} AND published_at IS NULL AND {is_told}",
            where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        return int(self._db.execute(sql, parameters).fetchone()[0])

    def articles(self) -> Iterator[dict[str, Any]]:
        """Yield the rows of ``articles`` in their order (`is_ranked`), each with ``images``,
        ``attachments``, ``citations``, ``places`` (rows of these tables, without the article's
        number) and ``tags`` (their names).
        """
        where, parameters = self._condition("a", "published_at")
        if self._ranked is None:
            yield from self._rows(f"{where} AND {_IS_TOLD} ORDER BY id", parameters)
            return
        numbers = composed(
            "SELECT id FROM articles a WHERE {where} AND {is_told}", where=where, is_told=_IS_TOLD
        )
        selected = {number for (number,) in self._db.execute(numbers, parameters)}
        for number in self._ranked:
            if number in selected:
                yield from self._rows("id = ?", [number])

    def _rows(self, where: str, parameters: Sequence[str | int]) -> Iterator[dict[str, Any]]:
        cursor = self._db.execute(
            composed("SELECT * FROM articles a WHERE {where}", where=where), parameters
        )
        names = [column[0] for column in cursor.description]
        for values in cursor:
            row = dict(zip(names, values, strict=True))
            yield row | self._beside(row["id"])

    def portals(self) -> Iterator[dict[str, Any]]:
        """Yield ``key``, ``name``, ``province``, ``base_url`` of each site that has an article that
        is selected, with how many (``articles``), when the ``oldest`` and the ``newest`` of them
        were published, and when one was last ``seen``.
        """
        where, parameters = self._condition("a", "published_at")
        sql = composed(
            """
            SELECT key, name, province, base_url, count(*) AS articles,
                   min(published_at) AS oldest, max(published_at) AS newest,
                   max(last_seen_at) AS seen
            FROM sites JOIN articles a ON a.site = key
            WHERE {where} AND {is_told} GROUP BY key ORDER BY key""",
            where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        yield from self._db.query(sql, parameters)

    def listed(self, site: str) -> Iterator[dict[str, Any]]:
        """Yield what a list of a site's articles says of each, the newest first and those without a
        day last: ``id``, ``code``, ``url``, ``title``, ``lead``, the ``beginning`` of its text,
        ``published_at``, ``category``, ``prev_url``, ``next_url``.
        """
        where, parameters = self._condition("a", "published_at")
        sql = composed(
            """
            SELECT id, code, url, title, lead, substr(body, 1, 400) AS beginning, published_at,
                   category, prev_url, next_url
            FROM articles a WHERE site = ? AND {where} AND {is_told}
            ORDER BY published_at IS NULL, published_at DESC, id DESC""",
            where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        yield from self._db.query(sql, [site, *parameters])

    def values(self, column: Literal["author", "category"]) -> list[str]:
        """Return what stands in a column of the articles, each value once and in their order."""
        where, parameters = self._condition("a", "published_at")
        sql = composed(
            "SELECT DISTINCT {column} FROM articles a "
            "WHERE {where} AND {is_told} AND {column} > '' ORDER BY 1",
            column=column, where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        return [value for (value,) in self._db.execute(sql, parameters)]

    def tags(self) -> list[str]:
        """Return the names of the articles' tags, each once and in their order."""
        where, parameters = self._condition("a", "published_at")
        sql = composed(
            """
            SELECT DISTINCT name FROM tags
            JOIN article_tags ON tag_id = tags.id JOIN articles a ON a.id = article_id
            WHERE {where} AND {is_told} ORDER BY 1""",
            where=where, is_told=_IS_TOLD,
        )  # fmt: skip
        return [name for (name,) in self._db.execute(sql, parameters)]

    def attributions(self) -> dict[int, str]:
        """Return whose the articles are that are not the body's own, by their numbers."""
        sql = "SELECT article_id, attribution FROM attributions WHERE attribution <> ?"
        return dict(self._db.execute(sql, [Attribution.OWN]).fetchall())

    def _beside(self, article_id: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for table in BESIDE:
            found[table] = self._db.select(table, article_id=article_id, order="position")
            for row in found[table]:
                del row["article_id"]
        tags = """
            SELECT name FROM article_tags JOIN tags ON tags.id = tag_id
            WHERE article_id = ? ORDER BY name"""
        found["tags"] = [name for (name,) in self._db.execute(tags, [article_id])]
        return found

    def columns(self, table: str = "articles") -> dict[str, str]:
        """Return the columns of a table that `articles` gives, with their types in SQLite."""
        info = self._db.execute(f"PRAGMA table_xinfo({table})")
        return {name: kind for _, name, kind, *_ in info if name != "article_id"}
