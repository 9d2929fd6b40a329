"""The articles an archive holds: asked for, read again, accepted, indexed anew."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from archive.connection import Connection, Row
from archive.tables import Tables
from archive.tables.articles import ArticleQueries, columns_today
from archive.tables.articles_fts import Index
from archive.tables.loose_ends import LooseEnds
from archive.tables.parts import Parts
from archive.tables.revisions import Standing
from archive.tables.takeovers import may_be_another_s
from archive.tables.urls import origin_of
from archive.transactions import Transactions
from archive.visits import Visits
from crawler.exchange import Capture
from crawler.page import Page
from crawler.text.wording import are_two_articles
from crawler.visit import Origin, Visit
from crawler.vocabulary import (
    Discovery,
    Flag,
    Outcome,
    ProblemKind,
    ReadFrom,
    Reason,
    Recheck,
    State,
)


class Holdings(ArticleQueries):
    """The articles of an archive, each with its earlier texts and what stands beside it."""

    def __init__(
        self, db: Connection, tables: Tables, transactions: Transactions, visits: Visits
    ) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions
        self._visits = visits
        self._index = Index(db)
        self._loose_ends = LooseEnds(db)

    def earlier(self, article_id: int) -> list[Row]:
        """Return the rows of ``revisions`` of an article, oldest first."""
        return self._tables.revisions.rows(article_id)

    def parts(self, article_id: int) -> Parts:
        """Return the pictures, files and tags of an article."""
        return self._tables.parts.of(article_id)

    def _whole(self, rows: list[Row]) -> list[Row]:
        self._tables.takedowns.forget()  # others may have hidden or shown an article since
        return self._tables.articles.whole(rows)

    def reread(
        self, article_id: int, standings: list[Standing], pages: Sequence[Page | None]
    ) -> bool:
        """Store how the texts of an article read today; no revision is added.

        *standings* are its texts, oldest first, as they were when they were read; *pages* what each
        says today, None for one that stays as it is. False, and nothing is stored, if the article
        is another one by now: who wrote it read it today, too.
        """
        with self._transactions.begin():
            before = self.texts(article_id)
            if not _are_same(before, standings):
                return False
            self.put_readings(article_id, before, pages)
            return True

    def texts(self, article_id: int) -> list[Standing]:
        """Return the rows of all texts of an article, oldest first; the last is the article's."""
        rows = self._tables.articles.rows([article_id])
        return [*self._tables.revisions.rows(article_id), *rows]

    def put_readings(
        self, article_id: int, before: list[Standing], pages: Sequence[Page | None]
    ) -> None:
        """Write how the texts of an article read, as `reread`. Whoever calls it has begun the
        transaction, and read them *before* in it.
        """
        earlier = [
            standing | columns_today(page, standing) if page and page.article else standing
            for standing, page in zip(before[:-1], pages[:-1], strict=True)
        ]
        self._reread(before[-1], pages[-1])
        self._tables.articles.set_earlier(article_id, earlier)

    def places(self, article_id: int) -> list[Row]:
        """Return which communes and units an article names: rows of ``places`` without its number,
        in the order of its words.
        """
        return self._tables.parts.places(article_id)

    def put_places(self, row: Row, named: Sequence[Row]) -> None:
        """Write which communes and units an article names whose *row* was read before, if it says
        the same yet: who wrote it since has looked for them, too.
        """
        with self._transactions.begin():
            (now,) = self._tables.articles.rows([row["id"]]) or (None,)
            if now and all(now[name] == row[name] for name in ("text_sha256", "published_at")):
                self._tables.articles.put_places(row["id"], named)

    def strangers(self, article_id: int) -> int | None:
        """Return how many texts of an article are its own, if those after them are another article
        altogether, that came when the host may have been another body's; None if all are.
        """
        (row,) = self._tables.articles.rows([article_id])
        history = self._tables.articles.history(article_id)
        site, takeover = self._tables.sites.row(row["site"]), self._tables.takeovers.of(row["site"])
        number = next(
            (
                number
                for number, text in enumerate(history)
                if number
                and may_be_another_s(site, takeover, datetime.fromisoformat(text["seen_at"]))
                and all(are_two_articles(history[number - 1], other) for other in history[number:])
            ),
            None,
        )
        if number is None or article_id in self._tables.takedowns.marks():
            return None
        captures = {text["capture_id"] for text in history[number:]}
        is_accepted = captures & self._tables.captures.flagged(Flag.ACCEPTED)
        return None if is_accepted or None in captures else number

    def set_strangers_aside(
        self, article_id: int, standings: list[Standing], number: int, page: Page
    ) -> bool:
        """Set aside what came after the first so many texts of an article (`strangers`), the last
        of which reads today as *page*. *standings* and what is returned are as in `reread`.
        """
        with self._transactions.begin():
            before = self.texts(article_id)
            if not _are_same(before, standings) or self.strangers(article_id) != number:
                return False
            captures, others = self._tables.captures, before[number:]
            site, url = others[-1]["site"], others[-1]["url"]
            for capture_id in {text["capture_id"] for text in others}:
                captures.flag(capture_id, Flag.ANOTHER)
                run_id = captures.row(capture_id)["run_id"]  # type: ignore[index]
                message = Reason.ANOTHER_ARTICLE
                self._tables.problems.note(run_id, ProblemKind.QUARANTINE, message, url)
            self._tables.articles.take_back(article_id, number, page)
            self._tables.urls.recheck(site, url, Recheck.IMPORTED)
            return True

    def _reread(self, row: Row, page: Page | None) -> None:
        if page is None or page.article is None:
            return
        site, urls = row["site"], self._tables.urls
        links: Row = {}
        if row["read_from"] == ReadFrom.PAGE:
            links |= {"charset": page.charset, "profile": page.profile}
            named = Visit(row["url"], Origin(Discovery.SEED), datetime.now(UTC), State.HELD)
            urls.discover_neighbours(site, page, named)
            capture = self._tables.captures.row(row["capture_id"]) if row["capture_id"] else None
            if capture is None or capture["fetched_at"] >= row["last_seen_at"]:
                # Else a page that was seen later says where it leads.
                links |= {
                    "prev_url": page.prev_url and urls.resolve(site, page.prev_url),
                    "next_url": page.next_url and urls.resolve(site, page.next_url),
                    "canonical_url": page.canonical_url,
                }
        self._tables.articles.reread(row["id"], page, links)

    def accept(self, capture: Capture, page: Page) -> Outcome:
        """Store the article of a *page* that was flagged, because a person vouches for it."""
        assert page.article
        assert capture.id
        captures, urls = self._tables.captures, self._tables.urls
        with self._transactions.begin():
            row = captures.row(capture.id)
            assert row
            known = urls.known(row["site"], capture.url)
            captures.flag(capture.id, Flag.ACCEPTED)
            origin = origin_of(known) if known else Origin(Discovery.SEED)
            visit = Visit(
                capture.url, origin, capture.fetched_at, State.HELD, capture.status,
                page=page, capture=capture, is_accepted=True,
            )  # fmt: skip
            outcome = self._visits.hold(row["run_id"], row["site"], visit, page, page.article)
            urls.discover_neighbours(row["site"], page, visit)
            return outcome

    def rebuild_index(self, tell: Callable[[int], None]) -> None:
        """Make the full-text index and ``loose_ends`` anew; *tell* is told how many articles were
        done.
        """
        with self._transactions.begin():
            self._index.rebuild(tell)
            self._loose_ends.rebuild()

    def index_faults(
        self, tell: Callable[[int], None], sample: Collection[int] | None = None
    ) -> Iterator[tuple[int | None, str]]:
        """Yield what is wrong with the full-text index, each with the article's id, None for the
        index as a whole; and with ``loose_ends``. Of a *sample*, only whether each article is found
        by its words, and of ``loose_ends`` all the same.
        """
        if sample is None:
            yield from self._index.faults(tell)
        else:
            yield from self._index.sampled_faults(sample)
        yield from self._loose_ends.faults()


def _are_same(texts: list[Standing], standings: list[Standing]) -> bool:
    """Whether the texts of an article are those yet that were read."""
    return [_whence(row) for row in texts] == [_whence(row) for row in standings]


def _whence(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return by what is seen that a text is still the one that was read."""
    return row["capture_id"], row["read_from"], row["text_sha256"], row["revision"]
