"""XML as portals send it: what can be read is read, and what is wrong with it is told.

Behind a notice of PHP, with a stray ``&`` or ``&nbsp;``, with a prefix that nobody declared, cut
off in the middle, a list names its articles still. An XML parser gives up at the first of these,
or mends an address into one that nobody has. So the tags are taken one by one, as they come: no
tree is made, nothing outside is read, and no entity is expanded but those of HTML.
"""

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from crawler.encodings import EncodingError, gunzipped
from crawler.text.addresses import absolute
from crawler.vocabulary.sentences import ListDamage

MOST_BYTES: Final = 50 << 20
"""Bytes that an answer may have when it is unpacked: as many as sitemaps.org allows."""
_MOST_TAGS: Final = 2_000_000
_DEEPEST: Final = 100
_LONGEST_TEXT: Final = 10_000
"""Characters that are kept of what a child of an entry says: more is no address and no date."""

_TOKEN = re.compile(
    r"<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    r"|<\?.*?(?:\?>|\Z)"
    r"|<!DOCTYPE[^<>\[]*+(?:\[[^\]]{0,1024}\]\s*+)?(?:>|\Z)"
    r"|<(?P<close>/?)(?P<name>[^\W\d][\w:.-]{0,99})"
    r"(?P<attributes>(?:[^<>\"']++|\"[^\"]{0,4096}\"|'[^']{0,4096}'){0,99}+)>"
    r"|(?P<text>[^<]+)"
    r"|<",
    re.DOTALL,
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ATTRIBUTE = re.compile(r"([^\W\d][\w:.-]{0,99})\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_DECLARED = re.compile(rb"<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
_STRAY = re.compile(r"&(?!#\d{1,8};|#[xX][0-9a-fA-F]{1,8};|\w{1,31};)")
_NO_XML = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)\w{1,31};")
_PROLOG = re.compile(
    r"\s*+(?:(?:<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>)\s*+)*+", re.DOTALL
)
_HTML = re.compile(r"<(?:html|head|body)\b", re.IGNORECASE)
_FATAL = re.compile(r"(?:Fatal|Parse) error(?:</b>)?:", re.IGNORECASE)


@dataclass(slots=True)
class Child:
    """A child of an entry, or of what holds the entries."""

    name: str
    """Without its prefix, in small letters."""
    base: str
    """What addresses in it are relative to (``xml:base``)."""
    attributes: Mapping[str, str]
    """Their names as they are written, but in small letters."""
    text: str = ""


@dataclass(slots=True)
class Entry:
    """An entry of a list, with those of its children that are asked for."""

    name: str
    base: str
    attributes: Mapping[str, str]
    children: list[Child] = field(default_factory=list)

    def named(self, name: str) -> Iterator[Child]:
        """Yield the children of a name, in their order."""
        return (child for child in self.children if child.name == name)


def unpacked(body: bytes) -> tuple[bytes, str | None]:
    """Return a body without gzip, if it is packed, and what is wrong with it, if anything is.

    Of one that is cut or damaged, what can be had.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body, None
    plain, wrong = bytearray(), None
    try:
        for piece in gunzipped(body, MOST_BYTES):
            plain += piece
    except EncodingError as error:
        wrong = str(error)
    return bytes(plain), wrong


def decoded(body: bytes, content_type: str | None = None) -> str:
    """Return what an answer says, in the encoding of its mark, its own word, or its header."""
    named = _DECLARED.search(body, 0, 4096)
    charset = _CHARSET.search(content_type or "")
    said = named[1].decode("ascii") if named else charset[1] if charset else "utf-8"
    name = next((name for mark, name in _MARKS if body.startswith(mark)), said)
    if name == said and name.lower().startswith("utf-16"):
        name = "utf-8"  # it was read as bytes of ASCII: it cannot be
    try:
        return body.decode(name, "replace").lstrip("\ufeff")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace").lstrip("\ufeff")


class Elements:
    """The entries of a list of one of the *roots*, one by one, and what is wrong with it.

    *names* are those of its entries, *wanted* those of their children that are kept; no more than
    *most* entries are read.
    """

    def __init__(
        self,
        text: str,
        url: str,
        *,
        roots: Collection[str],
        names: Collection[str],
        wanted: Collection[str],
        most: int,
    ) -> None:
        self.url = url
        self.names = frozenset(names)
        self.wanted = frozenset(wanted)
        self.most = most
        self.outside: list[Child] = []
        """The children that are asked for and stand in no entry."""
        self.is_cut = False
        """Whether there is, or may be, more of it than was read; known when it was read."""
        self.wrong: dict[str, None] = {}
        """What is wrong with it, in words."""
        self.text = text
        root = re.search(rf"<(?:[\w.-]+:)?({'|'.join(roots)})(?=[\s/>]|\Z)", text, re.IGNORECASE)
        before = text[: root.start()] if root else text[:_FAR]
        self.root = root[1].lower() if root and not _HTML.search(before) else None
        """The name of the root; None if it is a list of another kind, or none."""
        self.start = root.start() if root else 0
        self.is_error = self.root is None and (
            _FATAL.search(before) is not None or _PROLOG.fullmatch(before) is not None
        )
        """Whether there is nothing but the beginning of something, or a program's last words."""
        if self.root and not _PROLOG.fullmatch(before):
            self.wrong[ListDamage.TEXT_BEFORE] = None

    def __iter__(self) -> Iterator[Entry]:
        """Yield the entries in their order."""
        stack: list[tuple[str, str]] = []  # of open elements: name, base
        entry: Entry | None = None
        within = 0  # how many elements were open when the entry began
        child: Child | None = None
        child_depth = entries = 0
        declared, used = {"xml", "xmlns"}, set[str]()
        closed = False
        for count, token in enumerate(_TOKEN.finditer(self.text, self.start)):
            if count > _MOST_TAGS:
                self._stop(ListDamage.TO_TAG.of(number=f"{_MOST_TAGS:,}"))
                break
            name = token["name"]
            if name is None:
                if child is not None and len(child.text) < _LONGEST_TEXT:
                    child.text += self._said(token)
                continue
            if closed:
                break  # another document, or what a cache or a script adds
            prefix, _, local = name.rpartition(":")
            local = local.lower()
            if prefix:
                used.add(prefix)
            if token["close"]:
                depth = next((n for n in range(len(stack), 0, -1) if stack[n - 1][0] == local), 0)
                if not depth:
                    continue
                del stack[depth - 1 :]
                if child is not None and len(stack) < child_depth:
                    child = None
                if entry is not None and len(stack) < within:
                    yield entry
                    entry = None
                closed = not stack
                continue
            raw = token["attributes"]
            if "xmlns:" in raw:
                declared.update(re.findall(r"xmlns:([\w.-]{1,99})", raw))
            base = stack[-1][1] if stack else self.url
            is_entry = local in self.names
            is_child = local in self.wanted and not is_entry
            if is_entry or is_child or "base" in raw:
                attributes = self._attributes(raw)
                base = absolute(attributes.get("xml:base", ""), base) or base
            if is_entry:
                if entry is not None:  # the one before was not closed
                    yield entry
                    del stack[within - 1 :]
                if entries >= self.most:
                    self._stop(ListDamage.TO_ENTRY.of(number=f"{self.most:,}"))
                    entry = None
                    break
                entries += 1
                entry, child = Entry(local, base, attributes), None
                within = len(stack) + 1
            elif is_child and (entry is None or len(stack) == within):
                child = Child(local, base, attributes)
                child_depth = len(stack) + 1
                (entry.children if entry is not None else self.outside).append(child)
                if len(self.outside) > _MOST_OUTSIDE:
                    self.outside.pop()
            if not raw.rstrip().endswith("/"):
                if len(stack) < _DEEPEST:
                    stack.append((local, base))
            else:
                if is_entry and entry is not None:
                    yield entry
                    entry = None
                if child is not None and child_depth == len(stack) + 1:
                    child = None
        if entry is not None:
            yield entry
        if not closed and not self.is_cut:
            self._stop(ListDamage.CUT)
        if undeclared := used - declared:
            self.wrong[ListDamage.PREFIX.of(name=min(undeclared))] = None

    def _stop(self, why: str) -> None:
        self.is_cut = True
        self.wrong[why] = None

    def _said(self, token: re.Match[str]) -> str:
        """Return the characters of a token that is no tag."""
        text = token["cdata"]
        if text is None:
            text = token["text"] or ""
            if "&" in text:
                if _STRAY.search(text):
                    self.wrong[ListDamage.AMPERSAND] = None
                if _NO_XML.search(text):
                    self.wrong[ListDamage.ENTITIES] = None
                text = unescape(text)
        if _CONTROLS.search(text):
            self.wrong[ListDamage.CONTROLS] = None
            text = _CONTROLS.sub("", text)
        return text

    def _attributes(self, raw: str) -> dict[str, str]:
        return {
            name.lower(): _CONTROLS.sub("", unescape(one or other))
            for name, one, other in _ATTRIBUTE.findall(raw)
        }

    @property
    def damage(self) -> str | None:
        """What is wrong with the list, in words; known when it was read."""
        return ListDamage.XML.of(what=", ".join(self.wrong)) if self.wrong else None


_FAR = 1 << 16
"""Characters before the root within which a page of HTML is told from a notice."""
_MOST_OUTSIDE = 100
