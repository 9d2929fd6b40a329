"""The ledger for people: ``/coverage``, and a page for each portal, as HTML and as JSON.

It says of every portal what is known, held and missing, whether its chain of articles is whole, and
gives one verdict. ``templates/coverage.html`` and ``coverage-site.html`` draw it.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from archive.reading import BYTES_KEPT, CURRENT_ALARMS, Judgement
from crawler.text.fold import fold
from crawler.vocabulary import (
    AlarmKind,
    Attribution,
    Discovery,
    Field,
    GapState,
    MediaState,
    RouteStatus,
    RunOutcome,
    Says,
    Verdict,
)
from crawler.vocabulary.words import Phrase, Words, both, words_for, words_of
from reading_room.asking.queries import (
    address,
    html_answer,
    json_answer,
    page_number,
    permitted_archive,
    rows,
)
from reading_room.ledger import TALLY, ledgers, portals
from reading_room.subjects.places import place_of_site

PORTALS_IN_FULL = 20
"""So many portals are shown each with its ledger; of more, each is a line of a table."""
PORTALS_A_PAGE = 100
"""Lines of that table."""
GAPS_A_PAGE = 100
SILENT_TIMES = 12
"""Times without an article that the page of a portal names: the longest."""
SET_ASIDE_A_PAGE = 50
"""Quarantined captures that the page of a portal lists."""
BREAKS_AT_A_GLANCE = 3
"""Breaks of a chain that the page of all portals shows of each."""
BREAKS_A_PAGE = 100


def outcome(run: str | None) -> Words:
    """Return how a crawl ended, by ``runs.outcome``."""
    return words_for(RunOutcome, run) if run else both(Phrase.RUNNING)


async def breaks(db: Database, site: str, most: int) -> list[dict[str, Any]]:
    """Return up to *most* breaks of a portal's chain, newest first, with what lies on both sides.

    That is the article itself, and as ``older_id`` and ``older_title`` the next older one held.
    """
    return await rows(
        db,
        """
        SELECT b.*, a.code, called(a.title, a.lead, a.body) AS called, o.id AS older_id,
               o.code AS older_code,
               called(o.title, o.lead, o.body) AS older_title, o.published_at AS older_published_at
        FROM (SELECT * FROM chain_breaks WHERE site = :site
              ORDER BY published_at DESC, article_id DESC LIMIT :most) AS b
        JOIN articles AS a ON a.id = b.article_id
        LEFT JOIN articles AS o ON o.url = b.older_url AND o.site = b.site
        ORDER BY b.published_at DESC, b.article_id DESC""",
        site=site,
        most=most,
    )


async def gaps(db: Database, site: str, state: str, page: int) -> list[dict[str, Any]]:
    """Return a page of what is missing of a portal, in one *state* or, if that is "", in all.

    ``article_id`` and ``title`` are set where the address is that of an article held, whose chain
    is cut; ``named_by_id`` and ``named_by_title`` where the page that names it is one.
    """
    return await rows(
        db,
        """
        SELECT g.*, a.id AS article_id, a.code, called(a.title, a.lead, a.body) AS title,
               n.id AS named_by_id, n.code AS named_by_code,
               called(n.title, n.lead, n.body) AS named_by_title
        FROM (SELECT * FROM gaps WHERE site = :site AND :state IN ('', state)
              ORDER BY state, url LIMIT :size OFFSET :size * (:page - 1)) AS g
        LEFT JOIN articles AS a ON a.url = g.url AND a.site = g.site
        LEFT JOIN articles AS n ON n.url = g.found_on AND n.site = g.site
        ORDER BY g.state, g.url""",
        site=site,
        state=state,
        size=GAPS_A_PAGE,
        page=page,
    )


def page_address(path: str, state: str, page: int) -> str:
    """Return the address of a page of the gaps of a portal, whose own page has this *path*."""
    return address(path, state=state, page=page)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which portals ``/coverage`` is asked for; all where nothing is chosen."""

    name: str = ""
    """What their names hold, with or without marks."""
    province: str = ""
    verdict: str = ""

    @classmethod
    def of(cls, request: Request) -> "Choice":
        """Return what an address chooses."""
        chosen = (request.args.get(each) or "" for each in cls.__slots__)
        return cls(*(value.strip() for value in chosen))

    def has(self, portal: dict[str, Any]) -> bool:
        """Whether a portal is among them."""
        return (
            self.province in ("", portal["province"])
            and self.verdict in ("", portal["verdict"])
            and fold(self.name).lower() in fold(portal["name"]).lower()
        )

    def address(self, path: str, page: int = 1) -> str:
        """Return the address of a page of them."""
        return address(
            path, name=self.name, province=self.province, verdict=self.verdict, page=page
        )


def site_path(site: str) -> str:
    """Return the path of a portal's page."""
    return f"/coverage/{tilde_encode(site)}"


async def _ledger(datasette: Datasette, request: Request) -> Database:
    """Return the archive; raise `NotFound` where none is open, or one without a ledger."""
    db = await permitted_archive(datasette, request)
    known = {*await db.view_names(), *await db.table_names()}
    if not {"coverage", "gaps", "quarantine", "last_surveys", "alarms"} <= known:
        raise NotFound("This archive is of an older version; tinhuyen serve brings it up to date")
    return db


def _as_data(portal: dict[str, Any]) -> dict[str, Any]:
    judged: Judgement = portal["judged"]
    return {name: value for name, value in portal.items() if name != "judged"} | judged.as_dict()


async def all_portals(request: Request, datasette: Datasette) -> Response:
    """Answer ``/coverage`` and ``/coverage.json``; ``?name=``, ``?province=`` and ``?verdict=``
    choose portals, and ``?page=`` a page of many.
    """
    db = await _ledger(datasette, request)
    counted, choice = await ledgers(db), Choice.of(request)
    found = counted.value
    chosen = [portal for portal in found if choice.has(portal)]
    if request.url_vars["json"]:
        return json_answer({"sites": [_as_data(portal) for portal in chosen]} | counted.dated)
    in_full = len(chosen) <= PORTALS_IN_FULL
    page = 1 if in_full else page_number(request.args.get("page"))
    shown = chosen[PORTALS_A_PAGE * (page - 1) : PORTALS_A_PAGE * page]
    if in_full:
        shown = [portal | {"breaks": await _glance(db, portal)} for portal in shown]
    verdicts = Counter(portal["verdict"] for portal in found)
    values = {
        "counted": counted,
        "all": len(found),
        "complete": verdicts[Verdict.COMPLETE],
        "ended": verdicts[Verdict.ENDED],
        "missing": sum(portal["missing"] for portal in found),
        "verdicts": {verdict: verdicts[verdict] for verdict in Verdict if verdicts[verdict]},
        "provinces": sorted({portal["province"] or "" for portal in found} - {""}, key=fold),
        "choice": choice,
        "chosen": len(chosen),
        "in_full": in_full,
        "portals": shown,
        "page": page,
        "pages": -(-len(chosen) // PORTALS_A_PAGE),
        "link": lambda page: datasette.urls.path(choice.address("/coverage", page)),
        "alternate_url_json": datasette.urls.path(choice.address("/coverage.json")),
    }
    return await html_answer(datasette, request, "coverage.html", values)


async def _glance(db: Database, portal: dict[str, Any]) -> list[dict[str, Any]]:
    """Return some breaks of a portal's chain."""
    if portal["chain"] != "broken":
        return []
    return await breaks(db, portal["site"], BREAKS_AT_A_GLANCE)


async def one_portal(request: Request, datasette: Datasette) -> Response:
    """Answer ``/coverage/SITE`` and ``/coverage/SITE.json``; ``?state=`` and ``?page=`` choose."""
    db = await _ledger(datasette, request)
    site = tilde_decode(request.url_vars["site"])
    found = await portals(db, site)
    if not found:
        raise NotFound(f"The archive has no portal {site}")
    state, page = request.args.get("state") or "", page_number(request.args.get("page"))
    ledger = await _site_ledger(db, site, state, page)
    by_state = ledger["gaps_by_state"]
    more = page * GAPS_A_PAGE < (by_state.get(state, 0) if state else sum(by_state.values()))
    path = site_path(site)

    def link(state: str, page: int, path: str = path) -> str:
        return str(datasette.urls.path(page_address(path, state, page)))

    as_json = f"{path}.json"
    if request.url_vars["json"]:
        following = link(state, page + 1, as_json) if more else None
        return json_answer(_as_data(found[0]) | ledger | {"page": page, "next": following})
    values = {
        "portal": found[0],
        "state": state,
        "page": page,
        "more": more,
        "link": link,
        "alternate_url_json": datasette.urls.path(page_address(as_json, state, page)),
    }
    return await html_answer(datasette, request, "coverage-site.html", values | ledger)


_HANDED = """
    SELECT key AS site, name, min(since) AS since FROM takeovers JOIN sites ON key = {one}
    WHERE {other} = :site GROUP BY key ORDER BY since, key"""
"""The portals whose host another one has taken over, or that have taken over its own."""


async def _site_ledger(db: Database, site: str, state: str, page: int) -> dict[str, Any]:
    of_site = await rows(db, "SELECT * FROM sites WHERE key = :site", site=site)
    counts = await rows(
        db, "SELECT state, count(*) AS n FROM gaps WHERE site = :site GROUP BY state", site=site
    )
    return {
        **await _by_time(db, site),
        "gaps_by_state": {row["state"]: row["n"] for row in counts},
        "gaps": await gaps(db, site, state, page),
        "breaks": await breaks(db, site, BREAKS_A_PAGE),
        "routes": await rows(
            db,
            "SELECT route, state, url, total, checked_at, walked_at FROM routes"
            " WHERE site = :site ORDER BY route",
            site=site,
        ),
        "place": await place_of_site(db, of_site[0]),
        "before": await rows(db, _HANDED.format(one="site", other="successor"), site=site),
        "after": await rows(db, _HANDED.format(one="successor", other="site"), site=site),
        "read_by": await _read_by(db, site),
        "alarms": await rows(db, CURRENT_ALARMS, site=site),
        "kept": await _kept(db, site),
        "quarantine": await rows(
            db,
            "SELECT quarantine.*, id AS article_id, code, called(title, lead, body) AS title"
            " FROM quarantine LEFT JOIN articles"
            " ON articles.url = quarantine.url AND articles.site = quarantine.site"
            " WHERE quarantine.site = :site ORDER BY quarantine.capture_id DESC LIMIT :size",
            site=site,
            size=SET_ASIDE_A_PAGE,
        ),
    }


class Silence(NamedTuple):
    """Months of which nothing is held, one after the other, "2021-06"."""

    first: str
    last: str
    months: int


def silent_times(months: Iterable[str]) -> list[Silence]:
    """Return the times between *months*, in their order, of which there is nothing."""
    found = []
    for before, after in pairwise(months):
        first, last = _months_on(before, 1), _months_on(after, -1)
        if first <= last:
            found.append(Silence(first, last, _number_of(last) - _number_of(first) + 1))
    return found


def _number_of(month: str) -> int:
    year, of_year = month.split("-")
    return int(year) * 12 + int(of_year) - 1


def _months_on(month: str, number: int) -> str:
    year, of_year = divmod(_number_of(month) + number, 12)
    return f"{year:04}-{of_year + 1:02}"


async def _by_time(db: Database, site: str) -> dict[str, Any]:
    """Return a portal's articles by year; and the longest times in which it has none, in their
    order, with how many such times and months there are.
    """
    months = await rows(
        db,
        "SELECT substr(published_at, 1, 7) AS month, count(*) AS articles FROM articles"
        " WHERE site = :site AND published_at GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]*'"
        " GROUP BY month ORDER BY month",
        site=site,
    )
    years: Counter[str] = Counter()
    for row in months:
        years[row["month"][:4]] += row["articles"]
    silent = silent_times(row["month"] for row in months)
    longest = sorted(sorted(silent, key=lambda time: -time.months)[:SILENT_TIMES])
    return {
        "years": [{"year": int(year), "articles": number} for year, number in years.items()],
        "silent": [time._asdict() for time in longest],
        "silent_spans": len(silent),
        "silent_months": sum(time.months for time in silent),
    }


async def _read_by(db: Database, site: str) -> dict[str, Any]:
    """Return how a portal's pages are read: its profiles, oldest first, each with its rules and how
    many articles were read by it; as ``cms`` the kind of portal, and by how many articles no
    profile was asked.
    """
    counted = await rows(
        db,
        "SELECT profile, count(*) AS n FROM articles WHERE site = :site GROUP BY profile",
        site=site,
    )
    articles = {row["profile"]: row["n"] for row in counted}
    found = await rows(
        db,
        """
        SELECT id, name, "from", rules, support, learnt_at FROM profiles
        WHERE site = :site ORDER BY "from", name""",
        site=site,
    )
    known = await rows(db, "SELECT cms FROM sites WHERE key = :site", site=site)
    profiles = [
        row | {"rules": _rules(row["rules"]), "articles": articles.get(row["name"], 0)}
        for row in found
    ]
    return {
        "cms": known[0]["cms"],
        "profiles": profiles,
        "without": articles.get(None, 0),
        # what was read before a profile was learnt anew under another name
        "earlier": sum(articles.values()) - articles.get(None, 0)
        - sum(profile["articles"] for profile in profiles),
    }  # fmt: skip


def _rules(toml: str) -> list[dict[str, Any]]:
    """Return the rules of a profile, in the order in which its fields are shown."""
    try:
        said = tomllib.loads(toml)
    except tomllib.TOMLDecodeError:  # who reads an archive may find anything in it
        return []
    return [
        {
            "field": field,
            "selector": rule["selector"],
            "support": rule.get("support", 0),
            "against": rule.get("against", 0),
            "confirmed": rule.get("confirmed") is True,
        }
        for field in Field
        if isinstance(said.get(field), list)
        for rule in said[field]
        if _is_rule(rule)
    ]


def _is_rule(rule: Any) -> bool:
    return (
        isinstance(rule, dict)
        and isinstance(rule.get("selector"), str)
        and all(isinstance(rule.get(count, 0), int) for count in ("support", "against"))
    )


async def _kept(db: Database, site: str) -> dict[str, Any]:
    """Return how many captures there are of a portal, the first and last, the bytes of their files
    and how many were quarantined; and as ``media`` the pictures and files of its articles by state.
    """
    found = await rows(
        db,
        """
        SELECT count(*) AS captures, min(fetched_at) AS first, max(fetched_at) AS last,
               (SELECT count(*) FROM quarantine WHERE quarantine.site = :site) AS quarantined
        FROM captures WHERE site = :site""",
        site=site,
    )
    media = await rows(
        db,
        """
        SELECT state, count(*) AS n FROM media
        WHERE site = :site AND kind IN ('picture', 'file') GROUP BY state""",
        site=site,
    )
    size = await rows(db, BYTES_KEPT, site=site)
    return found[0] | size[0] | {"media": {row["state"]: row["n"] for row in media}}


@hookimpl
def register_routes() -> Sequence[tuple[str, Callable[..., Any]]]:
    """Offer the pages."""
    return [
        (r"^/coverage(?P<json>\.json)?$", all_portals),
        (r"^/coverage/(?P<site>[^/]+?)(?<!\.atom)(?P<json>\.json)?$", one_portal),
    ]


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer the words of this file to templates."""
    env.globals.update(
        ledger_tally=TALLY,
        ledger_alarms=words_of(AlarmKind),
        ledger_gaps=words_of(GapState),
        ledger_found_by=words_of(Discovery),
        ledger_routes=words_of(RouteStatus),
        ledger_media=words_of(MediaState),
        ledger_fields=words_of(Field),
        ledger_whose=words_of(Attribution),
        ledger_says=words_of(Says),
        ledger_verdicts=words_of(Verdict),
        ledger_path=site_path,
    )
    env.filters["outcome"] = outcome
