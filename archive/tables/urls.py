"""The ledger: every address the archive knows, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from archive.times import utc
from crawler.page import Page
from crawler.text.addresses import urlkey
from crawler.visit import Origin, Visit
from crawler.vocabulary import Discovery, State

MOST_HOPS = 5
"""Redirects from address to address after which a portal is sending us on for ever."""

_REFUSALS_TO_BE_GONE = 2


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a crawl asks for, the most urgent first."""

    conditions: Mapping[str, str]
    """Why something is asked for, and which rows these are: each is one range of one index."""
    revisits: bool = True
    """Whether what is held may be asked for again because time has passed."""
    web_archive: str | None = None
    """The web archive that is asked in the portal's place."""


_OF_PORTAL = Agenda(
    {
        "waiting": "state = 'waiting'",
        "failed": "state = 'failed' AND run_id < :run",
        "recheck": "recheck IS NOT NULL AND coalesce(run_id, 0) < :run",
    }
)
_OF_WEB_ARCHIVE = Agenda(
    # Also what the portal has lost, but once. What the portal refuses to show, an archive is not
    # asked for.
    {
        "waiting": "state = 'waiting'",
        "failed": "state = 'failed' AND run_id < :run AND web_archive IS NOT :web_archive",
        "gone": "state = 'gone' AND run_id < :run AND web_archive IS NOT :web_archive",
        "recheck": "recheck = 'read from REST' AND recheck IS NOT NULL "
        "AND coalesce(run_id, 0) < :run AND web_archive IS NOT :web_archive",
    },
    revisits=False,
)
_DUE_FOR_REVISIT = "next_try_at <= :now AND coalesce(run_id, 0) < :run AND recheck IS NULL"
_DUE_IN_FULL = {
    "failed": _OF_PORTAL.conditions["failed"],
    "full": "id > :after AND state IN ('held', 'gone', 'refused') AND coalesce(run_id, 0) < :run",
}


def agenda_of(web_archive: str | None) -> Agenda:
    """Return what is asked of a web archive in the portal's place, or with None of the portal."""
    return replace(_OF_WEB_ARCHIVE, web_archive=web_archive) if web_archive else _OF_PORTAL


class Ledger:
    """Reads and writes ``urls``. Whoever calls it has begun the transaction."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def known(self, url: str) -> dict[str, Any] | None:
        """Return the row of an address, in whatever form it is written."""
        return next(self.db.query("SELECT * FROM urls WHERE urlkey = ?", [urlkey(url)]), None)

    def resolve(self, url: str) -> str:
        """Return the address under which *url* is known, following where it has moved to."""
        for _ in range(MOST_HOPS):
            known = self.known(url)
            if known is None:
                return url
            url = known["url"]
            if known["state"] != State.ELSEWHERE or not known["moved_to"]:
                return url
            url = known["moved_to"]
        return url

    def settle(self, run_id: int, site: str, visit: Visit, url: str | None = None) -> State:
        """Write what came of a visit into the row of its address, and return the row's state.

        *url* is the form under which the address is to be known from now on.
        """
        known = self.known(visit.url)
        if known is None:
            self._insert(site, visit.url, visit.origin, visit.at)
            known = self.known(visit.url)
            assert known
        row = {
            "url": url or known["url"],
            "state": visit.state,
            "status": visit.status,
            "reason": visit.reason,
            "moved_to": visit.moved_to,
            "tried_at": max(utc(visit.at), known["tried_at"] or ""),
            "tries": known["tries"] + 1,
            "run_id": run_id,
            "recheck": None,
            "next_try_at": None,
            "refusals": 0,
            "gone_since": None,
            "web_archive": visit.web_archive or known["web_archive"],
        }
        if known["state"] in (State.HELD, State.GONE):
            row |= self._of_held(known, visit, run_id)
        if row["state"] == known["state"] != State.FAILED:
            row["tries"] = known["tries"]  # nothing new: it is settled
        self.update(known["id"], row)
        return State(row["state"])

    def tells_later(self, visit: Visit) -> bool:
        """Whether an address told something after a visit to it, which an older archive made."""
        known = self.known(visit.url)
        if known is None or known["state"] in (State.WAITING, State.FAILED):
            return False  # nothing was told
        if visit.web_archive and visit.status is None:
            return known["state"] not in (State.HELD, State.GONE)  # it has nothing to tell
        return bool(known["tried_at"] and known["tried_at"] > utc(visit.at))

    def note_asked(self, run_id: int, visit: Visit) -> None:
        """Note that an address was asked for, though it is known what it told later."""
        if known := self.known(visit.url):
            web_archive = visit.web_archive or known["web_archive"]
            self.update(known["id"], {"run_id": run_id, "web_archive": web_archive})

    def _of_held(self, known: dict[str, Any], visit: Visit, run_id: int) -> dict[str, Any]:
        """Return what a visit changes for an address whose article is held.

        It stays held unless the portal says twice, in different crawls, that it is no more.
        """
        if visit.state == State.HELD:
            # An older archive shows what the portal has taken away since.
            kept = known["gone_since"] and utc(visit.at) < known["gone_since"]
            return {"gone_since": known["gone_since"]} if kept else {}
        row: dict[str, Any] = {"state": known["state"], "gone_since": known["gone_since"]}
        if visit.state == State.ELSEWHERE:
            return row | {"refusals": known["refusals"]}
        if visit.state != State.GONE:
            return row | {"refusals": known["refusals"], "recheck": known["recheck"]}
        return row | self.refused_again(known, run_id, visit.at)

    def refused_again(self, known: dict[str, Any], run_id: int, at: datetime) -> dict[str, Any]:
        """Return what one more "not here" means for an address whose article is held."""
        refusals = known["refusals"] + (known["run_id"] != run_id or not known["refusals"])
        gone = refusals >= _REFUSALS_TO_BE_GONE or known["state"] == State.GONE
        return {
            "state": State.GONE if gone else State.HELD,
            "refusals": refusals,
            "gone_since": known["gone_since"] or utc(at),
            "recheck": None if gone else "refused once",
        }

    def update(self, row_id: int, row: dict[str, Any]) -> None:
        """Write columns of a row."""
        assignments = ", ".join(f"{column} = ?" for column in row)
        self.db.execute(
            f"UPDATE urls SET {assignments} WHERE id = ?",  # noqa: S608
            [*row.values(), row_id],
        )

    def _insert(self, site: str, url: str, origin: Origin, at: datetime, hops: int = 0) -> bool:
        cursor = self.db.execute(
            """
            INSERT INTO urls (site, url, urlkey, found_by, found_on, found_at, state, hops)
            VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?) ON CONFLICT DO NOTHING""",
            [site, url, urlkey(url), origin.found_by, origin.found_on, utc(at), hops],
        )
        return bool(cursor.rowcount)

    def discover(self, site: str, url: str, origin: Origin, at: datetime) -> bool:
        """Note an address, to be asked for, unless it is known; return whether it was not."""
        return self._insert(site, url, origin, at)

    def discover_neighbours(self, site: str, page: Page, visit: Visit) -> None:
        """Note the addresses that a page names."""
        imported = visit.origin.found_by == Discovery.IMPORT
        if page.prev_url:
            origin = Origin(Discovery.IMPORT if imported else Discovery.PREV, visit.url)
            self._insert(site, page.prev_url, origin, visit.at)
        if page.next_url:
            origin = Origin(Discovery.IMPORT if imported else Discovery.NEXT, visit.url)
            self._insert(site, page.next_url, origin, visit.at)
        for url in page.links:
            origin = Origin(Discovery.IMPORT if imported else Discovery.LISTING, visit.url)
            self._insert(site, url, origin, visit.at)

    def follow(self, site: str, visit: Visit) -> Visit:
        """Note the address that a redirect leads to; return the visit as it then is.

        A redirect that never ends has failed.
        """
        target = visit.moved_to
        if target is None:
            return visit
        source = self.known(visit.url)
        # One that failed in an earlier crawl may lead as far again: a long way is no endless one.
        hops = 1 if source is None or source["state"] == State.FAILED else source["hops"] + 1
        if urlkey(self.resolve(target)) == urlkey(visit.url) or hops > MOST_HOPS:
            reason = f"redirects without end, to {target}"
            return replace(visit, state=State.FAILED, reason=reason, moved_to=None)
        self._insert(site, target, Origin(visit.origin.found_by, visit.url), visit.at, hops)
        known = self.known(target)
        return replace(visit, moved_to=known["url"]) if known else visit

    def held_leading_to(self, url: str) -> list[dict[str, Any]]:
        """Return the rows of held articles whose addresses redirect to *url*, by however many."""
        sql = """
            WITH RECURSIVE leading(url) AS (
                VALUES (?)
                UNION
                SELECT urls.url FROM leading JOIN urls ON urls.moved_to = leading.url
                WHERE urls.state = 'elsewhere'
            )
            SELECT urls.* FROM leading JOIN urls ON urls.moved_to = leading.url
            WHERE urls.state = 'held'"""
        return list(self.db.query(sql, [url]))

    def recheck(self, url: str, why: str) -> None:
        """Have an address asked for again; *why* in a word."""
        self.db.execute(
            "UPDATE urls SET recheck = ? WHERE urlkey = ? AND state = 'held'", [why, urlkey(url)]
        )

    # What to ask for

    def due(
        self,
        site: str,
        run_id: int,
        now: datetime,
        agenda: Agenda = _OF_PORTAL,
        *,
        full: bool,
        revisits: int,
        skip: set[int],
        after: int = 0,
    ) -> dict[str, Any] | None:
        """Return the row of the next address to ask for, with ``why``, None if there is none.

        *full* asks again for what is settled; *revisits* is how many held articles may still be
        asked for because time has passed; *skip* are the rows that are being asked for. Up to the
        row *after* this crawl has asked again for what is settled, and need not look there.
        """
        wanted = dict(agenda.conditions)
        if full:
            wanted |= _DUE_IN_FULL
        elif revisits > 0 and agenda.revisits:
            wanted["revisit"] = _DUE_FOR_REVISIT
        parameters = {
            "site": site, "run": run_id, "now": utc(now), "most": len(skip) + 1, "after": after,
            "web_archive": agenda.web_archive,
        }  # fmt: skip
        for why, condition in wanted.items():
            sql = f"""
                SELECT id, url, found_by, found_on FROM urls
                WHERE site = :site AND {condition} ORDER BY id LIMIT :most"""  # noqa: S608
            for row in self.db.query(sql, parameters):
                if row["id"] not in skip:
                    return row | {"why": why}
        return None

    def counts(self, site: str) -> dict[str, int]:
        """Return how many addresses of a site are in which state."""
        sql = "SELECT state, count(*) FROM urls WHERE site = ? GROUP BY state"
        return dict(self.db.execute(sql, [site]).fetchall())

    def schedule(self, url: str, at: datetime, age: timedelta) -> None:
        """Have a held article asked for again when a quarter of its age has passed."""
        later = at + max(timedelta(days=1), age / 4)
        self.db.execute(
            "UPDATE urls SET next_try_at = ? WHERE urlkey = ?", [utc(later), urlkey(url)]
        )
