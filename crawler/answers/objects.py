"""JSON as portals send it: the objects of a list, one by one, and what is wrong with it."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from crawler.answers.elements import decoded
from crawler.vocabulary.sentences import ListDamage

_MOST_BRACKETS: Final = 400_000
"""Objects and lists in an answer; a thousand posts with all that they embed have fewer."""
_MOST_COMMAS: Final = 3_000_000
_FAR = 1 << 16
"""Characters within which a list begins, behind whatever a program had to say before."""

_BEGINS = re.compile(r"\A\s*+\[|\[\s*+(?=[{\]]|\Z)")
_EMPTY = re.compile(r"\s*+\]")
_NEXT = re.compile(r"\s*+(?:,\s*+)?")
_OBJECT = re.compile(r"\s*+\{")
_HTML = re.compile(r"<(?:html|head|body|!doctype)\b", re.IGNORECASE)
_FATAL = re.compile(r"(?:Fatal|Parse) error(?:</b>)?:", re.IGNORECASE)
_DECODER = json.JSONDecoder(strict=False)  # control characters in strings are read


class Objects:
    """The members of a list of objects, one by one; no more than *most* are read."""

    def __init__(self, body: bytes, content_type: str | None, most: int) -> None:
        self.most = most
        self.is_cut = False
        """Whether there is, or may be, more of it than was read; known when it was read."""
        self.wrong: dict[str, None] = {}
        """What is wrong with it, in words."""
        self.text = text = decoded(body, content_type)
        begin = _BEGINS.search(text, 0, _FAR)
        before = text[: begin.start()] if begin else text[:_FAR]
        is_list = begin is not None and not _OBJECT.match(before) and not _HTML.search(before)
        if begin and "{" not in text:
            is_list = _EMPTY.match(text, begin.end()) is not None
        self.start = begin.end() if begin and is_list else None
        """Where its first member begins; None if it is no list."""
        self.is_error = self.start is None and _FATAL.search(before) is not None
        """Whether there is nothing but a program's last words."""
        if is_list and before.strip():
            self.wrong[ListDamage.TEXT_BEFORE] = None
        if self.start is not None and not self._can_be_held():
            self.start, self.is_error = None, True

    def _can_be_held(self) -> bool:
        brackets = self.text.count("{") + self.text.count("[")
        return brackets <= _MOST_BRACKETS and self.text.count(",") <= _MOST_COMMAS

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield the objects in their order."""
        if self.start is None:
            return
        text, at, count = self.text, self.start, 0
        while True:
            at = _NEXT.match(text, at).end()  # type: ignore[union-attr]
            if text[at : at + 1] == "]":
                return
            if count >= self.most:
                self._stop(ListDamage.TO_ENTRY.of(number=f"{self.most:,}"))
                return
            try:
                member, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError):
                is_cut = at >= len(text) - 1 or count > 0
                self._stop(ListDamage.CUT if is_cut else ListDamage.NO_JSON)
                return
            count += 1
            if isinstance(member, dict):
                yield member

    def _stop(self, why: str) -> None:
        self.is_cut = True
        self.wrong[why] = None

    @property
    def damage(self) -> str | None:
        """What is wrong with the list, in words; known when it was read."""
        return ListDamage.JSON.of(what=", ".join(self.wrong)) if self.wrong else None
