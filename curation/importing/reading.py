"""Reading pages out of the archives of others, as far as that takes no archive of ours: so that
other processes can do it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.warc import Record, WarcError, as_kept
from crawler.appraisal import KnownLinks, read
from crawler.exchange import Exchange
from crawler.page import Page
from crawler.profiles.periods import Profiles
from crawler.sites import Site
from crawler.vocabulary import PageKind, Source, Untaken
from pipelines.tidy import tidy


@dataclass(frozen=True, slots=True)
class Unread:
    """An exchange with the page of a site. It can be sent to another process."""

    site: Site
    profiles: Profiles
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class PageRead:
    """What the page of an exchange says."""

    page: Page | None
    """None where it broke its reader. It is tidy if its article has no further parts."""
    links: tuple[tuple[str, str], ...] = ()
    """What the page of an article links to that may be articles, too, each with its key before."""


Read = PageRead | Untaken
"""What a page says, or `Untaken.UNREADABLE` where its body cannot be decoded or is empty."""


def read_all(unread: Sequence[Unread]) -> list[Read]:
    """Return what pages say."""
    return [read_one(one) for one in unread]


def read_one(one: Unread) -> Read:
    """Return what a page says."""
    try:
        return read_record(one, as_kept(one.exchange))
    except WarcError:
        return Untaken.UNREADABLE


def read_record(one: Unread, record: Record) -> Read:
    """Return the same, of an exchange whose body is that of a record of ours."""
    site, exchange = one.site, one.exchange
    if not record.body.strip():
        return Untaken.UNREADABLE
    try:
        page = read(
            site, record.body, exchange.url, exchange.content_type, exchange.at, one.profiles
        )
        page = page if page.parts else tidy(page)[0]
    except Exception:  # as the crawl does: one page must not end the whole
        return PageRead(None)
    # A web archive's links are none, as where one is crawled: it lists all that it has.
    if page.kind != PageKind.ARTICLE or exchange.source == Source.WAYBACK:
        return PageRead(page)
    return PageRead(page, tuple(KnownLinks(site).with_keys(record.body, exchange.url)))
