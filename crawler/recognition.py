"""Recognising a portal: its CMS, its second routes and a few of its articles, in some requests."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urljoin

from crawler.appraisal import of_site
from crawler.page import Page, RoutePage
from crawler.readers import read_page
from crawler.routes import ROUTES
from crawler.sites import Site
from crawler.spiders.probe import Answer, Fetch
from crawler.text.addresses import as_served, urlkey
from crawler.vocabulary import Discovery, PageKind

_ARTICLES = 5


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
        return told

    def as_site(self, key: str, name: str) -> Site:
        """Return the portal as a site of these names."""
        return Site(
            key=key, name=name, base_url=self.base_url, hosts=self.hosts, cms=self.cms,
            verified=True,
        )  # fmt: skip


async def recognise(
    fetch: Fetch, url: str, base_url: str | None = None, hosts: tuple[str, ...] = ()
) -> Recognition:
    """Return what a portal is, of which *url* is the start page or an article.

    *base_url* is its start page, where that is not its host's; *hosts* where else it lies or lay.
    """
    found = Recognition(base_url or urljoin(url, "/"), hosts)
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
    return found


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
        family, _, sign = page.evidence.get("cms", "generic: ").partition(": ")
        found.families[family] += 1
        found.signs.setdefault(family, sign)
        queue = [link for link in (page.prev_url, page.next_url) if link] + queue


def _page(site: Site, answer: Answer, found: Recognition) -> Page | None:
    if answer.reason:
        found.refused[answer.url] = answer.reason
        return None
    now = datetime.now(UTC)
    page = read_page(answer.body, answer.url, answer.content_type, at=now)
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
