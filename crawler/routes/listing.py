"""Listings for people: the pages of a blog or category, from the newest to the oldest.

A listing names articles as its CMS family does (`crawler.readers`), and goes on where its own pager
leads: to the smallest number above its own (``/page/3/`` in WordPress, ``/page-3/`` in NukeViet,
``?PageIndex=3`` in SharePoint, ``?start=20`` in Joomla, ``…_cur=3`` in Liferay), or to what Blogger
calls the older posts; else where the page says so in words or numbers, whatever the addresses
(`crawler.readers.finding.pager`). WordPress is believed to have the page of the next number even
where a theme hides its pager. The first listing is followed into the categories and months that it
links to, for a portal may cut its main list short; the start page of an unknown kind of portal into
what its menus, boxes to choose from and maps lead to, and each section into what they lead to below
it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from crawler.page import Found, Page, RoutePage
from crawler.profiles.words import is_nested, letters
from crawler.readers import read_page
from crawler.readers.finding.claims import claim
from crawler.readers.finding.pager import NUMBER, chosen, next_page, numbered_pages
from crawler.readers.finding.scripted import is_scripted
from crawler.readers.page.document import Document, text_of
from crawler.readers.page.files import is_file
from crawler.text.addresses import absolute, on_same_host, urlkey
from crawler.text.charset import decode
from crawler.vocabulary import PageKind

_LIST = re.compile(
    r"/(?:category|chuyen-muc|danh-muc)/[^?#]+$"
    r"|/20[0-9]{2}/(?:0[1-9]|1[0-2])/?$"
    r"|/[a-z]{2}/news/(?!(?:rss|search|tag|author|topic|content|groups)/)[^/?#]+/$"  # NukeViet
    r"|/Pages/(?!20[0-9]{2}-|default\.)[^/?#]+\.aspx$"  # SharePoint
)
_START_PAGE = re.compile(
    r"/(?:page/2/?|vi/?|web/guest(?:/home)?/?|(?:portal/)?(?:Pages/)?(?:default|index|home)\.\w+)?",
    re.IGNORECASE,
)
_NUMBER_IN_PATH = re.compile(
    r"(?:/page[/-]|/trang[/-]|(?:/pgrid/[0-9]+)?/pageid/)([0-9]{1,6})/?$", re.IGNORECASE
)
_NUMBER_KEY = re.compile(
    r"(?:.*_)?(?:page|paged|pageindex|trang|cur|start|limitstart)", re.IGNORECASE
)
_MENUS = ", ".join(
    f"{place} a[href]"
    for place in ("nav", "header", '[class*="menu" i]', '[id*="menu" i]', '[class*="nav" i]')
)
_WITH_SECTIONS = ("lacviet", "profile")
"""What surely reads portals whose lists have no form of address of their own."""
_TITLE = 24
"""Letters of a link that is rather the title of an article than the name of a list."""
_MOST_LISTS = 60
_FILE = re.compile(r"\.(?:jpe?g|png|gif|pdf|docx?|xlsx?|zip|rar|mp[34]|xml|rss)$", re.IGNORECASE)
_OLDER = "a.blog-pager-older-link[href]"


def start_urls(base_url: str) -> list[str]:
    """Return the second page of the portal's own list, and its first, the start page."""
    return [urljoin(base_url, "page/2/"), base_url]


def read(body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Read a page of a list."""
    return read_as(read_page(body, url, headers.get("content-type")), body, url, headers)


def read_as(page: Page, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
    """Return what a page of a list names that says what *page* does; None if it is no list."""
    is_start = _START_PAGE.fullmatch(urlsplit(url).path) is not None
    is_bare = is_start and page.kind == PageKind.OTHER and "suspicion" not in page.evidence
    if page.kind != PageKind.LISTING and not is_bare:
        return None
    document = Document(decode(body, headers.get("content-type"))[0], url)
    hrefs = document.addresses("a[href]")
    links = hrefs.value if hrefs else ()
    next_url, is_guessed = None, False
    numbered = _numbered_pages(url, links) if page.links else {}
    if page.links:
        older = document.address(_OLDER)
        next_url = page.next_page_url or next(iter(numbered.values()), None)
        next_url = next_url or (older.value if older else None)
        if next_url is None and (found := next_page(document)):
            next_url = found.value
        if next_url is None and page.evidence["cms"].startswith(("newspaper", "wordpress")):
            next_url, is_guessed = _guessed(url), True
    read_by = page.evidence.get("cms", "")
    named: list[str] = []
    if read_by.startswith("generic"):
        named += _menu(document, page.links)
    if read_by.startswith(_WITH_SECTIONS):
        named += _sections(document, page.links)
    if read_by.startswith(("generic", *_WITH_SECTIONS)):
        named += _in_boxes_and_maps(document, page.links)
    if is_start:
        named = [*(link for link in links if _LIST.search(link)), *named]
    else:
        named = [link for link in named if _is_below(link, url)]
    lists = tuple(dict.fromkeys(named))
    if is_bare and not lists:
        return None
    shown = _shown(document) if page.links else Counter[str]()
    labelled = numbered_pages(document) if next_url else {}
    return RoutePage(
        tuple(Found(link, shown=max(1, shown[urlkey(link)])) for link in page.links),
        next_url,
        lists,
        numbered=tuple((numbered or labelled).items()) if next_url else (),
        is_counted=bool(labelled),
        links=tuple(links) if next_url else (),
        is_guessed=is_guessed,
        is_scripted=bool(page.links) and is_scripted(document),
        breaks_off=page.breaks_off,
        claim=claim(document) if page.links else None,
    )


def _shown(document: Document) -> Counter[str]:
    """Return how many links of a page lead to each address, by its key."""
    hrefs = Counter(node.attributes.get("href") or "" for node in document.css("a[href]"))
    shown = Counter[str]()
    for href, times in hrefs.items():
        if url := absolute(href, document.base):
            shown[urlkey(url)] += times
    return shown


def _menu(document: Document, articles: Iterable[str]) -> list[str]:
    """Return what the menus of a start page lead to, which may be lists, but for its articles."""
    found = document.addresses(_MENUS)
    return _maybe_lists(found.value if found else (), document, articles)


def _maybe_lists(links: Iterable[str], document: Document, articles: Iterable[str]) -> list[str]:
    """Return those of some links of a page that may lead to other lists of the portal."""
    known = {urlkey(url) for url in (*articles, document.url)}
    lists = (
        link
        for link in links
        if on_same_host(link, document.url)
        and urlkey(link) not in known
        and not _FILE.search(urlsplit(link).path)
    )
    return [*islice(lists, _MOST_LISTS)]


def _sections(document: Document, articles: Iterable[str]) -> list[str]:
    """Return what links of few words lead to on a page that is read for sure, but for its articles:
    other lists of the portal, and what turns out to be none."""
    known = {urlkey(url) for url in (*articles, document.url)}
    found: dict[str, str] = {}
    for node in document.css("a[href]"):
        url = absolute((node.attributes.get("href") or "").strip() or "#", document.base)
        if url is None or urlkey(url) in known or is_nested(url) or is_file(url):
            continue
        if on_same_host(url, document.url) and 0 < len(letters(text_of(node))) < _TITLE:
            found.setdefault(urlkey(url), url)
    return [*found.values()][:_MOST_LISTS]


def _in_boxes_and_maps(document: Document, articles: Iterable[str]) -> list[str]:
    """Return what a box to choose from leads to, and the places of a map, but for articles; what
    has a number for its name is a page of the list at hand::

        <select onchange="location=this.value"><option value="/xa/na-ma">Xã Nà Mạ</option></select>
        <map><area href="/xa/coc-lung" alt="Cốc Lùng"></map>
    """
    areas = document.addresses("area[href]")
    options = (
        chosen(option, document)
        for option in document.css("select option[value]")[: 2 * _MOST_LISTS]
        if not NUMBER.fullmatch(text_of(option).strip())
    )
    links = [*(areas.value if areas else ()), *filter(None, options)]
    return _maybe_lists(links, document, articles)


def _is_below(link: str, url: str) -> bool:
    """Whether a link of the list at *url* is that of a part of it, as ``/tin-tuc/xa`` is one of
    ``/tin-tuc``: parameters may be combined without end.
    """
    own, other = urlsplit(url), urlsplit(link)
    path = own.path.rstrip("/")
    is_further = _numbered(link)[2] is not None
    return bool(path) and not is_further and other.path.startswith(f"{path}/") and not other.query


def _numbered_pages(url: str, links: Iterable[str]) -> dict[int, str]:
    """Return the links that lead to further pages of the list at *url*, the next one first, by what
    their addresses say.
    """
    path, query, own = _numbered(url)
    further: dict[int, str] = {}
    for link in links:
        other_path, other_query, number = _numbered(link)
        if (
            number is not None
            and number > (own or _first(link))
            and other_path == path
            and query.items() <= other_query.items()
            and on_same_host(link, url)
        ):
            further.setdefault(number, link)
    if not further:
        return {}
    _, query, _ = _numbered(further[min(further)])  # those of other parameters are of other lists
    return {n: link for n, link in sorted(further.items()) if _numbered(link)[1] == query}


def _numbered(url: str) -> tuple[str, dict[str, str], int | None]:
    """Return an address without the number of its page: path, parameters, and that number."""
    parts = urlsplit(url)
    path, query = parts.path, dict(parse_qsl(parts.query))
    number = None
    if found := _NUMBER_IN_PATH.search(path):
        path, number = path[: found.start()], int(found[1])
    for key in [key for key in query if _NUMBER_KEY.fullmatch(key)]:
        value = query.pop(key)
        if value.isascii() and value.isdecimal() and len(value) <= 6:
            number = int(value)
    return path.rstrip("/"), query, number


def _first(url: str) -> int:
    """Return the number of a list's first page, which has none in its address."""
    return 0 if "start=" in url else 1


def _guessed(url: str) -> str:
    path, _, number = _numbered(url)
    return urlunsplit(urlsplit(url)._replace(path=f"{path}/page/{(number or 1) + 1}/"))
