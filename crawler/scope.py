"""What may be asked in a crawl, wherever a request comes from."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from scrapy import Request
from scrapy.crawler import Crawler

from crawler.reach import Reach
from crawler.sites import Site
from crawler.vocabulary import Discovery

WHOLE_HOST = "whole_host"
"""The key of a request's meta that says that it may lie above the site, on one of its hosts."""


class Scope(Protocol):
    """The addresses of one crawl."""

    @property
    def reach(self) -> Reach:
        """What may be connected to, beside the public internet."""

    def stray(self, request: Request) -> str | None:
        """Return the portal's address that a request is for if it is off the site, else None."""


@runtime_checkable
class Scoped(Protocol):
    """A spider that says what may be asked."""

    scope: Scope


@runtime_checkable
class Told(Protocol):
    """A spider that is told where the portal says that it lists its articles."""

    def announce(self, route: Discovery, urls: Iterable[str]) -> None:
        """Take note of addresses at which a route is to be had."""


def reach_of(crawler: Crawler) -> Reach:
    """Return what a crawl may connect to, beside the public internet: what its spider's scope
    names, and ``NETWORKS``.
    """
    spider: object = crawler.spider
    named = spider.scope.reach if isinstance(spider, Scoped) else Reach()
    return named.beyond(crawler.settings.getlist("NETWORKS"))


class SiteScope:
    """What the site owns, and robots.txt of its hosts."""

    def __init__(self, site: Site) -> None:
        self.site = site

    @property
    def reach(self) -> Reach:
        """What the site's description names of what is not public."""
        return self.site.reach

    def stray(self, request: Request) -> str | None:
        """Return the address of a request if it is off the site, else None."""
        if request.meta.get("dont_obey_robotstxt") or request.meta.get(WHOLE_HOST):
            allowed = self.site.has_host_of(request.url)
        else:
            allowed = self.site.owns(request.url)
        return None if allowed else request.url
