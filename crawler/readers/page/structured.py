"""What a page tells programs of its article: JSON-LD, microdata, Open Graph and other meta.

Schema.org describes an article in either of two forms::

    <script type="application/ld+json">{"@type": "NewsArticle", "headline": "…", …}</script>

    <div itemscope itemtype="https://schema.org/NewsArticle">
      <h1 itemprop="headline">…</h1> <meta itemprop="datePublished" content="2021-06-14"> …

A page may describe further articles, which it only lists: nothing is taken from those.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any, Literal

from selectolax.lexbor import LexborHTMLParser, LexborNode

from crawler.readers.page.evidence import Read
from crawler.text.addresses import absolute, urlkey

What = Literal[
    "title", "published", "modified", "author", "section", "keywords", "body", "language",
    "publisher", "part_of", "description", "dated",
]  # fmt: skip
"""What may be said of an article; "dated" is the page's date, of whatever that is, and names that
hardly anybody gives the day of publication."""
Thing = dict[str, Any]

_PROPERTIES: dict[What, tuple[str, ...]] = {
    "title": ("headline", "name"),
    "published": ("datePublished", "dateCreated"),
    "modified": ("dateModified",),
    "author": ("author", "creator"),
    "section": ("articleSection",),
    "keywords": ("keywords",),
    "body": ("articleBody",),
    "language": ("inLanguage",),
    "publisher": ("publisher",),
    "part_of": ("isPartOf",),
    "description": ("description",),
}
_META: dict[What, tuple[str, ...]] = {
    "title": ("og:title", "twitter:title", "dc.title", "dcterms.title"),
    "published": (
        "article:published_time", "article:published", "og:published_time", "date.issued",
        "dc.date.issued", "dcterms.issued", "dcterms.created", "dc.date", "datepublished",
        "publishdate", "pubdate", "publish-date", "publication_date", "parsely-pub-date",
        "sailthru.date", "rnews:datepublished", "publish_date", "pub_date", "bt:pubdate",
        "citation_publication_date", "cxenseparse:recs:publishtime", "dc.date.created",
        "dcterms.date",
    ),
    "dated": (
        "dc:date", "dcterms:created", "article:post_date", "article.published", "published_time",
        "published_at", "date_published", "publication-date", "publishtime",
        "originalpublicationdate", "article_date_original", "displaydate",
        "prism.publicationdate", "rbpubdate", "og:article:published_time", "og:pubdate", "date",
        "created", "datecreated", "date_created", "creation_date",
    ),
    "modified": ("article:modified_time", "og:updated_time", "dcterms.modified", "last-modified"),
    "author": ("author", "article:author_name", "dc.creator", "dcterms.creator", "parsely-author",
               "article:author", "twitter:creator"),
    "section": ("article:section", "parsely-section"),
    "keywords": ("article:tag", "keywords", "news_keywords"),
    "language": ("og:locale", "dc.language"),
    "publisher": ("og:site_name", "application-name"),
    "description": ("og:description", "description", "twitter:description"),
}  # fmt: skip
_ARTICLE = re.compile(r"(?:Article|BlogPosting|SocialMediaPosting|ForumPosting|Report)$")
_PAGE = re.compile(r"(?:^|[/:])(?:WebPage|ItemPage|CreativeWork|Recipe|HowTo)$")
_ARTICLES = '[itemtype$="Article"], [itemtype$="BlogPosting"], [itemtype$="Report"]'
_LONGEST_SCRIPT, _MOST_SCRIPTS, _MOST_ELEMENTS = 2**20, 40, 4000
"""Characters, scripts and elements beyond which no article is described, but a trap set."""


class Structured:
    """What is said of the one article that a page is about."""

    def __init__(self, tree: LexborHTMLParser, url: str) -> None:
        self._tree = tree
        self._url = url
        self._mains: dict[re.Pattern[str], list[Thing]] = {}

    def first(self, what: What) -> Read[str] | None:
        """Return what is most to be believed."""
        return next(self.claims(what), None)

    def claims(self, what: What) -> Iterator[Read[str]]:
        """Yield all that is said, by where it is ("JSON-LD datePublished"): in JSON-LD, in
        microdata, in meta; of the article before what is said of the page."""
        yield from self._in_json_ld(what, _ARTICLE)
        yield from self._in_microdata(what)
        for name in _META.get(what, ()):
            for value in self.meta.get(name, ()):
                yield Read(value, f"meta {name}")
        if what != "title":  # a page's own name often ends in that of the site
            yield from self._in_json_ld(what, _PAGE)

    def json_ld(self, name: str) -> str | None:
        """Return a property of the article in JSON-LD by its own name, if it is text."""
        texts = (thing.get(name) for thing in self._main(_ARTICLE))
        return next((t.strip() for t in texts if isinstance(t, str) and t.strip()), None)

    @property
    def is_article(self) -> bool:
        """Whether the page says that it is about an article."""
        return self._scope is not None or bool(self._main(_ARTICLE))

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """The contents of the page's ``<meta>`` by name or property, in lower case.

        Tools that save pages write some of them as ``value``.
        """
        found: dict[str, list[str]] = {}
        for node in self._tree.css("meta[content], meta[value]")[:_MOST_ELEMENTS]:
            attributes = node.attributes
            value = (attributes.get("content") or attributes.get("value") or "").strip()
            for key in ("property", "name", "itemprop"):
                if (name := (attributes.get(key) or "").strip().lower()) and value:
                    if key != "itemprop":
                        found.setdefault(name, []).append(value)
                    break
        return found

    @cached_property
    def things(self) -> list[Thing]:
        """All that the page describes in JSON-LD, but for what is part of something else."""
        found: list[Thing] = []
        for script in self._tree.css('script[type="application/ld+json"]')[:_MOST_SCRIPTS]:
            found += _things(parse_json(script.text()))
        return found

    def _in_json_ld(self, what: What, types: re.Pattern[str]) -> Iterator[Read[str]]:
        for name in _PROPERTIES.get(what, ()):
            for thing in self._main(types):
                for value in _values(thing.get(name), what):
                    yield Read(value, f"JSON-LD {name}")

    def _main(self, types: re.Pattern[str]) -> list[Thing]:
        """Return what is said of the article at hand; nothing if it may be said of another one."""
        if types not in self._mains:
            self._mains[types] = self._found(types)
        return self._mains[types]

    def _found(self, types: re.Pattern[str]) -> list[Thing]:
        things = [thing for thing in self.things if any(map(types.search, _types(thing)))]
        own = [thing for thing in things if self._is_own(thing)]
        if own:
            return own
        stranger = [thing for thing in things if self._addresses(thing)]
        return things if len(things) == 1 and not stranger else []

    def _is_own(self, thing: Thing) -> bool:
        """Whether a thing has the page's address or its title."""
        if self._addresses(thing) & self._own_addresses:
            return True
        names = (_letters(v) for n in ("headline", "name") for v in _values(thing.get(n), "title"))
        return any(name and name in title for name in names for title in self._own_titles)

    def _addresses(self, thing: Thing) -> set[str]:
        values = [thing.get("url"), thing.get("@id"), thing.get("mainEntityOfPage")]
        values += [value.get("@id") for value in values if isinstance(value, dict)]
        found = (absolute(value, self._url) for value in values if isinstance(value, str))
        return {urlkey(url) for url in found if url}

    @cached_property
    def _own_addresses(self) -> set[str]:
        canonical = self._tree.css_first('link[rel="canonical"]')
        named = [canonical.attributes.get("href")] if canonical else []
        found = (absolute(url, self._url) for url in (*named, *self.meta.get("og:url", ())) if url)
        return {urlkey(url) for url in (self._url, *found) if url}

    @cached_property
    def _own_titles(self) -> list[str]:
        shown = [node.text() for node in self._tree.css("head title, h1")[:5]]
        return [_letters(title) for title in (*shown, *self.meta.get("og:title", ()))]

    def _in_microdata(self, what: What) -> Iterator[Read[str]]:
        scope = self._scope
        if scope is None:
            return
        for name in _PROPERTIES.get(what, ()):
            for node in scope.css(f'[itemprop~="{name}"]')[:20]:
                if _owner(node) == scope:
                    for value in _told_by(node):
                        yield Read(value, f"[itemprop={name}]")

    @cached_property
    def _scope(self) -> LexborNode | None:
        """The element that holds the article, if just one does, or just one with the title."""
        scopes = [s for s in self._tree.css(_ARTICLES)[:50] if "itemscope" in s.attributes]
        if len(scopes) > 1:
            scopes = [scope for scope in scopes if scope.css_first("h1") is not None]
        return scopes[0] if len(scopes) == 1 else None


# JSON


def parse_json(text: str) -> Any:
    """Return what a script of JSON says, however carelessly it was written, or None.

    Borne with are wrappings of comments and CDATA, control characters, commas before a closing
    bracket, entities in the place of quotes, and anything behind the first value.
    """
    if len(text) > _LONGEST_SCRIPT:
        return None
    text = _unwrapped(text)
    for mend in (str, _without_commas, html.unescape):
        try:
            return _DECODER.raw_decode(mend(text))[0]
        except (ValueError, RecursionError):
            continue
    return None


_DECODER = json.JSONDecoder(strict=False)
_WRAPPINGS = ("<!--", "<![CDATA[", "//", "/*", "*/", ";")
_COMMAS = re.compile(r'("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])', re.DOTALL)


def _unwrapped(text: str) -> str:
    """Drop what stands before the value; what stands behind it does no harm."""
    text = text.lstrip()
    while text.startswith(_WRAPPINGS):
        mark = next(mark for mark in _WRAPPINGS if text.startswith(mark))
        text = text[len(mark) :].lstrip()
    return text


def _without_commas(text: str) -> str:
    """Drop the commas before a closing bracket, but not those in strings."""
    return _COMMAS.sub(lambda match: match[1] or "", text)


def _things(said: Any) -> Iterator[Thing]:
    """Yield what a JSON-LD document describes: in lists, in graphs, as what a page is about."""
    waiting, count = [said], 0
    while waiting and (count := count + 1) < _MOST_ELEMENTS:
        thing = waiting.pop()
        if isinstance(thing, list):
            waiting += reversed(thing[:_MOST_ELEMENTS])
        elif isinstance(thing, dict):
            yield thing
            waiting += [thing[name] for name in _ABOUT if name in thing]


_ABOUT = ("mainEntityOfPage", "mainEntity", "@graph")


def _types(thing: Thing) -> list[str]:
    types = thing.get("@type")
    return [t for t in (types if isinstance(types, list) else [types]) if isinstance(t, str)]


def _values(said: Any, what: What) -> Iterator[str]:
    """Yield the texts of a property: its own, or the names of the things that it names."""
    for value in said if isinstance(said, list) else [said]:
        if isinstance(value, dict):
            value = value.get("name") or value.get("@value")
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, int | float) and what in _IN_TIME and 0 < text < _LATEST:
                text = str(int(text))
            if isinstance(text, str) and (text := _plain(text, what)):
                yield text


_IN_TIME = ("published", "modified")
"""What may be told in seconds or milliseconds since 1970."""
_LATEST = 10**14


def _plain(text: str, what: What) -> str:
    """Return a text without markup; white space folded, except in a body."""
    text = html.unescape(text)
    return text.strip() if what == "body" else " ".join(_TAG.sub(" ", text).split())


_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def _letters(text: str) -> str:
    """Return what of a text must agree for two titles to be the same."""
    return "".join(filter(str.isalnum, html.unescape(text).casefold()))


# Microdata


def _owner(node: LexborNode) -> LexborNode | None:
    """Return the nearest thing that a property may be one of."""
    parent = node.parent
    while parent is not None and "itemscope" not in parent.attributes:
        parent = parent.parent
    return parent


def _told_by(node: LexborNode) -> Iterable[str]:
    attributes = node.attributes
    if "itemscope" in attributes:  # a thing of its own, with a name
        node = next((n for n in node.css('[itemprop~="name"]') if n != node), node)
        attributes = node.attributes
    told = attributes.get("content") or attributes.get("datetime")
    text = " ".join((told or node.text()).split())
    return [text] if text else []
