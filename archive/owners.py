"""Whose a portal's host is: what makes that a question, and what a person answers."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.connection import Connection, Row, composed, one_of
from archive.tables import Tables
from archive.tables.takeovers import TakeoverQueries
from archive.tables.urls import origin_of
from archive.times import utc
from archive.transactions import Transactions
from crawler.text.addresses import host_of, urlkey
from crawler.text.wording import share_words
from crawler.visit import Origin
from crawler.vocabulary import ImprintKind, ProblemKind, Reason, Recheck, RunOutcome, State
from crawler.vocabulary.sentences import Takeover


@dataclass(frozen=True, slots=True)
class Question:
    """What speaks for it that another body has taken over a portal's host."""

    since: datetime
    """When the crawl began that found it so."""
    gone: int
    """How many articles that are held it asked for; none was there."""
    strangers: int
    """How many others it found."""
    message: str


class Owners(TakeoverQueries):
    """Whose the hosts of sites are, for all that is known."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        super().__init__(db)
        self._tables = tables
        self._transactions = transactions

    def notice(self, run_id: int, site: str, question: Question) -> None:
        """Note that another body seems to have taken over a site's host, for a person to say.

        What the crawl has stored since it began is attributed to nobody; what it has yet to ask for
        is not asked for.
        """
        since = utc(question.since)
        row = self._row(site, question.since) | {
            "run_id": run_id, "gone": question.gone, "strangers": question.strangers,
            "message": question.message,
        }  # fmt: skip
        with self._transactions.begin():
            self._tables.takeovers.add(row)
            self._tables.problems.note(run_id, ProblemKind.OWNER, question.message, None)
            self._leave(site, since)

    def leave(self, site: str) -> None:
        """Leave what a crawl found that was still under way when it noticed the takeover."""
        takeover = self.of(site)
        if takeover is not None and takeover["answered_at"] is None:
            with self._transactions.begin():
                self._leave(site, takeover["since"])

    def _leave(self, site: str, since: str) -> None:
        self._db.execute(
            "UPDATE urls SET state = ?, reason = ?, moved_to = NULL "
            "WHERE site = ? AND state = ? AND found_at >= ?",
            [State.ELSEWHERE, Reason.TAKEN_OVER, site, State.WAITING, since],
        )

    def is_same(self, site: str) -> bool:
        """Note that a host is still the site's; False if nobody has asked."""
        with self._transactions.begin():
            takeover = self.in_force(site)
            if takeover is None:
                return False
            self._tables.takeovers.answer(takeover["id"], None, datetime.now(UTC))
            self._db.update(
                "urls",
                {"state": State.WAITING, "reason": None},
                site=site, state=State.ELSEWHERE, reason=Reason.TAKEN_OVER,
            )  # fmt: skip
            # What was set aside meanwhile may be the article by now.
            self._db.update(
                "urls",
                {"recheck": Recheck.REFUSED_ONCE},
                site=site, state=[State.HELD, State.GONE], reason=Reason.ANOTHER_ARTICLE,
            )  # fmt: skip
            return True

    def give(self, site: str, successor: str) -> None:
        """Note that the host of a site is a *successor*'s: since that was found, or from now on."""
        now = datetime.now(UTC)
        with self._transactions.begin():
            takeover = self.in_force(site)
            if takeover is None:
                message = Takeover.ANSWERED.of(site=successor)
                row = self._row(site, now) | {"gone": 0, "strangers": 0, "message": message}
                number = self._tables.takeovers.add(row)
            else:
                number = takeover["id"]
            self._tables.takeovers.answer(number, successor, now)

    def _row(self, site: str, since: datetime) -> Row:
        host = host_of(self._tables.sites.places(site)[0])
        return {"site": site, "host": host, "since": utc(since)}

    # What a crawl goes by

    def held_before(self, site: str, at: datetime) -> int:
        """Return how many articles a site has held since before a time."""
        sql = "SELECT count(*) FROM urls WHERE site = ? AND state = ? AND found_at < ?"
        return int(self._db.execute(sql, [site, State.HELD, utc(at)]).fetchone()[0])

    def is_any_held(self, site: str, urls: Collection[str], at: datetime) -> bool:
        """Whether a site has held any of some articles since before a time."""
        keys = [urlkey(url) for url in urls]
        known = self._db.select("urls", urlkey=keys, site=site) if keys else []
        return any(row["state"] == State.HELD and row["found_at"] < utc(at) for row in known)

    def was_held(self, site: str, url: str, at: datetime) -> bool:
        """Whether a site has held the article of an address since before a time."""
        row = self._tables.articles.get(site, url)
        return row is not None and row["first_seen_at"] < utc(at)

    def sample(self, site: str, at: datetime, number: int) -> list[tuple[str, Origin]]:
        """Return some of the articles that a site has held since before a time, spread evenly."""
        sql = "SELECT id FROM urls WHERE site = ? AND state = ? AND found_at < ? ORDER BY id"
        ids = [row[0] for row in self._db.execute(sql, [site, State.HELD, utc(at)])]
        last = len(ids) - 1
        chosen = {ids[place * last // max(1, number - 1)] for place in range(number) if ids}
        rows = self._db.select("urls", id=sorted(chosen), order="id")
        return [(row["url"], origin_of(row)) for row in rows]

    def imprints(self, site: str) -> dict[ImprintKind, list[str]]:
        """Return what the pages of a site have said of it until a crawl or an import last came to
        its end, the most usual first: what one said since that broke off may be a stranger's.
        """
        sql = composed(
            """
            SELECT kind, value FROM imprints WHERE site = :site AND first_seen_at <= (
                SELECT max(finished_at) FROM runs WHERE site = :site AND outcome IN ({whole}))
            ORDER BY pages DESC, first_seen_at""",
            whole=one_of([RunOutcome.FINISHED, RunOutcome.IMPORT]),
        )
        found: dict[ImprintKind, list[str]] = {kind: [] for kind in ImprintKind}
        for kind, value in self._db.execute(sql, {"site": site}):
            found[ImprintKind(kind)].append(value)
        return found

    def whereabouts(self, site: str, url: str, at: datetime) -> State:
        """Return what became since a time of an article that was held at an address: "held" if it
        was seen, wherever it stands by now; "waiting" if that is not known yet.
        """
        now = self._tables.urls.resolve(site, url)
        article, known = self._tables.articles.get(site, now), self._tables.urls.known(site, now)
        if article and article["first_seen_at"] < utc(at) <= article["last_seen_at"]:
            return State.HELD
        is_open = known is not None and known["state"] == State.WAITING
        return State.WAITING if is_open else State.GONE

    def is_known(self, site: str, url: str) -> bool:
        """Whether an article of the same title and moment is held at another address, too."""
        row = self._tables.articles.get(site, url)
        return row is not None and bool(self._tables.articles.twins(site, url, row))

    def is_replaced(self, site: str, url: str) -> bool:
        """Whether an article says nothing of what it said before."""
        row = self._tables.articles.get(site, url)
        earlier = self._tables.revisions.rows(row["id"]) if row else []
        return bool(row and earlier and not share_words(earlier[-1], row))
