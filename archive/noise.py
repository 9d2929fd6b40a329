"""Learning which parameters of a site's addresses are noise, from what they led to.

A parameter is noise if one and the same article was read under many values of it, and without it,
and if no two articles of other words stand at addresses that differ in it alone. What is learnt
follows from what the archive holds, whenever it is asked, and is taken back when that says
otherwise: of each such parameter a crawl asks for one address as the portal writes it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from archive.connection import Connection, Row
from archive.tables import Tables
from archive.tables.urls import origin_of
from archive.transactions import Transactions
from crawler.text.addresses import parameters, urlkey, without
from crawler.visit import Origin
from crawler.vocabulary import Discovery, Reason, State

_FEWEST = 4
"""Values under which one article was read, for a parameter to be noise."""


class NoiseLearning:
    """What is noise in the addresses of a site."""

    def __init__(self, db: Connection, tables: Tables, transactions: Transactions) -> None:
        self._db = db
        self._noise = tables.noise
        self._urls = tables.urls
        self._articles = tables.articles
        self._transactions = transactions

    def look(self, site: str) -> tuple[frozenset[str], frozenset[str]]:
        """Learn which parameters are noise on a site, and take back what is no more believed;
        return what was learnt now, and what was taken back.
        """
        with self._transactions.begin():
            before = self._noise.of(site)
            candidates = {name for url in self._copies(site) for name in parameters(url)} | before
            names = {name for name in sorted(candidates) if self._is_noise(site, name)}
            if names == before:
                return frozenset(), frozenset()
            self._noise.set(site, names, datetime.now(UTC))
            for name in sorted(names - before):
                self._leave_out(site, name)
            for name in sorted(before - names):
                self._take_back(site, name)
            return frozenset(names - before), before - names

    def _copies(self, site: str) -> list[str]:
        """Return the addresses at which an article was read that was read at others before."""
        sql = (
            "SELECT url FROM urls WHERE site = ? AND state = 'elsewhere' AND reason = ? "
            "AND instr(url, '?')"
        )
        return [url for (url,) in self._db.execute(sql, [site, Reason.SAME_ARTICLE])]

    def _is_noise(self, site: str, name: str) -> bool:
        """Whether addresses that differ in a parameter alone led to one and the same article, at
        many values of it and without it; and none of them to another one.
        """
        said: dict[str, str] = {}
        values: dict[str, set[str]] = defaultdict(set)
        sql = (
            "SELECT url, moved_to FROM urls WHERE site = ? AND instr(url, ?) AND "
            "(state = 'held' OR (state = 'elsewhere' AND reason IN (?, ?))) ORDER BY id"
        )
        rows = self._db.execute(
            sql, [site, f"{name}=", Reason.SAME_ARTICLE, Reason.SAME_PAGE]
        ).fetchall()
        for url, moved_to in rows:
            given, digest = parameters(url), self._digest(site, moved_to or url)
            if name not in given or digest is None:
                continue
            plain = urlkey(without(url, {name}))
            if said.setdefault(plain, digest) != digest:
                return False
            values[plain].add(given[name])
        proved = False
        for plain in [plain for plain, several in values.items() if len(several) >= _FEWEST]:
            digest = self._digest_at(site, plain)
            if digest is None:
                self._ask(site, name, plain, rows)
            elif digest != said[plain]:
                return False
            else:
                proved = True
        return proved

    def _ask(self, site: str, name: str, plain: str, rows: Iterable[Sequence[str]]) -> None:
        """Have an address asked for without a parameter: what it leads to is to be known."""
        for url, _ in rows:
            if urlkey(without(url, {name})) == plain:
                origin = Origin(Discovery.LINKED, url)
                self._urls.discover(site, without(url, {name}), origin, datetime.now(UTC))
                return

    def _digest(self, site: str, url: str) -> str | None:
        sql = "SELECT text_sha256 FROM articles WHERE url = ? AND site = ?"
        row = self._db.execute(sql, [url, site]).fetchone()
        return str(row[0]) if row else None

    def _digest_at(self, site: str, key: str) -> str | None:
        """Return the digest of what stands at an address, or where that leads, by its key."""
        sql = "SELECT coalesce(moved_to, url) FROM urls WHERE urlkey = ? AND site = ?"
        row = self._db.execute(sql, [key, site]).fetchone()
        return self._digest(site, row[0]) if row else None

    def _leave_out(self, site: str, name: str) -> None:
        """Let the addresses that have a parameter lead to those without, where nothing is known of
        them, or the same words are held.
        """
        at = datetime.now(UTC)
        for row in self._rows_with(site, name):
            plain = without(row["url"], {name})
            if row["state"] in (State.WAITING, State.FAILED):
                self._urls.discover(site, plain, origin_of(row), at)
                self._lead_on(row, plain, Reason.SAME_BUT_NOISE)
            elif row["state"] == State.HELD:
                digest = self._digest(site, row["url"])
                known = self._urls.known(site, plain)
                into = known and (known["moved_to"] or known["url"])
                is_same = into and into != row["url"] and self._digest(site, into) == digest
                if digest and into and is_same:
                    self._lead_on(row, into, Reason.SAME_PAGE)
                    self._articles.merge(site, row["url"], into)

    def _take_back(self, site: str, name: str) -> None:
        """Have the addresses asked for that were left out for a parameter."""
        for row in self._rows_with(site, name):
            if row["state"] == State.ELSEWHERE and row["reason"] == Reason.SAME_BUT_NOISE:
                self._urls.update(row, {"state": State.WAITING, "moved_to": None, "reason": None})

    def _lead_on(self, row: Row, to: str, reason: str) -> None:
        columns = {"state": State.ELSEWHERE, "moved_to": to, "reason": reason}
        self._urls.update(row, columns | {"recheck": None, "next_try_at": None})

    def _rows_with(self, site: str, name: str) -> list[Row]:
        sql = "SELECT * FROM urls WHERE site = ? AND instr(url, ?) ORDER BY id"
        rows = self._db.query(sql, [site, f"{name}="])
        return [row for row in rows if name in parameters(row["url"])]
