"""How the portal misbehaves, on request.

A `Faults` is given to `demo.server.serving`, and its fields may be changed while the server runs.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Fault:
    """What goes wrong with the requests for one address."""

    status: int | None = None
    """Answer this status and a short page in place of the address's own."""
    location: str | None = None
    """With a `status` of 3xx: where the answer points."""
    retry_after: int | str | None = None
    """The header Retry-After: seconds, or a date as HTTP writes it."""
    body: bytes | None = None
    """Answer these bytes as HTML in place of the address's own, with status 200 unless given."""
    oversize: int | None = None
    """Fill the page up to this many bytes, before compression."""
    latency: float = 0
    """Seconds before the answer begins."""
    drip: float | None = None
    """Bytes of the body a second."""
    cut: float | None = None
    """Close the connection after this share of the body, from 0 up to 1."""
    first: int | None = None
    """Only the first so many requests suffer; the others are answered as usual."""


SOUND = Fault()


@dataclass
class Faults:
    """What goes wrong on the portal; by default nothing does."""

    paths: dict[str, Fault] = field(default_factory=dict)
    """Faults by path, such as ``/slug/``, or by path and query, such as ``/feed/?paged=2``."""
    everywhere: Fault = SOUND
    """What goes wrong with every request that `paths` does not name."""

    hide_prev: bool | Collection[str] = False
    """Leave out the link to the previous post: True for all posts, or a collection of slugs."""
    hide_next: bool | Collection[str] = False
    """Leave out the link to the next post."""
    hide_neighbours: bool | Collection[str] = False
    """Leave out the whole block of neighbours, as an option of the theme does."""

    encoding: str = "utf-8"
    """The encoding of the bytes of pages, for instance ``windows-1258``."""
    charset: str | None = None
    """The encoding that pages declare in header and meta; None: the one they have."""

    rest: Literal["ok", "forbidden", "absent"] = "ok"
    """Whether REST answers, refuses with 401, or is not there at all."""
    feeds: bool = True
    sitemap: bool = True
    sitemap_cap: int | None = None
    """List only this many of the newest posts in the sitemap."""
    robots: str | None = None
    """The text of robots.txt in place of the usual one."""

    counter: bool = True
    """Whether view counter, block ids and clock change on every fetch; False: no byte does."""
    gzip: bool = True
    """Whether answers are compressed for clients that accept it."""

    _seen: Counter[str] = field(default_factory=Counter, init=False, repr=False)

    def of(self, target: str) -> Fault:
        """Return what goes wrong with the next request for `target` (path and query).

        It counts: for a fault with `first`, asking uses one up.
        """
        path = target.partition("?")[0]
        key = target if target in self.paths else path
        fault = self.paths.get(key, self.everywhere)
        if fault.first is None:
            return fault
        self._seen[key] += 1
        return fault if self._seen[key] <= fault.first else SOUND

    def hides_block(self, slug: str) -> bool:
        """Whether the page of `slug` shows no block of neighbours."""
        return _covers(self.hide_neighbours, slug)

    def hides_prev(self, slug: str) -> bool:
        """Whether the page of `slug` shows no previous post."""
        return _covers(self.hide_prev, slug)

    def hides_next(self, slug: str) -> bool:
        """Whether the page of `slug` shows no next post."""
        return _covers(self.hide_next, slug)


def _covers(setting: bool | Collection[str], slug: str) -> bool:
    return setting if isinstance(setting, bool) else slug in setting
