"""Normalisation of what editors and systems leave in a text; counts what it changed.

Every function is idempotent: normalising twice gives what normalising once gave.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from html.entities import html5

from crawler.text.lookalikes import LOOK_ALIKES, STROKES, as_vietnamese

_ENTITY = re.compile(r"&(?:[a-zA-Z][a-zA-Z0-9]{1,31}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_ESCAPED_ENTITY = re.compile(r"&amp;(" + _ENTITY.pattern[1:] + ")")
# Zero-width space, direction marks, word joiner, BOM, soft hyphen, and controls but tab and lines.
_UNSEEN = (
    "\u200b\u200e\u200f\u061c\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad"
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
)
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_NBSP = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")

_SPACES = "\t-\r\x1c-\x1f\x85\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""All white space but the plain space, as a part of a set."""
_SUSPECT = re.compile(f"[&{_UNSEEN}{''.join(LOOK_ALIKES)}{STROKES}{_SPACES}]")
"""What a rule may change, but for plain spaces: one set, which is looked for in C."""


def _known(entity: str) -> bool:
    return entity.startswith("&#") or entity[1:] in html5


def _unescape(text: str) -> str:
    return _ENTITY.sub(lambda m: html.unescape(m[0]) if _known(m[0]) else m[0], text)


def _unescape_in_html(fragment: str) -> str:
    # The entity stays an entity: what it stands for might be a "<".
    return _ESCAPED_ENTITY.sub(lambda m: f"&{m[1]}" if _known(f"&{m[1]}") else m[0], fragment)


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def _breaking(text: str) -> str:
    return _NBSP.sub(" ", text)


def _breaking_in_html(fragment: str) -> str:
    return _breaking(fragment.replace("&nbsp;", " "))


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _single_spaces(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _single_spaces_in_html(fragment: str) -> str:
    return " ".join(fragment.split())


Rule = Callable[[str], str]
_TEXT_RULES: dict[str, Rule] = {
    "entity": _unescape,
    "invisible": _visible,
    "nbsp": _breaking,
    "nfc": _nfc,
    "lookalike": as_vietnamese,
    "spaces": _single_spaces,
}
_HTML_RULES = _TEXT_RULES | {
    "entity": _unescape_in_html,
    "nbsp": _breaking_in_html,
    "spaces": _single_spaces_in_html,
}


def normalise(text: str, changes: Counter[str] | None = None) -> str:
    """Return *text* in NFC, with single plain spaces and nothing invisible; lines stay lines.

    *changes* counts the strings that a rule changed, by rule: ``entity`` (an entity escaped once
    too often, which readers saw as "&nbsp;"), ``invisible``, ``nbsp``, ``nfc``, ``lookalike`` (Ð
    that stands for Đ), ``spaces``.
    """
    return _apply(_TEXT_RULES, text, changes)


def normalise_html(fragment: str, changes: Counter[str] | None = None) -> str:
    """Do the same for serialised HTML, where text stays escaped and line breaks are spaces."""
    return _apply(_HTML_RULES, fragment, changes)


def is_normal(text: str) -> bool:
    """Whether a text, or HTML, is one line in which no rule finds anything to change.

    It is the quick answer for the many that are; False says nothing.
    """
    return (
        _SUSPECT.search(text) is None
        and "  " not in text
        and text[:1] != " "
        and text[-1:] != " "
        and unicodedata.is_normalized("NFC", text)
    )


def _apply(rules: dict[str, Rule], text: str, changes: Counter[str] | None) -> str:
    if is_normal(text):
        return text
    while True:  # until nothing changes: dropping one thing may bring two others together
        before = text
        for name, rule in rules.items():
            after = rule(text)
            if after != text and changes is not None:
                changes[name] += 1
            text = after
        if text == before:
            return text
