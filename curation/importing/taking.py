"""Taking pages out of an archive into ours, as if a crawl had seen them then."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from typing import Any

from archive import Archive
from archive.warc import WarcError, read_body
from archive.warc import read_record as record_of
from crawler.appraisal import join, judge, read
from crawler.exchange import Capture, Exchange
from crawler.page import Page
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.visit import MOST_LINKS, Origin, Visit
from crawler.vocabulary import Discovery, Flag, Outcome, Reason, State, Untaken
from curation.derive import profiles_of
from curation.importing.checked_records import matches
from curation.importing.pages import Found, Refers
from curation.importing.reading import PageRead, Read, Unread, read_one, read_record
from pipelines.tidy import tidy

Taken = Outcome | Untaken
"""What became of a page."""

_SETTLED = (State.HELD, State.NOT_ARTICLE, State.GONE, State.ELSEWHERE)
_MOST_CANDIDATES = 20


class SiteTaking:
    """Takes the pages of one site. Whoever makes it holds the site's lock."""

    def __init__(self, archive: Archive, site: Site, run_id: int) -> None:
        self.archive = archive
        self.site = site
        self.run_id = run_id
        self.profiles = profiles_of(archive, site)
        self.room = MOST_LINKS - archive.linked.count(site.key)
        """How many more links between articles may be noted."""
        self.linked: set[str] = set()
        """Those that were met."""

    def unread(self, found: Found) -> Unread | None:
        """Return what of a page may be read before it is taken; None of what is known already, and
        of a revisit, whose body may be in a page that is not taken yet.
        """
        if found.refers:
            return None
        known, _ = self._known(found.exchange, sha256(found.exchange.body).hexdigest())
        return None if known else Unread(self.site, self.profiles, found.exchange)

    def _known(self, exchange: Exchange, digest: str) -> tuple[Capture | None, bool]:
        """Return the capture that is held of an exchange, and whether it was not read well."""
        known = self.archive.captures.same(self.site.key, exchange.url, exchange.at, digest)
        return known, bool(known and self.archive.captures.is_flagged(known, Flag.UNREAD))

    def take(self, found: Found, says: Read | None = None, *, last: bool) -> Taken:
        """Keep a page and store what it says, in one transaction.

        What it *says* is read now if it was not before. Unless it is the *last* chance, a revisit
        whose original and an article whose parts have not been seen yet are left for later. Raises
        sqlite3.Error and OSError if it cannot be stored.
        """
        exchange, holder = found.exchange, None
        if found.refers:
            holder = self._holder(found.refers)
            if holder is None:
                return Untaken.UNREADABLE if last else Untaken.LATER
            exchange = replace(exchange, content_type=exchange.content_type or holder.content_type)
        digest = holder.payload_sha256 if holder else sha256(exchange.body).hexdigest()
        known, unread = self._known(exchange, digest)
        ledger = self._ledger(exchange.url)
        if known and not unread and ledger and ledger["state"] in _SETTLED:
            return Untaken.KNOWN
        try:
            if holder:
                exchange = replace(exchange, body=read_body(self.archive.folder, holder))
            says = says or self._says(exchange, holder)
        except WarcError:
            return Untaken.UNREADABLE
        if isinstance(says, Untaken):
            return says
        visit, parts = self._visit(exchange, says, ledger)
        if visit.state == State.HELD and parts is None:
            if not last:
                return Untaken.LATER
            visit = replace(visit, state=State.FAILED, reason=Reason.PART_MISSING)
        if known and not unread and visit.state != State.HELD:
            return Untaken.KNOWN
        visit = replace(
            visit,
            capture=known or self.archive.captures.keep(exchange, holder),
            parts=tuple(parts or ()),
        )
        return self.archive.visits.record(self.run_id, self.site.key, visit)

    def _says(self, exchange: Exchange, holder: Capture | None) -> Read:
        """Return what a page says, whose body *holder* has if it is a revisit. Raises `WarcError`
        and OSError if that cannot be read.
        """
        unread = Unread(self.site, self.profiles, exchange)
        if holder is None:
            return read_one(unread)
        return read_record(unread, record_of(self.archive.folder, holder))

    def _holder(self, refers: Refers) -> Capture | None:
        """Return the capture that holds the body of a revisit."""
        candidates = list(self.archive.captures.holding(self.site.key, refers.url))
        if refers.at:
            at = refers.at.replace(microsecond=0)
            candidates.sort(key=lambda capture: capture.fetched_at != at)
        for capture in candidates[:_MOST_CANDIDATES]:
            if refers.digest is None:
                return capture if not refers.at or capture.fetched_at == at else None
            with suppress(WarcError, OSError):
                if self._is_body(capture, refers):
                    return capture
        return None

    def _is_body(self, capture: Capture, refers: Refers) -> bool:
        assert refers.digest
        folder = self.archive.folder
        return matches(refers.digest, read_body(folder, capture)) or matches(
            refers.digest, record_of(folder, capture).body
        )

    def _ledger(self, url: str) -> dict[str, Any] | None:
        return self.archive.ledger.known(self.site.key, url)

    def _visit(
        self, exchange: Exchange, says: PageRead, ledger: Mapping[str, Any] | None
    ) -> tuple[Visit, list[Capture] | None]:
        """Return the visit that an exchange is, and the captures of the further parts of its
        article; None if one of them has not been seen.
        """
        origin = Origin(Discovery.IMPORT)
        # As the crawl would name it, whatever host or scheme it was captured by.
        url = ledger["url"] if ledger else self.site.as_asked(exchange.url)
        visit = Visit(
            url, origin, exchange.at, State.FAILED, exchange.status, Reason.BROKE_READER,
            is_imported=True,
        )  # fmt: skip
        if says.page is None:
            return visit, []
        page = says.page
        parts: list[Capture] | None = []
        if page.parts:
            try:
                page, parts = self._whole(page, exchange)
                page, _ = tidy(page)
            except Exception:  # as the crawl does: one page must not end the whole
                return visit, []
        found_by = Discovery(ledger["found_by"]) if ledger else origin.found_by
        state, reason, flag = judge(page, found_by)
        if state == State.GONE:
            state = State.FAILED  # it was so when somebody else asked: the portal is asked yet
        url = self._moved_to(url, page) or url
        page = self._as_served(page)
        links: tuple[str, ...] = ()
        if state == State.HELD and not flag:
            links = self._new(says.links, (exchange.url, url, *page.parts))
        visit = replace(
            visit, url=url, state=state, reason=reason, flag=flag, page=None if flag else page,
            linked=links,
        )  # fmt: skip
        return visit, parts

    def _new(self, links: Iterable[tuple[str, str]], own: Iterable[str]) -> tuple[str, ...]:
        """Return what the page of an article links to and none before it did, but for its *own*
        addresses.
        """
        keys = {*map(urlkey, own)}
        found = dict.fromkeys(url for key, url in links if key not in keys)
        new = [url for url in found if url not in self.linked][: max(0, self.room)]
        self.linked.update(new)
        self.room -= len(new)
        return tuple(new)

    def _whole(self, page: Page, exchange: Exchange) -> tuple[Page, list[Capture] | None]:
        """Return a page with the further parts of its article joined to it, and their captures;
        None in their place if one has not been seen.
        """
        parts: list[Capture] = []
        for url in page.parts:
            slashed = url.removesuffix("/") if url.endswith("/") else f"{url}/"
            nearest, key = self.archive.captures.nearest, self.site.key
            capture = nearest(key, url, exchange.at) or nearest(key, slashed, exchange.at)
            holder = capture and capture.refers_to
            held = self.archive.captures.get(holder) if holder else capture
            if capture is None or held is None:
                return page, None
            try:
                record = record_of(self.archive.folder, held)
            except (WarcError, OSError):
                return page, None
            part = read(
                self.site, record.body, capture.url, capture.content_type, capture.fetched_at,
                self.profiles,
            )  # fmt: skip
            joined = join(page, part)
            if joined is None:
                return page, None
            page = joined
            parts.append(capture)
        return page, parts

    def _moved_to(self, url: str, page: Page) -> str | None:
        """Return where an article is held now whose former address this is."""
        if page.article is None:
            return None
        now = self.archive.ledger.resolve(self.site.key, url)
        held = self.archive.articles.get(self.site.key, now) if now != url else None
        return now if held and held["title"] == page.article.title else None

    def _as_served(self, page: Page) -> Page:
        """Return a page with addresses as the crawl writes them, however it was captured."""

        def served(url: str | None) -> str | None:
            return self.site.as_asked(url) if url else None

        return replace(
            page,
            prev_url=served(page.prev_url),
            next_url=served(page.next_url),
            canonical_url=served(page.canonical_url),
            links=tuple(map(self.site.as_asked, page.links)),
        )
