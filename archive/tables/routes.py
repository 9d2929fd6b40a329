"""What second routes list, and how far each has been walked."""

import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from archive.tables.urls import Ledger
from archive.times import utc
from crawler.page import Found, RoutePage
from crawler.visit import Origin, RouteState
from crawler.vocabulary import Discovery, RouteStatus, State

_WHOLE = (Discovery.REST, Discovery.SITEMAP)
"""The routes that list all there is, so that what they stop listing may be gone."""


class Routes:
    """Reads and writes ``routes``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database, ledger: Ledger) -> None:
        self.db = db
        self.ledger = ledger

    def states(self, site: str) -> dict[Discovery, RouteState]:
        """Return what is known of each route of a site, by its name."""
        return {
            Discovery(row["route"]): RouteState(
                state=RouteStatus(row["state"]),
                url=row["url"],
                pending=json.loads(row["pending"]),
                walked=row["walked_at"] is not None,
                tells_changes=bool(row["tells_changes"]),
                etag=row["etag"],
                last_modified=row["last_modified"],
            )
            for row in self.db.query("SELECT * FROM routes WHERE site = ?", [site])
        }

    def tell_changes(self, site: str) -> bool:
        """Whether a route tells which articles have changed, so that none need be asked for it."""
        sql = "SELECT 1 FROM routes WHERE site = ? AND state = 'open' AND tells_changes LIMIT 1"
        return self.db.execute(sql, [site]).fetchone() is not None

    def note(self, site: str, route: Discovery, at: datetime, **columns: Any) -> None:
        """Write columns of a route's row; it is "open" unless ``state`` says otherwise."""
        row = {"site": site, "route": route, "checked_at": utc(at)}
        row |= {"state": RouteStatus.OPEN} | columns
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        changes = ", ".join(f"{name} = excluded.{name}" for name in row)
        self.db.execute(
            f"INSERT INTO routes ({names}) VALUES ({marks}) "  # noqa: S608
            f"ON CONFLICT (site, route) DO UPDATE SET {changes}",
            list(row.values()),
        )

    def begin(self, run_id: int, site: str, route: Discovery, url: str, at: datetime) -> None:
        """Note that a walk of a route begins, at the address *url*."""
        self.note(
            site, route, at,
            state=RouteStatus.OPEN, url=url, pending=json.dumps([url]), walk_run=run_id,
        )  # fmt: skip

    def store(
        self, run_id: int, site: str, route: Discovery, url: str, page: RoutePage, at: datetime
    ) -> None:
        """Store what one answer of a walk lists, and where the walk goes on.

        A first walk goes to the end, and so does one that shows that the portal has fewer articles
        than it listed before. Another one ends where nothing is new.
        """
        row = next(
            self.db.query("SELECT * FROM routes WHERE site = ? AND route = ?", [site, route])
        )
        news = [self._found(run_id, site, route, url, found, at) for found in page.found]
        goes_on = (
            row["walked_at"] is None
            or bool(page.more_urls)
            or any(news)
            or (page.total is not None and page.total < self._listed(site))
        )
        following = [*page.more_urls, *([page.next_url] if page.next_url else [])]
        pending = [other for other in json.loads(row["pending"]) if other != url]
        pending += following if goes_on else []
        whole = not pending and (goes_on or not following)
        self.note(
            site, route, at,
            pending=json.dumps(pending),
            total=row["total"] if page.total is None else page.total,
            tells_changes=row["tells_changes"] or any(f.modified_at for f in page.found),
            walked_at=utc(at) if whole else row["walked_at"],
        )  # fmt: skip
        if whole and route in _WHOLE and not page.is_cut:
            self._recheck_unlisted(site, row["walk_run"])

    def _found(
        self, run_id: int, site: str, route: Discovery, on: str, found: Found, at: datetime
    ) -> bool:
        """Note an article that a route names; return whether that is news."""
        known = self.ledger.known(found.url)
        if known is None:
            self.ledger.discover(site, found.url, Origin(route, on), at)
            known = self.ledger.known(found.url)
            assert known
            news = True
        else:
            changed = found.modified_at and known["modified_at"] != found.modified_at
            news = bool(changed and known["modified_at"])
            if news:
                self.ledger.recheck(found.url, "changed")
            if route in _WHOLE and _is_back(known):
                self.ledger.update(known["id"], {"recheck": "listed again"})
                news = True
        listed = {"listed_in": run_id} if route in _WHOLE else {}
        modified = {"modified_at": found.modified_at} if found.modified_at else {}
        if listed or modified:
            self.ledger.update(known["id"], listed | modified)
        return news

    def _listed(self, site: str) -> int:
        """Return how many articles the portal listed when it was last asked."""
        sql = """
            SELECT count(*) FROM urls
            WHERE site = ? AND listed_in IS NOT NULL AND state NOT IN ('gone', 'elsewhere')"""
        return int(self.db.execute(sql, [site]).fetchone()[0])

    def _recheck_unlisted(self, site: str, walk_run: int) -> None:
        """Have the articles asked for again that a whole walk did not name any more."""
        self.db.execute(
            """
            UPDATE urls SET recheck = CASE state WHEN 'held' THEN 'unlisted' END, listed_in = NULL
            WHERE site = ? AND listed_in < ?""",
            [site, walk_run],
        )


def _is_back(known: dict[str, Any]) -> bool:
    """Whether an address is one of an article that was held and is gone, and was listed no more."""
    gone = known["state"] == State.GONE and known["gone_since"] is not None
    return gone and known["listed_in"] is None
