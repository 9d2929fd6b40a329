"""Articles, their place in the chain, and the index that finds them."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row, composed, marks
from archive.tables.changes import Changes
from archive.tables.indexing import Indexing
from archive.tables.parts import PART_TABLES, Parts, PartTables, parts_of
from archive.tables.places import places_of
from archive.tables.revisions import (
    COLUMNS,
    Revisions,
    Standing,
    are_equal,
    joined,
    likeness,
    merged,
    placed,
)
from archive.times import iso, utc
from crawler.page import Article, Page
from crawler.text.addresses import urlkey
from crawler.text.wording import compare_words
from crawler.vocabulary import Change, Outcome, ReadFrom

NUMBERED = (*PART_TABLES, "revisions")
"""The tables whose rows are an article's by its number."""

_LINKS = ("prev_url", "next_url", "canonical_url")
_STANDING = ("id", "revision", "revised_at", "first_seen_at", "last_seen_at", "capture_id")
_PLACE = frozenset(
    {"id", "site", "url", "code", "changed", "change", "year"}
    | {"revision", "first_seen_at", "revised_at", "last_seen_at"}
)
"""The columns of an article that say which one it is, and when it was seen."""
_SHRUNK = 0.9
_MOST_TWINS = 5
"""Notices of one title on one day, of which any may have moved."""

_NEAR = """
    SELECT near.url, near.site, near.published_at, substr(near.published_at, 1, 10) AS day,
           near.prev_url, near.next_url, near.canonical_url, near.text_sha256
    FROM (
        SELECT other.id FROM articles here JOIN articles other
          ON other.url IN (here.url, here.prev_url, here.next_url) AND other.site = here.site
        WHERE here.url = :url AND here.site = :site
        UNION
        SELECT id FROM articles WHERE canonical_url = :url AND +site = :site
    ) CROSS JOIN articles near USING (id)"""


class ArticleQueries:
    """Reads ``articles``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def get(self, site: str, url: str) -> Row | None:
        """Return the row of the article that a site has under an address."""
        return next(iter(self._whole(self._db.select("articles", url=url, site=site))), None)

    def ids(self, sites: Collection[str] = ()) -> list[int]:
        """Return the numbers of all articles, or of those of some sites, site by site."""
        sql = "SELECT id FROM articles WHERE site IN ({sites}) ORDER BY site, id"
        chosen = marks(sites) or "SELECT key FROM sites"
        return [row[0] for row in self._db.execute(composed(sql, sites=chosen), list(sites))]

    def rows(self, ids: Collection[int]) -> list[Row]:
        """Return the rows of the articles of these numbers, in the order of numbers."""
        return self._whole(self._db.select("articles", id=sorted(ids), order="id"))

    def heads(self, site: str, most: int) -> list[str]:
        """Return the newest articles of a site that had no newer neighbour when last seen."""
        sql = """
            SELECT url FROM articles WHERE site = ? AND next_url IS NULL
            ORDER BY published_at DESC LIMIT ?"""
        return [row[0] for row in self._db.execute(sql, [site, most])]

    def twins(self, site: str, url: str, said: Row) -> list[str]:
        """Return at which other addresses a site has an article of the title and moment of *said*:
        it may be the one of *url*, before it moved.
        """
        sql = """
            SELECT url FROM articles
            WHERE site = ? AND published_at = ? AND title = ? AND url <> ? LIMIT ?"""
        wanted = [site, said["published_at"], said["title"], url, _MOST_TWINS]
        return [row[0] for row in self._db.execute(sql, wanted)]

    def _whole(self, rows: list[Row]) -> list[Row]:
        """Return rows with all that the articles say, if something of it lies elsewhere."""
        return rows


class Articles(ArticleQueries):
    """Reads and writes ``articles``. Whoever calls it has begun the transaction.

    Within one, the row of an address is asked for once, until something is written.
    """

    def __init__(
        self,
        db: Connection,
        revisions: Revisions,
        parts: PartTables,
        changes: Changes,
        indexing: Indexing,
    ) -> None:
        super().__init__(db)
        self._changes = changes
        self._indexing = indexing
        self._revisions = revisions
        self._parts = parts
        self._rows: dict[tuple[str, str], Row | None] = {}
        """What was read since this transaction has begun or has written, by site and address."""

    def forget(self) -> None:
        """Forget what was read, since it is no more, or may not be."""
        self._rows.clear()

    def get(self, site: str, url: str) -> Row | None:
        """Return the row of the article that a site has under an address."""
        if (site, url) not in self._rows:
            self._rows[site, url] = super().get(site, url)
        return self._rows[site, url]

    def near(self, site: str, url: str) -> dict[str, Row]:
        """Return the article that a site has at *url*, the neighbours that its page names, and the
        articles of the site that call it themselves, by address.

        Of each: ``url``, ``site``, ``published_at`` and its ``day`` by the portal's clock,
        ``prev_url``, ``next_url``, ``canonical_url``, ``text_sha256``.
        """
        return {row["url"]: row for row in self._db.query(_NEAR, {"site": site, "url": url})}

    def readdress(self, site: str, old: str, new: str) -> None:
        """Hold an article of a site under a new address, and let its neighbours point there."""
        if old == new:
            return
        for column in ("prev_url", "next_url"):
            self._changes.note(Change.AMENDED, **{column: old}, site=site)
            self._db.update("articles", {column: new}, **{column: old}, site=site)
        if self.get(site, new) is None:
            self._changes.note(Change.MOVED, url=old, site=site)
            self._db.update("articles", {"url": new}, url=old, site=site)
        self.forget()

    def stands(self, site: str, url: str, at: datetime) -> None:
        """Note that an article was as it is held at a time."""
        held = self.get(site, url)
        if held and held["last_seen_at"] < utc(at):
            self._update(held["id"], {"last_seen_at": utc(at)})

    def put(
        self,
        site: str,
        url: str,
        at: datetime,
        article: Article,
        *,
        prev_url: str | None,
        next_url: str | None,
        canonical_url: str | None,
        charset: str | None = None,
        profile: str | None = None,
        capture_id: int | None = None,
        read_from: ReadFrom = ReadFrom.PAGE,
        accepted: bool = False,
    ) -> Outcome:
        """Write an article as it was seen, if it differs from what is held of it.

        What was seen before the newest text is an earlier revision, or none. If a person *accepted*
        it, it counts though it says less than REST did.
        """
        row = columns_of(article) | {
            "site": site,
            "url": url,
            "prev_url": prev_url,
            "next_url": next_url,
            "canonical_url": canonical_url,
            "charset": charset,
            "profile": profile,
            "read_from": read_from,
        }
        held = self.get(site, url)
        if held is None:
            return self._insert(row | {"capture_id": capture_id}, at, article)
        old = {column: held[column] for column in row}
        standing = {column: held[column] for column in _STANDING}
        article_id = standing["id"]
        if utc(at) < standing["last_seen_at"]:
            return self._place(article_id, row | {"capture_id": capture_id}, utc(at), article)
        seen = {"last_seen_at": utc(at), "capture_id": capture_id}
        other_reading = old["read_from"] != read_from and not accepted
        if other_reading and read_from == ReadFrom.PAGE and _lost_text(old, row):
            return self._stay(article_id, old, row, at)  # REST's reading: it is the whole article
        if old == row and self._parts.of(article_id) == parts_of(article):
            self._update(article_id, seen)
            return Outcome.UNCHANGED
        like = likeness(old, row)
        # Another reading of an article is no change of it.
        changed = not like.same and not other_reading
        if like.same and not (like.says_all or other_reading or accepted):
            return self._stay(article_id, old, row, at)  # a theme that shows less
        if changed:
            since = {"seen_at": standing["revised_at"] or standing["first_seen_at"]}
            self._revisions.add(article_id, standing["revision"], old | standing | since)
            seen |= {"revision": standing["revision"] + 1, "revised_at": utc(at)}
        change = Change.REVISED if changed else Change.AMENDED
        self._say(site, article_id, old, row | seen, article, change)
        return Outcome.CHANGED if changed else Outcome.UNCHANGED

    def _stay(self, article_id: int, old: Row, row: Row, at: datetime) -> Outcome:
        """Let an article say what it says, seen once more; where it leads is what *row* has."""
        links = {column: row[column] for column in _LINKS}
        amended = any(old[column] != link for column, link in links.items())
        change = Change.AMENDED if amended else None
        self._update(article_id, links | {"last_seen_at": utc(at)}, change)
        return Outcome.UNCHANGED

    def _say(
        self, site: str, article_id: int, old: Row, row: Row, article: Article, change: Change
    ) -> None:
        """Let an article that says what *old* has say something else."""
        if not are_equal(old, row):
            self.unindex(article_id, old)
            self.index(article_id, row)
        self._update(article_id, row, change)
        self._replace_parts(site, article_id, article)

    def _place(self, article_id: int, row: Row, at: str, article: Article) -> Outcome:
        """Put a text that was seen before the newest one in its place among the revisions."""
        seen = {column: row.get(column) for column in COLUMNS} | {
            "seen_at": at,
            "last_seen_at": at,
        }
        history = self.history(article_id)
        before = max((text["last_seen_at"] for text in history[:-1]), default="")
        like = likeness(seen, history[-1])
        if at >= before and like.same and not like.says_all:
            # What the page lost since, and nothing else: the article says what it said then.
            (old,) = self.rows([article_id])
            fuller = {name: value for name, value in row.items() if name not in (*_LINKS, "url")}
            self._say(row["site"], article_id, old, fuller, article, Change.AMENDED)
            history = self.history(article_id)
        sightings = self.sightings(row["site"], row["url"]).values()
        changed = self._set_history(article_id, placed(history, seen, sightings))
        return Outcome.CHANGED if changed > len(history) else Outcome.UNCHANGED

    def has_said(self, row: Row, said: Row) -> bool:
        """Whether the words of an article were once those that the row *said* has."""
        return says(row, said) or any(
            says(text, said) for text in self._revisions.earlier(row["id"])
        )

    def history(self, article_id: int) -> list[Standing]:
        """Return all texts of an article, oldest first; the last is the newest."""
        (row,) = self.rows([article_id])
        row["seen_at"] = row["revised_at"] or row["first_seen_at"]
        newest = {column: row[column] for column in COLUMNS}
        return [*self._revisions.earlier(article_id), newest]

    def _set_history(
        self, article_id: int, history: list[Standing], change: Change | None = None
    ) -> int:
        """Write the revisions of an article, of which the newest text stays; return how many.

        What it means for the article is a *change*, or is seen by the history that it had.
        """
        before = self.history(article_id)
        if change is None and len(history) > len(before):
            change = Change.REVISED
        elif change is None and _told(history) != _told(before):
            change = Change.AMENDED
        *earlier, newest = history
        self._revisions.replace(article_id, earlier)
        self._update(
            article_id,
            {
                "revision": len(history),
                "revised_at": newest["seen_at"],
                "first_seen_at": history[0]["seen_at"],
                "last_seen_at": newest["last_seen_at"],
            },
            change,
        )
        return len(history)

    def merge(self, site: str, url: str, into: str) -> None:
        """Hold once, under the address *into*, an article of a site that is held under *url* too.

        Its number and its code stay those of the row first made, to which the other code leads from
        now on; its text is that held under *into*, and the other one an earlier revision if it
        differs.
        """
        dropped, kept = self.get(site, url), self.get(site, into)
        if dropped and kept:
            self._put_together(dropped["id"], kept["id"])
            history = self._joined(dropped, kept)
            self.unindex(dropped["id"], dropped)
            self._parts.delete(dropped["id"])
            self._revisions.delete(dropped["id"])
            self._drop(dropped["id"])
            older, newer = sorted((dropped, kept), key=lambda row: int(row["id"]))
            if older is dropped:
                self._renumber(kept, older["id"], older["code"])
            self._changes.join(newer["code"], older["code"])
            self._set_history(older["id"], history, Change.MOVED if older is dropped else None)
        self.readdress(site, url, into)

    def put_joined(
        self,
        article_id: int,
        held: Row,
        parts: Parts,
        history: list[Standing],
    ) -> bool:
        """Let an article say what the row *held* says, with the *parts* that stand beside it and
        the *history* of which it is the newest text; return whether it is another than before.
        """
        (old,) = self.rows([article_id])
        before = self.history(article_id)
        row = {name: held[name] for name in held if name not in _PLACE}
        says_otherwise = any(old[name] != row[name] for name in row if name != "capture_id")
        other_parts = self._parts.whole(article_id) != parts
        is_told_otherwise = _told(history) != _told(before)
        if not are_equal(old, row):
            self.unindex(article_id, old)
            self.index(article_id, row)
        if other_parts:
            self._parts.replace(article_id, parts)
        if says_otherwise or old["capture_id"] != row["capture_id"]:
            self._update(article_id, row)
        is_changed = says_otherwise or other_parts or is_told_otherwise
        change = Change.REVISED if len(history) > len(before) else Change.AMENDED
        if is_changed or history[-1]["last_seen_at"] != before[-1]["last_seen_at"]:
            self._set_history(article_id, history, change if is_changed else None)
        return is_changed

    def withdraw(self, article_id: int) -> None:
        """Hold an article no more, since its page turns out to be none; its code leads nowhere."""
        (row,) = self.rows([article_id])
        self.unindex(article_id, row)
        self._parts.delete(article_id)
        self._revisions.delete(article_id)
        self._drop(article_id)
        self._changes.withdraw(row["code"])
        self.forget()

    def _put_together(self, one: int, other: int) -> None:
        """Have the texts of two articles in one place, since they are one."""

    def _drop(self, article_id: int) -> None:
        """Delete the row of an article that is held under another number."""
        self._db.delete("articles", id=article_id)

    def _joined(self, dropped: Row, kept: Row) -> list[Standing]:
        """Return the history of two articles that are one; the newest text is that of *kept*."""
        kept_at, dropped_at = (
            self.sightings(row["site"], row["url"]).values() for row in (kept, dropped)
        )
        return joined(self.history(kept["id"]), kept_at, self.history(dropped["id"]), dropped_at)

    def sightings(self, site: str, url: str) -> dict[int, str]:
        """Return when a site's article was seen at an address, by the captures that tell it."""
        sql = """
            SELECT id, fetched_at FROM captures
            WHERE url = ? AND site = ? AND status = 200 AND flags = ''"""
        return dict(self._db.execute(sql, [url, site]).fetchall())

    def reread(self, article_id: int, page: Page, links: Row) -> None:
        """Write another reading of an article, which is no revision of it.

        *links* are the columns that an article alone does not decide.
        """
        article, old = page.article, self.rows([article_id])[0]
        assert article
        row = columns_today(page, old) | links
        # By the digest: if the words were changed by other means, the index never heard of it.
        if old["text_sha256"] != row["text_sha256"]:
            self.unindex(article_id, old)
            self.index(article_id, row)
        other_parts = self._parts.of(article_id) != parts_of(article)
        # What a text cites and names is by its words, and by its day.
        reads_otherwise = any(old[name] != row[name] for name in ("text_sha256", "published_at"))
        amended = other_parts or any(old[column] != value for column, value in row.items())
        self._update(article_id, row, Change.AMENDED if amended else None)
        if other_parts or reads_otherwise:
            self._replace_parts(old["site"], article_id, article)

    def take_back(self, article_id: int, number: int, page: Page) -> None:
        """Let an article say what its first so many texts said, of which the last is read in *page*
        today: what came after them is no text of it.
        """
        kept = self.history(article_id)[:number]
        newest = kept[-1]
        read = {"capture_id": newest["capture_id"], "read_from": newest["read_from"]}
        links = {column: getattr(page, column) for column in _LINKS}
        self.reread(article_id, page, read | links | {"profile": page.profile})
        self._set_history(article_id, kept)
        self.forget()

    def set_earlier(self, article_id: int, earlier: list[Standing]) -> None:
        """Write the earlier texts of an article; those that follow each other and are one become
        one.
        """
        self._set_history(article_id, merged([*earlier, self.history(article_id)[-1]]))

    def name_places(self, ids: Collection[int]) -> None:
        """Find the places that articles name once more."""
        for row in self.rows(ids):
            before = self._parts.places(row["id"])
            self._parts.name_places(row["site"], row["id"], words_of(row), row["published_at"])
            if self._parts.places(row["id"]) != before:
                self._update(row["id"], {}, Change.AMENDED)

    def put_places(self, article_id: int, named: Sequence[Row]) -> None:
        """Write which communes and units an article names, if it is something else."""
        if named != self._parts.places(article_id):
            self._parts.put_places(article_id, named)
            self._update(article_id, {}, Change.AMENDED)

    def _renumber(self, row: Row, article_id: int, code: str) -> None:
        self._db.execute("PRAGMA defer_foreign_keys = ON")  # until this transaction ends
        self.unindex(row["id"], row)
        self._update(row["id"], {"id": article_id, "code": code})
        for table in NUMBERED:
            self._db.update(table, {"article_id": article_id}, article_id=row["id"])
        self.index(article_id, row)

    def _insert(self, row: Row, at: datetime, article: Article) -> Outcome:
        row = row | dict.fromkeys(("first_seen_at", "last_seen_at", "revised_at"), utc(at))
        row["code"] = self._changes.new_code(row["site"], urlkey(row["url"]))
        row |= {"changed": self._changes.next(), "change": Change.NEW}
        article_id = self._add(row)
        self.forget()
        self.index(article_id, row)
        self._parts.add(row["site"], article_id, article, words_of(row))
        return Outcome.NEW

    def _add(self, row: Row) -> int:
        """Add the row of a new article, and return its number."""
        return self._db.insert("articles", row)

    def _update(self, article_id: int, row: Row, change: Change | None = None) -> None:
        """Write columns of an article; a *change* of it takes the next number."""
        if change:
            row = row | {"changed": self._changes.next(), "change": change}
        self._db.update("articles", row, id=article_id)
        self.forget()

    def index(self, article_id: int, row: Row) -> None:
        """Have an article found by the words of a row."""
        self._indexing.add(article_id, row)

    def unindex(self, article_id: int, row: Row) -> None:
        """Have an article not found any more by the words of a row: just those by which it is."""
        self._indexing.remove(article_id, row)

    def _replace_parts(self, site: str, article_id: int, article: Article) -> None:
        self._parts.delete(article_id)
        self._parts.add(site, article_id, article, words_of(columns_of(article)))


def text_sha256(article: Article) -> str:
    """Return the SHA-256 of an article's words: title, lead and body, parted by blank lines."""
    return hash_of({"title": article.title, "lead": article.lead, "body": article.body})


def says(row: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    """Whether the words of a row are those of another one, wherever a theme puts them."""
    return bool(row["text_sha256"] == said["text_sha256"] or compare_words(row, said).same)


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the ``text_sha256`` that a row with these words ought to have."""
    return hashlib.sha256(words_of(row).encode("utf-8", "surrogatepass")).hexdigest()


def words_of(row: Mapping[str, Any]) -> str:
    """Return all that an article says: title, lead and body, parted by blank lines."""
    return "\n\n".join((row["title"], row["lead"] or "", row["body"] or ""))


def places_today(row: Mapping[str, Any], site: Mapping[str, Any]) -> list[Row]:
    """Return which communes and units an article names by the rules of today: rows of ``places``
    without its number. *row* is that of ``articles``, *site* that of its site.
    """
    return places_of(words_of(row), site, row["published_at"])


def _told(history: list[Standing]) -> list[Any]:
    """Return what a history tells, but for when its newest text was last seen."""
    return [[standing[column] for column in COLUMNS] for standing in history[:-1]] + [
        history[-1]["seen_at"]
    ]


def _lost_text(old: Row, row: Row) -> bool:
    """Whether a text is much shorter than another one, or its beginning: the first part of many."""
    return bool(row["words"] < _SHRUNK * old["words"]) or is_beginning(row, old)


def is_beginning(row: Row, of: Row) -> bool:
    """Whether a text is the beginning of another one, and no more."""
    words, all_words = (row["body"] or "").split(), (of["body"] or "").split()
    return 0 < len(words) < len(all_words) and all_words[: len(words)] == words


_TELL_CHANGES = ("wordpress:", "newspaper:")
"""Families whose lists tell of each article when it last changed, as its page may not."""


def is_told_by_lists(page: Page) -> bool:
    """Whether it is the portal's lists that tell when the article of a page last changed."""
    tells = page.article is not None and page.article.modified_at is not None
    return not tells and page.evidence.get("cms", "").startswith(_TELL_CHANGES)


def columns_today(page: Page, held: Mapping[str, Any]) -> Row:
    """Return the columns that a page decides today, of an article whose columns were *held*.

    When it last changed stays as a list told it.
    """
    assert page.article
    columns = columns_of(page.article)
    if is_told_by_lists(page):
        columns["modified_at"] = held.get("modified_at")
    return columns


def columns_of(article: Article) -> Row:
    """Return the columns of ``articles`` that an article alone decides."""
    body = article.body
    return {
        "title": article.title,
        "lead": article.lead,
        "body": body or None,
        "body_html": article.body_html or None,
        "author": article.author,
        "source": article.source,
        "category": article.category,
        "published_at": iso(article.published_at),
        "published_raw": article.published_raw,
        "published_by": article.published_by,
        "published_confidence": article.published_confidence,
        "modified_at": iso(article.modified_at),
        "language": article.language,
        "words": len(body.split()),
        "repeats": article.repeats or None,
        "text_sha256": text_sha256(article),
    }
