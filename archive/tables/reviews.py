"""What people found who held articles against their pages."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row
from archive.tables.changes import ChangeQueries
from archive.times import utc
from crawler.vocabulary import Reviewed

_SHOWN = "articles.id NOT IN (SELECT article_id FROM withheld WHERE document IS NOT NULL)"
_CHOSEN = f"(:site IS NULL OR site = :site) AND {_SHOWN}"


class ReviewQueries:
    """Reads ``reviews``. What is withheld is as if nobody had reviewed it, and is not given out."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def with_captures(self, site: str | None) -> list[int]:
        """Return the numbers of the articles whose pages are held, of a site or of all."""
        sql = f"SELECT id FROM articles WHERE capture_id IS NOT NULL AND {_CHOSEN}"  # noqa: S608
        return [row[0] for row in self._db.execute(sql, {"site": site})]

    def digest(self, code: str) -> str | None:
        """Return what is judged of the article of a code, None if none has it that can be seen."""
        sql = f"SELECT text_sha256, published_at, author FROM articles WHERE code = ? AND {_SHOWN}"  # noqa: S608
        found = next(self._db.query(sql, [ChangeQueries(self._db).resolve(code)]), None)
        return digest_of(found) if found else None

    def last(self, site: str | None) -> list[Row]:
        """Return the last review of each article: its ``verdict``, the ``article`` by number, its
        ``site``, and whether the article ``reads`` today as it did then.
        """
        sql = f"""
            WITH RECURSIVE leading (review, code) AS (
                SELECT id, code FROM reviews
                UNION
                SELECT review, leads_to FROM leading JOIN aliases USING (code)
                WHERE leads_to IS NOT NULL
            )
            SELECT max(reviews.id) AS id, reviews.digest, reviews.verdict, articles.id AS article,
                   site, text_sha256, published_at, author
            FROM leading JOIN articles USING (code) JOIN reviews ON reviews.id = review
            WHERE {_CHOSEN} GROUP BY articles.id ORDER BY articles.id"""  # noqa: S608
        return [
            {
                "verdict": row["verdict"],
                "article": row["article"],
                "site": row["site"],
                "reads": row["digest"] == digest_of(row),
            }
            for row in self._db.query(sql, {"site": site})
        ]


class Reviews(ReviewQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def add(self, code: str, digest: str, verdict: Reviewed, by: str, at: datetime) -> None:
        """Add a review."""
        row = {"code": code, "digest": digest, "verdict": verdict, "by": by, "at": utc(at)}
        self._db.insert("reviews", row)


def digest_of(article: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what is judged of an article: the digest of its words, its day and its
    author, a line each. One that reads otherwise by now was not judged yet.
    """
    judged = (article["text_sha256"], article["published_at"] or "", article["author"] or "")
    return hashlib.sha256("\n".join(judged).encode("utf-8", "surrogatepass")).hexdigest()
