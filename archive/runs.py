"""The runs of an archive: crawls and imports, and what went wrong in each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from archive.connection import Row
from archive.tables import Tables
from archive.times import utc
from archive.transactions import Transactions
from crawler.vocabulary import Outcome, ProblemKind


class RunLog:
    """What is known of runs, and of the portals that they were of."""

    def __init__(self, tables: Tables, transactions: Transactions) -> None:
        self._tables = tables
        self._transactions = transactions

    def start(self, site: Mapping[str, Any], now: datetime | None = None) -> int:
        """Note that a crawl of *site* (its `SITE_COLUMNS`) begins, and return the run's id.

        Whoever calls it holds the site's lock: a run of it without an end was killed.
        """
        with self._transactions.begin():
            key, sites = str(site["key"]), self._tables.sites
            before = sites.row(key) if sites.is_known(key) else None
            places = sites.places(key) if before else None
            sites.put(site)
            if places and places != sites.places(key):
                self._look_again(key, places)
            if before and any(before[name] != site.get(name) for name in ("district", "unit")):
                articles = self._tables.articles
                articles.name_places(articles.ids([key]))  # which is by whose portal it is
            return self._tables.runs.begin(key, utc(now or datetime.now(UTC)))

    def _look_again(self, site: str, before: Sequence[str]) -> None:
        """Have asked for again what may be the portal's, now that it lies elsewhere than *before*.

        What lists it had on the host of today is not known, if that is another one.
        """
        base_url, *_ = self._tables.sites.places(site)
        self._tables.urls.look_again(site, base_url)
        self._tables.media.look_again(site)
        if base_url != before[0]:
            self._tables.routes.forget_portal(site)

    def finish(self, run_id: int, outcome: str, requests: int, received: int) -> None:
        """Note how a run ended: *outcome* (`RunOutcome`, or as Scrapy's own settings had it),
        its *requests*, and the bytes *received*.
        """
        with self._transactions.begin():
            now = datetime.now(UTC)
            run = self._tables.runs.row(run_id)
            texts = bool(run[Outcome.NEW] or run[Outcome.CHANGED])
            self._tables.runs.update(
                run_id,
                {
                    "finished_at": utc(now),
                    "outcome": outcome,
                    "requests": requests,
                    "bytes": received,
                    **self._tables.runs.left(run["site"]),
                },
            )
            self._tables.signs.look(run["site"], now, texts=texts)
            # Also of one that was ended before it was done.
            self._tables.routes.doubt(run["site"], now)

    def note_killed(self, site: str) -> None:
        """Note that a run of a site which has no end was killed, as the next one would.

        Whoever calls it holds the site's lock.
        """
        with self._transactions.begin():
            self._tables.runs.end_killed(site)

    def look_for_signs(self, site: str) -> None:
        """Look again whether the pages of a site seem to be read as they should be, since what is
        held of it was read otherwise.
        """
        with self._transactions.begin():
            self._tables.signs.look(site, datetime.now(UTC))

    def last(self) -> dict[str, Row]:
        """Return the row of ``runs`` of the last run of each site, by its key."""
        return self._tables.runs.last()

    def get(self, run_id: int) -> Row:
        """Return a row of ``runs``."""
        return self._tables.runs.row(run_id)

    def since_last(self, run_id: int, site: str, now: datetime) -> timedelta | None:
        """Return how long before *now* the last run of a site before this one began that came to
        its end, None if there was none.
        """
        begun = self._tables.runs.begun_before(run_id, site)
        return now - datetime.fromisoformat(begun) if begun else None

    def find(self, run_id: int, site: str) -> Row | None:
        """Return a row of ``runs``; None if there is no such run of the site, since the file is
        another one by now.
        """
        return self._tables.runs.find(run_id, site)

    def site(self, key: str) -> Row:
        """Return a row of ``sites``."""
        return self._tables.sites.row(key)

    def is_known(self, key: str) -> bool:
        """Whether the archive knows a site: it was crawled, or something of it imported."""
        return self._tables.sites.is_known(key)

    def problems(self, run_id: int) -> list[Row]:
        """Return the rows of ``problems`` of a run, oldest first."""
        return self._tables.problems.of_run(run_id)

    def note_problem(
        self, run_id: int, kind: ProblemKind, message: str, url: str | None = None
    ) -> None:
        """Add a row to ``problems``."""
        with self._transactions.begin():
            self._tables.problems.note(run_id, kind, message, url)
