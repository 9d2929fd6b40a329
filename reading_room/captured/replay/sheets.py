"""Style sheets in which only what is held is named.

They are read token by token, as browsers read them (https://www.w3.org/TR/css-syntax-3/): whatever
the writing, ``URL(``, ``u\\72l(``, a string in ``image-set(``, it is the same token here and there.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import tinycss2
from tinycss2.ast import FunctionBlock, LiteralToken, StringToken, URLToken, WhitespaceToken
from tinycss2.bytes import decode_stylesheet_bytes
from tinycss2.serializer import serialize_string_value
from w3lib.encoding import http_content_type_encoding

from crawler.text.addresses import absolute

if TYPE_CHECKING:
    from reading_room.captured.replay import Held

LARGEST: Final = 2 << 20
"""Characters of a sheet that are read: a second and a half of work."""
_DEEPEST: Final = 32
"""Blocks within each other below which nothing is kept."""
_LONGEST_DATA: Final = 1 << 18

_NOTHING: Final = "data:,"
"""What is put in the place of a picture that is not held: an address of nothing, which nobody is
asked for.
"""
_DATA: Final = re.compile(
    r"data:(?:image/(?:png|jpe?g|gif|webp|avif|bmp|svg\+xml)|(?:font|application)/[\w.+-]*"
    r"(?:woff2?|ttf|otf|truetype|opentype|sfnt)[\w.+-]*|application/octet-stream)(?:;[\w=.+-]*)*,",
    re.IGNORECASE,
)
"""The beginning of an address that holds a picture or a font itself."""
_BLOCKS: Final = ("() block", "[] block", "{} block")
_TAKING_STRINGS: Final = frozenset(["image-set", "-webkit-image-set", "image", "src"])
"""Functions in which a string is an address."""
_LEFT_OUT: Final = frozenset(["expression", "alphaimageloader", "element", "-moz-element"])
"""Functions that ran scripts, or loaded pictures by names of their own, in browsers of long ago."""
_RULES_LEFT_OUT: Final = frozenset(["charset", "namespace", "document", "-moz-document"])


def replayed_sheet(css: str, base: str, held: "Held") -> str:
    """Return a style sheet, or what a ``style`` attribute declares, in which only what is held is
    named; addresses are relative to *base*.
    """
    tokens = tinycss2.parse_component_value_list(css[:LARGEST], skip_comments=True)
    return str(tinycss2.serialize([*_Sheet(base, held).kept(tokens)]))


def sheet_text(body: bytes, content_type: str | None) -> str:
    """Return the text of a style sheet, by the charset that its server or it itself names."""
    charset = http_content_type_encoding(content_type)
    text, _ = decode_stylesheet_bytes(body[:LARGEST], protocol_encoding=charset)
    return str(text)


def inline(css: str) -> str:
    """Return a sheet as it may stand in ``<style>``: nothing in it ends that element."""
    return css.replace("</", "<\\/").replace("<!", "<\\!")


def data_address(url: str) -> str | None:
    """Return an address that holds a picture or a font itself, None of any other."""
    return url if len(url) <= _LONGEST_DATA and _DATA.match(url) else None


class _Sheet:
    """The tokens of one sheet, gone through once."""

    def __init__(self, base: str, held: "Held") -> None:
        self._base, self._held = base, held

    def kept(
        self, tokens: Iterable[Any], depth: int = 0, *, strings: bool = False
    ) -> Iterator[Any]:
        """Yield what is kept of tokens; *strings* are addresses in some functions."""
        waiting = iter(tokens)
        is_custom = False
        for token in waiting:
            sort = token.type
            if sort == "at-keyword" and token.lower_value in ("import", "font-face"):
                yield from getattr(self, f"_{token.lower_value.replace('-', '_')}")(token, waiting)
            elif sort == "at-keyword" and token.lower_value in _RULES_LEFT_OUT:
                _rule(waiting)
            elif sort == "url" or (
                sort == "string" and (strings or (is_custom and "/" in token.value))
            ):
                yield self._url(token.value)
            elif sort == "string":  # written anew: one that the sheet breaks off has no end
                yield StringToken(0, 0, token.value, f'"{serialize_string_value(token.value)}"')
            elif sort == "function":
                yield from self._function(token, depth)
            elif sort in _BLOCKS:
                if depth < _DEEPEST:
                    token.content = [*self.kept(token.content, depth + 1, strings=strings)]
                    yield token
            elif sort == "error" or (sort == "literal" and token.value in ("<!--", "-->")):
                continue
            else:
                # A custom property may be put anywhere, also where a string is an address.
                if sort == "ident" and token.value.startswith("--"):
                    is_custom = True
                elif sort == "literal" and token.value == ";":
                    is_custom = False
                yield token

    def _function(self, token: Any, depth: int) -> Iterator[Any]:
        name = token.lower_name
        if name in _LEFT_OUT or depth >= _DEEPEST:
            return
        if name == "url":  # with an address in quotes
            address = next((t.value for t in token.arguments if t.type == "string"), "")
            yield self._url(address)
            return
        strings = name in _TAKING_STRINGS
        inner = [*self.kept(token.arguments, depth + 1, strings=strings)]
        if name == "src":
            yield from (t for t in inner if t.type == "url")
        else:
            yield FunctionBlock(token.source_line, token.source_column, token.name, inner)

    def _url(self, address: str) -> Any:
        return _url_token(self._file(address) or _NOTHING)

    def _file(self, address: str) -> str | None:
        address = address.strip()
        if address[:5].lower() == "data:":
            return data_address(address)
        if address.startswith("#"):  # a part of the page itself
            return address
        url = absolute(address, self._base) if address else None
        return self._held.file(url) if url else None

    def _import(self, token: Any, waiting: Iterator[Any]) -> Iterator[Any]:
        """Keep ``@import "a.css" screen;`` if the sheet is held."""
        prelude, _ = _rule(waiting)
        named = [t for t in prelude if t.type != "whitespace"]
        address = _address(named[0]) if named else None
        url = absolute(address.strip(), self._base) if address else None
        path = self._held.sheet(url) if url else None
        if path:
            rest = prelude[prelude.index(named[0]) + 1 :]
            yield token
            yield WhitespaceToken(0, 0, " ")
            yield _url_token(path)
            yield from self.kept(rest)
            yield LiteralToken(0, 0, ";")

    def _font_face(self, token: Any, waiting: Iterator[Any]) -> Iterator[Any]:
        """Keep of a ``@font-face`` the sources that are held."""
        prelude, block = _rule(waiting)
        if block is None:
            return
        declared: list[Any] = []
        for declaration in _parted(block.content, ";"):
            words = [t for t in declaration if t.type != "whitespace"]
            if words and words[0].type == "ident" and words[0].lower_value == "src":
                declaration = self._sources(declaration, words)
            if declaration:
                declared += [*self.kept(declaration), LiteralToken(0, 0, ";")]
        block.content = declared
        yield token
        yield from prelude
        yield block

    def _sources(self, declaration: list[Any], words: list[Any]) -> list[Any]:
        colon = next((i for i, t in enumerate(declaration) if t.type == "literal"), None)
        if colon is None:
            return []
        sources = []
        for source in _parted(declaration[colon + 1 :], ","):
            addresses = [address for t in source if (address := _address(t)) is not None]
            if all(self._file(address) for address in addresses):
                sources.append(source)
        if not sources:
            return []
        kept = declaration[: colon + 1] + sources[0]
        for source in sources[1:]:
            kept += [LiteralToken(0, 0, ","), *source]
        return kept


def _url_token(address: str) -> URLToken:
    return URLToken(0, 0, address, f'url("{serialize_string_value(address)}")')


def _address(token: Any) -> str | None:
    """Return the address that a token names, None if it names none."""
    if token.type in ("url", "string"):
        return str(token.value)
    if token.type == "function" and token.lower_name in ("url", "src"):
        return next((str(t.value) for t in token.arguments if t.type == "string"), "")
    return None


def _rule(waiting: Iterator[Any]) -> tuple[list[Any], Any]:
    """Take the rest of an at-rule, and return what stands before its block, and that block."""
    prelude: list[Any] = []
    for token in waiting:
        if token.type == "{} block":
            return prelude, token
        if token.type == "literal" and token.value == ";":
            break
        prelude.append(token)
    return prelude, None


def _parted(tokens: Iterable[Any], by: str) -> list[list[Any]]:
    parts: list[list[Any]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == by:
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if any(token.type != "whitespace" for token in part)]
