"""Search as people type it: with or without marks, in any Unicode form, never a syntax error.

The full-text index holds each article twice: ``title``, ``lead`` and ``body`` without marks, and
``exact`` as written. :func:`match_expression` asks for both spellings of every word, so that "cho
don" finds "Chợ Đồn", and bm25() with a high weight on ``exact`` puts the spelling as typed first,
and articles in which the words stand side by side before others.

What a person types means:

- ``chợ đồn``    both words, anywhere in the article;
- ``"chợ đồn"``  the words side by side; ``30/2020/NĐ-CP`` is such a phrase by itself;
- ``-họp``       not this word: as typed if it carries marks, in every spelling if it does not;
- ``huy*``       words that begin so.

Everything else, AND, OR, NOT, brackets and colons among it, is text. Where no word is left, as in
``***`` or with exclusions only, nothing is found; the table page with an empty box shows all rows.
"""

import re
import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from asgiref.typing import ASGI3Application, ASGIReceiveCallable, ASGISendCallable, Scope
from datasette import hookimpl
from jinja2 import Environment

from crawler.text.fold import fold

WORDS_READ = 32
"""Words of one query that are looked for, those to find and those to exclude each; the rest is
left out. SQLite would refuse a boundless expression."""

NOTHING = '""'
"""The FTS5 expression that matches no row."""

_UNIT = re.compile(r'(-?)(?:"([^"]*)("\*|"|$)|([^\s"]+))')
_QUOTES = str.maketrans("“”„‟«»", '""""""')
_BLANK_SEARCH = re.compile(rb"(?:^|(?<=&))_search=(?:&|$)")


class Unit(NamedTuple):
    """A word or phrase of a query: its text in NFC, and how it is meant."""

    text: str
    excluded: bool
    prefix: bool
    quoted: bool

    @property
    def plain(self) -> bool:
        """Whether it is a mere word."""
        return not (self.excluded or self.prefix or self.quoted)


def units(query: str) -> Iterator[Unit]:
    """Yield the words and phrases of *query* that hold at least one letter or digit."""
    printable = "".join(" " if unicodedata.category(c) == "Cc" else c for c in query)
    for found in _UNIT.finditer(unicodedata.normalize("NFC", printable).translate(_QUOTES)):
        minus, phrase, close, word = found.groups()
        quoted = phrase is not None
        text = phrase if quoted else word
        starred = close == '"*' if quoted else text.endswith("*")
        if any(unicodedata.category(c)[0] in "LN" for c in text):
            yield Unit(text.rstrip("*"), bool(minus), starred, quoted)


def match_expression(query: str | None) -> str:
    """Return the FTS5 expression for what a person typed; it is valid whatever was typed."""
    found = list(units(query or ""))
    wanted = [unit for unit in found if not unit.excluded][:WORDS_READ]
    excluded = [unit for unit in found if unit.excluded][:WORDS_READ]
    if not wanted:
        return NOTHING
    expression = " AND ".join(
        _any_of([*_spellings(unit.text), *_pair(unit, after)], unit.prefix)
        for unit, after in zip_longest(wanted, wanted[1:])
    )
    if not excluded:
        return expression
    unwanted = " OR ".join(_any_of([unit.text], unit.prefix) for unit in excluded)
    return f"({expression}) NOT ({unwanted})"


def is_wordless(query: str | None) -> bool:
    """Whether *query* names no word to find: exclusions, punctuation or nothing at all."""
    return match_expression(query) == NOTHING


def _pair(unit: Unit, after: Unit | None) -> list[str]:
    """Spell a word with the next one: it finds no more articles, but ranks "hội nghị" higher."""
    if after is None or not (unit.plain and after.plain):
        return []
    return _spellings(f"{unit.text} {after.text}")


def _spellings(text: str) -> list[str]:
    return list(dict.fromkeys((text, fold(text))))


def _any_of(texts: list[str], prefix: bool) -> str:
    return "(" + " OR ".join(f'"{text}"{" *" if prefix else ""}' for text in texts) + ")"


# Datasette registers its own escape_fts in the same hook: the last to register wins.
@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection) -> None:
    """Give SQL our ``escape_fts(query)``, which ``?_search=`` calls, and ``fold(text)``."""
    conn.create_function("escape_fts", 1, match_expression, deterministic=True)
    conn.create_function(
        "fold", 1, lambda text: None if text is None else fold(str(text)), deterministic=True
    )


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Offer ``q is wordless`` to templates."""
    env.tests.update(wordless=is_wordless)


@hookimpl
def asgi_wrapper() -> Callable[[ASGI3Application], ASGI3Application]:
    """Take an empty ``_search=`` out of the address: a table's form sends it with every filter."""

    def wrap(app: ASGI3Application) -> ASGI3Application:
        async def without_blank_search(
            scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
        ) -> None:
            if scope["type"] == "http":
                scope["query_string"] = _BLANK_SEARCH.sub(b"", scope["query_string"])
            await app(scope, receive, send)

        return without_blank_search

    return wrap
