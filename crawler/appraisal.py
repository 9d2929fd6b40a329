"""Reading a page as one of a site: what the crawl and whoever reads it again share."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from crawler.page import Article, Evidence, Page
from crawler.profiles.periods import Profiles
from crawler.profiles.words import form_of, is_nested, varies
from crawler.readers import read_page
from crawler.readers.page.files import is_file
from crawler.readers.page.linked import linked
from crawler.readers.page.pictures import is_picture
from crawler.routes import rest
from crawler.sites import Site
from crawler.text.addresses import urlkey
from crawler.text.places import directory_of
from crawler.vocabulary import Discovery, Field, Flag, PageKind, Reason, State
from crawler.vocabulary.sentences import StandIn

_WHOLE = "REST"
"""What stands in the evidence where the text is REST's, which has all of it."""
_FEW, _SEVERAL, _MANY = 2, 3, 5
"""Articles that do not have one title or text by chance, nor one minute, nor one day."""
_FLAGS = {
    PageKind.CHALLENGE: Flag.CHALLENGE,
    PageKind.CLOSED: Flag.CLOSED,
    PageKind.SPAM: Flag.SPAM,
}
"""The kinds of pages that stand in the place of an article, and what they are flagged as."""


def read(
    site: Site,
    body: bytes,
    url: str,
    content_type: str | None,
    at: datetime,
    profiles: Profiles,
    *,
    is_start: bool = False,
) -> Page:
    """Return what a page of *site* says that was received *at* a time, read by those of its
    *profiles* that are of that time; *is_start* says that the start page led there.

    Raises nothing but what a reader's mistake does.
    """
    likely = profiles.at(at)
    page = read_page(body, url, content_type, site.cms, at, likely, is_start=is_start)
    return of_site(site, page, url)


def of_site(site: Site, page: Page, url: str) -> Page:
    """Return a page that was served from *url*, naming only what is of the site.

    What leads off it is forgotten; the rest gets the form in which the host serves.
    """
    ours = site.ours
    canonical = ours(page.canonical_url, url)
    if canonical and urlkey(canonical) in (urlkey(url), urlkey(site.base_url)):
        canonical = None  # the page itself, or a theme's mistake
    return replace(
        page,
        prev_url=ours(page.prev_url, url),
        next_url=ours(page.next_url, url),
        canonical_url=canonical,
        next_page_url=ours(page.next_page_url, url),
        links=tuple(link for address in page.links if (link := ours(address, url))),
        parts=tuple(part for address in page.parts if (part := ours(address, url))),
    )


def judge(page: Page, found_by: Discovery) -> tuple[State, str | None, Flag | None]:
    """Return what a page makes of its address, which became known as *found_by* says (`Origin`):
    the state, why it is not held, and what is wrong with a page that stands in an article's place.
    """
    if page.kind == PageKind.ARTICLE:
        return State.HELD, None, None
    if page.kind == PageKind.PROTECTED:
        return State.REFUSED, Reason.PROTECTED, None
    may_be_itself = "login" in page.evidence or found_by == Discovery.SEED
    stands_in = found_by.names_articles or not may_be_itself
    if page.kind == PageKind.LOGIN and stands_in:
        return State.REFUSED, Reason.LOGIN, None
    suspicion = page.evidence.get("suspicion")
    told = suspicion or page.evidence.get("kind")
    if flag := _FLAGS.get(page.kind):
        return State.FAILED, told or StandIn.READS_AS.of(kind=page.kind), flag
    if absent := page.evidence.get("absent"):
        return State.GONE, absent, None
    if page.kind == PageKind.OTHER and (broken := page.breaks_off):
        return State.FAILED, Reason.BREAKS_OFF.of(where=broken), None
    if page.kind == PageKind.OTHER and (suspicion or found_by.names_articles):
        return State.FAILED, told or Reason.READS_AS_OTHER, Flag.EMPTY
    return State.NOT_ARTICLE, page.kind, None


def one_of_all(articles: Sequence[Article]) -> dict[Field, str]:
    """Return what is the same on all of some articles, as no portal has it: a title, a text, the
    minute of a date, of many the day. A single article has nothing in common with another.
    """
    found: dict[Field, str] = {}
    if len(articles) < _FEW:
        return found
    titles, texts = {one.title for one in articles}, {one.body for one in articles}
    if len(titles) == 1:
        found[Field.TITLE] = titles.pop()
    if len(texts) == 1 and (text := texts.pop()):
        found[Field.CONTENT] = text
    dates = {one.published_at for one in articles}
    date = dates.pop() if len(dates) == 1 else None
    is_to_the_minute = isinstance(date, datetime) and (date.hour, date.minute) != (0, 0)
    if date and len(articles) >= (_SEVERAL if is_to_the_minute else _MANY):
        found[Field.PUBLISHED] = date.isoformat()
    return found


def told_of_all(count: int, what: str, value: str) -> str:
    """Return in words that so many articles have one value of *what*, or none, as `one_of_all`
    found it.
    """
    if not value:
        return f"none of {count} articles has a {what} that can be read"
    return f"all {count} articles have one {what}, {value!r}"


def as_link(site: Site, url: str, by: str) -> str | None:
    """Return a link of the page *by* in the form in which its host serves it; None if it cannot be
    the address of an article of the site.
    """
    ours = site.ours(url, by)
    if ours is None or is_file(ours) or is_picture(ours) or is_nested(ours):
        return None
    return ours if varies(form_of(ours)) else None


def links_of(site: Site, body: bytes, url: str, own: Iterable[str]) -> Iterator[str]:
    """Yield what the page of an article, served from *url*, links to that may be articles of the
    site, too, as they are asked for; but for its *own* addresses.
    """
    return KnownLinks(site).of_page(body, url, own)


class KnownLinks:
    """What links of a site's pages lead to, worked out once for all of some pages: what stands in
    a menu stands in each of them.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._lie_at_roots = all(directory_of(place) == "/" for place in site.places)
        self._known: dict[str, dict[str, tuple[str, str] | None]] = {}
        """What links lead to, its key first, by that on which it depends of the page that has
        them.
        """

    def of_page(self, body: bytes, url: str, own: Iterable[str]) -> Iterator[str]:
        """Yield the same as `links_of`."""
        keys = {urlkey(url), *map(urlkey, own)}
        return (asked for key, asked in self.with_keys(body, url) if key not in keys)

    def with_keys(self, body: bytes, url: str) -> Iterator[tuple[str, str]]:
        """Yield all of them, its own addresses, too, each with its key before."""
        known = self._known.setdefault(self._told_by(url), {})
        for link in linked(body, url):
            if link not in known:
                ours = as_link(self.site, link, url)
                known[link] = (urlkey(ours), self.site.as_asked(ours)) if ours else None
            if found := known[link]:
                yield found

    def _told_by(self, url: str) -> str:
        """Return what of a page's address says how its links are written: how its host is asked
        and, where a portal is a folder of one, how that is spelled.
        """
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}" if self._lie_at_roots else url


def read_part(
    site: Site,
    body: bytes,
    url: str,
    content_type: str | None,
    at: datetime,
    profiles: Profiles,
) -> Page:
    """Return a further part of an article of *site*: a page, or REST's answer, which has it whole.

    Raises nothing but what a reader's mistake does.
    """
    if "json" not in (content_type or ""):
        return read(site, body, url, content_type, at, profiles)
    article = rest.read_single(body, url)
    kind = PageKind.ARTICLE if article else PageKind.OTHER
    return Page(kind, article, evidence=Evidence({"content": _WHOLE}))


def join(whole: Page, part: Page) -> Page | None:
    """Return a divided article with a further part; None if the page is none.

    Nothing is added of a page that says the same again: a portal that knows of no parts serves it.
    What REST has of it is all of it, and stands in the place of the first part that the page shows.
    """
    if whole.article is None or part.article is None:
        return None
    if part.article.blocks == whole.article.blocks:
        return whole
    if part.evidence.get("content") == _WHOLE:
        return _with_text_of(whole, whole.article, part.article)
    joined = replace(
        whole.article,
        blocks=whole.article.blocks + part.article.blocks,
        images=whole.article.images + part.article.images,
        attachments=whole.article.attachments + part.article.attachments,
    )
    return replace(whole, article=joined)


def _with_text_of(page: Page, first: Article, whole: Article) -> Page:
    """Return the page of a divided article with all of its text, if that is more than it shows."""
    if len(whole.body.split()) <= len(first.body.split()):
        return page
    images = {image.url: image for image in (*first.images, *whole.images)}
    files = {file.url: file for file in (*first.attachments, *whole.attachments)}
    article = replace(
        first, blocks=whole.blocks, images=(*images.values(),), attachments=(*files.values(),)
    )
    return replace(page, article=article, evidence=page.evidence | {"content": _WHOLE})
