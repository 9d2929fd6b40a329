"""Page readers: pure functions of a page's bytes and address, one file a CMS family."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from crawler.page import AboutPicture, Evidence, Page, Requisite
from crawler.profiles.profile import Profile
from crawler.profiles.reading import read as read_by
from crawler.readers.families import (
    blogger,
    dotnetnuke,
    generic,
    joomla,
    lacviet,
    liferay,
    newspaper,
    nukeviet,
    sharepoint,
    wordpress,
)
from crawler.readers.finding.about_picture import about_picture, leads_to_picture
from crawler.readers.page.announced import announced
from crawler.readers.page.document import Document
from crawler.readers.page.ending import broken_off
from crawler.readers.page.evidence import Read
from crawler.readers.page.imprint import imprint
from crawler.readers.page.limits import within_limits
from crawler.readers.page.onward import frames, onward
from crawler.readers.page.requisites import requisites
from crawler.readers.page.stylesheets import in_sheet
from crawler.readers.suspicion.judging import judged
from crawler.readers.suspicion.passwords import behind_password, password_form
from crawler.text.addresses import absolute, on_same_host
from crawler.text.charset import to_utf8
from crawler.text.media_types import is_html
from crawler.text.pixels import size_of
from crawler.text.sniffing import is_page, signature
from crawler.vocabulary import Discovery, PageKind

_MOST_LINKS = 100
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)


class Reader(Protocol):
    """What the module of a CMS family offers."""

    def recognise(self, document: Document) -> str | None:
        """Return the sign by which a page is of the family, else None."""

    def read(self, document: Document) -> Page:
        """Read a page of the family.

        "kind" in the evidence says that the page itself tells what it is. Without it a page of kind
        "other" is one that the family could not read, and others are asked.
        """


CMS: dict[str, Reader] = {
    "newspaper": newspaper,
    "nukeviet": nukeviet,
    "lacviet": lacviet,
    "sharepoint": sharepoint,
    "liferay": liferay,
    "dotnetnuke": dotnetnuke,
    "blogger": blogger,
    "joomla": joomla,
    "wordpress": wordpress,
    "generic": generic,  # the last: it takes any page
}
"""The families by the name that ``cms`` has in a site's TOML; the most particular first."""


def recognise(document: Document) -> tuple[str, str] | None:
    """Return the family that a page is of, by its name in `CMS`, and the sign that shows it.

    None if no family is known to make such pages: then it is read by ``generic``.
    """
    found = ((name, CMS[name].recognise(document)) for name in CMS if name != "generic")
    return next(((name, sign) for name, sign in found if sign), None)


def read_page(
    body: bytes,
    url: str,
    content_type: str | None = None,
    cms: str | None = None,
    at: datetime | None = None,
    profile: Profile | Sequence[Profile] | None = None,
    *,
    is_start: bool = False,
) -> Page:
    """Return what a page says.

    *body* is the page as received, without transfer or content encoding; *url* the address that it
    was served from; *content_type* the header of that name, if known; *cms* a name of `CMS`, tried
    before the others; *at* when the page was received, aware, without which "2 giờ trước" says
    nothing; *profile* how the pages of its site are read, or several such, of which the first that
    fits the page reads it: before all families, or where none of them does
    (`Profile.families_first`); *is_start* whether the host's start page led here. Nothing is raised
    for any bytes; ValueError for an unknown *cms*.
    """
    if cms is not None and cms not in CMS:
        raise ValueError(f"unknown cms {cms!r}; known: {', '.join(CMS)}")
    if not (content_type and is_html(content_type)) and not is_page(body, content_type):
        told = content_type or signature(body) or "no page, and no word of what it is"
        return Page(PageKind.OTHER, evidence=Evidence({"content_type": told}))
    if kind := signature(body):
        return Page(PageKind.OTHER, evidence=Evidence({"content_type": f"begins as {kind}"}))
    broken = broken_off(body)
    body, limits = within_limits(body)
    utf8, charset = to_utf8(body, content_type)
    document = Document(utf8, url, at, is_start=is_start)
    profiles = (profile,) if isinstance(profile, Profile) else tuple(profile or ())
    form = password_form(document)
    page = judged(document, _read(document, cms, profiles, is_whole=broken is None))
    page = behind_password(page, form)
    seen = page.evidence | {"limits": limits} if limits else page.evidence
    seen = seen | {"broken_off": broken} if broken else seen
    return replace(page, charset=charset, evidence=seen, imprint=imprint(document, page))


def read_requisites(
    body: bytes, url: str, content_type: str | None, page: Page
) -> tuple[Requisite, ...]:
    """Return what a page, which was read as *page*, needs to look as it did.

    It is parsed once more: of all pages of a portal only a few are asked this.
    """
    if content_type and not is_html(content_type):
        return ()
    utf8, _ = to_utf8(within_limits(body)[0], content_type)
    images = page.article.images if page.article else ()
    own = {url for image in images for url in (image.url, image.thumbnail, image.upload) if url}
    return requisites(Document(utf8, url), own)


def read_about_picture(
    body: bytes, url: str, content_type: str | None, form: str, location: str | None = None
) -> AboutPicture | None:
    """Return what an answer says of the picture of which an article shows a *form*, and led there:
    a page about it, the picture itself, or the *location* that it redirects to. None if it has no
    such picture.
    """
    if location and (target := absolute(location, url)):
        return AboutPicture(target) if leads_to_picture(target, form) else None
    if size_of(body):
        return AboutPicture(url)
    if not (content_type and is_html(content_type)) and not is_page(body, content_type):
        return None
    utf8, _ = to_utf8(within_limits(body)[0], content_type)
    return about_picture(Document(utf8, url), form)


def read_announced(
    body: bytes, url: str, content_type: str | None
) -> Mapping[Discovery, tuple[str, ...]]:
    """Return where else a page says that its portal lists its articles, by the route.

    It is parsed once more: only start pages are asked this.
    """
    if content_type and not is_html(content_type):
        return {}
    utf8, _ = to_utf8(within_limits(body)[0], content_type)
    return announced(Document(utf8, url))


def read_onward(
    body: bytes, url: str, content_type: str | None
) -> tuple[Read[str] | None, tuple[str, ...]]:
    """Return where a page sends the browser on, and the pages that it shows in frames.

    It is parsed once more: only pages that say nothing themselves are asked this.
    """
    if not (content_type and is_html(content_type)) and not is_page(body, content_type):
        return None, ()
    utf8, _ = to_utf8(within_limits(body)[0], content_type)
    document = Document(utf8, url)
    return onward(document), frames(document)


def read_links(body: bytes, url: str) -> tuple[str, ...]:
    """Return what a page links to on its own host."""
    document = Document(to_utf8(within_limits(body)[0])[0], url)
    found = document.addresses("a[href], area[href]")
    links = found.value if found else ()
    return tuple(link for link in links if on_same_host(link, url))[:_MOST_LINKS]


def read_sheet(body: bytes, url: str, content_type: str | None = None) -> tuple[Requisite, ...]:
    """Return what a style sheet names: further sheets, fonts and pictures."""
    charset = _CHARSET.search(content_type or "")
    return in_sheet(body, url, charset[1] if charset else None)


def _read(
    document: Document, cms: str | None, profiles: Sequence[Profile], *, is_whole: bool
) -> Page:
    if page := _by_profile(document, [one for one in profiles if not one.families_first]):
        return page
    unread: Page | None = None
    for name in sorted(CMS, key=lambda name: name != cms):
        if name == "generic":
            if page := _by_profile(document, [one for one in profiles if one.families_first]):
                return page
            if unread and not is_whole:
                break  # of a page that is cut, it would make an article of what stands around it
        if sign := CMS[name].recognise(document):
            page = CMS[name].read(document)
            if page.kind == PageKind.LISTING and _says_article(document):
                told = generic.read(document)
                page = told if told.kind == PageKind.ARTICLE else page
            page = replace(page, evidence=page.evidence | {"cms": f"{name}: {sign}"})
            if page.kind != PageKind.OTHER or "kind" in page.evidence:
                return page
            unread = unread or page  # another may know more: Newspaper is WordPress, too
    return unread or Page(PageKind.OTHER)


def _says_article(document: Document) -> bool:
    """Whether a page tells programs that it is an article with a headline and a day, and no list of
    some, whatever lists stand on it."""
    return (
        not document.is_start_page
        and document.json_ld("headline") is not None
        and document.json_ld("datePublished") is not None
    )


def _by_profile(document: Document, profiles: Iterable[Profile]) -> Page | None:
    """Return a page as it is read by the first profile that fits it."""
    for profile in profiles:
        if page := read_by(document, profile):
            return replace(page, profile=profile.name)
    return None
