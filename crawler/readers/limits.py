"""How much of a page is read. Nothing that people read comes near; what is meant to hang us does.

A browser, too, nests no deeper than some hundred levels. Measured of lexbor: 100,000 nested
``<div>`` take it 40 s, 30,000 attributes of one element 5 s.
"""

import re

_MOST_BYTES, _MOST_TAGS, _DEEPEST = 4 * 2**20, 50_000, 250
_LONGEST_TAG, _LONGEST_VALUES = 2**11, 2**16
"""Bytes of a tag without the values of its attributes, and with them."""
_FEW_TAGS = 4_000
"""So many may be nested as they like."""

_LONG_TAG = re.compile(rb"<[a-zA-Z][^>]{%d,}" % _LONGEST_TAG)
_VALUE = re.compile(rb"\"[^\"]*\"|'[^']*'")
_TAG = re.compile(rb"<(/?)([a-zA-Z][^\s/>]{0,20})")
_NEVER_NESTED = frozenset(
    b"area base br col embed hr img input link meta param source track wbr "  # are empty
    b"p li dt dd tr td th tbody thead tfoot option optgroup colgroup".split()  # end by themselves
)


def within_limits(body: bytes) -> tuple[bytes, str | None]:
    """Return what of a page is read, and what was left out, if anything was."""
    told = []
    tags = body.count(b"<")
    if tags > _MOST_TAGS:
        body = body[: len(body) - len(body.split(b"<", _MOST_TAGS)[-1]) - 1]
        told.append(f"read as far as tag {_MOST_TAGS:,}")
    body = _LONG_TAG.sub(_shortened, body)
    if len(body) > _MOST_BYTES:
        body = body[:_MOST_BYTES]
        told.append(f"read as far as byte {_MOST_BYTES:,}")
    if tags > _FEW_TAGS and (end := _too_deep(body)):
        body = body[:end]
        told.append(f"read as far as {_DEEPEST:,} elements deep")
    return body, "; ".join(told) or None


def _shortened(tag: re.Match[bytes]) -> bytes:
    """Cut a tag with a great many attributes, or with a whole picture in one."""
    names = _VALUE.sub(b"", tag[0])
    if len(tag[0]) <= _LONGEST_VALUES and len(names) <= _LONGEST_TAG:
        return tag[0]
    return tag[0][:200] + b"\"'"  # ends the attribute, however it is quoted


def _too_deep(body: bytes) -> int | None:
    """Return where elements are nested too deep, if they are."""
    depth = 0
    for tag in _TAG.finditer(body):
        if tag[2].lower() in _NEVER_NESTED:
            continue
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth > _DEEPEST:
            return tag.start()
    return None
