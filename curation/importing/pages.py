"""Which records of an archive are pages of known sites, and the exchanges they tell of."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime

from archive.warc import Head, read_head
from crawler.encodings import EncodingError, uncompressed, untransferred
from crawler.exchange import Exchange
from crawler.sites import Site
from crawler.text.addresses import absolute, urlkey
from crawler.text.dates import VIET_NAM
from crawler.text.media_types import is_html
from crawler.text.places import directory_of
from crawler.vocabulary import Skipped, Source
from curation.importing.checked_records import Digest, Record, parse_digest
from curation.importing.moments import NoMomentError, moment

_PAGES = ("response", "resource", "revisit")
_REPLAYED = re.compile(r"https?://[^/]+/(?:[^/]+/)?(\d{14})([a-z]{2}_)?/(https?:/.*)")
"""An address of a Wayback Machine: the time, how its page is to be changed, the address."""
_WAYBACK = re.compile(rb"internet archive|wayback machine|web\.archive\.org|us\.archive\.org", re.I)


_OURS = re.compile(rb"(?mi)^software:[ \t]*TinHuyen[/ ]")
_PART_OF = re.compile(rb"(?mi)^isPartOf:.*\(([a-z][a-z0-9_]*)\)[ \t\r]*$")
"""What `pipelines.store` and `curation.importing.run` write into the files of a site."""


@dataclass(frozen=True, slots=True)
class Refers:
    """What a revisit says of the capture that holds its body."""

    url: str
    at: datetime | None
    digest: Digest | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a known site in an archive."""

    site: Site
    exchange: Exchange
    refers: Refers | None
    """Set for a revisit, whose exchange has no body."""


class Owners:
    """Finds the sites that a page belongs to.

    Of those that own its address it is the most special one. If several are alike, since two bodies
    stood at one address, it is that in whose days the page was captured; of what no day decides,
    each has it.
    """

    def __init__(self, sites: Mapping[str, Site], others: Collection[str] = ()) -> None:
        self.by_host: dict[str, list[Site]] = {}
        for site in sites.values():
            for host in dict.fromkeys(map(host_of, site.places)):
                self.by_host.setdefault(host, []).append(site)
        self.known = {*sites, *others}
        """The keys of the sites that are known, also of those whose pages are not wanted."""

    def own(self, url: str) -> bool:
        """Whether an absolute address belongs to any site."""
        return bool(self._at(url))

    def of_page(self, url: str, at: datetime, received_for: str | None = None) -> list[Site]:
        """Return the sites of a page by its absolute address and when it was captured.

        *received_for* is the key of the site for which it was, if the file says so: then it is of
        that one and no other.
        """
        sites = self._at(url)
        if received_for in self.known:
            return [site for site in sites if site.key == received_for]
        alike = [site for site in sites if _depth(site, url) == _depth(sites[0], url)]
        away = [_days_from(site, at.astimezone(VIET_NAM).date()) for site in alike]
        return [site for site, days in zip(alike, away, strict=True) if days == min(away)]

    def _at(self, url: str) -> list[Site]:
        """Return the sites that own an address, the most special first."""
        owners = [site for site in self.by_host.get(host_of(url), ()) if site.owns(url)]
        return sorted(owners, key=lambda site: -_depth(site, url))


def _depth(site: Site, url: str) -> int:
    """Return how special a site is among those that own an address."""
    place = site.place_of(url)
    return len(directory_of(place)) if place else 0


def _days_from(site: Site, day: date) -> int:
    """Return how many days lie between a day and those of a site's body."""
    first, last = site.active_from, site.active_to
    before = (date.fromisoformat(first) - day).days if first else 0
    after = (day - date.fromisoformat(last)).days if last else 0
    return max(0, before, after)


def host_of(url: str) -> str:
    """Return the host of an absolute address, as `urlkey` writes it."""
    return urlkey(url).partition(")")[0]


@dataclass(frozen=True, slots=True)
class Address:
    """Of what and when a record is, whoever replayed it."""

    url: str
    at: datetime | None
    """None if that is what the record's own date says."""
    changed: bool = False
    """Whether the page was changed for its replay."""


def address_of(record: Record) -> Address | None:
    """Return the address of a record, None if it is none of the web."""
    url = absolute(record.url, record.url) if record.url else None
    if url and (replayed := _REPLAYED.fullmatch(url)):
        moment, how, original = replayed.groups()
        if whole := absolute(re.sub(r"^(https?:)/+", r"\1//", original), url):
            try:
                at = datetime.strptime(moment, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            except ValueError:
                return None
            return Address(whole, at, changed=how != "id_")
    return Address(url, None) if url else None


class Finder:
    """Finds the pages of known sites among records, and counts what it passes over."""

    def __init__(self, owners: Owners) -> None:
        self.owners = owners
        self.of_wayback = False
        """Whether the records come from the Wayback Machine, as a ``warcinfo`` says."""
        self.received_for: str | None = None
        """The key of the site for which the records were received, as one of ours says."""

    def wants(self, record: Record) -> bool:
        """Whether the block of a record matters."""
        if record.type == "warcinfo":
            return record.length < 1 << 20
        if record.type not in (*_PAGES, "request"):
            return False
        address = address_of(record)
        return bool(address and self.owners.own(address.url))

    def pages(self, records: Iterable[Record]) -> Iterator[tuple[Record, Found | Skipped]]:
        """Yield each record that could be a page, and the page or why it is none; where several
        sites have it, the page of each.

        A request goes with the response that stands beside it.
        """
        before: Record | None = None
        waiting: Record | None = None
        for record in records:
            if record.type == "warcinfo":
                if waiting:
                    yield from self._judged(waiting, None)
                    waiting = None
                self.of_wayback = bool(_WAYBACK.search(record.block or b""))
                self.received_for = _received_for(record.block or b"")
            elif record.type == "request":
                if waiting and _belong_together(record, waiting):
                    yield from self._judged(waiting, record)
                    waiting, before = None, None
                else:
                    before = record
            elif record.type in _PAGES:
                if waiting:
                    yield from self._judged(waiting, None)
                waiting = record
                if before and _belong_together(before, record):
                    yield from self._judged(record, before)
                    waiting = None
                before = None
        if waiting:
            yield from self._judged(waiting, None)

    def _judged(
        self, record: Record, request: Record | None
    ) -> Iterator[tuple[Record, Found | Skipped]]:
        assert record.at
        address = address_of(record)
        at = (address and address.at) or record.at
        sites = self.owners.of_page(address.url, at, self.received_for) if address else []
        if not address or not sites:
            yield record, Skipped.OTHER_HOSTS
            return
        exchange = self._exchange(record, request, address)
        if isinstance(exchange, Skipped):
            yield record, exchange
            return
        refers = _refers(record) if record.type == "revisit" else None
        for site in sites:
            yield record, Found(site, exchange, refers)

    def _exchange(
        self, record: Record, request: Record | None, address: Address
    ) -> Exchange | Skipped:
        """Return the exchange that a record of an address tells of, or why it is no page's."""
        if record.block is None:
            return Skipped.NOT_HTML  # larger than any page
        if address.changed:
            return Skipped.CHANGED_FOR_REPLAY
        block, body = record.message()
        head = read_head(block) if block else None
        if _is_headless(record) and not _looks_like_html(body):
            return Skipped.UNREADABLE
        code = (head and head.status) or 200
        if 300 <= code < 400 and not (code == 304 and record.type == "revisit"):
            return Skipped.REDIRECTS
        if code >= 400:
            return Skipped.ERRORS
        content_type = _content_type(record, head)
        if not _is_html(content_type, body, record.type):
            return Skipped.NOT_HTML
        if _is_cut(record, head, body):
            return Skipped.CUT_OFF
        asked, sent = request.message() if request else (None, b"")
        assert record.at
        return Exchange(
            url=address.url,
            at=address.at or record.at,
            status=code,
            head=block,
            body=b"" if record.type == "revisit" else body,
            request_head=asked or None,
            request_body=sent,
            content_type=content_type,
            ip_address=record.fields.get("warc-ip-address"),
            source=Source.WAYBACK if address.at or self._is_wayback(record) else Source.IMPORT,
        )

    def _is_wayback(self, record: Record) -> bool:
        return self.of_wayback or "//web.archive.org/" in record.fields.get("warc-source-uri", "")


def _received_for(info: bytes) -> str | None:
    """Return the key of the site that a ``warcinfo`` of ours names."""
    found = _PART_OF.search(info) if _OURS.search(info) else None
    return found[1].decode() if found else None


def _belong_together(request: Record, response: Record) -> bool:
    concurrent = {r.fields.get("warc-concurrent-to", "") for r in (request, response)} - {""}
    if concurrent:
        return bool(concurrent & {request.id, response.id})
    return (request.url, request.at) == (response.url, response.at)


def _is_headless(record: Record) -> bool:
    """Whether a record is to be an answer of HTTP, and is none."""
    named = record.fields.get("content-type", "").lower().startswith("application/http")
    return record.type == "response" and named and not record.is_http


def _content_type(record: Record, head: Head | None) -> str | None:
    """Return what a page is, as its server said or, where none is known, the record."""
    if head:
        return head.get("content-type")
    if record.type == "revisit":
        return None
    return "text/html" if _is_headless(record) else record.fields.get("content-type")


def _is_html(content_type: str | None, body: bytes, type_: str) -> bool:
    if content_type:
        return is_html(content_type)
    return type_ == "revisit" or _looks_like_html(body)


def _looks_like_html(body: bytes) -> bool:
    return body[:512].lstrip().startswith((b"<", b"\xef\xbb\xbf<"))


def _is_cut(record: Record, head: Head | None, body: bytes) -> bool:
    """Whether a record holds only a part of a page, by its own word or that of the server."""
    if record.type == "revisit":
        return False
    if {"warc-truncated", "warc-segment-number"} & record.fields.keys():
        return True
    claimed = (head and head.get("content-length")) or ""
    short = claimed.isdecimal() and len(claimed) < 12 and len(body) < int(claimed)
    return short and not (head and _ends_by_itself(head, body))


def _ends_by_itself(head: Head, body: bytes) -> bool:
    """Whether the encoding of a body says that it is whole, whatever length is claimed of it: some
    servers name that of the page before they compress it.
    """
    transfer, content = head.get("transfer-encoding"), head.get("content-encoding")
    if {transfer or "identity", content or "identity"} == {"identity"}:
        return False
    try:
        uncompressed(untransferred(body, transfer or "identity"), content or "")
    except EncodingError:
        return False
    return True


def _refers(record: Record) -> Refers:
    fields = record.fields
    url = fields.get("warc-refers-to-target-uri", "").strip("<>") or record.url or ""
    at = None
    with suppress(NoMomentError):
        at = moment(fields.get("warc-refers-to-date", ""))
    digest = parse_digest(fields.get("warc-payload-digest", ""))
    return Refers(absolute(url, url) or url, at, digest)
