"""What the ledger says of each portal: what is known, held and missing, and the verdict on it."""

from typing import Any

from datasette.database import Database

from archive.reading import verdict_on
from crawler.vocabulary import State
from crawler.vocabulary.words import Phrase, both, words_of
from reading_room.asking.queries import rows
from reading_room.asking.shelf import Derived, derived

TALLY = {"known": both(Phrase.KNOWN)} | words_of(State)
"""The columns of the view ``coverage`` that count addresses, all of them and by state."""


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


async def ledgers(db: Database) -> Derived[list[dict[str, Any]]]:
    """Return what the ledger says of all portals, kept until the archive changes."""
    return await derived(db, "ledgers", lambda: portals(db))
