"""What people found who held articles against their pages."""

from datetime import datetime

from archive.connection import Connection, Row
from archive.reviewed import CHOSEN, LAST_REVIEWS, SHOWN, digest_of
from archive.tables.changes import ChangeQueries
from archive.times import utc
from crawler.vocabulary import Reviewed


class ReviewQueries:
    """Reads ``reviews``. What is withheld is as if nobody had reviewed it, and is not given out."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def with_captures(self, site: str | None) -> list[int]:
        """Return the numbers of the articles whose pages are held, of a site or of all."""
        sql = f"SELECT id FROM articles WHERE capture_id IS NOT NULL AND {CHOSEN}"  # noqa: S608
        return [row[0] for row in self._db.execute(sql, {"site": site})]

    def digest(self, code: str) -> str | None:
        """Return what is judged of the article of a code, None if none has it that can be seen."""
        sql = f"SELECT text_sha256, published_at, author FROM articles WHERE code = ? AND {SHOWN}"  # noqa: S608
        found = next(self._db.query(sql, [ChangeQueries(self._db).resolve(code)]), None)
        return digest_of(found) if found else None

    def last(self, site: str | None) -> list[Row]:
        """Return the last review of each article: the rows of `LAST_REVIEWS`."""
        return [*self._db.query(LAST_REVIEWS, {"site": site})]


class Reviews(ReviewQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def add(self, code: str, digest: str, verdict: Reviewed, by: str, at: datetime) -> None:
        """Add a review."""
        row = {"code": code, "digest": digest, "verdict": verdict, "by": by, "at": utc(at)}
        self._db.insert("reviews", row)
