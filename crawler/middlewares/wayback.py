"""Ask web archives in the portal's place, and read their answers as the portal's own.

`WaybackSpider` has them put among the middlewares of its crawls.
"""

from dataclasses import replace
from typing import Protocol, Self, runtime_checkable
from urllib.parse import urljoin

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.encodings import EncodingError, uncompressed
from crawler.exchange import Exchange
from crawler.failures import ExplainedError, explain_of_archive, is_refusal, is_success
from crawler.middlewares.backoff import BackOffMiddleware
from crawler.middlewares.capture import RECEIVED, head_of
from crawler.vocabulary import Reason, Source
from crawler.web_archives.headers import archived_fields, captured_at, fields_of
from crawler.web_archives.kinds import AnyWebArchive, Choice

ORIGINAL = "original"
"""The key of a request's meta under which the portal's address stands that it is for."""
CHOICE = "memento_choice"
"""The key under which the `Choice` stands that it asks for."""
WANTED_AT = "memento_at"
"""The key under which the time stands for which it asks, where that is not left to the spider."""
WITHOUT = "not_in"
"""The key under which the web archives stand that were asked for it and have nothing."""
IS_TRIED = "memento_trial"
"""The key by which a request is one whose further mementos the spider looks for itself."""
CUT = "cut in the web archive"
"""The flag of an answer that a web archive says it did not keep whole."""

_NOT_FOUND = 404
_HOPS = "memento_hops"
_MOST_HOPS = 5


class NotArchivedError(ExplainedError):
    """A web archive has no answer of the portal to a request."""

    is_final = False
    """Whether it said that it has none, so that it need not be asked again."""
    may_pass = False
    """Whether it may give the same memento another day."""

    @classmethod
    def answered(cls, status: int) -> Self:
        """Return the error of an archive that answered so for itself."""
        if status == _NOT_FOUND:
            return cls.none()
        told = Reason.ARCHIVE_STATUS.of(status=status)
        error = cls(Reason.NO_MEMENTO if is_success(status) else told)
        error.may_pass = True
        return error

    @classmethod
    def none(cls) -> Self:
        """Return the error of archives that have none."""
        error = cls(Reason.NOT_ARCHIVED)
        error.is_final = True
        return error


class ArchiveFailedError(ExplainedError):
    """A web archive could not be asked, or gave no whole answer."""


@runtime_checkable
class AsksWebArchives(Protocol):
    """A spider that asks web archives."""

    archives: tuple[AnyWebArchive, ...]

    def choose(self, request: Request) -> Choice | None:
        """Return what is to be asked for, for a request to the portal; None if nothing is."""


class _WebArchiveMiddleware:
    def __init__(self, spider: AsksWebArchives) -> None:
        self.spider = spider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl of web archives."""
        spider: object = crawler.spider
        assert isinstance(spider, AsksWebArchives)
        return cls(spider)


class AskMementoMiddleware(_WebArchiveMiddleware):
    """Turns a request to the portal into one to an archive.

    It stands outside all that judges where a request goes, so that these judge the host that is
    really asked: its robots.txt, its delay.
    """

    def process_request(self, request: Request) -> Request | None:
        """Return the request for the memento of an address, None for one that is for an archive
        itself. Raises `NotArchivedError` where there is nothing to ask for.
        """
        meta, url = request.meta, request.url
        is_own = any(archive.lists(url) for archive in self.spider.archives)
        if ORIGINAL in meta or meta.get("dont_obey_robotstxt") or is_own:
            return None
        choice = self.spider.choose(request)
        if choice is None:
            raise NotArchivedError.none()
        asked, headers = choice.archive.request(url, choice.at, choice.place)
        mapped = {ORIGINAL: url, CHOICE: choice, "dont_redirect": True}
        mapped_request = request.replace(url=asked, meta=meta | mapped)
        mapped_request.headers.update(headers)
        return mapped_request


class ArchiveBackOffMiddleware(_WebArchiveMiddleware, BackOffMiddleware):
    """Waits where an archive itself says "later"; what a memento says was answered long ago."""

    def __init__(self, crawler: Crawler) -> None:
        spider: object = crawler.spider
        assert isinstance(spider, AsksWebArchives)
        _WebArchiveMiddleware.__init__(self, spider)
        BackOffMiddleware.__init__(self, crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware for one crawl of web archives."""
        return cls(crawler)

    def says_later(self, response: Response) -> bool:
        """Whether the archive may be asked again later."""
        if "Memento-Datetime" in response.headers:
            return False
        by_kind = (one.says_later(response.status, response.url) for one in self.spider.archives)
        return super().says_later(response) or any(by_kind)


class MementoMiddleware(_WebArchiveMiddleware):
    """Turns an archive's answer into the portal's: its address, its header, its time.

    It stands between the retries, which are for the archive's own failures, and the captures, which
    are of what the portal sent. A way to another time of the same address is followed; what is no
    memento fails with `NotArchivedError`, or is asked of the next archive, if that is not the
    spider's to do.
    """

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Have it said of a connection that failed whose it was."""
        is_told = isinstance(exception, ExplainedError) or is_refusal(exception)
        if not is_told and not request.meta.get("dont_obey_robotstxt"):
            raise ArchiveFailedError(explain_of_archive(exception)) from exception

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Return a memento as the portal's answer."""
        original = request.meta.get(ORIGINAL)
        if original is None:
            return response
        exchange: Exchange = request.meta.pop(RECEIVED)
        choice: Choice = request.meta[CHOICE]
        try:
            unpacked = choice.archive.unpacked(exchange, original)
        except ValueError as error:
            raise NotArchivedError(str(error)) from error
        if unpacked is not None:
            return self._from_record(request, response, unpacked)
        return self._answered(request, response, exchange, choice.archive)

    def _answered(
        self, request: Request, response: Response, exchange: Exchange, archive: AnyWebArchive
    ) -> Request | Response:
        original = request.meta[ORIGINAL]
        fields = fields_of(exchange.head)
        at = captured_at(fields)
        if at is None and 300 <= response.status < 400:
            return self._nearest(request, response, archive)
        if at is None and response.status == 200 and request.meta.get(_HOPS):
            memento = archive.original(request.url)
            at = memento.at if memento else None  # the archive itself said that there is one
        if at is None:
            return self._not_archived(request, response.status, archive)
        fields = archived_fields(fields, at, len(exchange.body))
        # Nobody asked the portal for it now: there is no request, and no address of a server.
        request.meta[RECEIVED] = replace(
            exchange,
            url=original,
            at=at,
            head=head_of(response.status, [(n.encode(), v.encode("latin-1")) for n, v in fields]),
            request_head=None,
            request_body=b"",
            content_type=next((v for n, v in fields if n.lower() == "content-type"), None),
            ip_address=None,
            source=Source.WAYBACK,
        )
        headers: dict[str, list[str | bytes]] = {}
        for name, value in fields:
            sent = value.encode("latin-1")  # as it came: letters would be encoded once more
            if name.lower() == "location":
                where = self._portals(sent.decode("utf-8", "replace"), request.url, archive)
                headers.setdefault(name, []).append(where)
            elif name.lower() != "content-encoding":  # it is undone
                headers.setdefault(name, []).append(sent)
        return response.replace(url=original, headers=headers)

    def _from_record(self, request: Request, response: Response, exchange: Exchange) -> Response:
        """Return the answer that a record of a file holds."""
        headers: dict[str, list[bytes]] = {}
        encoding = ""
        for name, value in fields_of(exchange.head):
            if name.lower() == "content-encoding":
                encoding = value
            else:
                headers.setdefault(name, []).append(value.encode("latin-1"))
        try:
            body = uncompressed(exchange.body, encoding)
        except EncodingError:
            body = exchange.body  # who keeps it has undone that already, or kept a part
        request.meta[RECEIVED] = exchange
        flags = [*response.flags, CUT] if exchange.truncated else response.flags
        return response.replace(
            url=exchange.url, status=exchange.status, headers=headers, body=body, flags=flags
        )

    def _not_archived(self, request: Request, status: int, archive: AnyWebArchive) -> Request:
        """Return the request for what another archive may have. Raises `NotArchivedError`."""
        error = NotArchivedError.answered(status)
        without = (*request.meta.get(WITHOUT, ()), archive.root)
        if request.meta.get(IS_TRIED) or not error.is_final:
            raise error
        meta = {k: v for k, v in request.meta.items() if k not in (ORIGINAL, CHOICE, _HOPS)}
        again = request.replace(url=request.meta[ORIGINAL], meta=meta | {WITHOUT: without})
        if self.spider.choose(again) is None:
            raise error
        return again

    def _nearest(self, request: Request, response: Response, archive: AnyWebArchive) -> Request:
        """Return the request for the memento that there is."""
        original = request.meta[ORIGINAL]
        location = (response.headers.get("Location") or b"").decode("utf-8", "replace")
        url = urljoin(request.url, location)
        hops = request.meta.get(_HOPS, 0)
        # Archives think addresses the same that differ in more than we would think.
        if not archive.gives(url, original):
            raise NotArchivedError(Reason.ARCHIVE_LEADS.of(url=url))
        if hops >= _MOST_HOPS:
            raise NotArchivedError(Reason.ARCHIVE_ENDLESS)
        return request.replace(url=url, meta=request.meta | {_HOPS: hops + 1})

    def _portals(self, location: str, asked: str, archive: AnyWebArchive) -> str:
        """Return where an archived redirect led, whether or not the archive has rewritten it."""
        memento = archive.original(urljoin(asked, location))
        return memento.url if memento else location
