"""Whose a portal says that it is: where its start page names the body that it is of.

That is in its title, in what it tells programs of its name, and in lines such as these, outside of
links, which lead to the portals of others::

    <img alt="Cổng thông tin điện tử huyện Chợ Đồn">
    <p>Cơ quan chủ quản: Ủy ban nhân dân xã Nghĩa Tá, tỉnh Thái Nguyên</p>

What its news speak of is nothing: a line must begin so, and a title be nothing but a name. Nor are
lists of communes.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from selectolax.lexbor import LexborNode

from crawler.readers.page.document import Document, line_of
from crawler.surveying.bodies import Body, bodies_in, plain, spelled
from crawler.text.addresses import absolute, urlkey
from crawler.vocabulary.sentences import HostEvidence

_PARTS = re.compile(r"\s*[|»•·]\s*|\s+[–—-]+\s+|\s*:\s+")
_HEADS = (
    "cổng thông tin điện tử", "cổng thông tin", "cổng ttđt", "cổng dịch vụ công",
    "trang thông tin điện tử", "trang thông tin", "trang ttđt", "trang tin điện tử",
    "trang thành phần", "cổng thành phần",
    "trang web", "website", "cơ quan chủ quản", "đơn vị chủ quản", "chủ quản",
    "đơn vị quản lý", "cơ quan quản lý", "bản quyền", "copyright", "giấy phép",
)  # fmt: skip
"""What begins a line in which a portal says whose it is."""
_BESIDE = (
    "ủy ban nhân dân", "hội đồng nhân dân", "ubnd", "hđnd", "ủy ban mttq", "ubmttq",
    "đảng bộ", "đảng ủy", "huyện ủy", "quận ủy", "thị ủy", "thành ủy", "chính quyền", "nhân dân",
    "văn phòng", "của", "thuộc", "về", "là", "và", "tổng hợp", "chính thức", "trang chủ", "home",
    "chào mừng", "quý vị", "bạn đọc", "đã", "đến với", "all rights reserved", "điện tử", "c",
    "nước cộng hòa xã hội chủ nghĩa việt nam", "việt nam", "gov vn", "portal", "trang", "cổng",
)  # fmt: skip
"""What may stand between that and the name, or before it."""
_MOST_NODES = 30_000
_MOST_LINES = 2_000
_MOST_HEADINGS = 20
_BANNER = re.compile(r"logo|banner|header", re.IGNORECASE)
_LONGEST = 400
"""Characters of a line in which a portal names itself."""
_UNSEEN = frozenset(
    ["script", "style", "template", "select", "option", "textarea", "svg", "noscript", "iframe"]
)
_INLINE = frozenset(
    ["a", "abbr", "b", "big", "em", "font", "i", "label", "mark", "small", "span", "strong", "u"]
)


class Claim(NamedTuple):
    """A line in which a portal says whose it is."""

    bodies: tuple[Body, ...]
    """What it names: the one that it is of, and what that lies in."""
    text: str
    where: str
    """Where on the page it stands."""

    @property
    def body(self) -> Body:
        """The smallest that it names."""
        return max(self.bodies, key=lambda body: body.level)


def claims(document: Document, expected: Body | None) -> list[Claim]:
    """Return where a start page says whose it is, each name once, the plainest first.

    *expected* is the body whose it should be.
    """
    found: dict[Body, Claim] = {}
    for line in _lines(document):
        if bodies := named_in(line.text, expected, is_title=line.is_title):
            claim = Claim(bodies, " ".join(line.text.split()), line.where)
            found.setdefault(claim.body, claim)
    return list(found.values())


def named_in(line: str, expected: Body | None, *, is_title: bool) -> tuple[Body, ...]:
    """Return the bodies by which a line says whose the page is, nothing if it does not say that.

    One that *is_title* may be nothing but its name.
    """
    if len(line) > _LONGEST:
        return ()
    parsed = _parsed(line, expected)
    if parsed.is_led and parsed.bodies:
        return parsed.bodies
    if not is_title:
        return ()
    parts = (_parsed(part, expected) for part in _PARTS.split(line))
    return tuple(body for part in parts if part.is_whole for body in part.bodies)


class _Parsed(NamedTuple):
    """A line, as far as it is nothing but names and what stands with them."""

    bodies: tuple[Body, ...]
    is_led: bool
    """Whether it has what begins such a line."""
    is_whole: bool
    """Whether that is all of it."""


def _parsed(line: str, expected: Body | None) -> _Parsed:
    words = spelled(line)
    bodies = {start: (body, end) for body, start, end in bodies_in(words, expected)}
    heads, beside = _phrases(*_HEADS), _phrases(*_BESIDE)
    named: list[Body] = []
    at, is_led = 0, False
    while at < len(words):
        if length := _length_of(heads, words, at):
            is_led = True
            at += length
        elif at in bodies:
            body, at = bodies[at]
            named.append(body)
        elif (length := _length_of(beside, words, at)) or words[at].isdecimal():
            at += length or 1
        else:
            break
    return _Parsed(tuple(named), is_led, at == len(words))


_Phrases = Mapping[str, list[list[str]]]
"""Phrases as names are compared, by their first words, the longest first."""


@cache
def _phrases(*listed: str) -> _Phrases:
    forms = [form for phrase in listed for form in (spelled(phrase), plain(spelled(phrase)))]
    found: defaultdict[str, list[list[str]]] = defaultdict(list)
    for form in sorted(forms, key=len, reverse=True):
        found[form[0]].append(form)
    return found


def _length_of(phrases: _Phrases, words: list[str], at: int) -> int:
    """Return how many words the longest of some phrases takes that stands at a place, 0 if none."""
    forms = phrases.get(words[at], ())
    return next((len(form) for form in forms if words[at : at + len(form)] == form), 0)


class _Line(NamedTuple):
    where: str
    text: str
    is_title: bool


def _lines(document: Document) -> Iterator[_Line]:
    """Yield the lines in which a portal may say whose it is."""
    if (title := document.tree.css_first("title")) is not None:
        yield _Line(HostEvidence.TITLE, title.text()[: 2 * _LONGEST], is_title=True)
    for name in ("og:site_name", "application-name", "og:title", "description"):
        if told := document.meta(name):
            yield _Line(HostEvidence.META.of(meta=name), told, is_title=name != "description")
    for node in document.tree.css("h1, h2")[:_MOST_HEADINGS]:
        if node.css_first("a[href]") is None:
            yield _Line(HostEvidence.HEADING, line_of(node), is_title=True)
    yield from _shown(document)


def _shown(document: Document) -> Iterator[_Line]:
    """Yield the lines that a page shows outside of links to other pages."""
    parts: list[str] = []
    lines = 0
    for node, is_break in _walk(document):
        if is_break and parts:
            if line := "".join(parts).strip():
                yield _Line(HostEvidence.LINE, line, is_title=False)
                lines += 1
            parts.clear()
        if lines > _MOST_LINES:
            return
        if node is None:
            continue
        if node.is_text_node:
            parts.append((node.text_content or "")[: 2 * _LONGEST])
        elif node.tag == "img" and (alt := (node.attributes.get("alt") or "").strip()):
            is_banner = _BANNER.search(node.attributes.get("src") or "") is not None
            yield _Line(HostEvidence.PICTURE, alt, is_title=is_banner)


def _walk(document: Document) -> Iterator[tuple[LexborNode | None, bool]]:
    """Yield the nodes in the order of the page, each with whether a line ends before it."""
    body = document.tree.body
    home = {urlkey(document.url), urlkey(absolute("/", document.url) or document.url)}
    waiting: list[tuple[LexborNode | None, bool]] = [(body, True)]
    count = 0
    while waiting and count < _MOST_NODES:
        node, is_break = waiting.pop()
        count += 1
        if node is None:
            yield None, True
            continue
        tag = node.tag or ""
        if node is not body and node.next is not None:
            waiting.append((node.next, False))
        if tag in _UNSEEN or (tag == "a" and not _leads_home(node, document, home)):
            if tag == "a":
                yield None, True
            continue
        is_block = node.is_element_node and tag not in _INLINE and tag != "img"
        if is_block:
            waiting.append((None, True))
        yield node, is_break or is_block
        if node.child is not None:
            waiting.append((node.child, False))
    yield None, True


def _leads_home(node: LexborNode, document: Document, home: set[str]) -> bool:
    href = node.attributes.get("href")
    if not href or href.startswith(("#", "javascript:")):
        return True
    target = absolute(href, document.base)
    return target is not None and urlkey(target) in home
