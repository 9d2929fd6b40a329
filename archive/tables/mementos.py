"""What web archives list of the addresses of sites, and what of it was asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from archive.connection import Connection, Row, composed, marks
from archive.times import utc
from crawler.mementos import Archived, AskedMemento
from crawler.text.addresses import urlkey
from crawler.vocabulary import RouteStatus

_MOST_ALIKE = 8
"""Addresses of one body that are counted at most."""


class MementoQueries:
    """Reads ``mementos`` and ``memento_lists``."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def of(self, site: str, url: str) -> list[Archived]:
        """Return what web archives list of an address of a site."""
        rows = self._db.select("mementos", urlkey=urlkey(url), site=site, order="id")
        alike = {digest: self._alike(site, digest) for row in rows if (digest := row["digest"])}
        return [_archived(row, alike.get(row["digest"], 1)) for row in rows]

    def _alike(self, site: str, digest: str) -> int:
        sql = """
            SELECT count(*) FROM (
                SELECT DISTINCT urlkey FROM mementos WHERE digest = ? AND site = ? LIMIT ?)"""
        return int(self._db.execute(sql, [digest, site, _MOST_ALIKE]).fetchone()[0])

    def lists_for_programs(self, site: str, web_archives: Collection[str]) -> list[Archived]:
        """Return the feeds, sitemaps and answers of REST that were not asked for, newest first."""
        sql = composed(
            "SELECT * FROM mementos WHERE site = ? AND is_list AND asked_at IS NULL "
            "AND +web_archive IN ({archives}) ORDER BY at DESC, id",
            archives=marks(web_archives),
        )  # "+" keeps SQLite from the index of web archives, by which it reads all that they list
        return [_archived(row, 1) for row in self._db.query(sql, [site, *web_archives])]

    def walks(self, site: str) -> Mapping[str, tuple[str, RouteStatus, datetime]]:
        """Return the lists that were asked for, by address: whose, what came of it, and when."""
        return {
            row["url"]: (
                row["web_archive"], RouteStatus(row["state"]),
                datetime.fromisoformat(row["checked_at"]),
            )
            for row in self._db.select("memento_lists", site=site)
        }  # fmt: skip


class Mementos(MementoQueries):
    """Reads and writes them. Whoever writes has begun the transaction."""

    def note(self, site: str, captures: Sequence[Archived], lists: Collection[Archived]) -> None:
        """Write down what a web archive lists; what is known of it already stays. *lists* are those
        that are for programs.
        """
        for_programs = frozenset(lists)
        rows = [
            {
                "site": site, "url": one.url, "urlkey": urlkey(one.url),
                "web_archive": one.web_archive, "at": utc(one.at), "status": one.status,
                "content_type": one.content_type, "digest": one.digest, "place": one.place,
                "is_cut": one.is_cut, "is_list": one in for_programs,
            }
            for one in captures
        ]  # fmt: skip
        self._db.insert_all("mementos", rows, if_new=True)

    def note_asked(self, site: str, url: str, asked: Iterable[AskedMemento], at: datetime) -> None:
        """Write down what was asked for of an address, and what came of each."""
        for one in asked:
            self._db.update(
                "mementos", {"asked_at": utc(at), "reason": one.reason},
                urlkey=urlkey(url), site=site, web_archive=one.web_archive, at=utc(one.at),
            )  # fmt: skip

    def note_list(
        self, site: str, web_archive: str, url: str, state: RouteStatus, at: datetime
    ) -> None:
        """Write down what came of a list."""
        row = {
            "site": site, "web_archive": web_archive, "url": url, "state": state,
            "checked_at": utc(at),
        }  # fmt: skip
        self._db.upsert("memento_lists", row, key=("site", "url"))

    def forget_failures(self, site: str) -> None:
        """Forget the lists that could not be had."""
        states = [state for state in RouteStatus if state != RouteStatus.OPEN]
        self._db.delete("memento_lists", site=site, state=states)


def _archived(row: Row, alike: int) -> Archived:
    return Archived(
        web_archive=row["web_archive"],
        url=row["url"],
        at=datetime.fromisoformat(row["at"]),
        status=row["status"],
        content_type=row["content_type"],
        digest=row["digest"],
        place=row["place"],
        is_cut=bool(row["is_cut"]),
        alike=alike,
        asked_at=datetime.fromisoformat(row["asked_at"]) if row["asked_at"] else None,
        reason=row["reason"],
    )
