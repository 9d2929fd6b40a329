"""The ledger: every address the archive knows, and what became of it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from archive.connection import Connection, Row, batches, composed, marks, one_of
from archive.tables.changes import Changes
from archive.tables.noise import Noise, NoiseQueries
from archive.times import utc
from crawler.page import Page
from crawler.text.addresses import parameters, urlkey
from crawler.text.places import IIS, is_below, key_without_case
from crawler.visit import Origin, Visit
from crawler.vocabulary import Change, Discovery, PageKind, Reason, Recheck, State

MOST_HOPS = 5
"""Redirects from address to address after which a portal is sending us on for ever."""

LEADING_HERE = """
    WITH RECURSIVE leading(url) AS (
        VALUES (:url)
        UNION
        SELECT urls.url FROM leading JOIN urls ON urls.moved_to = leading.url
        WHERE +urls.site = :site AND urls.state = 'elsewhere'
    )"""
"""An address, and those that redirect to it, by however many. "+" keeps SQLite from the index of
states, which is a range of thousands of rows."""

_REFUSALS_TO_BE_GONE = 2
_OF_WHATEVER = (Discovery.LISTING, Discovery.SITEMAP)
"""What names articles, and pages of other kinds, too."""
_FEW_UNLISTED, _SHARE_UNLISTED = 2, 0.05
"""How many articles no list of all need name, and what share of those that it names."""
_LISTED_WITHIN = timedelta(days=2)
"""How long it may take until a list of all names what has come out."""
_UNLISTED = composed(
    """
    WITH unlisted AS (
        SELECT url FROM urls
        WHERE site = :site AND state = 'held' AND listed_in IS NULL
        AND found_by NOT IN ({of_others}) AND NOT EXISTS (
            SELECT 1 FROM urls AS former WHERE former.moved_to = urls.url
            AND former.site = urls.site AND former.listed_in IS NOT NULL))
    SELECT count(*),
        (SELECT count(*) FROM unlisted CROSS JOIN articles
         ON articles.url = unlisted.url AND articles.site = :site
         WHERE published_at < :until AND published_at > (
             SELECT max(published_at) FROM urls CROSS JOIN articles
             ON articles.url = urls.url AND articles.site = :site
             WHERE urls.site = :site AND state = 'held' AND listed_in IS NOT NULL)),
        min(url)
    FROM unlisted""",
    of_others=one_of(how for how in Discovery if not how.is_portals_own),
)
_MAYBE_ARTICLE = (PageKind.LOGIN, PageKind.OTHER)
"""What may stand in an article's place."""
_NEXT = """
    SELECT id, url, found_by, found_on, etag, last_modified FROM urls
    WHERE site = :site AND {condition} ORDER BY {order} LIMIT :most"""
_NEXT_COLUMNS = "id", "url", "found_by", "found_on", "etag", "last_modified"


@dataclass(frozen=True, slots=True)
class Agenda:
    """What a crawl asks for, the most urgent first."""

    conditions: Mapping[str, str]
    """Why something is asked for, and which rows these are: each is one range of one index."""
    revisits: bool = True
    """Whether what is held may be asked for again because time has passed."""
    web_archives: tuple[str, ...] = ()
    """The web archives that are asked in the portal's place; none may have given all that it has of
    what was had of others."""


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
        "failed": "state = 'failed' AND run_id < :run AND {more}",
        "gone": "state = 'gone' AND run_id < :run AND {more}",
        "recheck": f"recheck = '{Recheck.FROM_REST}' AND recheck IS NOT NULL "
        "AND coalesce(run_id, 0) < :run AND {more}",
    },
    revisits=False,
)
_DUE_FOR_REVISIT = "next_try_at <= :now AND coalesce(run_id, 0) < :run AND recheck IS NULL"
_NOT_HELD = " AND +state <> 'held'"  # not by the index of states, of which it is a long range
_DUE_IN_FULL = {
    "failed": _OF_PORTAL.conditions["failed"],
    "full": "id > :after AND state IN ('held', 'gone', 'refused', 'not_article') "
    f"AND (state <> 'not_article' OR reason IN ({one_of(_MAYBE_ARTICLE)})) "
    "AND coalesce(run_id, 0) < :run",
}


def agenda_of(web_archives: str | None) -> Agenda:
    """Return what is asked of web archives in the portal's place, or with None of the portal."""
    if not web_archives:
        return _OF_PORTAL
    named = tuple(web_archives.split())
    more = " OR ".join(
        f"NOT instr(' ' || coalesce(web_archive, '') || ' ', ' ' || :archive{number} || ' ')"
        for number in range(len(named))
    )
    conditions = {
        why: condition.replace("{more}", f"({more})")
        for why, condition in _OF_WEB_ARCHIVE.conditions.items()
    }
    return replace(_OF_WEB_ARCHIVE, conditions=conditions, web_archives=named)


def _with_more(known: str | None, visit: Visit) -> str | None:
    """Return the web archives that have given what they have of an address, after a visit to it."""
    names = dict.fromkeys(f"{known or ''} {visit.web_archive or ''}".split())
    return " ".join(names) or None


def _is_led_to_login(row: Mapping[str, Any]) -> bool:
    """Whether nothing but a start page led to an address, and a login stood there."""
    return bool(row["found_by"] == Discovery.SEED and row["reason"] == PageKind.LOGIN)


def origin_of(row: Mapping[str, Any]) -> Origin:
    """Return how an address became known, by its row."""
    return Origin(Discovery(row["found_by"]), row["found_on"])


def _of_hosts(hosts: Collection[str]) -> dict[str, str]:
    """Return parameters for hosts (`host_of`): how the ``urlkey`` of what is on each begins."""
    keys = (urlkey(f"http://{host}/").partition(")")[0] for host in hosts)
    return {f"host{number}": f"{key})" for number, key in enumerate(keys)}


def _on_host(parameter: str) -> str:
    return f"substr(urlkey, 1, length(:{parameter})) = :{parameter}"


class UrlQueries:
    """Reads ``urls``."""

    def __init__(self, db: Connection, noise: NoiseQueries | None = None) -> None:
        self._db = db
        self._noise = noise or NoiseQueries(db)

    def known(self, site: str, url: str) -> Row | None:
        """Return the row of an address of a site, in whatever form it is written; one that has a
        row with what is noise in it is that.
        """
        return self._row(site, url) or self._row(site, self._noise.plain(site, url))

    def _row(self, site: str, url: str) -> Row | None:
        return next(iter(self._db.select("urls", urlkey=urlkey(url), site=site)), None)

    def resolve(self, site: str, url: str) -> str:
        """Return the address under which a site has *url*, following where it has moved to."""
        for _ in range(MOST_HOPS):
            known = self.known(site, url)
            if known is None:
                return url
            url = known["url"]
            if known["state"] != State.ELSEWHERE or not known["moved_to"]:
                return url
            url = known["moved_to"]
        return url

    def due(
        self,
        site: str,
        run_id: int,
        now: datetime,
        agenda: Agenda = _OF_PORTAL,
        *,
        full: bool,
        revisits: int,
        changes_told: bool = False,
        skip: set[int],
        after: int = 0,
        left: Collection[str] = (),
    ) -> Row | None:
        """Return the row of the next address to ask for, with ``why``, None if there is none.

        *full* asks again for what is settled; *revisits* is how many addresses may still be asked
        for because time has passed, of which held articles are none where the portal has
        *changes_told*; *skip* are the rows that are being asked for. Up to the
        row *after* this crawl has asked again for what is settled, and need not look there. *left*
        are hosts that are not asked any more (`host_of`).
        """
        wanted = dict(agenda.conditions)
        if full:
            wanted |= _DUE_IN_FULL
        elif revisits > 0 and agenda.revisits:
            wanted["revisit"] = _DUE_FOR_REVISIT + (_NOT_HELD if changes_told else "")
        parameters = {
            "site": site, "run": run_id, "now": utc(now), "most": len(skip) + 1, "after": after,
            **{f"archive{number}": name for number, name in enumerate(agenda.web_archives)},
            **_of_hosts(left),
        }  # fmt: skip
        elsewhere = "".join(f" AND NOT {_on_host(name)}" for name in _of_hosts(left))
        for why, condition in wanted.items():
            # What has been due for longest comes first, lest it never come.
            order = "next_try_at, id" if why == "revisit" else "id"
            sql = composed(_NEXT, condition=condition + elsewhere, order=order)
            rows = self._db.execute(sql, parameters)
            row = next((row for row in rows if row[0] not in skip), None)
            rows.close()  # else it would hold the log, of which nothing could be folded
            if row:
                return dict(zip(_NEXT_COLUMNS, row, strict=True)) | {"why": why}
        return None

    def due_again(self, site: str, now: datetime) -> int:
        """Return how many articles of a site are to be asked for again since time has passed."""
        sql = "SELECT count(*) FROM urls WHERE site = ? AND next_try_at <= ?"
        count: int = self._db.execute(sql, [site, utc(now)]).fetchone()[0]
        return count

    def missing(self, site: str, host: str, skip: set[int]) -> str | None:
        """Return an address of a host (`host_of`) that is waiting or has failed, None if none is.

        *skip* are rows that are settled, which is yet to be written.
        """
        sql = composed(
            "SELECT id, url FROM urls WHERE site = :site AND state IN ('waiting', 'failed') "
            "AND {on_host} ORDER BY id LIMIT :most",
            on_host=_on_host("host0"),
        )
        parameters = {"site": site, "most": len(skip) + 1, **_of_hosts([host])}
        rows = self._db.execute(sql, parameters).fetchall()
        return next((str(url) for number, url in rows if number not in skip), None)

    def counts(self, site: str) -> dict[str, int]:
        """Return how many addresses of a site are in which state."""
        sql = "SELECT state, count(*) FROM urls WHERE site = ? GROUP BY state"
        return dict(self._db.execute(sql, [site]).fetchall())


class Urls(UrlQueries):
    """Reads and writes ``urls``. Whoever calls it has begun the transaction.

    Within one, a row is asked for once: nobody else can write to it.
    """

    def __init__(self, db: Connection, changes: Changes, noise: Noise) -> None:
        super().__init__(db, noise)
        self._changes = changes
        self._probed: set[tuple[str, str]] = set()
        """The parameters of sites that are noise of which this connection has an address asked for
        as the portal writes it."""
        self._rows: dict[tuple[str, str], Row | None] = {}
        """What this transaction has read, by site and urlkey; None for an address that the site
        does not know."""

    def forget(self) -> None:
        """Forget what was read, since another transaction begins."""
        self._rows.clear()

    def read(self, site: str, urls: Iterable[str | None]) -> None:
        """Read the rows of addresses of a site at once that `known` is about to be asked for."""
        forms = {form for url in urls if url for form in (url, self._noise.plain(site, url))}
        new = {(site, urlkey(form)) for form in forms} - self._rows.keys()
        self._rows |= dict.fromkeys(new)
        if new:
            keys = [key for _, key in new]
            rows = self._db.select("urls", urlkey=keys, site=site, order="id")
            self._rows |= {(site, row["urlkey"]): row for row in rows}

    def _row(self, site: str, url: str) -> Row | None:
        key = site, urlkey(url)
        if key not in self._rows:
            self.read(site, [url])
        return self._rows[key]

    def settle(
        self,
        run_id: int,
        site: str,
        visit: Visit,
        *,
        url: str | None = None,
        next_try_at: datetime | None = None,
    ) -> State:
        """Write what came of a visit into the row of its address, and return the row's state.

        *url* is the form under which the address is to be known from now on; *next_try_at* when it
        is to be asked for again.
        """
        known = self.known(site, visit.url)
        if known is None:
            self.discover(site, visit.url, visit.origin, visit.at)
            known = self.known(site, visit.url)
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
            "next_try_at": utc(next_try_at) if next_try_at else None,
            "refusals": 0,
            "gone_since": None,
            "web_archive": _with_more(known["web_archive"], visit),
        }
        if visit.state == State.HELD and visit.page and not visit.parts:
            # Of what breaks off there is no version: the portal would say that we have it.
            is_whole = not visit.page.breaks_off
            row["etag"] = visit.etag if is_whole else None
            row["last_modified"] = visit.last_modified if is_whole else None
        if visit.state == State.ELSEWHERE:
            row |= {"refusals": known["refusals"]}  # it may lead to a page that is none again
        if known["state"] in (State.HELD, State.GONE):
            row |= self._of_held(known, visit, run_id)
        if row["state"] == known["state"] != State.FAILED:
            row["tries"] = known["tries"]  # nothing new: it is settled
        self.update(known, row)
        return State(row["state"])

    def tells_later(self, site: str, visit: Visit) -> bool:
        """Whether an address told something after a visit to it, which an older archive made."""
        known = self.known(site, visit.url)
        if known is None or known["state"] in (State.WAITING, State.FAILED):
            return False  # nothing was told
        if visit.web_archive and visit.status is None:
            return True  # it has nothing to tell
        return bool(known["tried_at"] and known["tried_at"] > utc(visit.at))

    def note_asked(self, run_id: int, site: str, visit: Visit) -> None:
        """Note that an address was asked for, though it is known what it told later."""
        if known := self.known(site, visit.url):
            web_archive = _with_more(known["web_archive"], visit)
            self.update(known, {"run_id": run_id, "web_archive": web_archive})

    def _of_held(self, known: Row, visit: Visit, run_id: int) -> Row:
        """Return what a visit changes for an address whose article is held.

        It stays held unless the portal says twice, in different crawls, that it is no more.
        """
        if visit.state == State.HELD:
            # An older archive shows what the portal has taken away since.
            kept = known["gone_since"] and utc(visit.at) < known["gone_since"]
            return {"gone_since": known["gone_since"]} if kept else {}
        row: Row = {"state": known["state"], "gone_since": known["gone_since"]}
        if visit.state == State.ELSEWHERE:
            return row | {"refusals": known["refusals"]}
        if visit.state != State.GONE:
            return row | {"refusals": known["refusals"], "recheck": known["recheck"]}
        return row | self.refused_again(known, run_id, visit.at)

    def refused_again(self, known: Row, run_id: int, at: datetime) -> Row:
        """Return what one more "not here" means for an address whose article is held."""
        refusals = known["refusals"] + (known["run_id"] != run_id or not known["refusals"])
        gone = refusals >= _REFUSALS_TO_BE_GONE or known["state"] == State.GONE
        return {
            "state": State.GONE if gone else State.HELD,
            "refusals": refusals,
            "gone_since": known["gone_since"] or utc(at),
            "recheck": None if gone else Recheck.REFUSED_ONCE,
        }

    def variants(self, site: str, urls: Sequence[str]) -> list[Row]:
        """Return the rows of addresses; of those of IIS also such as differ in case alone."""
        self.read(site, urls)
        rows = {row["id"]: row for url in urls if (row := self.known(site, url))}
        if keys := [key for url in urls if (key := key_without_case(url))]:
            sql = composed(
                "SELECT * FROM urls WHERE site = ? AND instr(lower(urlkey), {iis}) "
                "AND lower(urlkey) IN ({keys})",
                iis=f"'{IIS}'", keys=marks(keys),
            )  # fmt: skip
            rows |= {row["id"]: row for row in self._db.query(sql, [site, *keys])}
        return list(rows.values())

    def update(self, known: Row, changes: Row) -> None:
        """Write columns of a row that is known; an article that the portal lost, or has again, has
        changed.
        """
        before, now = known["state"], changes.get("state", known["state"])
        if before != now and State.GONE in (before, now):
            change = Change.GONE if now == State.GONE else Change.BACK
            self._changes.note(change, url=known["url"], site=known["site"])
        self._db.update("urls", changes, id=known["id"])
        key = known["site"], known["urlkey"]
        self._rows[key] = (self._rows.get(key) or known) | changes

    def update_all(self, ids: Iterable[int], changes: Row) -> None:
        """Write the same columns of many rows."""
        for some in batches(ids):
            self._db.update("urls", changes, id=some)
        self.forget()

    def note_in_list(self, rows: Iterable[Row], on: str) -> None:
        """Note that the list for people *on* a page names addresses that became known otherwise.
        Where a login stood that only the start page had led to, an article may stand.
        """
        new = []
        for row in rows:
            if _is_led_to_login(row):
                named = {"found_by": Discovery.LISTING, "found_on": on, "state": State.WAITING}
                self.update(row, named)
            elif row["found_by"] != Discovery.LISTING and not row["in_list"]:
                new.append(row["id"])
        if new:
            self.update_all(new, {"in_list": 1})

    def note_named(self, rows: Iterable[Row], origin: Origin) -> None:
        """Note that an article is named, as *origin* says, at addresses that were first named by
        what names other pages, too: what stands there is judged as an article's. What was taken for
        none, though it may be one, is asked for again.
        """
        for row in rows:
            if row["found_by"] not in _OF_WHATEVER and not _is_led_to_login(row):
                continue
            changes: Row = {"found_by": origin.found_by, "found_on": origin.found_on}
            if row["found_by"] == Discovery.LISTING:
                changes["in_list"] = 1
            if row["state"] == State.NOT_ARTICLE and row["reason"] in _MAYBE_ARTICLE:
                changes["state"] = State.WAITING
            self.update(row, changes)

    def ask_as_article(self, site: str, visit: Visit) -> None:
        """Have an address asked for again that was taken for no article, if one was named there
        while its page was under way, which was judged as one of whatever there is.
        """
        known = self.known(site, visit.url)
        is_late = known is not None and Discovery(known["found_by"]).names_articles
        if not known or not is_late or visit.origin.found_by not in _OF_WHATEVER:
            return
        if visit.reason in _MAYBE_ARTICLE:
            self.update(known, {"state": State.WAITING})

    def discover(self, site: str, url: str, origin: Origin, at: datetime, *, hops: int = 0) -> bool:
        """Note an address, to be asked for, unless it is known; return whether it was not."""
        return bool(self.discover_all(site, [(url, origin)], at, hops=hops))

    def discover_all(
        self,
        site: str,
        addresses: Iterable[tuple[str, Origin]],
        at: datetime,
        *,
        modified: Mapping[str, str] = MappingProxyType({}),
        **columns: Any,
    ) -> int:
        """Note addresses, to be asked for, unless they are known; return how many were not.

        *modified* says of some, by urlkey, when they were changed; *columns* is what the rows of
        all say beside how they became known.
        """
        new: dict[str, Row] = {}
        for written, origin in addresses:
            url = self._noted(site, written)
            key = urlkey(url)
            if key not in new and not self._rows.get((site, key)):
                new[key] = {
                    "site": site, "url": url, "urlkey": key, "found_by": origin.found_by,
                    "found_on": origin.found_on, "found_at": utc(at), "state": State.WAITING,
                    "modified_at": modified.get(key),
                } | columns  # fmt: skip
        for key in new:
            self._rows.pop((site, key), None)
        return self._db.insert_all("urls", list(new.values()), if_new=True)

    def _noted(self, site: str, url: str) -> str:
        """Return an address as it is noted: without what is noise, but for one a crawl of each such
        parameter whose plain form is held, so that it is seen if it leads elsewhere.
        """
        plain = self._noise.plain(site, url)
        if plain == url:
            return url
        probes = {(site, name) for name in self._noise.of(site) & parameters(url).keys()}
        known = None if probes <= self._probed else self.known(site, plain)
        if known is None or known["state"] != State.HELD:
            return plain
        self._probed |= probes
        return url

    def discover_neighbours(self, site: str, page: Page, visit: Visit) -> None:
        """Note the addresses that a page names."""
        self.read(site, [page.prev_url, page.next_url])
        named = [(page.prev_url, Discovery.PREV), (page.next_url, Discovery.NEXT)]
        named += [(url, Discovery.LISTING) for url in page.links]
        if not (visit.is_imported or visit.web_archive):
            self.read(site, page.links)
            rows = [row for url in page.links if (row := self.known(site, url))]
            self.note_in_list(rows, visit.url)
        addresses = (
            (url, Origin(Discovery.IMPORT if visit.is_imported else how, visit.url))
            for url, how in named
            if url
        )
        self.discover_all(site, addresses, visit.at)

    def follow(self, site: str, visit: Visit) -> Visit:
        """Note the address that a redirect leads to; return the visit as it then is.

        A redirect that never ends has failed.
        """
        target = visit.moved_to
        if target is None:
            return visit
        source = self.known(site, visit.url)
        # One that failed in an earlier crawl may lead as far again: a long way is no endless one.
        hops = 1 if source is None or source["state"] == State.FAILED else source["hops"] + 1
        if urlkey(self.resolve(site, target)) == urlkey(visit.url) or hops > MOST_HOPS:
            reason = Reason.ENDLESS_TO.of(url=target)
            return replace(visit, state=State.FAILED, reason=reason, moved_to=None)
        origin = Origin(visit.origin.found_by, visit.url)
        self.discover(site, target, origin, visit.at, hops=hops)
        known = self.known(site, target)
        return replace(visit, moved_to=known["url"]) if known else visit

    def named_leading_to(self, site: str, url: str) -> list[Row]:
        """Return the rows of addresses that were named as articles' and redirect to *url*, by
        however many; not those that lie between.
        """
        sql = composed(
            """
            {leading_here}
            SELECT urls.* FROM leading JOIN urls ON urls.url = leading.url
            WHERE +urls.site = :site AND urls.state = 'elsewhere' AND urls.hops = 0
            AND urls.found_by IN ({naming})""",
            leading_here=LEADING_HERE,
            naming=one_of(how for how in Discovery if how.names_articles),
        )
        return list(self._db.query(sql, {"site": site, "url": url}))

    def held_leading_to(self, site: str, url: str) -> list[Row]:
        """Return the rows of held articles whose addresses redirect to *url*, by however many."""
        sql = composed(
            """
            {leading_here}
            SELECT urls.* FROM leading JOIN urls ON urls.moved_to = leading.url
            WHERE +urls.site = :site AND urls.state = 'held'""",
            leading_here=LEADING_HERE,
        )
        return list(self._db.query(sql, {"site": site, "url": url}))

    def lead_on(self, site: str, url: str, to: str) -> None:
        """Let the further addresses of the page *url* lead on to where its article is held now."""
        self._db.update("urls", {"moved_to": to}, site=site, moved_to=url, reason=Reason.SAME_PAGE)
        self.forget()

    def look_again(self, site: str, base_url: str) -> None:
        """Have asked for what may lie on a host of a portal that was not known as its own.

        What led off the site; the ends of its chain, whose neighbours may be there; and what is
        held elsewhere and may be held on the host of today.
        """
        self._db.execute(
            "UPDATE urls SET state = 'waiting' "
            "WHERE site = ? AND state = 'elsewhere' AND moved_to IS NULL",
            [site],
        )
        self._db.execute(
            """
            UPDATE urls SET recheck = ? WHERE site = ? AND state = 'held' AND url IN (
                SELECT url FROM articles
                WHERE site = ? AND (prev_url IS NULL) <> (next_url IS NULL))""",
            [Recheck.NEW_HOST, site, site],
        )
        aliases = self._db.select("urls", site=site, state=State.ELSEWHERE, reason=Reason.SAME_PAGE)
        here = [row["id"] for row in aliases if is_below(row["url"], base_url)]
        self.update_all(here, {"recheck": Recheck.NEW_HOST})

    def recheck(self, site: str, url: str, why: Recheck) -> None:
        """Have an address asked for again if its article is held, or what was received there is
        lost; *why* in a word.
        """
        known = self.known(site, url)
        if known and (known["state"] == State.HELD or why == Recheck.CAPTURE_LOST):
            self.update(known, {"recheck": why})

    def unlisted(self, site: str, at: datetime) -> tuple[int, str | None]:
        """Return how many articles a portal shows that no list of all names, and one of these; none
        where they are few: a static page or two, or what came out meanwhile. A list is no longer
        kept up, however long it is, if what it lacks is all newer than what it names, and came out
        days before it was asked. Mostly two ranges of indexes tell that there are none.
        """
        counts = """
            SELECT (SELECT count(*) FROM urls WHERE site = :site AND state = 'held'),
                   (SELECT count(*) FROM urls WHERE site = :site AND listed_in IS NOT NULL
                    AND state IN ('held', 'elsewhere'))"""
        held, listed = self._db.execute(counts, {"site": site}).fetchone()
        if held - listed <= _FEW_UNLISTED:
            return 0, None
        number, newer, example = self._db.execute(
            _UNLISTED, {"site": site, "until": utc(at - _LISTED_WITHIN)}
        ).fetchone()
        is_told = number > max(_FEW_UNLISTED, listed * _SHARE_UNLISTED) or newer > _FEW_UNLISTED
        return (number, example) if is_told else (0, None)

    def recheck_unlisted(self, site: str, walk_run: int) -> None:
        """Have the articles asked for again that a whole walk did not name any more."""
        self._db.execute(
            """
            UPDATE urls SET recheck = CASE state WHEN 'held' THEN 'unlisted' END, listed_in = NULL
            WHERE site = ? AND listed_in < ?""",
            [site, walk_run],
        )
        self.forget()
