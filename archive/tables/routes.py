"""What second routes list, and how far each has been walked."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from archive.connection import Connection, Row
from archive.tables.lists import Lists
from archive.tables.urls import Urls
from archive.times import utc
from crawler.page import Found, RoutePage
from crawler.text.addresses import urlkey
from crawler.visit import LOOKED_AT_AGAIN_AFTER, Origin, RouteState
from crawler.vocabulary import Discovery, ListState, Recheck, RouteStatus, State

_LIST_ALL = [route for route in Discovery if route.lists_all]


class Routes:
    """Reads and writes ``routes``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Connection, urls: Urls, lists: Lists) -> None:
        self._db = db
        self._urls = urls
        self._lists = lists
        self._telling: dict[str, bool] = {}
        """What `tell_changes` has said; whoever writes of a site, and so of its routes, holds its
        lock."""

        self._begun: set[tuple[str, Discovery]] = set()
        """The routes of which a walk was begun by this connection, and no list left out since."""

    def forget(self) -> None:
        """Forget what was read, since a transaction came to nothing."""
        self._telling.clear()

    def states(self, site: str) -> dict[Discovery, RouteState]:
        """Return what is known of each route of a site, by its name."""
        return {
            Discovery(row["route"]): RouteState(
                state=RouteStatus(row["state"]),
                url=row["url"],
                pending=tuple(json.loads(row["pending"])),
                walked=row["walked_at"] is not None,
                tells_changes=bool(row["tells_changes"]),
                is_doubted=row["proves"] == 0,
                etag=row["etag"],
                last_modified=row["last_modified"],
                checked_at=datetime.fromisoformat(row["checked_at"]),
                walked_at=_moment(row["walked_at"]),
                looked_at=_moment(row["looked_at"]),
            )
            for row in self._db.select("routes", site=site)
        }

    def tell_changes(self, site: str) -> bool:
        """Whether a route tells which articles have changed, so that none need be asked for it."""
        if site not in self._telling:
            rows = self._db.select("routes", site=site, state=RouteStatus.OPEN)
            self._telling[site] = any(row["tells_changes"] for row in rows)
        return self._telling[site]

    def note(self, site: str, route: Discovery, at: datetime, **columns: Any) -> None:
        """Write columns of a route's row; it is "open" unless ``state`` says otherwise."""
        row = {"site": site, "route": route, "checked_at": utc(at)}
        row |= {"state": RouteStatus.OPEN} | columns
        self._telling.pop(site, None)
        self._db.upsert("routes", row, key=("site", "route"))

    def forget_portal(self, site: str) -> None:
        """Forget the routes of a portal that has moved; what others list of it stays what it is."""
        self._telling.pop(site, None)
        for route in Discovery:
            if route.is_portals_own:
                self._db.delete("routes", site=site, route=route)
        self._lists.forget(site)

    def begin(self, run_id: int, site: str, route: Discovery, url: str, at: datetime) -> None:
        """Note that a walk of a route begins, at the address *url*; what the last one could not
        prove, this one may, unless all was looked at only lately. So it is of the lists for people
        that were not walked to their ends.
        """
        self._begun.add((site, route))
        self.note(
            site, route, at,
            state=RouteStatus.OPEN, url=url, pending=json.dumps([url]), walk_run=run_id,
        )  # fmt: skip
        (row,) = self._db.select("routes", site=site, route=route)
        if self._is_known_lately(site, route, row, at):
            return
        if row["proves"] == 0:
            self._db.update("routes", {"proves": None, "is_paged": 0}, site=site, route=route)
        if route == Discovery.LISTING:
            pending = json.dumps([*dict.fromkeys([url, *self._lists.unwalked(site)])])
            self._db.update("routes", {"pending": pending}, site=site, route=route)

    def store(
        self,
        run_id: int,
        site: str,
        route: Discovery,
        url: str,
        page: RoutePage,
        at: datetime,
        *,
        has_news: bool = False,
    ) -> None:
        """Store what one answer of a walk lists, and where the walk goes on.

        A first walk goes to the end, and so does one of a list that has proved nothing yet, but for
        lists for people that were looked at lately, or one that shows that the portal has fewer
        articles than it listed before. Another one ends where
        nothing is new; *has_news* says that something was that `list` has stored already. The other
        lists that one for people names are looked at where it names something new, and every few
        days: dozens of sections, each day, would say nothing. Those that it names for the first
        time are looked at in any case.

        A list that was walked to its end proves that there is no more if it lists all by its nature
        (`Discovery.lists_all`), or if a further page of it was read: the first one alone may be the
        newest articles and no more. Which lists for people were walked is noted of each.
        """
        (row,) = self._db.select("routes", site=site, route=route)
        has_news = self.list(run_id, site, route, url, page.found, at) or has_news
        own = self._lists.of_page(run_id, site, url, at) if route == Discovery.LISTING else None
        is_new = own is not None and own["state"] == ListState.WAITING
        is_settled = own["state"] == ListState.WALKED if own else row["proves"]
        is_unsettled = bool(page.more_urls) or not is_settled
        goes_on = (
            row["walked_at"] is None
            or (own is not None and page.is_cut)  # news may stand behind what is missing
            or is_new
            or (is_unsettled and not self._is_known_lately(site, route, row, at))
            or has_news
            or (page.total is not None and page.total < self._listed(site))
        )
        # A section is looked at only where all are, and so are those that it names itself.
        looks_on = goes_on or (own is not None and urlkey(url) != urlkey(row["url"] or ""))
        pending = [other for other in json.loads(row["pending"]) if other != url]
        pending += page.more_urls if looks_on else ()
        pending += [page.next_url] if page.next_url and goes_on else []
        if own:
            named = self._lists.name(run_id, site, page.more_urls, url, at)
            pending += [] if looks_on else named
            self._lists.walk(run_id, own, url, page, at, goes_on=goes_on)
        leaves_lists = bool(page.more_urls) and not looks_on
        whole = not pending and not leaves_lists and (goes_on or not page.next_url)
        if leaves_lists:
            self._begun.discard((site, route))
        were_looked_at = not pending and (site, route) in self._begun
        is_walked = whole and (route != Discovery.LISTING or not row["walked_at"])
        is_paged = row["is_paged"] or (page.is_further and bool(page.found))
        proves = row["proves"]
        if own:
            proves = int(bool(is_paged)) if whole else proves
        elif page.is_cut:
            proves = 0
        elif whole and proves is None:
            proves = int((route.lists_all and not self._urls.unlisted(site, at)[0]) or is_paged)
        self.note(
            site, route, at,
            pending=json.dumps(pending),
            total=row["total"] if page.total is None else page.total,
            tells_changes=row["tells_changes"] or any(f.modified_at for f in page.found),
            walked_at=utc(at) if is_walked else row["walked_at"],
            looked_at=utc(at) if were_looked_at else row["looked_at"],
            is_paged=is_paged,
            proves=proves,
        )  # fmt: skip
        if whole and route.lists_all and not page.is_cut:
            self._urls.recheck_unlisted(site, row["walk_run"])

    def doubt(self, site: str, at: datetime) -> tuple[int, str | None]:
        """Have lists of all prove nothing where the portal shows articles that none of them names:
        a sitemap that was made once, or the posts of a portal whose news are of another type.
        Return how many articles these are, and one of them.
        """
        number, example = self.doubted(site, at)
        if number:
            self._db.update("routes", {"proves": 0}, site=site, route=_LIST_ALL, proves=1)
        return number, example

    def doubted(self, site: str, at: datetime) -> tuple[int, str | None]:
        """Return what lists of all do not name, as `doubt`; nothing where a portal has none."""
        rows = self._db.select("routes", site=site, route=_LIST_ALL, state=RouteStatus.OPEN)
        are_walked = any(row["proves"] is not None for row in rows)
        return self._urls.unlisted(site, at) if are_walked else (0, None)

    def list(
        self,
        run_id: int,
        site: str,
        route: Discovery,
        on: str,
        listed: Sequence[Found],
        at: datetime,
    ) -> bool:
        """Note the articles that a route names; return whether any of it is news."""
        self._urls.read(site, (found.url for found in listed))
        news = [self._is_news(site, route, found) for found in listed]
        rows = [self._urls.known(site, found.url) for found in listed]
        known = {row["urlkey"]: row for row in rows if row}
        modified = {urlkey(found.url): found.modified_at for found in listed if found.modified_at}
        listed_in = run_id if route.lists_all else None
        origin = Origin(route, on)
        self._urls.discover_all(
            site, [(found.url, origin) for found in listed], at,
            modified=modified, listed_in=listed_in,
        )  # fmt: skip
        for key, row in known.items():
            if modified.get(key, row["modified_at"]) != row["modified_at"]:
                self._urls.update(row, {"modified_at": modified[key]})
        if listed_in:
            self._urls.update_all([row["id"] for row in known.values()], {"listed_in": listed_in})
        if route == Discovery.LISTING:
            self._urls.note_in_list(known.values(), on)
        if route.names_articles:
            self._urls.note_named(known.values(), origin)
        return any(news)

    def _is_news(self, site: str, route: Discovery, found: Found) -> bool:
        """Whether it is news that a route names an article; if so, have it asked for."""
        known = self._urls.known(site, found.url)
        if known is None:
            return True
        if route.lists_all and _is_back(known):
            self._urls.update(known, {"recheck": Recheck.LISTED_AGAIN})
            return True
        before, now = known["modified_at"], found.modified_at
        is_changed = bool(before and now and before != now)
        if is_changed:
            self._urls.recheck(site, found.url, Recheck.CHANGED)
        return is_changed

    def _is_known_lately(self, site: str, route: Discovery, row: Row, at: datetime) -> bool:
        """Whether all lists of a route for people were looked at not long ago, and since the last
        crawl that found an article.
        """
        if route != Discovery.LISTING or not row["looked_at"]:
            return False
        sql = "SELECT max(started_at) FROM runs WHERE site = ? AND new > 0"
        (found_at,) = self._db.execute(sql, [site]).fetchone()
        return bool(row["looked_at"] >= max(found_at or "", utc(at - LOOKED_AT_AGAIN_AFTER)))

    def _listed(self, site: str) -> int:
        """Return how many articles the portal listed when it was last asked."""
        sql = """
            SELECT count(*) FROM urls
            WHERE site = ? AND listed_in IS NOT NULL AND state NOT IN ('gone', 'elsewhere')"""
        return int(self._db.execute(sql, [site]).fetchone()[0])


def _moment(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _is_back(known: Row) -> bool:
    """Whether an address is one of an article that was held and is gone, and was listed no more."""
    gone = known["state"] == State.GONE and known["gone_since"] is not None
    return gone and known["listed_in"] is None
