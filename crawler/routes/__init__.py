"""Second routes to articles, beside the chain: what a portal itself lists. One file a route.

A route is a pure function of one answer, as a page reader is: it says which articles the answer
names, how many the portal claims to have, and where the list goes on.
"""

from collections.abc import Mapping
from typing import Protocol

from crawler.page import RoutePage
from crawler.routes import feed, listing, rest, sitemap
from crawler.vocabulary import Discovery


class Route(Protocol):
    """What the module of a route offers."""

    def start_urls(self, base_url: str) -> list[str]:
        """Return the addresses to try on a portal, the likeliest first; one of them is enough."""

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        """Read an answer with status 200; None if it is nothing of this route.

        *headers* have their names in lower case.
        """


ROUTES: dict[Discovery, Route] = {
    Discovery.REST: rest,
    Discovery.SITEMAP: sitemap,
    Discovery.FEED: feed,
    Discovery.LISTING: listing,
}
"""The routes by the name that ``urls.found_by`` has, the one that asks least first."""
