"""The ledger for people: ``/coverage``, and a page for each portal, as HTML and as JSON.

It says of every portal what is known, held and missing, whether its chain of articles is whole, and
gives one verdict. ``templates/coverage.html`` and ``coverage-site.html`` draw it.
"""

import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from datasette import NotFound, hookimpl
from datasette.app import Datasette
from datasette.database import Database
from datasette.utils import tilde_decode, tilde_encode
from datasette.utils.asgi import Request, Response
from jinja2 import Environment

from archive.reading import BYTES_KEPT, CURRENT_ALARMS, Judgement, verdict_on
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
    State,
    Verdict,
)
from crawler.vocabulary.words import Phrase, Words, both, words_for, words_of
from reading_room.places import place_of_site
from reading_room.queries import (
    html_answer,
    json_answer,
    page_number,
    permitted_archive,
    rows,
)

PORTALS_IN_FULL = 20
"""So many portals are shown each with its ledger; of more, each is a line of a table."""
PORTALS_A_PAGE = 100
"""Lines of that table."""
GAPS_A_PAGE = 100
SET_ASIDE_A_PAGE = 50
"""Quarantined captures that the page of a portal lists."""
BREAKS_AT_A_GLANCE = 3
"""Breaks of a chain that the page of all portals shows of each."""
BREAKS_A_PAGE = 100


TALLY = {"known": both(Phrase.KNOWN)} | words_of(State)
"""The columns of the view ``coverage`` that count addresses, all of them and by state."""


def outcome(run: str | None) -> Words:
    """Return how a crawl ended, by ``runs.outcome``."""
    return words_for(RunOutcome, run) if run else both(Phrase.RUNNING)


def chain(row: dict[str, Any]) -> str | None:
    """Return how the chain of neighbours is: "whole", "broken", or None where there is none."""
    if row["chain_breaks"]:
        return "broken"
    return "whole" if row["chained"] else None


_UNKNOWN: dict[str, Any] = {
    **dict.fromkeys((*TALLY, "articles", "tombstones", "others", "unattributed"), 0),
    **dict.fromkeys(("chain_breaks", "missing", "complete"), 0),
    **dict.fromkeys(("oldest", "newest", "claimed", "as_of")),
}
"""The row of ``coverage`` of a portal of which no address is known."""
_RUN = ("started_at", "finished_at", "outcome", "requests", "new", "changed", "gone", "failed")


async def portals(db: Database, site: str | None = None) -> list[dict[str, Any]]:
    """Return what the ledger says of each portal, or of *site* alone, incomplete ones first.

    A portal has the columns of the view ``coverage``, those of its row in ``sites`` that name it,
    ``chain``, ``judged`` (its `Judgement`), ``last_run``, and ``hosts``: the last survey of each.
    """
    one = "" if site is None else "WHERE site = :site"
    ledgers = {
        row["site"]: row
        for row in await rows(db, f"SELECT * FROM coverage {one}", site=site)  # noqa: S608
    }
    runs = ", ".join(f"runs.{column} AS run_{column}" for column in _RUN)
    known = await rows(
        db,
        f"""
        SELECT key AS site, name, province, base_url,
               EXISTS (SELECT 1 FROM articles
                       WHERE articles.site = key AND prev_url IS NOT NULL) AS chained,
               runs.id AS run_id, {runs}
        FROM sites LEFT JOIN runs ON runs.id = (
            SELECT id FROM runs AS latest WHERE latest.site = key
            ORDER BY started_at DESC, id DESC LIMIT 1)
        WHERE :site IS NULL OR key = :site ORDER BY name""",  # noqa: S608
        site=site,
    )
    surveyed = await surveys(db, site)
    found = []
    for facts in known:
        run = {column: facts.pop(f"run_{column}") for column in _RUN}
        run_id, chained = facts.pop("run_id"), facts.pop("chained")
        row = _UNKNOWN | ledgers.get(facts["site"], {}) | facts
        judged = verdict_on(row)
        row |= {
            "complete": judged.verdict.is_whole,
            "chain": chain(row | {"chained": chained}),
            "verdict": judged.verdict,
            "judged": judged,
            "last_run": None if run_id is None else run,
            "hosts": surveyed.get(row["site"], []),
        }
        found.append(row)
    return sorted(found, key=lambda row: row["complete"])


_SURVEY = (
    *("host", "url", "asked_at", "says", "evidence", "status", "dns", "tls", "leads_to", "unit"),
    *("cms", "first_archived", "last_archived", "archived", "silent_since", "is_dead"),
)


async def surveys(db: Database, site: str | None) -> dict[str, list[dict[str, Any]]]:
    """Return the last survey of each host, by portal; those that were asked first stand first."""
    columns = ", ".join(_SURVEY)
    found: dict[str, list[dict[str, Any]]] = {}
    for row in await rows(
        db,
        f"SELECT site, {columns}, units.type AS unit_type, units.name AS unit_name"  # noqa: S608
        " FROM last_surveys LEFT JOIN"
        " (SELECT code, type, name FROM units UNION ALL"
        "  SELECT code, type, name_after FROM provinces WHERE code = code_after) AS units"
        " ON units.code = unit"
        " WHERE :site IS NULL OR site = :site ORDER BY id",
        site=site,
    ):
        found.setdefault(row.pop("site"), []).append(row)
    return found


async def breaks(db: Database, site: str, most: int) -> list[dict[str, Any]]:
    """Return up to *most* breaks of a portal's chain, newest first, with what lies on both sides.

    That is the article itself, and as ``older_id`` and ``older_title`` the next older one held.
    """
    return await rows(
        db,
        """
        SELECT b.*, called(a.title, a.lead, a.body) AS called, o.id AS older_id,
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
        SELECT g.*, a.id AS article_id, called(a.title, a.lead, a.body) AS title,
               n.id AS named_by_id, called(n.title, n.lead, n.body) AS named_by_title
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
    return _address(path, page, state=state)


def _address(path: str, page: int, **asked: str) -> str:
    """Return the address of a page of what is *asked* of a path; what is empty is not asked."""
    asked |= {"page": "" if page == 1 else str(page)}
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{path}?{query}" if query else path


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
        return _address(path, page, name=self.name, province=self.province, verdict=self.verdict)


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
    found, choice = await portals(db), Choice.of(request)
    chosen = [portal for portal in found if choice.has(portal)]
    if request.url_vars["json"]:
        return json_answer({"sites": [_as_data(portal) for portal in chosen]})
    in_full = len(chosen) <= PORTALS_IN_FULL
    page = 1 if in_full else page_number(request.args.get("page"))
    shown = chosen[PORTALS_A_PAGE * (page - 1) : PORTALS_A_PAGE * page]
    for portal in shown if in_full else ():
        broken = portal["chain"] == "broken"
        portal["breaks"] = await breaks(db, portal["site"], BREAKS_AT_A_GLANCE) if broken else []
    verdicts = Counter(portal["verdict"] for portal in found)
    values = {
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


async def one_portal(request: Request, datasette: Datasette) -> Response:
    """Answer ``/coverage/SITE`` and ``/coverage/SITE.json``; ``?state=`` and ``?page=`` choose."""
    db = await _ledger(datasette, request)
    site = tilde_decode(request.url_vars["site"])
    found = await portals(db, site)
    if not found:
        raise NotFound(f"The archive has no portal {site!r}")
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
            "SELECT quarantine.*, id AS article_id, called(title, lead, body) AS title"
            " FROM quarantine LEFT JOIN articles"
            " ON articles.url = quarantine.url AND articles.site = quarantine.site"
            " WHERE quarantine.site = :site ORDER BY quarantine.capture_id DESC LIMIT :size",
            site=site,
            size=SET_ASIDE_A_PAGE,
        ),
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
        (r"^/coverage/(?P<site>[^/]+?)(?P<json>\.json)?$", one_portal),
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
