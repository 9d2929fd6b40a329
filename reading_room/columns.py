"""The closed sets of words that columns hold, so that the page of a table can explain them."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from crawler.vocabulary import (
    AlarmKind,
    Attribution,
    Change,
    Confidence,
    Discovery,
    Flag,
    GapState,
    Grade,
    ImprintKind,
    ListState,
    MediaKind,
    MediaState,
    NameAnswer,
    Naming,
    PlaceKind,
    ProblemKind,
    PushState,
    ReadFrom,
    Reviewed,
    RouteStatus,
    RunOutcome,
    Says,
    Source,
    State,
    Verdict,
    Went,
)
from crawler.vocabulary.words import word
from reading_room.language import language

HELD: Mapping[tuple[str, str], Sequence[StrEnum]] = {
    ("alarms", "kind"): [*AlarmKind],
    ("articles", "change"): [change for change in Change if change.is_of_held],
    ("articles", "published_confidence"): [*Confidence],
    ("articles", "read_from"): [*ReadFrom],
    ("attributions", "attribution"): [*Attribution],
    ("captures", "flags"): [*Flag],
    ("captures", "source"): [*Source],
    ("changes", "change"): [*Change],
    ("coverage", "verdict"): [
        verdict for verdict in Verdict if verdict is not Verdict.UNKNOWN  # of no portal in it
    ],
    ("gaps", "state"): [*GapState],
    ("imprints", "kind"): [*ImprintKind],
    ("lists", "state"): [*ListState],
    ("media", "kind"): [*MediaKind],
    ("media", "state"): [*MediaState],
    ("memento_lists", "state"): [*RouteStatus],
    ("place_articles", "kind"): [*PlaceKind],
    ("places", "how"): [*Naming],
    ("places", "kind"): [PlaceKind.COMMUNE, PlaceKind.UNIT],
    ("problems", "kind"): [*ProblemKind],
    ("pushes", "state"): [*PushState],
    ("quarantine", "flags"): [flag for flag in Flag if flag.is_suspicion],
    ("reviews", "verdict"): [*Reviewed],
    ("revisions", "read_from"): [*ReadFrom],
    ("routes", "route"): [
        Discovery.REST, Discovery.SITEMAP, Discovery.FEED, Discovery.LISTING, Discovery.WAYBACK,
    ],
    ("routes", "state"): [*RouteStatus],
    ("runs", "outcome"): [
        outcome
        for outcome in RunOutcome
        if outcome not in (RunOutcome.LOCKED, RunOutcome.NOT_STARTED)  # which are never stored
    ],
    ("successors", "went"): [*Went],
    ("surveys", "dns"): [*NameAnswer],
    ("surveys", "says"): [*Says],
    ("takedowns", "grade"): [*Grade],
    ("urls", "found_by"): [*Discovery],
    ("urls", "state"): [*State],
    ("withheld", "grade"): [*Grade],
}  # fmt: skip
"""By table and column: which words it may hold."""


def words_held(table: str, column: str) -> Iterator[tuple[str, str]]:
    """Yield the words that a column may hold, each with what it means, in the page's language."""
    for member in HELD.get((table, column), ()):
        yield member.value, word(member, language())
