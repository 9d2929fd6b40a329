"""The walks of second routes, and of lists for people: what each lists, and how far it has come."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from archive.tables import Tables
from archive.transactions import Transactions
from crawler.page import Found, RoutePage
from crawler.visit import RouteState
from crawler.vocabulary import Discovery, ListState


class Walks:
    """What is known of the second routes of portals."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._routes = tables.routes
        self._lists = tables.lists
        self._transactions = transactions

    def begin(self, run_id: int, site: str, route: Discovery, url: str) -> None:
        """Note that a walk of a second route begins at *url*."""
        with self._transactions.begin():
            self._routes.begin(run_id, site, route, url, datetime.now(UTC))

    def note(self, site: str, route: Discovery, **columns: Any) -> None:
        """Write columns of a route's row."""
        with self._transactions.begin():
            self._routes.note(site, route, datetime.now(UTC), **columns)

    def list(
        self, run_id: int, site: str, route: Discovery, url: str, found: Sequence[Found]
    ) -> bool:
        """Store articles that an answer of a route lists, of which `store` gets the rest; return
        whether any of it is news.
        """
        with self._transactions.begin():
            return self._routes.list(run_id, site, route, url, found, datetime.now(UTC))

    def store(
        self,
        run_id: int,
        site: str,
        route: Discovery,
        url: str,
        page: RoutePage,
        *,
        has_news: bool = False,
    ) -> None:
        """Store what one answer of a route lists, and where it goes on, in one transaction."""
        at = datetime.now(UTC)
        with self._transactions.begin():
            self._routes.store(run_id, site, route, url, page, at, has_news=has_news)

    def meet_list(self, run_id: int, site: str, url: str, page: RoutePage, *, to_end: bool) -> bool:
        """Note what the page at *url* of a list for people tells of it, which no route asked for;
        return whether it is to be walked on: *to_end*, or since it never was.
        """
        with self._transactions.begin():
            return self._lists.meet(run_id, site, url, page, datetime.now(UTC), to_end=to_end)

    def settle_list(
        self,
        run_id: int,
        site: str,
        url: str,
        state: ListState,
        *,
        status: int | None,
        reason: str | None = None,
    ) -> None:
        """Note of what was named as a list that it is none, or not there."""
        at = datetime.now(UTC)
        with self._transactions.begin():
            self._lists.settle(run_id, site, url, state, at, status=status, reason=reason)

    def doubt(self, site: str) -> tuple[int, str | None]:
        """Have lists of all prove nothing where the portal shows articles that none of them names;
        return how many these are, and one of them.
        """
        with self._transactions.begin():
            return self._routes.doubt(site, datetime.now(UTC))

    def states(self, site: str) -> dict[Discovery, RouteState]:
        """Return what is known of each route of a site, by its name."""
        return self._routes.states(site)

    def tell_changes(self, site: str) -> bool:
        """Whether a route tells which articles have changed, so that none need be asked for it."""
        return self._routes.tell_changes(site)
