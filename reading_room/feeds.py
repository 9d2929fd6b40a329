"""Atom feeds (RFC 4287): lists of articles for feed readers.

An article has the same ``id`` in every feed and in every archive of its portal, since it is made of
its code. So a reader that follows two feeds, or two archives, is shown it once; one whose text has
changed since has another ``updated``, and is marked as changed.
"""

import hashlib
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from datasette.app import Datasette
from datasette.utils.asgi import Request, Response

from crawler.text.shown import called, web_address
from reading_room.articles.addresses import article_path
from reading_room.asking.queries import untitled
from reading_room.language import gettext as _
from reading_room.language import language

MEDIA_TYPE = "application/atom+xml"
ENTRIES = 50
"""Entries of a feed at most."""
SUMMARY_CHARACTERS = 400
"""So much of its text stands for an article without a lead."""
NOT_MODIFIED = 304

ATOM, DCTERMS = "http://www.w3.org/2005/Atom", "http://purl.org/dc/terms/"
ET.register_namespace("", ATOM)
ET.register_namespace("dcterms", DCTERMS)

_NAMESPACE = uuid.UUID("5c1f6f0e-8d0f-5b52-9d57-6a0f4a1f3b8e")
"""Of the ids of entries: chosen once, and never another one."""
_NEVER = "1970-01-01T00:00:00Z"
"""When a feed was updated in which nothing ever stood; Atom demands a time."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_OF_ADDRESSES = "/:?#[]@!$&'()*+,;=%~"

Address = Callable[[str], str]
"""What makes an address of the whole web out of a path of the room."""


@dataclass(frozen=True)
class Entry:
    """One article, or one change of one; times are ISO 8601."""

    id: str
    title: str
    updated: str
    """A moment, with its offset."""
    link: str
    published: str | None = None
    """A moment with its offset, or a day alone where no more is known."""
    summary: str | None = None
    authors: Sequence[str] = ()
    categories: Sequence[tuple[str, str]] = ()
    """Each a word for programs and what it is called."""
    related: Mapping[str, str] = field(default_factory=dict)
    """Further addresses, each with what is there."""
    original: str | None = None
    """Where the portal published it."""


@dataclass(frozen=True)
class Feed:
    """A list of entries, the newest first."""

    title: str
    link: str
    """The page that shows the same to people."""
    address: str
    """Where the feed itself is, which is its ``id``, too."""
    entries: Sequence[Entry]
    subtitle: str | None = None


def entry_id(name: str) -> str:
    """Return the ``id`` of what has a lasting *name*: an article by its code."""
    return uuid.uuid5(_NAMESPACE, name).urn


def article_entry(row: Mapping[str, Any], address: Address) -> Entry:
    """Return the entry of an article, by a row of ``articles`` with ``site_name``."""
    title = called(row["title"], row["lead"], row["body"]) or untitled()
    revision = row.get("revision") or 1
    marks, related = [], {}
    if revision > 1:
        marks = [("revised", _("Changed"))]
        title = _("%(title)s (changed)") % {"title": title}
        path = f"/changes/{row['id']}/{revision}"
        related = {address(path): _("What changed last")}
    category = row.get("category")
    return Entry(
        id=entry_id(row.get("code") or f"{row['site']} {row['url']}"),
        title=title,
        updated=row.get("revised_at") or row["first_seen_at"],
        link=address(article_path(row)),
        published=row["published_at"],
        summary=row["lead"] or _beginning(row["body"]),
        authors=[name for name in (row["author"], row["site_name"]) if name],
        categories=[*marks, *([(category, category)] if category else [])],
        related=related,
        original=row["url"],
    )


def _beginning(text: str | None) -> str | None:
    """Return the first words of a text."""
    words = " ".join((text or "").split())
    if len(words) <= SUMMARY_CHARACTERS:
        return words or None
    return words[:SUMMARY_CHARACTERS].rpartition(" ")[0] + "…"


def atom(feed: Feed) -> bytes:
    """Return a feed as an Atom document, in the language of the page."""
    root = ET.Element(f"{{{ATOM}}}feed", {"xml:lang": language()})
    _say(root, "id", feed.address)
    _say(root, "title", feed.title)
    _say(root, "subtitle", feed.subtitle)
    times = (entry.updated for entry in feed.entries)
    _say(root, "updated", max(times, key=lambda time: at(time) or 0.0, default=_NEVER))
    _add(root, "link", rel="self", type=MEDIA_TYPE, href=feed.address)
    _add(root, "link", rel="alternate", type="text/html", href=feed.link)
    _say(_add(root, "author"), "name", "Tin Huyện")
    for entry in feed.entries:
        _add_entry(root, entry)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _add_entry(root: ET.Element, entry: Entry) -> None:
    node = _add(root, "entry")
    _say(node, "id", entry.id)
    _say(node, "title", entry.title)
    _say(node, "updated", entry.updated)
    if entry.published and at(entry.published):
        _say(node, "published", entry.published)
    elif entry.published:  # a day alone, which Atom cannot say
        ET.SubElement(node, f"{{{DCTERMS}}}issued").text = _as_xml(entry.published)
    _add(node, "link", rel="alternate", type="text/html", href=entry.link)
    if original := web_address(entry.original):
        _add(node, "link", rel="via", href=quote(original, safe=_OF_ADDRESSES))
    for href, title in entry.related.items():
        _add(node, "link", rel="related", href=href, title=title)
    for name in entry.authors:
        _say(_add(node, "author"), "name", name)
    for term, label in entry.categories:
        _add(node, "category", term=term, label=label)
    _say(node, "summary", entry.summary)


def at(time: str) -> float | None:
    """Return a moment as seconds since 1970; None for what is none, such as a day alone."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo else None


def _add(parent: ET.Element, name: str, **attributes: str) -> ET.Element:
    clean = {key: _as_xml(value) for key, value in attributes.items()}
    return ET.SubElement(parent, f"{{{ATOM}}}{name}", clean)


def _say(parent: ET.Element, name: str, text: str | None) -> None:
    """Add an element with some words, if there are any."""
    if text:
        _add(parent, name).text = _as_xml(text)


def _as_xml(text: str) -> str:
    """Return a text without what no XML document may hold."""
    return _NO_XML.sub("", text)


def absolute(datasette: Datasette, request: Request) -> Address:
    """Return what makes an address of the whole web out of a path of the room."""

    def address(path: str) -> str:
        return str(datasette.absolute_url(request, datasette.urls.path(path)))

    return address


def feed_answer(request: Request, feed: Feed) -> Response:
    """Answer with a feed; with nothing, if who asks has it as it is."""
    document = atom(feed)
    tag = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Vary": "Accept-Language, Cookie", "Content-Language": language()}
    if tag in request.headers.get("if-none-match", ""):
        return Response("", status=NOT_MODIFIED, headers=headers)
    return Response(document, headers=headers, content_type=f"{MEDIA_TYPE}; charset=utf-8")
