"""The lists for people that a portal has: which were met, and which of them were walked whole."""

from collections.abc import Iterable
from datetime import datetime

from archive.connection import Connection, Row, batches
from archive.times import utc
from crawler.page import RoutePage
from crawler.text.addresses import urlkey
from crawler.vocabulary import ListState, Reason

_OPEN = [state for state in ListState if not state.is_settled]


class Lists:
    """Reads and writes ``lists``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def find(self, site: str, url: str) -> Row | None:
        """Return the list that begins at *url*, or whose walk goes on there."""
        rows = self._db.select("lists", urlkey=urlkey(url), site=site)
        return next(iter(rows or self._db.select("lists", site=site, next_url=url)), None)

    def name(
        self, run_id: int, site: str, urls: Iterable[str], on: str | None, at: datetime
    ) -> list[str]:
        """Note that the page *on* names lists, None if whoever asks for them does; return those
        that were not known.
        """
        by_key = {urlkey(url): url for url in urls}
        known = {row["urlkey"] for row in self._db.select("lists", urlkey=[*by_key], site=site)}
        new = [
            {"site": site, "url": url, "urlkey": key, "found_on": on, "found_at": utc(at),
             "state": ListState.WAITING, "run_id": run_id}
            for key, url in by_key.items()
            if key not in known
        ]  # fmt: skip
        self._db.insert_all("lists", new)
        for some in batches(known):
            self._db.update("lists", {"run_id": run_id}, urlkey=some, site=site)
        return [url for key, url in by_key.items() if key not in known]

    def of_page(self, run_id: int, site: str, url: str, at: datetime) -> Row:
        """Return the list that a page is of; one of none begins one."""
        if (known := self.find(site, url)) is None:
            self.name(run_id, site, [url], None, at)
            known = self.find(site, url)
            assert known
        return known

    def meet(
        self, run_id: int, site: str, url: str, page: RoutePage, at: datetime, *, to_end: bool
    ) -> bool:
        """Note what the page at *url* tells of its list, which no route asked for; return whether
        it is to be walked on: *to_end*, or since it never was.
        """
        own = self.of_page(run_id, site, url, at)
        goes_on = to_end or own["state"] == ListState.WAITING
        self.name(run_id, site, page.more_urls, url, at)
        self.walk(run_id, own, url, page, at, goes_on=goes_on)
        return goes_on

    def walk(
        self, run_id: int, own: Row, url: str, page: RoutePage, at: datetime, *, goes_on: bool
    ) -> None:
        """Note what the page *url* of a list tells of it; *goes_on*, whether it is walked further
        where it goes further.

        Without news a list is left where it is, and remains what it was. One that leads into
        another list ends where that begins: what follows is said of the other. One of which a page
        could not be read is cut, however far it is walked behind that, until it is walked from its
        first page again, or what was said of the page is taken back.
        """
        is_first = urlkey(url) == own["urlkey"]
        changes: Row = {"run_id": run_id, "tried_at": utc(at), "status": None}
        walked = {
            "state": ListState.WALKED, "reason": None, "next_url": None, "walked_at": utc(at),
        }  # fmt: skip
        if is_first:
            for row in self._db.select("lists", site=own["site"], next_url=url, state=_OPEN):
                if row["id"] != own["id"]:
                    ended = walked if row["state"] == ListState.WAITING else {"next_url": None}
                    self._db.update("lists", ended, id=row["id"])
        is_taken_back = page.takes_back is not None and page.takes_back == own["reason"]
        was_cut = own["state"] == ListState.CUT and not is_first and not is_taken_back
        is_known = is_first or page.is_further or page.found
        if was_cut:
            changes |= {"next_url": page.next_url if goes_on else None}
        elif page.is_cut or not is_known:
            told = page.damage or Reason.LIST_PAGE.of(url=url, why=Reason.NO_LIST)
            further = page.next_url if goes_on else None
            changes |= {"state": ListState.CUT, "reason": told, "next_url": further}
        elif page.next_url and goes_on and self._was_met(own, page.next_url):
            changes |= walked
        elif page.next_url and goes_on:
            stays = own["state"] == ListState.WALKED
            changes |= {"next_url": page.next_url}
            changes |= {} if stays else {"state": ListState.WAITING, "reason": None}
        elif page.next_url:
            if own["state"] not in (*_OPEN, ListState.WALKED):
                changes |= {"state": ListState.WAITING, "reason": None}
        elif is_first and not (page.found or page.more_urls):
            changes |= {"state": ListState.OTHER, "reason": None, "next_url": None}
        else:
            changes |= walked
        self._db.update("lists", changes, id=own["id"])

    def _was_met(self, own: Row, url: str) -> bool:
        """Whether another list begins at *url*, whose first page was walked."""
        met = (ListState.WALKED, ListState.WAITING)
        others = self._db.select("lists", urlkey=urlkey(url), site=own["site"], state=met)
        return any(row["tried_at"] and row["id"] != own["id"] for row in others)

    def settle(
        self,
        run_id: int,
        site: str,
        url: str,
        state: ListState,
        at: datetime,
        *,
        status: int | None = None,
        reason: str | None = None,
    ) -> None:
        """Note of what was named as a list that it is none, or not there."""
        own = self.of_page(run_id, site, url, at)
        changes = {
            "state": state, "status": status, "reason": reason, "next_url": None,
            "tried_at": utc(at), "run_id": run_id,
        }  # fmt: skip
        self._db.update("lists", changes, id=own["id"])

    def forget(self, site: str) -> None:
        """Forget the lists of a portal that has moved."""
        self._db.delete("lists", site=site)

    def unwalked(self, site: str) -> list[str]:
        """Return where the lists begin that are not walked to their ends."""
        return [row["url"] for row in self._db.select("lists", site=site, state=_OPEN, order="id")]
