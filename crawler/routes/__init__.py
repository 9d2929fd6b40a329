"""Second routes to articles, beside the chain: what a portal itself lists. One file a route.

A route is a file in this folder and a member of `Discovery` of the same name, with its words in
the catalogues; nothing else names it.

A route is a pure function of one answer, as a page reader is: it says which articles the answer
names, how many the portal claims to have, and where the list goes on.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast, runtime_checkable

from crawler.bounds import Bounds
from crawler.page import RoutePage
from crawler.vocabulary import Discovery


class Route(Protocol):
    """What the module of a route offers."""

    def start_urls(self, base_url: str) -> list[str]:
        """Return the addresses to try on a portal, the likeliest first; one of them is enough."""

    def read(self, body: bytes, url: str, headers: Mapping[str, str]) -> RoutePage | None:
        """Read an answer with status 200; None if it is nothing of this route.

        *headers* have their names in lower case. One that is of this route and cannot be read
        names nothing, and says why as its ``damage``.
        """


@runtime_checkable
class BoundedRoute(Route, Protocol):
    """A route whose answers may be longer than they should be."""

    def read_within(
        self, body: bytes, url: str, headers: Mapping[str, str], bounds: Bounds
    ) -> RoutePage | None:
        """Read an answer as `read` does, as far as *bounds* allow."""


def read_within(
    route: Route, body: bytes, url: str, headers: Mapping[str, str], bounds: Bounds
) -> RoutePage | None:
    """Read an answer of a route as far as *bounds* allow, where it knows of any."""
    if isinstance(route, BoundedRoute):
        return route.read_within(body, url, headers, bounds)
    return route.read(body, url, headers)


def _routes() -> dict[Discovery, Route]:
    files = {module.name for module in iter_modules(__path__)}
    names = [name for name in Discovery if name in files]
    return {name: cast(Route, import_module(f"{__name__}.{name}")) for name in names}


ROUTES = _routes()
"""The routes by the name that ``urls.found_by`` has, the one that asks least first."""
