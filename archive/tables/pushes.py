"""Which live pages were handed to services that archive them, too, and what came of each."""

from datetime import datetime

from archive.connection import Connection, Row, composed, one_of
from archive.times import utc
from crawler.vocabulary import PushState, Source, State

_TRIES = 3
"""How often a page is handed in that fails, until its text changes."""


class PushQueries:
    """Reads ``pushes``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def due(self, site: str, service: str, most: int) -> list[str]:
        """Return the addresses of a site's articles to be handed to a service, at most so many.

        They are those that are live, and not there as they are now, the newest first. What somebody
        asked to hide, or to mark, is none of them.
        """
        sql = composed(
            """
            SELECT url FROM articles
            WHERE site = :site AND id NOT IN (SELECT article_id FROM withheld)
            AND EXISTS (SELECT 1 FROM captures c WHERE c.id = capture_id AND source = '{live}')
            AND EXISTS (
                SELECT 1 FROM urls
                WHERE urls.url = articles.url AND urls.site = articles.site AND state = '{held}'
                AND gone_since IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM pushes p
                WHERE p.url = articles.url AND p.site = articles.site AND service = :service
                AND p.state IN ({there}) AND at >= articles.revised_at)
            AND (
                SELECT count(*) FROM pushes p
                WHERE p.url = articles.url AND p.site = articles.site AND service = :service
                AND at >= articles.revised_at) < :tries
            ORDER BY revised_at DESC, id DESC LIMIT :most""",
            live=Source.LIVE, held=State.HELD, there=one_of([PushState.ASKED, PushState.KEPT]),
        )  # fmt: skip
        wanted = {"site": site, "service": service, "tries": _TRIES, "most": most}
        return [url for (url,) in self._db.execute(sql, wanted)]

    def unsettled(self, service: str) -> list[Row]:
        """Return the rows of what was handed to a service that has not said what came of it, each
        with when the text was ``revised_at`` that was handed in; None if there is another by now.
        """
        sql = """
            SELECT p.*, revised_at FROM pushes p
            LEFT JOIN articles a ON a.url = p.url AND a.site = p.site AND revised_at <= at
            WHERE service = ? AND state = ? ORDER BY p.id"""
        return [*self._db.query(sql, [service, PushState.ASKED])]


class Pushes(PushQueries):
    """Writes them, too. Whoever writes has begun the transaction."""

    def add(
        self, site: str, url: str, service: str, at: datetime, state: PushState, *,
        job: str | None, message: str | None,
    ) -> int:  # fmt: skip
        """Add what was handed in, and return its number."""
        row = {
            "site": site, "url": url, "service": service, "at": utc(at), "state": state,
            "job": job, "message": message,
        }  # fmt: skip
        return self._db.insert("pushes", row)

    def settle(
        self, number: int, state: PushState, *, memento: str | None, message: str | None
    ) -> None:
        """Write what came of it."""
        row = {"state": state, "memento": memento, "message": message}
        self._db.update("pushes", row, id=number)
