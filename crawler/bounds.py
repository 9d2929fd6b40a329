"""How much of anything a portal may have us take: every bound, with its default, in one place.

Each is a setting, too (`Bounds.setting`), and a key of ``bounds`` in a site's TOML. What is reached
is told, and what each protects is told in ``docs/limits.md``.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The bounds of one crawl. Nothing that a district portal has comes near the defaults."""

    addresses: int = 500_000
    """Addresses that are known of a site; a crawl that finds more ends."""
    requests: int = 250_000
    """Requests of one crawl; the next one goes on."""
    path_depth: int = 24
    """Parts of the path of an address."""
    address_length: int = 2_000
    """Characters of an address."""
    repeated_parts: int = 2
    """How often parts of a path may follow upon themselves: ``/tin/tin/`` is twice."""
    copies: int = 3
    """Addresses at which a crawl believes one and the same article; at more, they are one
    more."""
    linked: int = 2_000
    """Addresses that only other articles link to of which a crawl asks for; the next one goes
    on."""
    mementos: int = 3
    """Mementos of one address that a crawl reads, where none of them says what was there."""
    archived_lists: int = 50
    """Feeds, sitemaps and answers of REST that a crawl asks web archives for; the next one goes
    on."""
    list_pages: int = 5_000
    """Pages of one list that a crawl goes through."""
    sitemap_elements: int = 50_000
    """Addresses of a sitemap, as many as sitemaps.org allows."""
    feed_entries: int = 5_000
    """Entries of an answer that is a feed."""
    json_entries: int = 1_000
    """Entries of an answer that is JSON; WordPress gives a hundred at most."""
    robots_bytes: int = 500 * 1024
    """Bytes of robots.txt that are read, as many as RFC 9309 asks for."""
    header_bytes: int = 12 * 1024
    """Bytes of the header fields of an answer that are taken; readers of WARC files take 16 KiB."""
    free_disk: int = 100 * 1024 * 1024
    """Bytes that are to stay free on the disk of the archive; a crawl that finds fewer ends."""

    @staticmethod
    def setting(name: str) -> str:
        """Return the setting of a bound: ``path_depth`` is ``PATH_DEPTH_MAX``."""
        return "FREE_DISK_MIN" if name == "free_disk" else f"{name.upper()}_MAX"

    @classmethod
    def of(cls, getint: Callable[[str], int]) -> Self:
        """Return the bounds that settings name; *getint* reads one."""
        return cls(**{name: getint(cls.setting(name)) for name in NAMES})


NAMES: Final = tuple(field.name for field in fields(Bounds))
DEFAULT: Final = Bounds()
