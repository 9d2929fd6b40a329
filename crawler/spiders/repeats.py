"""What a portal says again: one article at several addresses, one page at all of them."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from crawler.page import Article
from crawler.text.addresses import urlkey

_NUMBERS = re.compile(rb"(?<![0-9a-f])[a-f]*+[0-9][0-9a-f]*+")
"""Clocks, counters and tokens, which change with every answer. Each is begun once: a page of
nothing but such letters is looked through once, too."""

_FARTHEST = 1 << 20
"""Bytes of a page that are compared."""


@dataclass(slots=True)
class Copies:
    """At which addresses one article was read: the first, and the keys of all that are believed."""

    url: str
    keys: set[str] = field(default_factory=set)

    def believe(self, url: str, most: int) -> bool:
        """Whether an address is one of those, as it may become while they are no more than *most*
        and it differs from the others in more than small and capital letters.
        """
        key = urlkey(url)
        if key not in self.keys and not self.has_in_other_case(url) and len(self.keys) < most:
            self.keys.add(key)
        return key in self.keys

    def has_in_other_case(self, url: str) -> bool:
        """Whether one of the addresses differs in small and capital letters only: to this server,
        they are the same.
        """
        key = urlkey(url)
        return any(key != other and key.lower() == other.lower() for other in self.keys)


class Repeats:
    """What one crawl has read, as far as that tells whether it is read again."""

    def __init__(self) -> None:
        self.articles: dict[int, Copies] = {}
        """The articles that were read, by what they say."""
        self.alike = 0
        """How many addresses in a row had the page that the one before them had."""
        self.last_seen = b""
        """The digest of that page, but for its numbers; empty for an article."""

    def of_article(self, article: Article, url: str) -> Copies:
        """Return at which addresses an article was read that was just read at *url*."""
        media = *(i.url for i in article.images), *(a.url for a in article.attachments)
        said = hash((article.title, article.body, article.published_raw, media))
        return self.articles.setdefault(said, Copies(url))

    def count_alike(self, body: bytes, url: str, *, is_article: bool) -> int:
        """Return how many addresses in a row, with *url*, had one page that is no article."""
        seen = b""
        if not is_article:
            seen = sha256(without_numbers(body, url)).digest()
        self.alike = self.alike + 1 if seen and seen == self.last_seen else 0
        self.last_seen = seen
        return self.alike + 1


def without_numbers(body: bytes, url: str) -> bytes:
    """Return a page without what differs wherever it is shown: its own path, and numbers."""
    path, body = urlsplit(url).path.encode(), body[:_FARTHEST]
    return _NUMBERS.sub(b"", body.replace(path, b"") if len(path) > 1 else body)
