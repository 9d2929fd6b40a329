"""What a host gives where it has no picture: asked for once a crawl, and known again."""

from collections.abc import Iterator
from hashlib import sha256

from scrapy.http import Response

from crawler.text.addresses import host_of
from crawler.visit import Sought

Waiting = tuple[Response, str, Sought]
"""An answer, the address that it was asked for by, and what is sought there."""


class StandIns:
    """What the hosts of a site give in the place of any picture, as far as one crawl has asked: the
    same at each address at which an upload might lie.
    """

    def __init__(self) -> None:
        self.known: dict[str, bytes | None] = {}
        """Their digests by host; None where the host gives nothing."""
        self.held_back: dict[str, list[Waiting]] = {}
        """The answers that wait until that is known, by host."""

    def is_known(self, url: str) -> bool:
        """Whether the host of an address has answered."""
        return host_of(url) in self.known

    def hold_back(self, waiting: Waiting) -> bool:
        """Have an answer wait; return whether it is the first of its host, which is to be asked."""
        others = self.held_back.setdefault(host_of(waiting[1]), [])
        others.append(waiting)
        return len(others) == 1

    def learn(self, url: str, body: bytes | None) -> Iterator[Waiting]:
        """Take note of what a host gives; yield the answers that waited for that."""
        self.known[host_of(url)] = sha256(body).digest() if body else None
        yield from self.held_back.pop(host_of(url), ())

    def forget(self, url: str) -> None:
        """Have nothing wait any more for the host of an address."""
        self.held_back.pop(host_of(url), None)

    def gives(self, url: str, body: bytes) -> bool:
        """Whether the host of an address gives this in the place of any picture."""
        return self.known.get(host_of(url)) == sha256(body).digest()
