"""What a host shows where it has no page: asked for once a crawl, and known again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit, urlunsplit

from scrapy.http import Response

from crawler.page import Article, Page
from crawler.spiders.repeats import without_numbers
from crawler.text.addresses import host_of
from crawler.visit import Origin

NAME = "khong-co-trang-nay-hoi-de-biet"
"""What is asked for. It has no number: hosts look articles up by those, whatever else they read."""
_SUFFIX = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)
_NUMBER = re.compile(r"(?<==)\d+(?=&|$)")
_NONE_HAS = "999999999"
"""Portals count from 0 or 1; it is as large as a number of 32 bits may be in any case."""
_DIGITS = re.compile(r"\d+")
_OWN_WORDS = 5
"""A page of the same title that says fewer words of its own shows a clock, or a counter."""


def absent_beside(url: str) -> str:
    """Return an address that cannot exist, of the form of one that does.

    It is a sibling; of addresses whose query says which article, that of a number which none has.
    """
    parts = urlsplit(url)
    if _NUMBER.search(parts.query):
        return urlunsplit(parts._replace(query=_NUMBER.sub(_NONE_HAS, parts.query)))
    folder, slash = parts.path.rstrip("/").rpartition("/")[0], parts.path.endswith("/")
    suffix = _SUFFIX.search(parts.path)
    path = f"{folder}/{NAME}{suffix[0] if suffix else ''}{'/' * slash}"
    return urlunsplit(parts._replace(path=path, query="", fragment=""))


def absent_below(place: str) -> str:
    """Return an address that cannot exist directly below the start page of a portal."""
    return f"{place}{NAME}"


@dataclass(frozen=True, slots=True)
class Absence:
    """What a host showed where there can be no page."""

    digest: bytes
    """Of the page, but for its numbers and its address."""
    title: str | None
    lines: frozenset[str]
    media: frozenset[str]

    @classmethod
    def of(cls, page: Page, body: bytes, url: str) -> "Absence":
        """Return what such a page is known by."""
        article = page.article
        return cls(
            _digest(body, url),
            _plain(article.title) if article else None,
            frozenset(_lines(article)),
            frozenset(_media(article)),
        )

    def shows(self, page: Page, body: bytes, url: str) -> bool:
        """Whether a page says nothing that the host does not say where there is none."""
        if _digest(body, url) == self.digest:
            return True
        article = page.article
        if article is None or self.title is None or not {*_media(article)} <= self.media:
            return False
        own = sum(len(line.split()) for line in _lines(article) if line not in self.lines)
        is_titled_so = _plain(article.title) == self.title
        return own < _OWN_WORDS if is_titled_so else False


class Absences:
    """What the hosts of a site show where they have no page, as far as one crawl has asked."""

    def __init__(self) -> None:
        self.known: dict[str, Absence | None] = {}
        """By host; None where the host says by its status that there is no page."""
        self.held_back: dict[str, list[tuple[Response, Origin, int]]] = {}
        """The answers that wait until that is known, by host."""

    def is_known(self, url: str) -> bool:
        """Whether the host of an address has answered."""
        return host_of(url) in self.known

    def hold_back(self, response: Response, origin: Origin, hops: int) -> str | None:
        """Have an answer wait; return what is to be asked for, None if it is already."""
        waiting = self.held_back.setdefault(host_of(response.url), [])
        waiting.append((response, origin, hops))
        return absent_beside(response.url) if len(waiting) == 1 else None

    def first_of(self, url: str) -> Response | None:
        """Return the first of the answers that wait at the host of an address."""
        waiting = self.held_back.get(host_of(url))
        return waiting[0][0] if waiting else None

    def learn(self, url: str, absence: Absence | None) -> Iterator[tuple[Response, Origin, int]]:
        """Take note of what a host shows; yield the answers that waited for that."""
        self.known[host_of(url)] = absence
        yield from self.held_back.pop(host_of(url), ())

    def shows(self, page: Page, body: bytes, url: str) -> bool:
        """Whether a page is what its host shows where it has none."""
        absence = self.known.get(host_of(url))
        return absence is not None and absence.shows(page, body, url)


def _digest(body: bytes, url: str) -> bytes:
    return sha256(without_numbers(body, url)).digest()


def _plain(text: str) -> str:
    return _DIGITS.sub("", text).strip().lower()


def _lines(article: Article | None) -> Iterator[str]:
    if article:
        text = f"{article.lead or ''}\n{article.body}"
        yield from (line for each in text.split("\n") if (line := _plain(each)))


def _media(article: Article | None) -> Iterator[str]:
    if article:
        yield from (image.url for image in article.images)
        yield from (file.url for file in article.attachments)
