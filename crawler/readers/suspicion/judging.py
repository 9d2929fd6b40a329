"""Suspicion: whether a page that was served with status 200 is a page of the portal at all."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qsl, urlsplit

from crawler.page import Article, Page
from crawler.readers.page.document import Document
from crawler.readers.page.evidence import value_of
from crawler.readers.suspicion.absence import absence
from crawler.readers.suspicion.spam import advertised, names_trade
from crawler.readers.suspicion.standins import glance, may_stand_in, stand_in
from crawler.vocabulary import PageKind, Reason

_ENOUGH = 1_200
"""Characters of an article that no stand-in has."""
_LITTLE = 250
"""Characters of a text that a login may show."""
_LONGEST_TITLE = 500
_NAMES_LOGIN = re.compile(r"đăng\s*nhập|\blog\s*[io]n\b|\bsign\s*in\b", re.IGNORECASE)
_OF_LOGINS = re.compile(
    r"dang[-_]?nhap|log[-_]?[io]n|sign[-_]?in|wp-login|wp-admin|admin(?:istrator)?|quan[-_]?tri"
    r"|tai[-_]?khoan|thanh[-_]?vien|accounts?|users?|members?|auth"
)
"""What is, by its address, for those who have a password: a step of its path, or a value."""
_MOST_HTML = 100_000
"""Characters in which links are looked for."""
_LINK = re.compile(r'<a\s[^<>]*?href="([^"]*)"[^<>]*>([^<]{0,200})', re.IGNORECASE)


def suspect(document: Document, page: Page) -> tuple[PageKind, str] | None:
    """Return what the page is, if it is none of the portal's, and the reason in words.

    *page* is what its family read in it. "challenge" is a guard that wants to see a browser;
    "closed" a site that is shut, parked, or never set up; "spam" a page whose text attackers
    replaced; "other" an empty shell. None is the rule: a page is taken for the portal's own unless
    several signs agree that it is not.
    """
    body = page.article.body if page.article else ""
    if len(body) < _ENOUGH and may_stand_in(document, page):
        found = stand_in(glance(document), page)
        if found:
            return found
    reason = _spam(document, page.article, body)
    return (PageKind.SPAM, reason) if reason else None


def judged(document: Document, page: Page) -> Page:
    """Return the page as what it is, with the reason in its evidence under "suspicion".

    What a page says of itself that is none stands there under "absent". What a stand-in, or such a
    page, seemed to say is dropped. Spam keeps its reading, for a person may know better,
    and its neighbours, for the chain of a portal goes on through posts that attackers added.
    """
    suspicion = suspect(document, page)
    if suspicion is None:
        return _login(document, _unless_absent(document, page))
    kind, reason = suspicion
    evidence = page.evidence | {"suspicion": reason}
    if kind == PageKind.SPAM:
        return replace(page, kind=kind, evidence=evidence)
    return Page(kind, charset=page.charset, evidence=evidence)


def _unless_absent(document: Document, page: Page) -> Page:
    """Return the page, or one of no kind if it says itself that there is none at its address."""
    if page.kind not in (PageKind.ARTICLE, PageKind.OTHER):
        return page
    said = absence(document, page)
    if said is None:
        return page
    told = page.evidence | {"absent": Reason.ABSENT.of(words=said)}
    return Page(PageKind.OTHER, charset=page.charset, evidence=told)


def _login(document: Document, page: Page) -> Page:
    """Return a page as a login, if it is that: it has a field for a password, a title that says so,
    and no text to speak of where the site's articles have theirs. Themes have such fields beside
    everything. One whose address says so, too, does not stand in the place of another page: that is
    in its evidence under "login".
    """
    says_little = page.article is not None and len(page.article.body) < _LITTLE
    may_be_one = page.kind == PageKind.OTHER or (page.kind == PageKind.ARTICLE and says_little)
    if not may_be_one or document.tree.css_first('input[type="password"]') is None:
        return page
    if not any(_NAMES_LOGIN.search(title) for title in _heads(document)):
        return page
    named = next(filter(_OF_LOGINS.fullmatch, _steps(document.url)), None)
    told = {"login": named} if named else {}
    return Page(PageKind.LOGIN, charset=page.charset, evidence=page.evidence | told)


def _steps(url: str) -> Iterator[str]:
    """Yield the steps of the path of an address, without their extensions, and the values of its
    parameters, in small letters.
    """
    parts = urlsplit(url.lower())
    yield from (step.partition(".")[0] for step in parts.path.split("/"))
    yield from (value for _, value in parse_qsl(parts.query))


def _heads(document: Document) -> Iterator[str]:
    """Yield what stands at the top of a page: its title, and its first heading."""
    heads = (document.tree.css_first(tag) for tag in ("title", "h1"))
    yield from (node.text()[:_LONGEST_TITLE] for node in heads if node is not None)


def _spam(document: Document, article: Article | None, body: str) -> str | None:
    vietnamese = (value_of(document.language) or "vi").lower().startswith("vi")
    if article:
        links = _links(article, document)
        return advertised(article.title, body, links, vietnamese=vietnamese)
    # A listing or home page is looked through only if what stands at its top speaks of a trade.
    title = "\n".join(_heads(document))
    if not names_trade(title):
        return None
    return advertised(title, glance(document).text, vietnamese=vietnamese)


def _links(article: Article, document: Document) -> Iterator[tuple[str, str]]:
    """Yield the hosts that an article leads to off its site, each with the words of the link."""
    own = urlsplit(document.url).hostname
    for href, label in _LINK.findall(article.body_html[:_MOST_HTML]):
        host = re.sub(r"^\w+://", "", unescape(href)).partition("/")[0].lower()
        if host and host != own:
            yield host, label
