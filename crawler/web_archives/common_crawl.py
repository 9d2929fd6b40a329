"""Common Crawl: an index of each of its crawls, and WARC files of which parts can be had.

``collinfo.json`` names the crawls with their indexes, which are CDX servers as pywb's are, a line
of JSON each capture. They answer in pages; how many, is asked by ``showNumPages``::

    GET https://index.commoncrawl.org/collinfo.json
    [{"id": "CC-MAIN-2021-04", "cdx-api": "https://index.commoncrawl.org/CC-MAIN-2021-04-index"}, …]

    GET https://index.commoncrawl.org/CC-MAIN-2021-04-index?url=…&matchType=prefix&output=json&page=0
    {"timestamp": "20210118023512", "url": "https://…", "mime": "text/html", "status": "200",
     "digest": "U3FW…", "length": "8548", "offset": "272838009", "filename": "crawl-data/….warc.gz"}

A capture is a gzip member of a file, which is a record of WARC 1.0, and is asked for by its place::

    GET https://data.commoncrawl.org/crawl-data/….warc.gz
    Range: bytes=272838009-272846556

Of what is longer than a bound of theirs they keep the beginning, and say so (``WARC-Truncated``).
"""

import json
import zlib
from base64 import b32encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha1
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit, urlunsplit

from fastwarc.warc import WarcRecord, WarcRecordType

from crawler.encodings import EncodingError, uncompressed
from crawler.exchange import Exchange
from crawler.mementos import Archived
from crawler.text.addresses import absolute, on_same_host, urlkey
from crawler.text.patterns import lazily
from crawler.vocabulary import Reason, Source
from crawler.web_archives.headers import fields_of
from crawler.web_archives.lists import CapturesPage, archived, is_page, page_of

_HOST = "index.commoncrawl.org"
_STORE = "https://data.commoncrawl.org/"
_COLLECTIONS = "collinfo.json"
_COUNTS = "showNumPages"
_INDEX = lazily(r"/[\w.-]+-index")
_YEARS = lazily(r"20\d\d")
_AFTER_THE_END = timedelta(days=366)
"""How long after a body's end crawls are looked into: what is archived then is mostly a notice."""
_LONGEST = 64 << 20
_LONGEST_HEAD = 256 << 10
_STATUS = lazily(rb"HTTP/\d(?:\.\d)?[ \t]+(\d{3})(?!\d)")
_END = lazily(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class CommonCrawl:
    """Common Crawl, or what answers as it does, asked for one portal."""

    root: str
    """The address below which the indexes lie."""
    store: str
    """The address below which the files lie."""
    wanted: datetime
    """The time next to which captures are wanted, UTC."""
    places: tuple[str, ...]
    """The start pages of the portal."""
    since: date | None = None
    """The first day of its body; crawls of before are not looked into."""

    @staticmethod
    def is_at(url: str) -> bool:
        """Whether an address is Common Crawl's, or names a list of crawls as it has."""
        parts = urlsplit(url.strip())
        return parts.hostname == _HOST or parts.path.endswith(f"/{_COLLECTIONS}")

    @classmethod
    def at(
        cls, url: str, wanted: datetime, places: tuple[str, ...] = (), since: str | None = None
    ) -> Self:
        """Return what is at *url*: the index server's start page, or its list of crawls.

        Raises ValueError, which says what is wrong with the address.
        """
        whole = absolute(url, "")
        if whole is None:
            raise ValueError(f"it must be an address such as https://{_HOST}/")
        parts = urlsplit(whole)
        path = parts.path.removesuffix(_COLLECTIONS) or "/"
        if parts.query or not path.endswith("/"):
            raise ValueError(f"it must be that of the index server, or of its {_COLLECTIONS}")
        root = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
        store = _STORE if parts.hostname == _HOST else root
        return cls(root, store, wanted, places, date.fromisoformat(since) if since else None)

    @property
    def address(self) -> str:
        """The address by which it is named to a crawl: only that of the list of crawls says what it
        is, where the host does not.
        """
        is_known = urlsplit(self.root).hostname == _HOST
        return self.root if is_known else urljoin(self.root, _COLLECTIONS)

    @property
    def finds_by_address(self) -> bool:
        """Return False: a hundred indexes would have to be asked for each address."""
        return False

    # Lists

    def asked_for(self, places: tuple[str, ...]) -> Self:
        """Return it with other start pages."""
        return replace(self, places=places)

    def start_urls(self, base_url: str) -> list[str]:
        """Return where the crawls are listed, whose indexes are asked then."""
        return [urljoin(self.root, _COLLECTIONS)]

    def further_lists(self, place: str, answered: str) -> list[str]:
        """Return nothing: the indexes are asked for all start pages."""
        return []

    def alternative(self, url: str) -> str | None:
        """Return None: there is one server."""
        return None

    def captures_of(self, url: str) -> list[str]:
        """Return nothing: see ``finds_by_address``."""
        return []

    def lists(self, url: str) -> bool:
        """Whether an address is the list of crawls, or of one of their indexes."""
        path = urlsplit(url).path
        below = path.removeprefix(urlsplit(self.root).path.rstrip("/"))
        is_list = below == f"/{_COLLECTIONS}" or _INDEX.fullmatch(below) is not None
        return on_same_host(url, self.root) and is_list

    def is_for_ever(self, url: str) -> bool:
        """Whether a list is that of a crawl, which is done once it is listed."""
        return not urlsplit(url).path.endswith(_COLLECTIONS)

    def says_later(self, status: int, url: str) -> bool:
        """Whether the index server refuses, as it does for a day where it was asked too much."""
        return status == 403 and self.lists(url)

    def is_empty(self, status: int, body: bytes) -> bool:
        """Whether an index says that it has nothing, which it does with status 404."""
        if status != 404:
            return False
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            return False
        return isinstance(told, dict) and "no captures" in str(told.get("message", "")).lower()

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> CapturesPage | None:
        """Read the list of crawls, a page of an index, or how many pages it has; None if it is
        none of these.

        Where the first page of an index names nothing, there is none behind it.
        """
        try:
            if not self.is_for_ever(url):
                return CapturesPage(more_urls=tuple(self._indexes(json.loads(body), url)))
            query = parse_qs(urlsplit(url).query)
            if _COUNTS in query:
                pages = int(json.loads(body)["pages"])
                return CapturesPage(more_urls=tuple(_pages(url, range(1, pages))))
            captures = self._captures(body)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None
        is_first = query.get("page") == ["0"]
        base_url = (query.get("url") or [url])[0]
        counted = (_with(url, page=None, **{_COUNTS: "true"}),) if body.strip() and is_first else ()
        return page_of(captures, base_url, self.wanted, counted)

    def captures_in(self, body: bytes, url: str) -> list[Archived] | None:
        """Return all captures of pages that a page of an index lists, none of what lists none; None
        if it is no such page.
        """
        if not self.is_for_ever(url) or _COUNTS in parse_qs(urlsplit(url).query):
            return []
        try:
            return [one for one in self._captures(body) if is_page(one)]
        except (ValueError, RecursionError):
            return None

    def _captures(self, body: bytes) -> list[Archived]:
        rows = [json.loads(line) for line in body.decode().splitlines() if line.strip()]
        known = (archived(row, self.root) for row in rows)
        return [one for one in known if one and one.place]

    def _indexes(self, crawls: Any, url: str) -> list[str]:
        """Return the first pages of the indexes of the crawls within the days of the body, those
        next to its end first.
        """
        if not isinstance(crawls, list) or not all(isinstance(one, dict) for one in crawls):
            raise ValueError("no list of crawls")
        last = self.wanted + _AFTER_THE_END
        addresses = [absolute(str(crawl.get("cdx-api") or ""), url) for crawl in crawls]
        known = [
            (address, *_days(crawl))
            for address, crawl in zip(addresses, crawls, strict=True)
            if address and self.lists(address)
        ]
        if not known:  # its indexes may have moved: it is not known to have nothing
            raise ValueError("no list of its own indexes")
        of_use = [
            (abs(end - self.wanted.date()), address)
            for address, begin, end in known
            if begin <= last.date() and (self.since is None or end >= self.since)
        ]
        return [
            f"{address}?{urlencode(self._query(place))}"
            for _, address in sorted(of_use)
            for place in self.places
        ]

    def _query(self, place: str) -> list[tuple[str, str]]:
        # No filter: a first page that names nothing is then known to be the last one, too.
        return [
            ("url", place), ("matchType", "prefix"), ("output", "json"), ("page", "0"),
        ]  # fmt: skip

    # Records

    def request(self, url: str, at: datetime, place: str | None) -> tuple[str, dict[str, str]]:
        """Return where the record of a capture is asked for, which must have a place."""
        assert place, "only what is listed is asked for"
        name, offset, length = place.split()
        last = int(offset) + int(length) - 1
        return urljoin(self.store, name), {"Range": f"bytes={offset}-{last}", "Accept": "*/*"}

    def original(self, url: str) -> None:
        """Return None: no address of it says of what it is."""

    def gives(self, asked: str, url: str) -> bool:
        """Whether *asked* is one of its files."""
        return asked.startswith(self.store) and not self.lists(asked)

    def unpacked(self, exchange: Exchange, url: str) -> Exchange | None:
        """Return the answer that a record holds, as the portal sent it and Common Crawl keeps it.

        None where it gives no part of a file. Raises ValueError for what is no such record, is of
        another address, or is not what its digest says.
        """
        if exchange.status != 206:
            return None
        record = _record(exchange.body)
        told = record.headers.get("WARC-Target-URI") or ""
        if record.record_type != WarcRecordType.response:
            raise ValueError(Reason.NO_RECORD)
        if urlkey(told).lower() != urlkey(url).lower():
            raise ValueError(Reason.RECORD_OF.of(url=told[:200]))
        block = record.reader.read()
        end = _END.search(block, 0, _LONGEST_HEAD)
        status = _STATUS.match(block)
        if end is None or status is None or record.record_date is None:
            raise ValueError(Reason.NO_RECORD)
        head, body = block[: end.end()], block[end.end() :]
        is_cut = "WARC-Truncated" in record.headers
        if not is_cut and not _is_as_told(record, head, body):
            raise ValueError(Reason.RECORD_WRONG)
        return replace(
            exchange, url=url, at=record.record_date.astimezone(UTC), status=int(status[1]),
            head=head, body=body, request_head=None, request_body=b"",
            content_type=field_of(head, "Content-Type"), ip_address=None,
            source=Source.WAYBACK, truncated=is_cut,
        )  # fmt: skip


def _record(packed: bytes) -> WarcRecord:
    """Return the record of a gzip member."""
    member = zlib.decompressobj(31)
    try:
        data = member.decompress(packed, _LONGEST)
        if not member.eof or member.unconsumed_tail:
            raise ValueError(Reason.RECORD_CUT)
        record = WarcRecord.from_bytes(data)
    except (zlib.error, EOFError, OSError) as error:
        raise ValueError(Reason.NO_RECORD) from error
    if record is None or record.reader is None:
        raise ValueError(Reason.NO_RECORD)
    return record


def _is_as_told(record: WarcRecord, head: bytes, body: bytes) -> bool:
    """Whether a body has the digest that its record says, of what was sent or of what it means."""
    if "WARC-Payload-Digest" not in record.headers:
        return True
    name, _, told = record.headers["WARC-Payload-Digest"].partition(":")
    if name.lower() != "sha1":
        return True
    bodies = [body]
    with suppress(EncodingError):
        bodies.append(uncompressed(body, field_of(head, "Content-Encoding") or ""))
    digests = [sha1(one, usedforsecurity=False) for one in bodies]
    return told.upper() in {b32encode(one.digest()).decode() for one in digests} | {
        one.hexdigest().upper() for one in digests
    }


def field_of(head: bytes, name: str) -> str | None:
    """Return the first field of a name in a head, None if there is none."""
    values = (value for known, value in fields_of(head) if known.lower() == name.lower())
    return next(values, None)


def _days(crawl: dict[str, Any]) -> tuple[date, date]:
    """Return the first and the last day of a crawl, by what its entry says, else by its name."""
    try:
        begin, end = (date.fromisoformat(str(crawl[key])[:10]) for key in ("from", "to"))
    except (KeyError, ValueError):
        years = [int(year) for year in _YEARS.findall(str(crawl.get("id")))] or [2008, 2100]
        return date(min(years), 1, 1), date(max(years), 12, 31)
    return begin, end


def _pages(url: str, numbers: range) -> list[str]:
    return [_with(url, **{_COUNTS: None}, page=str(number)) for number in numbers]


def _with(url: str, **changes: str | None) -> str:
    """Return the address of a list with other parameters; None leaves one out."""
    address, _, query = url.partition("?")
    known = [
        (name, value)
        for name, values in parse_qs(query).items()
        for value in values
        if name not in changes
    ]
    known += [(name, value) for name, value in changes.items() if value is not None]
    return f"{address}?{urlencode(known)}"
