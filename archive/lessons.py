"""How the pages of portals are read, and what was received that may be read otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from archive.connection import Connection, composed
from archive.flags import carries
from archive.holdings import Holdings
from archive.tables import Tables
from archive.tables.captures import CaptureQueries
from archive.tables.urls import origin_of
from archive.times import utc
from archive.transactions import Transactions
from archive.visits import Visits
from archive.warc import WarcError, read_record
from crawler.exchange import Capture
from crawler.lessons import KeptProfile, Received
from crawler.page import Page
from crawler.text.addresses import urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, Flag, Outcome, PageKind, ReadFrom, Sign, State

_FLAGGED = " OR ".join(carries(f) for f in Flag if f not in (Flag.EMPTY, Flag.ACCEPTED))
_PAGES = composed(
    """
    FROM captures WHERE site = ? AND status = 200 AND refers_to IS NULL AND part_of IS NULL
    AND (content_type IS NULL OR instr(lower(content_type), 'html')) AND NOT ({flagged})""",
    flagged=_FLAGGED,
)
_TEXTS = composed(
    """
    SELECT articles.url AS url, articles.capture_id AS capture_id FROM articles
    WHERE site = :site AND read_from = '{page}' AND capture_id IS NOT NULL
    UNION
    SELECT articles.url, revisions.capture_id
    FROM revisions JOIN articles ON articles.id = article_id
    WHERE site = :site AND revisions.read_from = '{page}' AND revisions.capture_id IS NOT NULL
    ORDER BY capture_id""",
    page=ReadFrom.PAGE,
)
_UNREAD = composed(
    """
    SELECT url, found_by, found_on FROM urls
    WHERE site = ? AND state IN ('{not_article}', '{failed}') ORDER BY id""",
    not_article=State.NOT_ARTICLE, failed=State.FAILED,
)  # fmt: skip


class LessonBook:
    """The profiles of portals, and the pages that they may be learnt from and read again."""

    def __init__(
        self,
        db: Connection,
        tables: Tables,
        transactions: Transactions,
        holdings: Holdings,
        visits: Visits,
        folder: Path,
    ) -> None:
        self._db = db
        self._tables = tables
        self._transactions = transactions
        self._captures = CaptureQueries(db)
        self._holdings = holdings
        self._visits = visits
        self._folder = folder

    def profiles(self, site: str) -> tuple[KeptProfile, ...]:
        """Return the profiles of a site, oldest first."""
        return self._tables.profiles.of(site)

    def put(self, site: str, profiles: Sequence[KeptProfile], *, learnt: bool) -> None:
        """Put profiles in the place of those of a site that were *learnt*, or written."""
        with self._transactions.begin():
            self._tables.profiles.put(site, profiles, learnt=learnt)

    def applied(self, site: str) -> None:
        """Note that all that was received of a site was read by its profiles."""
        with self._transactions.begin():
            self._tables.profiles.applied(site)
            # What is held reads otherwise, though a crawl may find nothing new or changed.
            self._tables.signs.look(site, datetime.now(UTC))

    def signs(self, site: str) -> frozenset[Sign]:
        """Return what speaks for it that the pages of a site are read badly."""
        return frozenset(Sign(row["sign"]) for row in self._db.select("signs", site=site))

    def known(self, site: str) -> int:
        """Return how many pages of a site were received."""
        return int(self._db.execute(f"SELECT count(*) {_PAGES}", [site]).fetchone()[0])

    def last(self, site: str, url: str, before: datetime) -> Received | None:
        """Return a page of a site as it was received last *before* a time, None if it was not."""
        for capture in self._captures.holding(site, url):
            if utc(capture.fetched_at) < utc(before) and not self._is_set_aside(capture):
                return self._received(url, Origin(Discovery.SEED), capture)
        return None

    def unread(self, site: str) -> int:
        """Return how many articles of a site were read from pages, and by no profile."""
        sql = "SELECT count(*) FROM articles WHERE site = ? AND profile IS NULL AND read_from = ?"
        return int(self._db.execute(sql, [site, ReadFrom.PAGE]).fetchone()[0])

    def samples(self, site: str, most: int) -> Iterator[Received]:
        """Yield no more than so many pages of a site: the newest, the first, some of the middle.

        In each of these they were received one after another, so that they lead to each other.
        """
        sql = f"SELECT id {_PAGES} ORDER BY id"
        ids = [row[0] for row in self._db.execute(sql, [site])]
        if len(ids) > most:
            part = most // 3
            middle = (len(ids) - part) // 2
            ids = [*ids[:part], *ids[middle : middle + part], *ids[-part:]]
        for capture_id in dict.fromkeys(ids):
            capture = self._captures.get(capture_id)
            if capture and (found := self._received(capture.url, Origin(Discovery.SEED), capture)):
                yield found

    def to_read_again(self, site: str) -> Iterator[Received]:
        """Yield the pages of a site from which texts were read, and those that were read as no
        article, each with how its address became known.
        """
        seen = set()
        for row in list(self._db.query(_TEXTS, {"site": site})):
            capture = self._captures.get(row["capture_id"])
            known = self._tables.urls.known(site, row["url"]) if capture else None
            if capture is None or known is None:
                continue
            seen.add(capture.id)
            if found := self._received(row["url"], origin_of(known), capture):
                yield replace(found, is_text=True)
        for row in list(self._db.query(_UNREAD, [site])):
            capture = self._newest(site, row["url"])
            if capture is None or capture.id in seen:
                continue
            if found := self._received(row["url"], origin_of(row), capture):
                yield found

    def _newest(self, site: str, url: str) -> Capture | None:
        """Return the newest whole page that a site has of an address, in whichever form of it."""
        slashed = url.removesuffix("/") if url.endswith("/") else f"{url}/"
        found = (
            capture
            for form in (url, slashed)
            for capture in self._captures.holding(site, form)
            if capture.status == 200 and not self._is_set_aside(capture)
        )
        return next(found, None)

    def _is_set_aside(self, capture: Capture) -> bool:
        """Whether it is known that a page stands in the place of another, or was cut."""
        row = self._captures.row(capture.id) if capture.id else None
        flags = {*row["flags"].split()} if row else set()
        return bool(flags - {Flag.EMPTY, Flag.ACCEPTED})

    def _received(self, url: str, origin: Origin, capture: Capture) -> Received | None:
        """Return a page with its body; None if that cannot be had any more."""
        with suppress(WarcError, OSError):
            parts = tuple((p, self._body(p)) for p in self._captures.parts(capture.id or 0))
            form = capture.url if urlkey(capture.url) == urlkey(url) else url
            return Received(form, origin, capture, self._body(capture), parts)
        return None

    def _body(self, capture: Capture) -> bytes:
        holder = self._captures.get(capture.refers_to) if capture.refers_to else capture
        if holder is None:
            raise WarcError("the capture that it revisits is missing")
        return read_record(self._folder, holder).body

    def read_again(self, run_id: int, site: str, visit: Visit) -> Outcome:
        """Store how a page reads that was received before; say what it meant.

        A text that was read from it reads so from now on, and is no revision; if it turns out that
        the page is no article, it is held no more. Other pages are judged as when they came.
        """
        page, capture = visit.page, visit.capture
        assert page
        assert capture
        with self._transactions.begin():
            if article_id := self._holding(site, capture):
                return self._text_again(run_id, article_id, site, visit, page, capture)
            outcome = self._visits.judge_again(run_id, site, visit)
            if outcome == Outcome.NEW:
                self._tables.runs.count(run_id, outcome)
            return outcome

    def _holding(self, site: str, capture: Capture) -> int | None:
        """Return the article of which a text was read from a capture, None if there is none."""
        sql = """
            SELECT id FROM articles WHERE capture_id = :capture AND site = :site
            UNION
            SELECT article_id FROM revisions JOIN articles ON articles.id = article_id
            WHERE revisions.capture_id = :capture AND site = :site LIMIT 1"""
        row = self._db.execute(sql, {"capture": capture.id, "site": site}).fetchone()
        return row[0] if row else None

    def _text_again(
        self, run_id: int, article_id: int, site: str, visit: Visit, page: Page, capture: Capture
    ) -> Outcome:
        before = self._holdings.texts(article_id)
        if page.kind == PageKind.ARTICLE and page.article:
            pages = [page if row["capture_id"] == capture.id else None for row in before]
            self._holdings.put_readings(article_id, before, pages)
            return Outcome.UNCHANGED
        is_none = page.profile is not None and page.kind in (PageKind.LISTING, PageKind.OTHER)
        if is_none and len(before) == 1 and not self._is_vouched_for(article_id, capture):
            self._uncount(run_id, article_id)
            self._tables.articles.withdraw(article_id)
            self._visits.judge_again(run_id, site, visit)
        return Outcome.OTHER

    def _uncount(self, run_id: int, article_id: int) -> None:
        """Count an article that is taken back as new no more, if it came in the same run.

        Runs may begin in the second in which one ended: then it is this one's if no other one has
        asked for it.
        """
        (article,) = self._tables.articles.rows([article_id])
        known = self._tables.urls.known(article["site"], article["url"])
        asked_by = known["run_id"] if known else None
        is_since = article["first_seen_at"] >= self._tables.runs.row(run_id)["started_at"]
        if is_since and asked_by in (None, run_id):
            self._tables.runs.count(run_id, Outcome.NEW, -1)

    def _is_vouched_for(self, article_id: int, capture: Capture) -> bool:
        """Whether a person has accepted a page, or withheld its article."""
        is_accepted = self._captures.is_flagged(capture, Flag.ACCEPTED)
        return is_accepted or article_id in self._tables.takedowns.marks()
