"""Answers about short texts that stand on page after page of a portal: labels, names of classes."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

_MOST, _LONGEST = 1024, 200
"""How many answers of a function are kept, and characters of a text of which one is: together no
more than some MiB, whatever a page holds."""
Answer = TypeVar("Answer")


def remembered(answer: Callable[[str], Answer]) -> Callable[[str], Answer]:
    """Keep the last answers of a function that depends on nothing but one text, and whose answer
    nobody can change.
    """
    kept = lru_cache(maxsize=_MOST)(answer)

    @wraps(answer)
    def asked(text: str) -> Answer:
        return kept(text) if len(text) <= _LONGEST else answer(text)

    return asked
