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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qs, quote_plus, urlencode, urljoin, urlsplit, urlunsplit

from crawler.page import Found, RoutePage
from crawler.text.addresses import absolute, as_served, on_same_host, urlkey
from crawler.text.media_types import HTML

_MEMENTO = re.compile(r"(\d{1,14})(?:[a-z]{2}_)?/((?:https?:/)?/?.+)")
_SCHEME = re.compile(r"^(https?):/+")
_LIKE_THE_WAYBACK_MACHINE = ("/", "/web/")
_NO_PAGE = re.compile(
    r"/wp-(?:admin|content|includes|json|login)\b|/xmlrpc\.php"
    r"|/(?:feed|embed|trackback)/?(?:$|\?)|[?&](?:s|feed|rest_route)="
)
"""What WordPress serves as HTML beside its pages."""
_MOST_ROWS = 10_000


@dataclass(frozen=True, slots=True)
class Memento:
    """Of what and when a memento is, as its address says."""

    url: str
    """The address at which it was archived, absolute."""
    at: datetime | None
    """UTC; None if the address says less than seconds."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a CDX server: a page that was answered with status 200."""

    url: str
    at: datetime
    digest: str | None


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

    # The CDX server

    def start_urls(self, base_url: str) -> list[str]:
        """Return where all pages are listed that were archived below *base_url*."""
        return [self._listing(at, base_url, "prefix", _MOST_ROWS) for at in self.listings]

    def captures_of(self, url: str) -> list[str]:
        """Return where the captures of one address are listed."""
        return [self._listing(at, url, "exact") for at in self.listings]

    def _listing(self, at: str, url: str, match: str, limit: int | None = None) -> str:
        query = [
            *{"url": url, "matchType": match, "output": "json"}.items(),
            ("filter", "statuscode:200"),
            ("filter", "mimetype:text/html"),
        ]
        # pywb would cut its list there, too, and cannot go on.
        if limit and at.endswith("/search/cdx"):
            query += [("limit", str(limit)), ("showResumeKey", "true")]
        return f"{at}?{urlencode(query)}"

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        """Read an answer of the CDX server; None if it is none.

        Of each page the capture nearest to the wanted time is named. A list may be as long as it
        likes: it is in the order of addresses, so that what is new may stand on any of its pages.
        """
        rows = _rows(body)
        if rows is None:
            return None
        captures, resume_key = rows
        base_url = (parse_qs(urlsplit(url).query).get("url") or [url])[0]
        nearest: dict[str, Found] = {}
        for capture in captures:
            found = Found(as_served(capture.url, base_url), captured_at=capture.at)
            key = urlkey(found.url)
            if not _NO_PAGE.search(found.url) and (
                key not in nearest or self.is_nearer(capture.at, nearest[key].captured_at)
            ):
                nearest[key] = found
        more_urls: tuple[str, ...] = ()
        if resume_key:
            key = resume_key if "%" in resume_key else quote_plus(resume_key)
            before = re.sub(r"&resumeKey=[^&]*", "", url)
            more_urls = (f"{before}&resumeKey={key}",)
        return RoutePage(tuple(nearest.values()), more_urls=more_urls)

    def captures_in(self, body: bytes) -> list[Listed] | None:
        """Return all captures that an answer of the CDX server lists; None if it is none."""
        rows = _rows(body)
        return None if rows is None else rows[0]

    def is_nearer(self, at: datetime, other: datetime | None) -> bool:
        """Whether a time is nearer to the wanted one than another."""
        return other is None or abs(at - self.wanted) < abs(other - self.wanted)

    def others(self, body: bytes, unlike: datetime) -> list[datetime] | None:
        """Return the other captures of an address than that of a time, the best first.

        *body* is an answer of the CDX server; None if it is none. What came before is better than
        what came after: portals end in redirects and notices. The same body need not be asked for
        twice.
        """
        rows = _rows(body)
        if rows is None:
            return None
        captures = sorted(rows[0], key=lambda c: (c.at > unlike, abs(c.at - self.wanted)))
        seen = {capture.digest for capture in captures if capture.at == unlike} - {None}
        chosen: list[datetime] = []
        for capture in captures:
            if capture.at != unlike and capture.digest not in seen:
                chosen.append(capture.at)
                seen |= {capture.digest} - {None}
        return chosen


def parse_timestamp(text: str) -> datetime | None:
    """Return the moment of a timestamp of 14 digits, UTC; None if it is none."""
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _rows(body: bytes) -> tuple[list[Listed], str | None] | None:
    """Return the captures that an answer lists and where it goes on; None if it is no list."""
    try:
        text = body.decode().strip()
        if text.startswith("["):
            return _of_wayback_machine(json.loads(text))
        return _captures(json.loads(line) for line in text.splitlines() if line.strip()), None
    except (ValueError, RecursionError):
        return None


def _of_wayback_machine(rows: Any) -> tuple[list[Listed], str | None]:
    if not all(isinstance(row, list) for row in rows):
        raise ValueError("no rows")
    resume_key = None
    if len(rows) > 2 and not rows[-2] and len(rows[-1]) == 1:
        resume_key = str(rows[-1][0])
        rows = rows[:-2]
    names, *lines = rows or [[]]
    return _captures(dict(zip(names, line, strict=False)) for line in lines), resume_key


def _captures(rows: Iterable[Any]) -> list[Listed]:
    captures = []
    for row in rows:
        if not isinstance(row, dict):
            raise ValueError("no row")
        url = absolute(str(row.get("original") or row.get("url") or ""), "")
        at = parse_timestamp(str(row.get("timestamp")))
        kind = row.get("mimetype") or row.get("mime") or HTML[0]
        status = str(row.get("statuscode") or row.get("status") or 200)
        if url and at and kind in HTML and status == "200":
            captures.append(Listed(url, at, row.get("digest")))
    return captures
