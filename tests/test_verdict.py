"""One verdict on a site, with reasons that are never empty, for the command line and the room."""

from itertools import product
from typing import Any

import pytest

from archive.verdict import verdict_on
from crawler.vocabulary import Lack, Verdict
from crawler.vocabulary.words import LANGUAGES


def coverage(known: int, articles: int, missing: int, claimed: int | None) -> dict[str, Any]:
    """Return a row as the view ``coverage`` works it out."""
    complete = missing == 0 and articles > 0 and (claimed or 0) <= articles
    return {
        "known": known, "articles": articles, "missing": missing, "claimed": claimed,
        "complete": int(complete),
    }  # fmt: skip


@pytest.mark.parametrize(
    "row", [coverage(*r) for r in product((0, 9), (0, 5), (0, 1, 3), (None, 0, 5, 8))]
)
def test_a_verdict_is_given_for_something(row: dict[str, Any]) -> None:
    judged = verdict_on(row)
    assert (judged.verdict == Verdict.COMPLETE) == bool(row["complete"])
    assert bool(judged.reasons) == (judged.verdict == Verdict.INCOMPLETE)
    assert all(number > 0 for _, number in judged.reasons)
    for language in LANGUAGES:
        told = judged.in_words(language)
        assert told == told.strip()
        assert "{" not in told
        for lack, number in judged.reasons:
            assert lack == Lack.NOTHING_HELD or str(number) in told


def test_the_reasons_are_what_is_lacking() -> None:
    judged = verdict_on(coverage(9, 5, 1234, 2000))
    assert judged.reasons == ((Lack.MISSING, 1234), (Lack.UNNAMED, 761))
    assert judged.in_words("en") == (
        "incomplete because of 1,234 named addresses, and because of 761 more that the portal "
        "counts and no route names"
    )
    assert judged.in_words("vi") == (
        "Chưa đầy đủ: thiếu 1.234 địa chỉ ghi trong sổ và 761 bài mà cổng tính là có nhưng không "
        "lối nào dẫn tới"
    )


def test_a_site_of_which_nothing_is_held_is_told_so() -> None:
    """It said "incomplete because of" with nothing after it."""
    judged = verdict_on(coverage(3, 0, 0, None))
    assert judged.in_words("en") == "incomplete because no article is held"
    assert judged.in_words("vi") == "Chưa đầy đủ: thiếu toàn bộ bài viết"
