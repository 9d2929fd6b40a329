"""What articles link to on their site that nothing else names: what may be articles, too."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from archive.connection import Connection, composed
from archive.tables.urls import Urls
from archive.times import utc
from crawler.text.addresses import urlkey
from crawler.visit import Link, Origin
from crawler.vocabulary import Discovery, State

_A_PIECE = 1_000


class LinkQueries:
    """Reads ``links``, and what is needed to judge them."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, site: str) -> list[Link]:
        """Return those of a site, the oldest first."""
        rows = self._db.select("links", site=site)
        return [Link(row["url"], row["found_on"], bool(row["judged_at"])) for row in rows]

    def count(self, site: str) -> int:
        """Return how many rows a site has."""
        sql = "SELECT count(*) FROM links WHERE site = ?"
        return int(self._db.execute(sql, [site]).fetchone()[0])

    def are_unjudged(self, site: str) -> bool:
        """Whether there are any of which it was not decided whether they are asked for."""
        sql = "SELECT 1 FROM links WHERE site = ? AND judged_at IS NULL LIMIT 1"
        return self._db.execute(sql, [site]).fetchone() is not None

    def articles(self, site: str) -> Iterator[list[str]]:
        """Yield the addresses of the articles that are held of a site, some at a time."""
        after = 0
        sql = "SELECT id, url FROM articles WHERE site = ? AND id > ? ORDER BY id LIMIT ?"
        while rows := self._db.execute(sql, [site, after, _A_PIECE]).fetchall():
            after = rows[-1][0]
            yield [url for _, url in rows]

    def proved(self, site: str) -> list[tuple[str, State]]:
        """Return what became of those that were asked for already."""
        sql = composed(
            "SELECT url, state FROM urls WHERE site = ? AND found_by = '{linked}'",
            linked=Discovery.LINKED,
        )
        return [(url, State(state)) for url, state in self._db.execute(sql, [site])]


class Links(LinkQueries):
    """Reads and writes ``links``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, urls: Urls) -> None:
        super().__init__(db)
        self._urls = urls

    def note(self, site: str, urls: Collection[str], on: str, at: datetime) -> int:
        """Note the addresses that the page of an article links to, but for those that are known;
        return how many were not.
        """
        if not urls:
            return 0
        self._urls.read(site, urls)
        new = {urlkey(url): url for url in urls if not self._urls.known(site, url)}
        rows = [
            {"site": site, "url": url, "urlkey": key, "found_on": on, "found_at": utc(at)}
            for key, url in new.items()
        ]
        return self._db.insert_all("links", rows, if_new=True)

    def judge(self, site: str, asked: Sequence[Link], others: Iterable[Link], at: datetime) -> None:
        """Have some asked for, as addresses of articles, and note of others that they are not."""
        named = [(link.url, Origin(Discovery.LINKED, link.found_on)) for link in asked]
        self._urls.discover_all(site, named, at)
        for link in asked:
            self._db.delete("links", site=site, urlkey=urlkey(link.url))
        for link in others:
            self._db.update("links", {"judged_at": utc(at)}, site=site, urlkey=urlkey(link.url))

    def forget_known(self, site: str) -> None:
        """Delete what has become known otherwise."""
        self._db.execute(
            "DELETE FROM links WHERE site = ? AND EXISTS (SELECT 1 FROM urls "
            "WHERE urls.urlkey = links.urlkey AND urls.site = links.site)",
            [site],
        )
