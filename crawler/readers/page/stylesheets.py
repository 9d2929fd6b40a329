"""What style sheets name: further sheets, fonts and pictures."""

from collections.abc import Iterable, Iterator
from typing import Any

import tinycss2

from crawler.page import Requisite
from crawler.text.addresses import absolute
from crawler.vocabulary import MediaKind

_LARGEST = 2 * 1024 * 1024
"""Bytes of a sheet that is read: at some 0.7 seconds a MiB, more would hold up the crawl."""
_UNKNOWN_FORMATS = ("embedded-opentype", "svg")
_UNKNOWN_FONTS = (".eot", ".svg")
"""Fonts that no browser of today takes."""
_DEEPEST = 8
"""Levels of ``@media`` and ``@supports`` within each other below which only pictures are found."""
_BLOCKS = ("() block", "[] block", "{} block")


def in_sheet(body: bytes, url: str, charset: str | None = None) -> tuple[Requisite, ...]:
    """Return what a style sheet names that was served from *url*, each address once.

    *charset* is what the server says of it. Nothing is raised for any bytes, and what is cut off
    or wrong is read as browsers read it (https://www.w3.org/TR/css-syntax-3/).
    """
    lowered = body[:_LARGEST].lower()
    if b"url" not in lowered and b"@import" not in lowered:
        return ()
    rules, _ = tinycss2.parse_stylesheet_bytes(
        body[:_LARGEST], protocol_encoding=charset, skip_comments=True, skip_whitespace=True
    )
    return _once(_of_rules(rules, url))


def in_styles(css: str, base: str) -> tuple[Requisite, ...]:
    """Return what the sheet in a ``<style>`` names; addresses are relative to *base*."""
    if "url" not in (lowered := css[:_LARGEST].lower()) and "@import" not in lowered:
        return ()
    rules = tinycss2.parse_stylesheet(css[:_LARGEST], skip_comments=True, skip_whitespace=True)
    return _once(_of_rules(rules, base))


def in_declarations(css: str, base: str) -> tuple[Requisite, ...]:
    """Return what the declarations of a ``style`` attribute name."""
    tokens = tinycss2.parse_component_value_list(css[:_LARGEST], skip_comments=True)
    return _once(_pictures(tokens, base))


def _once(found: Iterable[Requisite]) -> tuple[Requisite, ...]:
    return tuple({requisite.url: requisite for requisite in found}.values())


def _of_rules(rules: Iterable[Any], base: str, depth: int = 0) -> Iterator[Requisite]:
    for rule in rules:
        keyword = rule.lower_at_keyword if rule.type == "at-rule" else None
        if keyword == "import":
            yield from _imported(rule.prelude, base)
        elif keyword == "font-face":
            yield from _font(rule.content or [], base)
        elif keyword and depth < _DEEPEST and _holds_rules(rule):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            yield from _of_rules(inner, base, depth + 1)
        elif rule.type in ("at-rule", "qualified-rule"):
            yield from _pictures(rule.content or [], base)


def _holds_rules(rule: Any) -> bool:
    """Whether an at-rule holds rules, as ``@media`` does, and not declarations."""
    return any(token.type == "{} block" for token in rule.content or [])


def _imported(prelude: Iterable[Any], base: str) -> Iterator[Requisite]:
    first = next((token for token in prelude if token.type != "whitespace"), None)
    href = _string(first) if first is not None else None
    yield from _named(MediaKind.STYLE, href, base)


def _font(content: Iterable[Any], base: str) -> Iterator[Requisite]:
    """Yield the one font of a ``@font-face`` that a browser would take: the first that it knows."""
    declared = tinycss2.parse_declaration_list(content, skip_comments=True, skip_whitespace=True)
    sources = [d.value for d in declared if d.type == "declaration" and d.lower_name == "src"]
    for tokens in sources[-1:]:
        for source in _parted(tokens):
            href = next((href for token in source if (href := _address(token))), None)
            if href and _is_known(href, source):
                yield from _named(MediaKind.FONT, href, base)
                return


def _parted(tokens: Iterable[Any]) -> Iterator[list[Any]]:
    part: list[Any] = []
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _is_known(href: str, source: list[Any]) -> bool:
    for token in source:
        if token.type == "function" and token.lower_name == "format":
            told = (getattr(argument, "value", "") for argument in token.arguments)
            return not any(str(name).lower() in _UNKNOWN_FORMATS for name in told)
    return not href.partition("?")[0].partition("#")[0].lower().endswith(_UNKNOWN_FONTS)


def _pictures(tokens: Iterable[Any], base: str) -> Iterator[Requisite]:
    """Yield what values name, in whatever function or block they stand."""
    waiting = [*tokens][::-1]
    while waiting:  # no recursion: sheets may be nested without end
        token = waiting.pop()
        if (href := _address(token)) is not None:
            yield from _named(MediaKind.THEME, href, base)
        elif token.type in _BLOCKS:
            waiting += token.content[::-1]
        elif token.type == "function":
            waiting += token.arguments[::-1]


def _address(token: Any) -> str | None:
    """Return what stands in a ``url(...)``, None if a token is none."""
    if token.type == "url":
        return str(token.value)
    if token.type == "function" and token.lower_name == "url":
        return next((s for argument in token.arguments if (s := _string(argument))), None)
    return None


def _string(token: Any) -> str | None:
    return str(token.value) if token.type == "string" else _address(token)


def _named(kind: MediaKind, href: str | None, base: str) -> Iterator[Requisite]:
    href = (href or "").strip()
    if href and not href.startswith("#"):  # which is a part of the sheet itself
        url = absolute(href, base)
        if url:
            yield Requisite(kind, url)
