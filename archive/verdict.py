"""The verdict on a site: whether the archive has what its portal published, and if not, why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crawler.vocabulary import Lack, Verdict
from crawler.vocabulary.words import Phrase, counted, word


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what it is given for."""

    verdict: Verdict
    reasons: tuple[tuple[Lack, int], ...] = ()
    """Why a site is not complete, each with how many there are of it; never empty then."""

    def in_words(self, language: str) -> str:
        """Return the verdict with its reasons in a language of the catalogues."""
        reasons = (counted(lack, number, language) for lack, number in self.reasons)
        told = word(Phrase.AND, language).join(reasons)
        return word(self.verdict, language).format(reasons=told)


def verdict_on(row: Mapping[str, Any]) -> Judgement:
    """Return the verdict on a row of the view ``coverage``, which says what is complete."""
    if row["complete"]:
        return Judgement(Verdict.COMPLETE)
    if not row["known"]:
        return Judgement(Verdict.UNKNOWN)
    numbers = {
        Lack.MISSING: row["missing"],
        Lack.UNNAMED: (row["claimed"] or 0) - row["articles"] - row["missing"],
        Lack.NOTHING_HELD: int(not row["articles"]),
    }
    reasons = tuple((lack, number) for lack, number in numbers.items() if number > 0)
    return Judgement(Verdict.INCOMPLETE, reasons)
