"""Which records of an archive are pages of known sites, and the exchanges they tell of."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.exchange import Exchange
from crawler.sites import Site
from crawler.text.addresses import absolute, urlkey
from crawler.text.media_types import is_html
from crawler.vocabulary import Skipped, Source
from curation.importing.checked_records import Digest, Record, header_field, parse_digest

_PAGES = ("response", "resource", "revisit")
_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?\s+(\d{3})\b")
_REPLAYED = re.compile(r"https?://[^/]+/(?:[^/]+/)?(\d{14})([a-z]{2}_)?/(https?:/.*)")
"""An address of a Wayback Machine: the time, how its page is to be changed, the address."""
_WAYBACK = re.compile(rb"internet archive|wayback machine|web\.archive\.org|us\.archive\.org", re.I)


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
    """Finds the site that an address belongs to: of those that own it, the most special one."""

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self.by_host: dict[str, list[Site]] = {}
        for site in sorted(sites.values(), key=lambda site: -len(site.base_url)):
            self.by_host.setdefault(host_of(site.base_url), []).append(site)

    def owner_of(self, url: str) -> Site | None:
        """Return the site of an absolute address."""
        sites = self.by_host.get(host_of(url), ())
        return next((site for site in sites if site.owns(url)), None)


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

    def wants(self, record: Record) -> bool:
        """Whether the block of a record matters."""
        if record.type == "warcinfo":
            return record.length < 1 << 20
        if record.type not in (*_PAGES, "request"):
            return False
        address = address_of(record)
        return bool(address and self.owners.owner_of(address.url))

    def pages(self, records: Iterable[Record]) -> Iterator[tuple[Record, Found | Skipped]]:
        """Yield each record that could be a page, and the page or why it is none.

        A request goes with the response that stands beside it.
        """
        before: Record | None = None
        waiting: Record | None = None
        for record in records:
            if record.type == "warcinfo":
                self.of_wayback = bool(_WAYBACK.search(record.block or b""))
            elif record.type == "request":
                if waiting and _belong_together(record, waiting):
                    yield waiting, self._judge(waiting, record)
                    waiting, before = None, None
                else:
                    before = record
            elif record.type in _PAGES:
                if waiting:
                    yield waiting, self._judge(waiting, None)
                waiting = record
                if before and _belong_together(before, record):
                    yield record, self._judge(record, before)
                    waiting = None
                before = None
        if waiting:
            yield waiting, self._judge(waiting, None)

    def _judge(self, record: Record, request: Record | None) -> Found | Skipped:
        address = address_of(record)
        site = address and self.owners.owner_of(address.url)
        if not address or not site:
            return Skipped.OTHER_HOSTS
        if record.block is None:
            return Skipped.NOT_HTML  # larger than any page
        if address.changed:
            return Skipped.CHANGED_FOR_REPLAY
        head, body = record.message()
        status = _STATUS.match(head)
        if record.is_http and not status and record.type != "revisit":
            return Skipped.UNREADABLE
        code = int(status[1]) if status else 200
        if 300 <= code < 400 and not (code == 304 and record.type == "revisit"):
            return Skipped.REDIRECTS
        if code >= 400:
            return Skipped.ERRORS
        content_type = header_field(head, b"content-type") if record.is_http else None
        if not record.is_http and record.type != "revisit":
            content_type = record.fields.get("content-type")
        if not _is_html(content_type, body, record.type):
            return Skipped.NOT_HTML
        if _is_cut(record, head, body):
            return Skipped.CUT_OFF
        asked, sent = request.message() if request else (None, b"")
        assert record.at
        exchange = Exchange(
            url=address.url,
            at=address.at or record.at,
            status=code,
            head=head,
            body=b"" if record.type == "revisit" else body,
            request_head=asked or None,
            request_body=sent,
            content_type=content_type,
            ip_address=record.fields.get("warc-ip-address"),
            source=Source.WAYBACK if address.at or self._is_wayback(record) else Source.IMPORT,
        )
        return Found(site, exchange, _refers(record) if record.type == "revisit" else None)

    def _is_wayback(self, record: Record) -> bool:
        return self.of_wayback or "//web.archive.org/" in record.fields.get("warc-source-uri", "")


def _belong_together(request: Record, response: Record) -> bool:
    concurrent = {r.fields.get("warc-concurrent-to", "") for r in (request, response)} - {""}
    if concurrent:
        return bool(concurrent & {request.id, response.id})
    return (request.url, request.at) == (response.url, response.at)


def _is_html(content_type: str | None, body: bytes, type_: str) -> bool:
    if content_type:
        return is_html(content_type)
    return type_ == "revisit" or body[:512].lstrip().startswith((b"<", b"\xef\xbb\xbf<"))


def _is_cut(record: Record, head: bytes, body: bytes) -> bool:
    """Whether a record holds only a part of a page, by its own word or that of the server."""
    if record.type == "revisit":
        return False
    claimed = header_field(head, b"content-length") or ""
    short = claimed.isdecimal() and len(claimed) < 12 and len(body) < int(claimed)
    return short or "warc-truncated" in record.fields


def _refers(record: Record) -> Refers:
    fields = record.fields
    url = fields.get("warc-refers-to-target-uri", "").strip("<>") or record.url or ""
    at = None
    if date := fields.get("warc-refers-to-date"):
        try:
            at = datetime.fromisoformat(date)
        except ValueError:
            at = None
        if at and not at.tzinfo:
            at = at.replace(tzinfo=UTC)
    digest = parse_digest(fields.get("warc-payload-digest", ""))
    return Refers(absolute(url, url) or url, at, digest)
