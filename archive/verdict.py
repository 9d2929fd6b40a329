"""The verdict on a site: whether the archive has what its portal published, and if not, why."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.vocabulary import Lack, Sign, Verdict
from crawler.vocabulary.words import Phrase, counted, word

_LACKS = {
    Verdict.INCOMPLETE: (
        Lack.OWNER,
        Lack.WAITING,
        Lack.FAILED,
        Lack.REFUSED,
        Lack.BROKEN,
        Lack.UNNAMED,
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
_THE_PORTALS_OWN = {Lack.REFUSED, Lack.BROKEN}


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

    @property
    def leaves_open(self) -> bool:
        """Whether there is more to be done: not where the portal's own refusals and the breaks of
        its chain are all that is left, nor where nothing is known to be missing.
        """
        if self.verdict == Verdict.INCOMPLETE:
            return not {reason for reason, _ in self.reasons} <= _THE_PORTALS_OWN
        return self.verdict in (Verdict.UNREAD, Verdict.EMPTY, Verdict.UNKNOWN)

    def in_words(self, language: str) -> str:
        """Return the verdict with its reasons and its day in a language of the catalogues."""
        reasons = (counted(reason, number, language) for reason, number in self.reasons)
        told = word(Phrase.AND, language).join(reasons)
        verdict = word(self.verdict, language).format(reasons=told)
        if self.as_of is None:
            return verdict
        as_of = Phrase.STALE if self.stale else Phrase.AS_OF
        return f"{verdict} ({word(as_of, language).format(day=self.as_of[:10])})"


def verdict_on(row: Mapping[str, Any]) -> Judgement:
    """Return the verdict on a row of the view ``coverage``, which gives it."""
    if not row["known"]:
        return Judgement(Verdict.UNKNOWN)
    verdict = Verdict(row["verdict"])
    return Judgement(verdict, _reasons(verdict, row), row["as_of"], bool(row["stale"]))


def _reasons(verdict: Verdict, row: Mapping[str, Any]) -> tuple[tuple[Lack | Sign, int], ...]:
    if verdict == Verdict.UNREAD:
        return tuple((Sign(sign), number) for sign, number in json.loads(row["signs"]).items())
    lacks = ((lack, row[lack]) for lack in _LACKS.get(verdict, ()))
    return tuple((lack, number) for lack, number in lacks if number)
