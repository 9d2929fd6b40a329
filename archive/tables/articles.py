"""Articles with their pictures, files and tags, and the index that finds them."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import astuple
from datetime import datetime
from itertools import count
from typing import Any

from sqlite_utils import Database

from archive.tables.media import Media
from archive.tables.revisions import COLUMNS, Revisions, Standing, merged, placed, same
from archive.times import iso, utc
from crawler.page import Article
from crawler.text.citations import Citation, citations
from crawler.text.fold import fold
from crawler.vocabulary import Outcome, ReadFrom

Parts = dict[str, list[tuple[Any, ...]]]

_PARTS = ("images", "attachments", "article_tags", "citations")
_NUMBERED = (*_PARTS, "revisions")
_LINKS = ("prev_url", "next_url", "canonical_url")
_STANDING = ("id", "revision", "revised_at", "first_seen_at", "last_seen_at", "capture_id")
_SHRUNK = 0.9


class Articles:
    """Reads and writes ``articles`` and its parts. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.media = Media(db)
        self.revisions = Revisions(db)

    def get(self, url: str) -> dict[str, Any] | None:
        """Return the row of the article held under an address."""
        return next(self.db.query("SELECT * FROM articles WHERE url = ?", [url]), None)

    def ids(self, sites: Collection[str] = ()) -> list[int]:
        """Return the numbers of all articles, or of those of some sites, site by site."""
        marks = ", ".join("?" * len(sites)) or "SELECT key FROM sites"
        sql = f"SELECT id FROM articles WHERE site IN ({marks}) ORDER BY site, id"  # noqa: S608
        return [row[0] for row in self.db.execute(sql, list(sites))]

    def rows(self, ids: Collection[int]) -> list[dict[str, Any]]:
        """Return the rows of the articles of these numbers, in the order of numbers."""
        marks = ", ".join("?" * len(ids))
        sql = f"SELECT * FROM articles WHERE id IN ({marks}) ORDER BY id"  # noqa: S608
        return list(self.db.query(sql, list(ids)))

    def heads(self, site: str, most: int) -> list[str]:
        """Return the newest articles of a site that had no newer neighbour when last seen."""
        sql = """
            SELECT url FROM articles WHERE site = ? AND next_url IS NULL
            ORDER BY published_at DESC LIMIT ?"""
        return [row[0] for row in self.db.execute(sql, [site, most])]

    def against_chain(self, url: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Return the older and the newer of each two neighbours whose dates say the opposite.

        One of the two is the article of *url*. Days are compared, by the portal's clock.
        """
        columns = "url, published_at, substr(published_at, 1, 10) AS day, prev_url, next_url"
        sql = f"SELECT {columns} FROM articles WHERE url = ?"  # noqa: S608
        row = next(self.db.query(sql, [url]), None)
        if row is None or row["day"] is None:
            return []
        pairs = []
        for side in ("prev_url", "next_url"):
            other = next(self.db.query(sql, [row[side]]), None) if row[side] else None
            if other and other["day"]:
                pairs.append((other, row) if side == "prev_url" else (row, other))
        return [(older, newer) for older, newer in pairs if older["day"] > newer["day"]]

    def calling_themselves(self, site: str, canonical_url: str) -> list[tuple[str, str]]:
        """Return address and ``text_sha256`` of those held elsewhere that call this one theirs."""
        sql = """
            SELECT url, text_sha256 FROM articles
            WHERE canonical_url = ? AND site = ? AND url <> canonical_url"""
        return self.db.execute(sql, [canonical_url, site]).fetchall()

    def readdress(self, old: str, new: str) -> None:
        """Hold an article under a new address, and let its neighbours point there."""
        if self.get(new) is None:
            self.db.execute("UPDATE articles SET url = ? WHERE url = ?", [new, old])
        self.db.execute("UPDATE articles SET prev_url = ? WHERE prev_url = ?", [new, old])
        self.db.execute("UPDATE articles SET next_url = ? WHERE next_url = ?", [new, old])

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
            "read_from": read_from,
        }
        columns = ", ".join((*_STANDING, *row))
        old = next(
            self.db.query(f"SELECT {columns} FROM articles WHERE url = ?", [url]),  # noqa: S608
            None,
        )
        if old is None:
            return self._insert(row | {"capture_id": capture_id}, at, article)
        standing = {column: old.pop(column) for column in _STANDING}
        article_id = standing["id"]
        if utc(at) < standing["last_seen_at"]:
            return self._place(article_id, row | {"capture_id": capture_id}, utc(at))
        seen = {"last_seen_at": utc(at), "capture_id": capture_id}
        other_reading = old["read_from"] != read_from and not accepted
        if other_reading and read_from == ReadFrom.PAGE and _lost_text(old, row):
            links = {column: row[column] for column in _LINKS}
            self._update(article_id, links | {"last_seen_at": utc(at)})
            return Outcome.UNCHANGED  # REST's reading stays: it is the whole article
        if old == row and self.parts(article_id) == parts_of(article):
            self._update(article_id, seen)
            return Outcome.UNCHANGED
        differs = not same(old, row)
        # Another reading of an article is no change of it.
        changed = differs and not other_reading
        if changed:
            since = {"seen_at": standing["revised_at"] or standing["first_seen_at"]}
            self.revisions.add(article_id, standing["revision"], old | standing | since)
            seen |= {"revision": standing["revision"] + 1, "revised_at": utc(at)}
        if differs:
            self._unindex(article_id, old)
            self._index(article_id, row)
        self._update(article_id, row | seen)
        self._replace_parts(site, article_id, article)
        return Outcome.CHANGED if changed else Outcome.UNCHANGED

    def _place(self, article_id: int, row: dict[str, Any], at: str) -> Outcome:
        """Put a text that was seen before the newest one in its place among the revisions."""
        history = self.history(article_id)
        seen = {column: row.get(column) for column in COLUMNS} | {
            "seen_at": at,
            "last_seen_at": at,
        }
        changed = self._set_history(article_id, placed(history, seen, self._sightings(row["url"])))
        return Outcome.CHANGED if changed > len(history) else Outcome.UNCHANGED

    def history(self, article_id: int) -> list[Standing]:
        """Return all texts of an article, oldest first; the last is the newest."""
        columns = ", ".join(COLUMNS).replace("seen_at,", "coalesce(revised_at, first_seen_at),", 1)
        sql = f"SELECT {columns} FROM articles WHERE id = ?"  # noqa: S608
        newest = dict(zip(COLUMNS, self.db.execute(sql, [article_id]).fetchone(), strict=True))
        return [*self.revisions.earlier(article_id), newest]

    def _set_history(self, article_id: int, history: list[Standing]) -> int:
        """Write the revisions of an article, of which the newest text stays; return how many."""
        *earlier, newest = history
        self.revisions.replace(article_id, earlier)
        self._update(
            article_id,
            {
                "revision": len(history),
                "revised_at": newest["seen_at"],
                "first_seen_at": history[0]["seen_at"],
                "last_seen_at": newest["last_seen_at"],
            },
        )
        return len(history)

    def merge(self, url: str, into: str) -> None:
        """Hold once, under the address *into*, an article that is held under *url* too.

        Its number stays that of the row first made; its text is that held under *into*, and the
        other one an earlier revision if it differs.
        """
        dropped, kept = self.get(url), self.get(into)
        if dropped and kept:
            history = self._joined(dropped, kept)
            self._unindex(dropped["id"], dropped)
            self._delete_parts(dropped["id"])
            self.revisions.delete(dropped["id"])
            self.db.execute("DELETE FROM articles WHERE id = ?", [dropped["id"]])
            if dropped["id"] < kept["id"]:
                self._renumber(kept, dropped["id"])
            self._set_history(min(dropped["id"], kept["id"]), history)
        self.readdress(url, into)

    def _joined(self, dropped: dict[str, Any], kept: dict[str, Any]) -> list[Standing]:
        """Return the history of two articles that are one; the newest text is that of *kept*."""
        history = self.history(kept["id"])
        sightings = [*self._sightings(dropped["url"]), *self._sightings(kept["url"])]
        for standing in self.history(dropped["id"]):
            for at in (standing["seen_at"], standing["last_seen_at"]):
                seen = standing | {"seen_at": at, "last_seen_at": at}
                if at < history[-1]["last_seen_at"] or same(seen, history[-1]):
                    history = placed(history, seen, sightings)
                else:
                    since = {"seen_at": history[-1]["seen_at"]}
                    before = seen | since | {"last_seen_at": since["seen_at"]}
                    history = merged([*history[:-1], before, history[-1]])
        return history

    def _sightings(self, url: str) -> list[str]:
        """Return when an article was seen at an address, as far as captures tell."""
        sql = "SELECT fetched_at FROM captures WHERE url = ? AND status = 200 AND flags = ''"
        return [row[0] for row in self.db.execute(sql, [url])]

    def reread(self, article_id: int, article: Article, links: dict[str, Any]) -> None:
        """Write another reading of an article, which is no revision of it.

        *links* are the columns that an article alone does not decide.
        """
        old = self.rows([article_id])[0]
        row = columns_of(article) | links
        # By the digest: if the words were changed by other means, the index never heard of it.
        if old["text_sha256"] != row["text_sha256"]:
            self._unindex(article_id, old)
            self._index(article_id, row)
        self._update(article_id, row)
        if self.parts(article_id) != parts_of(article):
            self._replace_parts(old["site"], article_id, article)

    def set_earlier(self, article_id: int, earlier: list[Standing]) -> None:
        """Write the earlier texts of an article; those that follow each other and are one become
        one.
        """
        self._set_history(article_id, merged([*earlier, self.history(article_id)[-1]]))

    def _renumber(self, row: dict[str, Any], article_id: int) -> None:
        self.db.execute("PRAGMA defer_foreign_keys = ON")  # until this transaction ends
        self._unindex(row["id"], row)
        self.db.execute("UPDATE articles SET id = ? WHERE id = ?", [article_id, row["id"]])
        for table in _NUMBERED:
            self.db.execute(
                f"UPDATE {table} SET article_id = ? WHERE article_id = ?",  # noqa: S608
                [article_id, row["id"]],
            )
        self._index(article_id, row)

    def _insert(self, row: dict[str, Any], at: datetime, article: Article) -> Outcome:
        row = row | dict.fromkeys(("first_seen_at", "last_seen_at", "revised_at"), utc(at))
        columns, marks = ", ".join(row), ", ".join("?" * len(row))
        cursor = self.db.execute(
            f"INSERT INTO articles ({columns}) VALUES ({marks})",  # noqa: S608
            list(row.values()),
        )
        article_id = int(cursor.lastrowid or 0)
        self._index(article_id, row)
        self._add_parts(row["site"], article_id, article)
        return Outcome.NEW

    def _update(self, article_id: int, row: dict[str, Any]) -> None:
        assignments = ", ".join(f"{column} = ?" for column in row)
        self.db.execute(
            f"UPDATE articles SET {assignments} WHERE id = ?",  # noqa: S608
            [*row.values(), article_id],
        )

    def _index(self, article_id: int, row: dict[str, Any]) -> None:
        self.db.execute(
            "INSERT INTO articles_fts (rowid, title, lead, body, exact) VALUES (?, ?, ?, ?, ?)",
            [article_id, *indexed(row)],
        )

    def _unindex(self, article_id: int, row: dict[str, Any]) -> None:
        self.db.execute(
            """
            INSERT INTO articles_fts (articles_fts, rowid, title, lead, body, exact)
            VALUES ('delete', ?, ?, ?, ?, ?)""",
            [article_id, *indexed(row)],
        )

    def parts(self, article_id: int) -> Parts:
        """Return the pictures, files and tags of an article."""

        def rows(sql: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in self.db.execute(sql, [article_id])]

        return {
            "images": rows(
                "SELECT url, caption, alt, width, height FROM images WHERE article_id = ? "
                "ORDER BY position"
            ),
            "attachments": rows(
                "SELECT url, label FROM attachments WHERE article_id = ? ORDER BY position"
            ),
            "tags": rows(
                "SELECT name FROM tags JOIN article_tags ON tag_id = tags.id WHERE article_id = ? "
                "ORDER BY name"
            ),
        }

    def _add_parts(self, site: str, article_id: int, article: Article) -> None:
        urls = [image.url for image in article.images]
        self.media.discover(site, urls + [file.url for file in article.attachments])
        for position, image in zip(count(1), article.images):
            self.db.execute(
                """
                INSERT INTO images (article_id, position, url, caption, alt, width, height, sha256)
                VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT sha256 FROM media WHERE url = ?))""",
                [article_id, position, *astuple(image), image.url],
            )
        for position, attachment in zip(count(1), article.attachments):
            self.db.execute(
                """
                INSERT INTO attachments (article_id, position, url, label, sha256)
                VALUES (?, ?, ?, ?, (SELECT sha256 FROM media WHERE url = ?))""",
                [article_id, position, *astuple(attachment), attachment.url],
            )
        for position, citation in enumerate(self._cited(site, article), 1):
            self.db.execute(
                """
                INSERT INTO citations (article_id, position, type, number, issuer, date, text, key)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    article_id, position, citation.type, citation.number, citation.issuer,
                    iso(citation.date), citation.text, citation.key,
                ],
            )  # fmt: skip
        for tag in article.tags:
            self.db.execute("INSERT OR IGNORE INTO tags (name) VALUES (?)", [tag])
            self.db.execute(
                "INSERT INTO article_tags SELECT ?, id FROM tags WHERE name = ?", [article_id, tag]
            )

    def _cited(self, site: str, article: Article) -> list[Citation]:
        """Return the official documents that an article names; a local body is its province's."""
        sql = "SELECT province FROM sites WHERE key = ?"
        (province,) = self.db.execute(sql, [site]).fetchone()
        columns = {"title": article.title, "lead": article.lead, "body": article.body}
        return citations(words_of(columns), province)

    def _delete_parts(self, article_id: int) -> None:
        for table in _PARTS:
            self.db.execute(f"DELETE FROM {table} WHERE article_id = ?", [article_id])  # noqa: S608

    def _replace_parts(self, site: str, article_id: int, article: Article) -> None:
        self._delete_parts(article_id)
        self._add_parts(site, article_id, article)


def text_sha256(article: Article) -> str:
    """Return the SHA-256 of an article's words: title, lead and body, parted by blank lines."""
    return hash_of({"title": article.title, "lead": article.lead, "body": article.body})


def hash_of(row: Mapping[str, Any]) -> str:
    """Return the ``text_sha256`` that a row with these words ought to have."""
    return hashlib.sha256(words_of(row).encode("utf-8", "surrogatepass")).hexdigest()


def words_of(row: Mapping[str, Any]) -> str:
    """Return all that an article says: title, lead and body, parted by blank lines."""
    return "\n\n".join((row["title"], row["lead"] or "", row["body"] or ""))


def _lost_text(old: dict[str, Any], row: dict[str, Any]) -> bool:
    return bool(row["words"] < _SHRUNK * old["words"])


def columns_of(article: Article) -> dict[str, Any]:
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
        "text_sha256": text_sha256(article),
    }


def indexed(row: dict[str, Any]) -> list[str]:
    """Return the columns of ``articles_fts`` for a row: three without marks, one as written."""
    texts = [row["title"], row["lead"] or "", row["body"] or ""]
    return [*map(fold, texts), "\n".join(texts)]


def parts_of(article: Article) -> Parts:
    """Return the pictures, files and tags that an article alone decides."""
    return {
        "images": [astuple(image) for image in article.images],
        "attachments": [astuple(attachment) for attachment in article.attachments],
        "tags": sorted((tag,) for tag in article.tags),
    }
