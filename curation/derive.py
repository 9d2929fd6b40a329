"""Deriving an article again from what was received, as the crawl derived it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from archive import SITE_COLUMNS, Archive
from archive.warc import Record, read_record
from crawler.appraisal import KnownLinks, join, read, read_part
from crawler.exchange import Capture
from crawler.page import Page
from crawler.profiles.periods import Profiles, kept_as, profile_of
from crawler.routes import rest
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.vocabulary import PageKind, ReadFrom
from crawler.vocabulary.soundness import TextFault
from pipelines.tidy import tidy


class NotDerivedError(Exception):
    """What was received says nothing that could be the article; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Original:
    """The captures that a text comes from. It can be sent to another process."""

    url: str
    """The article's address."""
    read_from: ReadFrom
    capture: Capture
    holder: Capture
    """The capture that holds the body: the same one, or that which it revisits."""
    parts: tuple[Capture, ...] = ()
    """The further parts of a divided article, in order."""

    @property
    def ids(self) -> set[int]:
        """The numbers of all these captures."""
        captures = (self.capture, self.holder, *self.parts)
        return {capture.id for capture in captures if capture.id is not None}


def original(archive: Archive, url: str, capture_id: int, read_from: ReadFrom) -> Original | None:
    """Return where the text of an article comes from, None if the archive does not know."""
    capture = archive.captures.get(capture_id)
    holder = _holder(archive, capture) if capture else None
    if capture is None or holder is None:
        return None
    parts = [_holder(archive, part) for part in archive.captures.parts(capture_id)]
    if any(part is None for part in parts):
        return None
    return Original(url, read_from, capture, holder, tuple(filter(None, parts)))


def _holder(archive: Archive, capture: Capture) -> Capture | None:
    return archive.captures.get(capture.refers_to) if capture.refers_to else capture


def profiles_of(archive: Archive, site: Site) -> Profiles:
    """Return the profiles by which the pages of a site are read: what is written beside its
    description, and what a crawl has learnt.
    """
    return Profiles.kept(site.profiles, archive.lessons.profiles(site.key))


def changed_profiles(archive: Archive, site: Site) -> list[str]:
    """Return the names of the profiles that a person wrote, and that were written, changed or taken
    away since a crawl last read by them all that was received.
    """
    kept = {one.name: one for one in archive.lessons.profiles(site.key) if not one.learnt_at}
    written = {one.name: kept_as(one) for one in site.profiles}
    return sorted(
        name
        for name in kept.keys() | written.keys()
        if name not in kept
        or name not in written
        or kept[name].rules != written[name].rules
        or kept[name].since != written[name].since
        or not kept[name].is_applied
    )


class Received:
    """The captures that a text comes from, whose first record is read once, whoever asks for it."""

    def __init__(self, folder: Path, original: Original) -> None:
        """*folder* is that of the captures."""
        self.folder = folder
        self.original = original

    @cached_property
    def record(self) -> Record:
        """The record that holds the body. Raises `archive.warc.WarcError` and OSError for one that
        cannot be read.
        """
        return read_record(self.folder, self.original.holder)


def derive(received: Received, site: Site, profiles: Profiles) -> Page:
    """Return what the captures of an article say today, clean, with its article.

    Raises `NotDerivedError`; `archive.warc.WarcError` and OSError for a capture that cannot be
    read.
    """
    record, original, folder = received.record, received.original, received.folder
    if original.read_from == ReadFrom.REST:
        page = _listed(site, record, original.url)
    else:
        page = _read(site, profiles, original.capture, record)
        for part in original.parts if page.article else ():
            joined = join(page, _part(site, profiles, part, read_record(folder, part)))
            if joined is None:
                raise NotDerivedError(TextFault.NO_PART.of(url=part.url))
            page = joined
    if page.article is None:
        evidence = page.evidence
        told = (evidence.get(name) for name in ("suspicion", "absent", "kind"))
        raise NotDerivedError(next(filter(None, told), TextFault.READS_AS.of(kind=page.kind)))
    return tidy(page)[0]


def _read(site: Site, profiles: Profiles, capture: Capture, record: Record) -> Page:
    content_type, at = capture.content_type, capture.fetched_at
    return read(site, record.body, capture.url, content_type, at, profiles)


def _part(site: Site, profiles: Profiles, capture: Capture, record: Record) -> Page:
    content_type, at = capture.content_type, capture.fetched_at
    return read_part(site, record.body, capture.url, content_type, at, profiles)


def _listed(site: Site, record: Record, url: str) -> Page:
    """Return the article that REST gave whole, among a hundred others."""
    headers = {name.lower(): value for name, value in record.headers}
    listed = rest.read(record.body, record.url, headers)
    for found in listed.found if listed else []:
        served = site.ours(found.url, record.url)
        if found.article and served and _leads_to(site, served, url):
            return Page(PageKind.ARTICLE, found.article)
    raise NotDerivedError(TextFault.NOT_GIVEN)


def links(received: Received, known: KnownLinks) -> tuple[str, ...]:
    """Return what the page that an article was read from links to that may be articles of the site
    of *known*, too. Raises as `derive`, but for `NotDerivedError`.
    """
    original = received.original
    if original.read_from == ReadFrom.REST:
        return ()
    body, url = received.record.body, original.capture.url
    own = (original.url, *(part.url for part in original.parts))
    return tuple(known.of_page(body, url, own))


def _leads_to(site: Site, served: str, url: str) -> bool:
    """Whether an article that was listed at one host of a site is that of an address."""
    return urlkey(url) in map(urlkey, (served, *site.elsewhere(served)))


def site_of(archive: Archive, key: str, sites: Mapping[str, Site]) -> Site:
    """Return a site as it is described today, or as the archive remembers it."""
    if key in sites:
        return sites[key]
    row: dict[str, Any] = {name: archive.runs.site(key)[name] for name in SITE_COLUMNS}
    doubtful = (row["base_url"],) if row.pop("is_doubtful") else ()
    written = (one for one in archive.lessons.profiles(key) if one.learnt_at is None)
    return Site(**row, doubtful=doubtful, profiles=tuple(map(profile_of, written)))
