"""The verdict on a site: whether the archive has what its portal published, and if not, why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.vocabulary import Lack, Sign, Verdict
from crawler.vocabulary.words import Phrase, at_length, counted, word

_LACKS = {
    Verdict.INCOMPLETE: (
        Lack.OWNER,
        Lack.WAITING,
        Lack.FAILED,
        Lack.REFUSED,
        Lack.BROKEN,
        Lack.UNNAMED,
        Lack.UNWALKED,
        Lack.DEAD_LISTS,
        Lack.UNCOVERED,
    ),
    Verdict.UNPROVEN: (
        Lack.UNWALKED,
        Lack.DEAD_LISTS,
        Lack.UNCOVERED,
        Lack.NO_LIST,
    ),
    Verdict.EMPTY: (
        Lack.WAITING,
        Lack.FAILED,
        Lack.REFUSED,
        Lack.GONE,
        Lack.NOT_ARTICLE,
        Lack.ELSEWHERE,
    ),
}
"""What of a site's row is told as the reason of a verdict."""
_THE_PORTALS_OWN = {Lack.REFUSED, Lack.BROKEN, Lack.NO_LIST}
_EXAMPLES: Mapping[Lack | Sign, str] = {
    Lack.UNWALKED: "first_unwalked",
    Lack.DEAD_LISTS: "first_dead",
    Lack.UNCOVERED: "first_uncovered",
}
"""The columns that name one of what is counted."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, what it is given for, and of when."""

    verdict: Verdict
    reasons: tuple[tuple[Lack | Sign, int], ...] = ()
    """Why a site is not complete, each with how many there are of it; empty where nothing is known
    to be missing."""
    as_of: str | None = None
    """When what it rests on was last seen, ISO 8601 in UTC; None if never."""
    stale: bool = False
    """Whether that is longer ago than the site's own rhythm of news allows."""
    examples: Mapping[Lack | Sign, str] = field(default_factory=dict)
    """The address of one of what a reason counts, where it is told with one."""

    @property
    def leaves_open(self) -> bool:
        """Whether there is more to be done: not where the portal's own refusals and the breaks of
        its chain are all that is left, nor where it has no list that could prove anything; but
        where it has lists, and they could not be walked or do not name all.
        """
        if self.verdict in (Verdict.INCOMPLETE, Verdict.UNPROVEN):
            return not {reason for reason, _ in self.reasons} <= _THE_PORTALS_OWN
        return self.verdict in (Verdict.UNREAD, Verdict.EMPTY, Verdict.UNKNOWN)

    def as_dict(self) -> dict[str, Any]:
        """Return it for a program: the verdict, its reasons with their numbers, and in words."""
        return {
            "verdict": self.verdict,
            "reasons": dict(self.reasons),
            "told": self.in_words("en"),
        }

    def in_words(self, language: str, day: str | None = None) -> str:
        """Return the verdict with its reasons and its day in a language of the catalogues: *day* is
        how a page writes it, else it is that of UTC, as ISO 8601 writes it.
        """
        reasons = (self._told(reason, number, language) for reason, number in self.reasons)
        told = word(Phrase.AND, language).join(reasons)
        verdict = at_length(self.verdict, language).format(reasons=told)
        if self.as_of is None:
            return verdict
        as_of = Phrase.STALE if self.stale else Phrase.AS_OF
        return f"{verdict} ({word(as_of, language).format(day=day or self.as_of[:10])})"

    def _told(self, reason: Lack | Sign, number: int, language: str) -> str:
        told = counted(reason, number, language)
        if (url := self.examples.get(reason)) is None:
            return told
        example = f" ({url})" if number == 1 else word(Phrase.FOR_EXAMPLE, language).format(url=url)
        return told + example


def verdict_on(row: Mapping[str, Any]) -> Judgement:
    """Return the verdict on a row of the view ``coverage``, which gives it."""
    if not row["known"]:
        return Judgement(Verdict.UNKNOWN)
    verdict = Verdict(row["verdict"])
    reasons = _reasons(verdict, row)
    examples = {reason: row[_EXAMPLES[reason]] for reason, _ in reasons if reason in _EXAMPLES}
    return Judgement(verdict, reasons, row["as_of"], bool(row["stale"]), examples)


def _reasons(verdict: Verdict, row: Mapping[str, Any]) -> tuple[tuple[Lack | Sign, int], ...]:
    if verdict == Verdict.UNREAD:
        return tuple((Sign(sign), number) for sign, number in json.loads(row["signs"]).items())
    lacks = ((lack, row[lack]) for lack in _LACKS.get(verdict, ()))
    return tuple((lack, number) for lack, number in lacks if number)
