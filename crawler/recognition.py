"""Recognising a portal: its CMS, its second routes and a few of its articles, in some requests."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urljoin

from crawler.appraisal import of_site, one_of_all, told_of_all
from crawler.learner import taught
from crawler.page import Page, RoutePage
from crawler.profiles.learning import Sample, worth_asking
from crawler.profiles.profile import Profile
from crawler.readers import read_page
from crawler.routes import ROUTES, listing
from crawler.sites import Site
from crawler.spiders.probe import Answer, Fetch
from crawler.text.addresses import as_served, urlkey
from crawler.text.media_types import is_html
from crawler.vocabulary import Discovery, Field, PageKind

_ARTICLES, _FEWEST = 5, 2
_FURTHER = 8
"""Requests that learning may take beside those that were made to recognise a portal."""
_LONGEST_TOLD = 80


@dataclass
class Recognition:
    """What a few requests showed of a portal."""

    base_url: str
    hosts: tuple[str, ...] = ()
    """Where else it lies or lay, as `Site` has it."""
    name: str | None = None
    families: Counter[str] = field(default_factory=Counter)
    """How many pages were read by which reader."""
    signs: dict[str, str] = field(default_factory=dict)
    routes: dict[str, RoutePage] = field(default_factory=dict)
    """The routes that list articles, with what their first answer says."""
    refused: dict[str, str] = field(default_factory=dict)
    """Why an address told nothing, in words."""
    articles: dict[str, Page] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    """The pages that it answered with."""
    profile: Profile | None = None
    """How its pages are read, where it was given, or learnt since no family reads them well."""

    @property
    def cms(self) -> str:
        """The reader that read most of the articles."""
        return self.families.most_common(1)[0][0] if self.families else "generic"

    def faults(self) -> list[str]:
        """Return what is missing for a crawl, in words; nothing if all is there."""
        if not self.articles:
            why = "; ".join(f"{url}: {reason}" for url, reason in self.refused.items())
            return [f"no article could be read{f' ({why})' if why else ''}"]
        pages = self.articles.values()
        told = []
        if not self.routes and not any(page.prev_url or page.next_url for page in pages):
            told.append(
                "the articles name no neighbours, and no REST, sitemap, feed or listing names them"
            )
        if not any(page.article and page.article.published_at for page in pages):
            told.append("no article shows a date that can be read")
        if not any(page.article and page.article.body for page in pages):
            told.append("no article has a text that can be read")
        articles = [page.article for page in pages if page.article]
        return [*told, *(self._same(*same) for same in one_of_all(articles).items())]

    def _same(self, what: Field, value: str) -> str:
        """Return that a field is the same on all articles, and what to do about it."""
        option = {Field.TITLE: "title", Field.CONTENT: "text", Field.PUBLISHED: "date"}[what]
        shown = value if len(value) <= _LONGEST_TOLD else f"{value[:_LONGEST_TOLD]}…"
        told = (
            f"{told_of_all(len(self.articles), option, shown)}; say what it is on one of them, "
            f"tinhuyen learn {self.base_url} --{option} WORDS --output FILE, and name "
            "that with --profile"
        )
        is_date = what == Field.PUBLISHED
        return f"{told}; if they are all of that day, name an older article" if is_date else told

    def as_site(self, key: str, name: str) -> Site:
        """Return the portal as a site of these names."""
        return Site(
            key=key, name=name, base_url=self.base_url, hosts=self.hosts, cms=self.cms,
            verified=True,
        )  # fmt: skip


async def recognise(
    ask: Fetch,
    url: str,
    base_url: str | None = None,
    hosts: tuple[str, ...] = (),
    profile: Profile | None = None,
) -> Recognition:
    """Return what a portal is, of which *url* is the start page or an article.

    *base_url* is its start page, where that is not its host's; *hosts* where else it lies or lay;
    *profile* how its pages are read. Without one it is learnt where no family reads them well.
    """
    found = Recognition(base_url or urljoin(url, "/"), hosts, profile=profile)

    async def fetch(address: str) -> Answer:
        answer = await ask(address)
        if answer.reason is None and is_html(answer.content_type or "text/html"):
            found.samples.append(Sample(answer.url, answer.body, answer.content_type))
        return answer

    start = await fetch(found.base_url)
    if start.reason is None:  # the form in which the host serves
        found.base_url = as_served(found.base_url, start.url)
    site = found.as_site("recognised", "recognised")
    front = _page(site, start, found)
    if front:
        found.name = _name_of(front, start)
    queue = [] if urlkey(url) == urlkey(found.base_url) else [url]
    for name, route in ROUTES.items():
        for address in route.start_urls(found.base_url):
            if not site.owns(address):
                continue
            answer = start if address == found.base_url else await fetch(address)
            listed = _listed(name, answer)
            if listed and (listed.found or listed.more_urls):
                found.routes[name] = listed
                queue += [f.url for f in listed.found]
                break
        if found.routes and name.lists_all:
            break  # one that lists all there is suffices, here and in a crawl
    queue += front.links if front else []
    await _read_articles(fetch, site, queue, found)
    articles = [page.article for page in found.articles.values() if page.article]
    if front and profile is None and (found.cms == "generic" or one_of_all(articles)):
        await _learn(fetch, site, found)
    if found.profile and Discovery.LISTING not in found.routes:
        _list_by_profile(site, start, found)
    return found


async def _learn(fetch: Fetch, site: Site, found: Recognition) -> None:
    """Learn how the pages are read, from those that were answered and a few more."""
    begun, asked = len(found.samples), set[str]()
    for further in (_FURTHER // 2, _FURTHER):
        for url in worth_asking(found.samples, begun + further):
            if urlkey(url) not in asked and site.owns(url):
                asked.add(urlkey(url))
                await fetch(url)
    profile = next(reversed(taught(site, found.samples)), None)
    if profile is None:
        return
    articles: dict[str, Page] = {}
    for one in found.samples:
        page = read_page(one.body, one.url, one.content_type, profile=profile)
        if page.kind == PageKind.ARTICLE and len(articles) < _ARTICLES:
            articles[one.url] = of_site(site, page, one.url)
    if len(articles) < min(_FEWEST, len(found.articles)):
        return
    found.profile, found.articles = profile, articles
    found.families = found.families or Counter(["generic"])


def _list_by_profile(site: Site, start: Answer, found: Recognition) -> None:
    """Take note of what the start page lists, as the profile reads it."""
    page = _page(site, start, found)
    listed = listing.read_as(page, start.body, start.url, start.headers or {}) if page else None
    if listed and listed.found:
        found.routes[Discovery.LISTING] = listed


async def _read_articles(fetch: Fetch, site: Site, queue: list[str], found: Recognition) -> None:
    """Read articles along the chain of the first, and others where it has none."""
    seen: set[str] = set()
    misses = 0
    while queue and len(found.articles) < _ARTICLES and misses < 2 * _ARTICLES:
        address = queue.pop(0)
        if urlkey(address) in seen or not site.owns(address):
            continue
        seen.add(urlkey(address))
        answer = await fetch(address)
        page = _page(site, answer, found)
        if page is None or page.article is None or page.kind != PageKind.ARTICLE:
            misses += 1
            queue += page.links if page else []
            continue
        found.articles[answer.url] = page
        told = "generic" if page.profile else page.evidence.get("cms", "generic")
        family, _, sign = told.partition(": ")
        found.families[family] += 1
        found.signs.setdefault(family, sign)
        queue = [link for link in (page.prev_url, page.next_url) if link] + queue


def _page(site: Site, answer: Answer, found: Recognition) -> Page | None:
    if answer.reason:
        found.refused[answer.url] = answer.reason
        return None
    now = datetime.now(UTC)
    page = read_page(answer.body, answer.url, answer.content_type, at=now, profile=found.profile)
    return of_site(site, page, answer.url)


def _listed(route: Discovery, answer: Answer) -> RoutePage | None:
    if answer.reason:
        return None
    return ROUTES[route].read(answer.body, answer.url, answer.headers or {})


def _name_of(front: Page, start: Answer) -> str | None:
    """Return what a portal calls itself, from the title of its start page."""
    match = re.search(rb"<title[^>]*>(.*?)</title>", start.body, re.IGNORECASE | re.DOTALL)
    if not match:
        return None
    title = " ".join(unescape(match[1].decode("utf-8", "replace")).split())
    body = re.search(
        r"(?:huyện|thị xã|thành phố|quận)\s+(?:đảo\s+)?(?:[^\W\d_]+\s?){1,4}", title, re.I
    )
    words = body[0].strip() if body else re.split(r"\s+[|–—-]\s+", title)[-1]
    return words[:1].upper() + words[1:] if words else None
