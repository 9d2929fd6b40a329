"""Archives that are asked as the Wayback Machine is.

The addresses are the Wayback Machine's, which pywb and others share. A *memento* (RFC 7089), an
answer as it was archived, lies under its time and its address; ``id_`` asks for it unchanged::

    https://web.archive.org/web/20250630165959id_/https://chodon.backan.gov.vn/slug/
    http://127.0.0.1:8080/portal/20250630165959id_/https://chodon.backan.gov.vn/slug/

Where nothing was archived at that second, the nearest memento is given. What there is, is listed by
a CDX server: as one JSON array whose first row names the columns (Wayback Machine), or an object a
line (pywb)::

    https://web.archive.org/cdx/search/cdx?url=...&matchType=prefix&output=json&filter=...
    http://127.0.0.1:8080/portal/cdx?url=...&matchType=prefix&output=json&filter=...
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Any, Self
from urllib.parse import parse_qs, quote_plus, urlencode, urljoin, urlsplit, urlunsplit

from crawler.exchange import Exchange
from crawler.mementos import Archived
from crawler.text.addresses import absolute, on_same_host, urlkey
from crawler.web_archives.lists import (
    KEPT_STATUSES,
    KEPT_TYPES,
    CapturesPage,
    archived,
    is_page,
    page_of,
    parse_timestamp,
)

_MEMENTO = re.compile(r"(\d{1,14})(?:[a-z]{2}_)?/((?:https?:/)?/?.+)")
_SCHEME = re.compile(r"^(https?):/+")
_LIKE_THE_WAYBACK_MACHINE = ("/", "/web/")
_MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Memento:
    """Of what and when a memento is, as its address says."""

    url: str
    """The address at which it was archived, absolute."""
    at: datetime | None
    """UTC; None if the address says less than seconds."""


@dataclass(frozen=True, slots=True)
class WebArchive:
    """A web archive, from which one portal is crawled. It is a route, too (`crawler.routes`)."""

    root: str
    """The address below which the mementos lie: "https://web.archive.org/web/"."""
    listings: tuple[str, ...]
    """Where the CDX server may be, the likeliest first."""
    wanted: datetime
    """The time next to which mementos are wanted, UTC."""

    @classmethod
    def at(cls, url: str, wanted: datetime) -> Self:
        """Return the web archive at *url*: a Wayback Machine's start page, or a collection.

        Raises ValueError, which says what is wrong with the address.
        """
        whole = absolute(url, "")
        if whole is None:
            raise ValueError("it must be an address such as https://web.archive.org/")
        parts = urlsplit(whole)
        if parts.query or _MEMENTO.search(parts.path):
            raise ValueError("it must be the address of the archive, not of a page in it")
        path = f"{parts.path.rstrip('/')}/"
        host = urlunsplit((parts.scheme, parts.netloc, "/", "", ""))
        if path not in _LIKE_THE_WAYBACK_MACHINE:
            root = urljoin(host, path)
            return cls(root, (urljoin(root, "cdx"),), wanted)
        root, usual = urljoin(host, "web/"), urljoin(host, "cdx/search/cdx")
        # A collection of pywb may be called "web".
        others = () if path == "/" else (urljoin(root, "cdx"),)
        return cls(root, (usual, *others), wanted)

    @property
    def address(self) -> str:
        """The address by which it is named to a crawl."""
        return self.root

    # Mementos

    def memento(self, url: str, at: datetime | None = None) -> str:
        """Return where the memento of an address lies that is nearest to a time.

        It is the wanted time if none is given.
        """
        return f"{self.root}{at or self.wanted:%Y%m%d%H%M%S}id_/{url}"

    def original(self, url: str) -> Memento | None:
        """Return of what an address in the archive is a memento, None if of nothing."""
        base, parts = urlsplit(self.root), urlsplit(url)
        if not on_same_host(url, self.root) or not parts.path.startswith(base.path):
            return None
        rest = urlunsplit(("", "", parts.path.removeprefix(base.path), parts.query, ""))
        if not (found := _MEMENTO.fullmatch(rest)):
            return None
        moment, address = found.groups()
        address = _SCHEME.sub(r"\1://", address)
        original = absolute(address if "://" in address else f"http://{address}", "")
        return Memento(original, parse_timestamp(moment)) if original else None

    def lists(self, url: str) -> bool:
        """Whether an address is one of the CDX server."""
        return url.partition("?")[0] in self.listings

    @property
    def store(self) -> str:
        """Return an address on the host that gives the mementos."""
        return self.root

    @property
    def finds_by_address(self) -> bool:
        """Return True: it gives the memento next to any time."""
        return True

    def request(self, url: str, at: datetime, place: str | None) -> tuple[str, dict[str, str]]:
        """Return where the memento of an address and time is asked for."""
        return self.memento(url, at), {}

    def gives(self, asked: str, url: str) -> bool:
        """Whether *asked* is an address of a memento of *url*."""
        memento = self.original(asked)
        return memento is not None and urlkey(memento.url).lower() == urlkey(url).lower()

    def unpacked(self, exchange: Exchange, url: str) -> Exchange | None:
        """Return None: it answers in the portal's place."""
        return None

    def says_later(self, status: int, url: str) -> bool:
        """Return False: it says so as any host does."""
        return False

    # The CDX server

    def asked_for(self, places: tuple[str, ...]) -> Self:
        """Return the same: it is told of which address with each list."""
        return self

    def start_urls(self, base_url: str) -> list[str]:
        """Return where all is listed that was archived below *base_url*."""
        return [self._listing(at, base_url, "prefix", _MOST_ROWS) for at in self.listings]

    def further_lists(self, place: str, answered: str) -> list[str]:
        """Return where the same server lists what there is below a further start page."""
        lists = self.start_urls(place)
        server = answered.partition("?")[0]
        return [next((one for one in lists if one.partition("?")[0] == server), lists[0])]

    def alternative(self, url: str) -> str | None:
        """Return where a list may be instead that is not at *url*."""
        server, _, query = url.partition("?")
        after = self.listings[self.listings.index(server) + 1 :]
        asked = parse_qs(query)
        (place,), (match,) = asked["url"], asked["matchType"]
        limit = _MOST_ROWS if "limit" in asked else None
        return self._listing(after[0], place, match, limit) if after else None

    def captures_of(self, url: str) -> list[str]:
        """Return where the captures of one address are listed."""
        return [self._listing(at, url, "exact") for at in self.listings]

    def is_for_ever(self, url: str) -> bool:
        """Return False: whatever is archived comes to be listed."""
        return False

    def is_empty(self, status: int, body: bytes) -> bool:
        """Return False: of nothing there is an empty list."""
        return False

    def _listing(self, at: str, url: str, match: str, limit: int | None = None) -> str:
        is_the_machine_s = at.endswith("/search/cdx")
        # To pywb only what stands behind this is an expression, and all else a part of the field.
        how = "" if is_the_machine_s else "~"
        query = [
            *{"url": url, "matchType": match, "output": "json"}.items(),
            ("filter", f"{how}statuscode:({KEPT_STATUSES})"),
            ("filter", f"{how}mimetype:({KEPT_TYPES})"),
        ]
        # pywb would cut its list there, too, and cannot go on.
        if limit and is_the_machine_s:
            query += [("limit", str(limit)), ("showResumeKey", "true")]
        return f"{at}?{urlencode(query)}"

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> CapturesPage | None:
        """Read an answer of the CDX server; None if it is none.

        Of each page the time of its best capture is named. A list may be as long as it likes: it is
        in the order of addresses, so that what is new may stand on any of its pages.
        """
        rows = self._rows(body)
        if rows is None:
            return None
        captures, resume_key = rows
        base_url = (parse_qs(urlsplit(url).query).get("url") or [url])[0]
        more_urls: tuple[str, ...] = ()
        if resume_key:
            key = resume_key if "%" in resume_key else quote_plus(resume_key)
            before = re.sub(r"&resumeKey=[^&]*", "", url)
            more_urls = (f"{before}&resumeKey={key}",)
        return page_of(captures, base_url, self.wanted, more_urls)

    def captures_in(self, body: bytes, url: str) -> list[Archived] | None:
        """Return all captures of pages that an answer lists; None if it is no list."""
        rows = self._rows(body)
        return None if rows is None else [one for one in rows[0] if is_page(one)]

    def _rows(self, body: bytes) -> tuple[list[Archived], str | None] | None:
        """Return the captures that an answer lists and where it goes on; None if it is no list."""
        try:
            text = body.decode().strip()
            if text.startswith("["):
                rows, resume_key = _of_wayback_machine(json.loads(text))
            else:
                rows, resume_key = _lines(text), None
            known = (archived(row, self.root) for row in rows)
            return [one for one in known if one], resume_key
        except (ValueError, RecursionError):
            return None


def _lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _of_wayback_machine(rows: Any) -> tuple[list[Any], str | None]:
    if not all(isinstance(row, list) for row in rows):
        raise ValueError("no rows")
    resume_key = None
    if len(rows) > 2 and not rows[-2] and len(rows[-1]) == 1:
        resume_key = str(rows[-1][0])
        rows = rows[:-2]
    names, *lines = rows or [[]]
    return [dict(zip_longest(names, line)) for line in lines], resume_key
