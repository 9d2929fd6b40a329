"""How much of a page is read. Nothing that people read comes near; what is meant to hang us does.

A browser, too, nests no deeper than some hundred levels. Measured of lexbor: 100,000 nested
``<div>`` take it 40 s, 30,000 attributes of one element 5 s. Tags that HTML has it ignore, as a
``</b>`` without its ``<b>``, make one text of the words around them, for which it makes room
anew at each: 25,000 of them in 3.6 MB took 13 s and 11 GB. 20,000 ``<option>`` of one ``<select>``
take 3.6 s.
"""

import re
from collections import Counter
from typing import Final

MOST_BYTES: Final = 4 << 20
_MOST_TAGS, _DEEPEST = 40_000, 250
_LONGEST_TAG, _LONGEST_VALUES = 2**11, 2**16
"""Bytes of a tag without the values of its attributes, and with them."""
_MOST_OPTIONS = 4000
_MOST_COPIED = 2**27
"""Bytes that may be copied for a text to which tags that are ignored add piece by piece."""
_HARMLESS = 2**28
"""Tags times bytes of a page that can do no harm, however its tags stand."""

_OPTION = re.compile(rb"</?opt(?:ion|group)\b[^>]{0,2048}>", re.IGNORECASE)
_LONG_TAG = re.compile(rb"<[a-zA-Z][^>]{%d,}" % _LONGEST_TAG)
_VALUE = re.compile(rb"\"[^\"]*\"|'[^']*'")
_NO_TAG = rb"!--(?:-?>|(?s:.*?)(?:--!?>|\Z))|[!?][^>]*>?|/[^a-zA-Z>][^>]*>?"
"""What stands behind a "<" of a comment, or of what is taken for one: no tag, whatever it holds."""
_TAG = re.compile(rb"<(?:%b|(/?)([a-zA-Z][^\s/>]{0,20})[^>]{0,4096}>?\s*)" % _NO_TAG)
_NEVER_NESTED = frozenset(
    b"area base br col embed hr img input link meta param source track wbr "  # are empty
    b"p li dt dd td th option optgroup".split()  # end by themselves
)
_OF_TABLES = frozenset(b"tr tbody thead tfoot caption colgroup".split())
_RAW = {
    name: re.compile(rb"</" + name, re.IGNORECASE)
    for name in (b"script", b"style", b"textarea", b"title", b"iframe", b"xmp")
}
_ONCE = frozenset(b"html head body form frameset".split())
_TAG_OR_RAW = re.compile(
    rb"<(?:%b|(%b)(?=[\s/>]|\Z)[^>]{0,4096}>?\s*[^<]*+(?:<(?!/\1)[^<]*+)*+(?:</\1)?"
    rb"|(/?[a-zA-Z][^\s/>]{0,20})[^>]{0,4096}>?\s*)" % (_NO_TAG, b"|".join(_RAW)),
    re.IGNORECASE,
)
"""A tag as `_TAG` finds it, one of `_RAW` with all that is in there no tag."""
_IN_TABLES = frozenset(
    [b"table", b"/table", b"/td", b"/th", *_OF_TABLES, *(b"/" + name for name in _OF_TABLES)]
)
"""Tags behind which a text may stand in a table, but in no cell."""


def within_limits(body: bytes) -> tuple[bytes, str | None]:
    """Return what of a page is read, and what was left out, if anything was."""
    told = []
    tags = body.count(b"<")
    if tags > _MOST_TAGS:
        body = body[: len(body) - len(body.split(b"<", _MOST_TAGS)[-1]) - 1]
        told.append(f"read as far as tag {_MOST_TAGS:,}")
    if tags > _MOST_OPTIONS and len(_OPTION.findall(body)) > 2 * _MOST_OPTIONS:
        body = _OPTION.sub(b" ", body)
        told.append("read without the options of its forms")
    if may_have_long_tag(body):
        body = _LONG_TAG.sub(_shortened, body)
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES]
        told.append(f"read as far as byte {MOST_BYTES:,}")
    if tags * len(body) > _HARMLESS and may_hang(body) and (end := _Scan().end(body)):
        body = body[:end]
        told.append(f"read as far as byte {end:,}, where its tags make no sense")
    return body, "; ".join(told) or None


def may_have_long_tag(body: bytes) -> bool:
    """Whether a tag may begin so far before the end of any as a long one does: the quick test."""
    at, last = 0, len(body) - _LONGEST_TAG
    while at < last:
        end = body.rfind(b">", at, at + _LONGEST_TAG)
        if end < 0:  # a long tag, or a style sheet
            end = body.find(b">", at + _LONGEST_TAG)
            end = end if end >= 0 else len(body)
            if body.find(b"<", at, end - _LONGEST_TAG) >= 0:
                return True
        at = end + 1
    return False


def _shortened(tag: re.Match[bytes]) -> bytes:
    """Cut a tag with a great many attributes, or with a whole picture in one."""
    whole = tag[0]
    if len(whole) <= _LONGEST_VALUES and len(_VALUE.sub(b"", whole)) <= _LONGEST_TAG:
        return whole
    return whole[:200] + b"\"'"  # ends the attribute, however it is quoted


def may_hang(body: bytes) -> bool:
    """Whether the tags of a page have to be followed one by one: the quick test.

    It spares no page that `_Scan` would cut. A text to which tags that are ignored add is at its
    end where an element opens that may stand anywhere; and elements of a name are no more than
    were opened and not closed by that name, for others may close them, too.
    """
    tags = [(raw or tag).lower() for raw, tag in _TAG_OR_RAW.findall(body) if raw or tag]
    counts = Counter(tags)
    most_ignored = 2 * _MOST_COPIED // max(1, len(body))  # fewer do not copy as much
    ends = bytes(map({tag: _ends_text(tag) for tag in counts}.__getitem__, tags))
    if max(map(len, ends.split(b"\1"))) > most_ignored:
        return True
    if sum(counts[tag] for tag in _IN_TABLES) > most_ignored:
        return True
    opened, deepest = dict.fromkeys(counts, 0), dict.fromkeys(counts, 0)
    closed = {tag: tag[1:] for tag in counts if tag.startswith(b"/")}
    for tag in tags:
        if tag not in closed:
            opened[tag] = now = opened[tag] + 1
            if now > deepest[tag]:
                deepest[tag] = now
        elif opened.get(name := closed[tag]):
            opened[name] -= 1
    return sum(deepest[tag] for tag in counts if tag not in _NEVER_NESTED) > _DEEPEST


def _ends_text(tag: bytes) -> bool:
    """Whether an element opens that is taken wherever it stands."""
    if tag.startswith(b"/") or tag in (b"td", b"th"):
        return False
    return tag not in _OF_TABLES and tag not in _ONCE


class _Scan:
    """One pass through the tags of a page, as a parser would open and close its elements."""

    def __init__(self) -> None:
        self.stack: list[bytes] = []
        self.open: Counter[bytes] = Counter()

    def end(self, body: bytes) -> int | None:
        """Return where the page becomes such that a parser could hang, if it does."""
        begin = ignored = behind = 0  # of the text at hand: its start, the tags in it
        strays = stray_bytes = 0  # texts that stand in a table, but in no cell, and so go before it
        in_rows = False
        tag = _TAG.search(body)
        while tag:
            if tag[2] is None:
                tag = _TAG.search(body, tag.end())
                continue
            start, name = tag.start(), tag[2].lower()
            if in_rows and start > behind:
                strays, stray_bytes = strays + 1, stray_bytes + start - behind
            if self._takes(name, bool(tag[1])):
                begin, ignored = start, 0
            else:
                ignored += 1
            copied = max(ignored * (start - begin), strays * stray_bytes) // 2
            if copied > _MOST_COPIED or len(self.stack) > _DEEPEST:
                return start
            in_rows = bool(self.open[b"table"]) and (
                name in _OF_TABLES or name == b"table" or (bool(tag[1]) and name in (b"td", b"th"))
            )
            behind = tag.end()
            if name in _RAW and not tag[1]:  # what looks like tags in there is none
                ends = _RAW[name].search(body, behind)
                behind = ends.end() if ends else len(body)
            tag = _TAG.search(body, behind)
        return None

    def _takes(self, name: bytes, closes: bool) -> bool:
        """Open or close an element; return whether the tag is more than ignored."""
        if name in _NEVER_NESTED:
            if name in (b"td", b"th"):
                return bool(self.open[b"table"])
            return not closes or name == b"p"
        if closes:
            if not self.open[name]:
                return False
            while (last := self.stack.pop()) != name:
                self.open[last] -= 1
            self.open[name] -= 1
            return True
        if (name in _OF_TABLES) or (name in _ONCE and self.open[name]):
            return False
        self.stack.append(name)
        self.open[name] += 1
        return True
